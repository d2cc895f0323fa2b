"""Redacting secrets and e-mail addresses from messages."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "•••"
_ADDRESS = re.compile(r"[^\s@\"'<>,;:=]+@[^\s@\"'<>,;:=]+\.[A-Za-z]{2,}")
_EXCERPT = 300


class Redactor:
    """Replaces every known secret in a text, whether plain, URL-quoted or base64-encoded."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str | None) -> None:
        """Add a secret, for example a new access token."""
        if secret:
            encoded = base64.b64encode(secret.encode()).decode()
            self._forms |= {secret, quote(secret, safe=""), quote_plus(secret), encoded}

    def __call__(self, text: str) -> str:
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text

    def quote(self, text: str) -> str:
        """A vendor's text for a message: one line, truncated, without secrets and addresses."""
        return excerpt(self(text))


def excerpt(text: str) -> str:
    """A vendor's text on one line, truncated, without e-mail addresses."""
    line = " ".join(_ADDRESS.sub(MASK, text).split())
    return line if len(line) <= _EXCERPT else line[:_EXCERPT] + "…"
