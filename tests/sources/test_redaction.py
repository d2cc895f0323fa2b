"""Secrets and e-mail addresses are redacted from messages."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from dagster_project.sources.core.redaction import MASK, Redactor, environment_redactor


def test_every_form_of_a_secret_is_masked() -> None:
    secret = "s3cr&t/ß"
    encoded = base64.b64encode(secret.encode()).decode()
    text = f"{secret} s3cr%26t%2F%C3%9F {encoded}"
    assert Redactor([secret])(text) == f"{MASK} {MASK} {MASK}"


def test_a_secret_added_later_is_masked() -> None:
    redactor = Redactor()
    redactor.learn("ya29.token")
    redactor.learn(None)
    assert redactor("Bearer ya29.token") == f"Bearer {MASK}"


def test_quoted_text_is_short_and_without_addresses() -> None:
    quoted = Redactor().quote("No such contact:\n  jane.doe+x@example.com " + "x" * 1000)
    assert quoted.startswith(f"No such contact: {MASK} xxx")
    assert len(quoted) < 310


def test_a_secret_within_another_leaves_nothing_of_the_longer_one() -> None:
    assert Redactor(["hush", "hush-hush/user:hush"])("of hush-hush/user:hush") == f"of {MASK}"


def test_a_blank_in_a_secret_is_masked_as_queries_and_forms_write_it() -> None:
    assert Redactor(["pass word"])("pass%20word pass+word") == f"{MASK} {MASK}"


SECRET = 'p4ss"w0rd/&<ö>\\'


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "form",
    [
        str,
        json.dumps,
        lambda secret: json.dumps(secret, ensure_ascii=False),
        lambda secret: json.dumps(secret).replace("/", "\\/"),
        repr,
        html.escape,
        lambda secret: html.escape(secret, quote=False),
        lambda secret: html.escape(secret).replace("&quot;", "&#34;"),
        quote,
        lambda secret: quote(secret).lower(),
        lambda secret: quote(secret, safe=""),
        lambda secret: secret.encode().hex(),
        lambda secret: secret.encode().hex().upper(),
        str.upper,
        in_base64,
        lambda secret: in_base64(secret).rstrip("="),
        lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
        lambda secret: in_base64(f"Bearer {secret}"),
        lambda secret: in_base64(f"user:{secret}"),
        lambda secret: in_base64(f"an.other@example.com:{secret}"),
        lambda secret: in_base64(f"x{secret} and more"),
        lambda secret: f"Bearer {secret}".encode().hex(),
    ],
)
def test_nothing_legible_of_a_secret_is_left_in_any_form(form: Callable[[str], str]) -> None:
    """Of base64 within a longer text the characters at the borders stay: less than one of the secret's."""
    text = form(SECRET)
    redacted = Redactor([SECRET])(f"before {text} after")
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert MASK in redacted
    left = redacted.replace(MASK, "\0").split("\0")
    assert not any(form(SECRET)[at : at + 6] in piece for at in range(len(text) - 5) for piece in left[1:-1])
    assert len(redacted) < len(f"before {text} after")


def test_a_short_piece_of_base64_does_not_mask_other_words() -> None:
    assert Redactor(["abc"])("Basic WFhhYmNYWA and words") == "Basic WFhhYmNYWA and words"


def test_secrets_of_the_environment_are_known_by_their_names() -> None:
    environment = {
        "BITLY_ACCESS_TOKEN": "t0ken-t0ken",
        "SMAILY_PASSWORD": "pa55word",
        "MILEPOST_ALERT_WEBHOOK": "https://chat.example/hook",
        "AWS_SECRET_ACCESS_KEY": "aws-secret",
        "MILEPOST_CONTACT_KEY_SALT": "salt-salt",
        "SHORT_TOKEN": "on",
        "MILEPOST_HOME": "/home/data",
    }
    redact = environment_redactor(environment)
    for value in list(environment.values())[:5]:
        assert redact(f"a {value} b") == f"a {MASK} b"
    assert redact("on /home/data") == "on /home/data"
