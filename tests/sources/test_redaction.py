"""Secrets and e-mail addresses are redacted from messages."""

import base64

from dagster_project.sources.core.redaction import MASK, Redactor


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
