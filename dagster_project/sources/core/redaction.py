"""Secrets and addresses kept out of messages."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "•••"
_ADDRESS = re.compile(r"[^\s@\"'<>,;:=]+@[^\s@\"'<>,;:=]+\.[A-Za-z]{2,}")
_EXCERPT = 300


class Redactor:
    """Replaces every known secret, plain, URL-quoted or in base64, wherever it turns up in a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str | None) -> None:
        """Know one more secret: a fresh access token, say."""
        if secret:
            encoded = base64.b64encode(secret.encode()).decode()
            self._forms |= {secret, quote(secret, safe=""), quote_plus(secret), encoded}

    def __call__(self, text: str) -> str:
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text

    def quote(self, text: str) -> str:
        """What a vendor wrote, fit for a message: one line, not long, without secrets and addresses."""
        return excerpt(self(text))


def excerpt(text: str) -> str:
    """One line of a vendor's text, not long, without addresses."""
    line = " ".join(_ADDRESS.sub(MASK, text).split())
    return line if len(line) <= _EXCERPT else line[:_EXCERPT] + "…"
