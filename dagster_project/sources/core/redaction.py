"""Redacting secrets and e-mail addresses from messages."""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

from dagster_project.sources.core import addresses

MASK = "•••"
_EXCERPT = 300
_SECRET_VARIABLE = re.compile(r"TOKEN|PASSWORD|PASSWD|SECRET|WEBHOOK|SALT|(^|_)KEY(_|$)", re.I)
_SHORTEST = 4  # characters; a shorter value or piece is in every other text by chance


class Redactor:
    """Replaces every known secret in a text, in any of the forms in which texts hold other texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str | None) -> None:
        """Add a secret, for example a new access token."""
        if secret:
            self._forms |= {secret, *_written(secret), *_encoded(secret), *_encoded(f"Bearer {secret}")}

    def __call__(self, text: str) -> str:
        for form in sorted(self._forms, key=len, reverse=True):
            text = re.sub(re.escape(form), MASK, text, flags=re.I)  # hex and %2F have two cases
        return text

    def quote(self, text: str) -> str:
        """A vendor's text for a message: one line, truncated, without secrets and addresses."""
        return excerpt(self(text))


def environment_redactor(environment: Mapping[str, str]) -> Redactor:
    """A redactor of every variable that by its name is a secret, for texts that no source wrote."""
    return Redactor(
        value.strip()
        for name, value in environment.items()
        if _SECRET_VARIABLE.search(name) and len(value.strip()) >= _SHORTEST
    )


def without_addresses(text: str) -> str:
    """The text with every e-mail address masked."""
    return addresses.masked(text, MASK)


def excerpt(text: str) -> str:
    """A vendor's text on one line, truncated, without e-mail addresses."""
    # Cut first: masking a vendor's whole page of hostile text would take minutes.
    line = " ".join(without_addresses(text[: 10 * _EXCERPT]).split())
    return line if len(line) <= _EXCERPT else line[:_EXCERPT] + "…"


def _written(secret: str) -> set[str]:
    """As URLs, forms, JSON, Python and HTML write it."""
    in_json = [json.dumps(secret, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)]
    return {
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        *in_json,
        *(text.replace("/", "\\/") for text in in_json),
        repr(secret)[1:-1],
        html.escape(secret, quote=False),
        *(
            html.escape(secret).replace("&quot;", double).replace("&#x27;", single)
            for double in ("&quot;", "&#34;")
            for single in ("&#x27;", "&#39;")
        ),
    }


def _encoded(secret: str) -> set[str]:
    """In hex, and in base64 alone or anywhere within a longer text."""
    content = secret.encode("utf-8", "surrogatepass")
    forms = {content.hex(), base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()}
    for before in range(3):
        # The first and last characters depend on the neighbours; those between do not.
        whole = base64.b64encode(bytes(before) + content).decode().rstrip("=")
        inner = whole[(before * 8 + 5) // 6 : (before + len(content)) * 8 // 6]
        forms |= {inner, inner.translate(_URL_SAFE)} if len(inner) >= 2 * _SHORTEST else set()
    return forms


_URL_SAFE = str.maketrans("+/", "-_")
