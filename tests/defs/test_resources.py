"""Sources that refuse or cannot be reached, and how often a run calls them."""

from pathlib import Path

import dagster as dg
import pytest

from dagster_project.defs.failures import RETRIES_WHEN_UNAVAILABLE
from dagster_project.defs.resources import SourceClients
from dagster_project.sources.core.accounts import Account
from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.stream import Source


class Verifying:
    """A source whose `verify` raises `error`, as long as there is one, and counts its calls."""

    def __init__(self, error: SourceError) -> None:
        self.error: SourceError | None = error
        self.calls = 0
        self.account: str | None = None
        self.connected: str | None = None
        source = Source(
            "shop",
            "Shop",
            (),
            {},
            lambda _: "set",
            lambda *_: self,
            lambda _: self.verify(),
            lambda _: self.account,
            lambda _: self.connected,
        )
        self.first = Account(source, "", {})

    def __enter__(self) -> "Verifying":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""

    def verify(self) -> None:
        self.calls += 1
        if self.error:
            raise self.error


def clients(patience: float) -> SourceClients:
    made = SourceClients(patience=patience)
    made.setup_for_execution(dg.build_init_resource_context())
    return made


def test_a_source_that_refuses_is_called_once() -> None:
    shop, ours = Verifying(AuthenticationError("No.")), clients(1.0)
    for _ in range(3):
        with pytest.raises(AuthenticationError, match=r"No\."):
            ours.client(shop.first)
    assert shop.calls == 1


def test_an_unreachable_source_is_called_once_until_the_next_attempt_is_due() -> None:
    shop, ours = Verifying(UnavailableError("Down.")), clients(1.0)
    for _ in range(3):
        with pytest.raises(UnavailableError):
            ours.client(shop.first)
    assert shop.calls == 1


def test_after_the_last_attempt_of_one_stream_no_other_waits() -> None:
    shop, ours = Verifying(UnavailableError("Down.")), clients(0.0)
    for attempt in range(RETRIES_WHEN_UNAVAILABLE + 1):
        with pytest.raises(UnavailableError):
            ours.client(shop.first, attempt)
    with pytest.raises(SourceError, match=r"Down\.") as given_up:
        ours.client(shop.first)
    assert not isinstance(given_up.value, UnavailableError)
    assert shop.calls == RETRIES_WHEN_UNAVAILABLE + 1


def test_an_outage_that_ends_is_over() -> None:
    shop, ours = Verifying(UnavailableError("Down.")), clients(0.0)
    with pytest.raises(UnavailableError):
        ours.client(shop.first)
    shop.error = None
    assert ours.client(shop.first, 1) is ours.client(shop.first) is shop
    assert shop.calls == 2
    ours.forget(shop.first)
    assert ours.client(shop.first) is shop
    assert shop.calls == 3


def test_the_days_of_another_account_replace_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account is noted once it could be read: a wrong number that nothing answers is corrected freely."""
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path))
    manifest = tmp_path / "landing" / "shop" / "orders" / "manifest"
    manifest.mkdir(parents=True)
    (manifest / "2026-11-15.json").touch()
    shop = Verifying(AuthenticationError("No."))
    for account in ("wrong", "one", "other"):
        shop.account = account
        if account == "other":
            with pytest.raises(ConfigurationError, match="holds Shop's one in shop, and other is configured"):
                clients(1.0).client(shop.first)
        elif account == "wrong":
            with pytest.raises(AuthenticationError):
                clients(1.0).client(shop.first)
        else:
            shop.error = None
            assert clients(1.0).client(shop.first) is shop
    assert shop.calls == 2


def test_an_account_that_only_the_source_says_is_refused_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MILEPOST_HOME", str(tmp_path))
    shop = Verifying(AuthenticationError("No."))
    shop.error, shop.connected = None, "one"
    assert clients(1.0).client(shop.first) is shop
    manifest = tmp_path / "landing" / "shop" / "orders" / "manifest"
    manifest.mkdir(parents=True)
    (manifest / "2026-11-15.json").touch()
    for connected in ("one", None):
        shop.connected = connected
        assert clients(1.0).client(shop.first) is shop
    shop.connected, refusing = "other", clients(1.0)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="holds Shop's one in shop, and other is configured"):
            refusing.client(shop.first)
    assert shop.calls == 4
