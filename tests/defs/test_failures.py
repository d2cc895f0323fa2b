"""Errors of every kind end a step with one sentence; the traceback is in the log, without secrets."""

import logging
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_project.defs.failures import explained
from dagster_project.sources.core.errors import AuthenticationError
from dagster_project.sources.core.records import decode

SECRET = "s3cr3t-T0ken"


def run(fail: Callable[[], object]) -> tuple[dg.ExecuteInProcessResult, str]:
    """A run of one asset that fails so, and the description of its failure."""

    @dg.asset(key=dg.AssetKey(["shop", "orders"]))
    def failing(context: dg.AssetExecutionContext) -> None:
        with explained(context):
            fail()

    result = dg.materialize([failing], raise_on_error=False)
    [event] = [event for event in result.all_events if event.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    return result, str(failure.description)


def with_a_secret() -> None:
    raise ValueError(f"Invalid header value b'Bearer {SECRET}' of a@example.com")


def too_deep() -> None:
    too_deep()


@pytest.mark.parametrize(
    ("fail", "words"),
    [
        (with_a_secret, "ValueError: Invalid header value"),
        (too_deep, "RecursionError: maximum recursion depth exceeded"),
        (lambda: duckdb.sql("from no_such_table"), "CatalogException: Catalog Error: Table with name"),
        (lambda: Path("/no/such/file").read_bytes(), "FileNotFoundError: "),
        (lambda: decode(b"<html>", dict), "MalformedBodyError: 6 bytes of HTML"),
        (lambda: 1 // 0, "ZeroDivisionError: "),
        (lambda: {}[1], "KeyError: 1"),
        (lambda: next(iter(())), "StopIteration)"),
    ],
)
def test_an_unexpected_error_is_one_sentence_that_names_the_stream(
    fail: Callable[[], object],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BITLY_ACCESS_TOKEN", SECRET)
    caplog.set_level(logging.DEBUG)
    result, description = run(fail)
    assert not result.success
    assert description.startswith("shop/orders failed for a reason that Milepost has no sentence for (")
    assert words in description
    assert "Run again" in description
    assert len(description.splitlines()) == 1
    captured = capsys.readouterr()
    screen = captured.out + captured.err + caplog.text
    assert "Traceback (most recent call last)" in screen
    for text in (description, screen, *(repr(event) for event in result.all_events)):
        assert SECRET not in text
        assert "a@example.com" not in text


def test_a_sentence_of_the_project_stays_as_it_is_but_for_addresses() -> None:
    def fail() -> None:
        raise AuthenticationError("Shop refused the key of mari%40shop.ee.")

    assert run(fail)[1] == "Shop refused the key of •••."


def test_a_failure_of_dagster_stays_as_it_is() -> None:
    def fail() -> None:
        raise dg.Failure(description="Said already.")

    assert run(fail)[1] == "Said already."
