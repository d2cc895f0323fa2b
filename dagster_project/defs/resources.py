"""What the steps of a run share: open source clients and the warehouse."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from dagster_project.defs.failures import RETRIES_WHEN_UNAVAILABLE, SECONDS_BEFORE_RETRY
from dagster_project.landing.accounts import landed_accounts, note_account, refuse_other_account
from dagster_project.raw.connection import connect
from dagster_project.raw.files.absence import refuse_lost_feeds
from dagster_project.raw.kept_files import load_kept_files
from dagster_project.raw.ledger import loaded_accounts
from dagster_project.raw.schema import create_raw_tables, streams_to_reload
from dagster_project.raw.streams.absence import refuse_missing_partitions
from dagster_project.settings import Settings
from dagster_project.sources.core.accounts import Account
from dagster_project.sources.core.errors import ConfigurationError, SourceError, UnavailableError
from dagster_project.sources.core.stream import Stream
from dagster_project.sources.event_files import Feed, feeds_from_environment
from dagster_project.sources.registry import SOURCES

OWNERS = ["team:milepost"]
# Only one run at a time may hold it (see dagster.yaml): DuckDB has one writer.
WRITER_POOL = "warehouse"


def settings() -> Settings:
    """Paths and the clock, as the environment has them now."""
    return Settings.from_environment(os.environ)


@contextmanager
def opened_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, open for writing, with a raw table, possibly empty, for every stream and feed."""
    with connect(settings()) as connection:
        feeds = feeds_from_environment(os.environ)
        create_raw_tables(connection, (), None)
        refuse_to_drop(connection, feeds)
        create_raw_tables(connection, SOURCES, feeds)
        load_kept_files(connection, settings(), os.environ, feeds)
        yield connection


def refuse_to_drop(connection: duckdb.DuckDBPyConnection, feeds: Sequence[Feed]) -> None:
    """Raise LossRefused when a table would be dropped that cannot be loaded again."""
    landing, now = settings().landing, settings().now
    for source, stream in streams_to_reload(connection, SOURCES):
        for account in {*landed_accounts(landing, source), *loaded_accounts(connection, source.name)}:
            refuse_missing_partitions(connection, landing, account, stream, now)
    refuse_lost_feeds(connection, feeds, now)


class Warehouse(dg.ConfigurableResource[Any]):
    """The warehouse, opened once for steps that follow each other in one process, and closed with the run.

    Opening it and the checkpoint at its end take 110 ms, which the two dozen steps of a day each paid. Runs
    wait for one another anyway (see dagster.yaml). A step that fails closes it: a broken connection is not
    passed on, and others can open the file while a step waits for its retry.
    """

    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `opened_warehouse`; errors of the disk become WarehouseErrors as they do there."""
        if self._connection is None:
            self._connection = self._open.enter_context(opened_warehouse())
        try:
            yield self._connection
        except BaseException:
            self._connection = None
            self._open.__exit__(*sys.exc_info())
            raise

    def close(self) -> None:
        """Close it, so that dbt can open the file."""
        self._connection = None
        self._open.close()

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        self.close()


class SourceClients(dg.ConfigurableResource[Any]):
    """One client per account and run, verified once.

    An account that refuses is not called again by the run's other streams: they fail with the same sentence.
    One that cannot be reached is called again only when the next attempt is due, by whichever stream is
    first; after the last attempt no stream waits for it any more. Every wait (between attempts, at a rate
    limit) is multiplied by `patience`.
    """

    patience: float = 1.0

    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _clients: dict[str, Any] = PrivateAttr(default_factory=dict)
    _identities: dict[str, str | None] = PrivateAttr(default_factory=dict)
    _verified: set[str] = PrivateAttr(default_factory=set)
    _refusals: dict[str, SourceError] = PrivateAttr(default_factory=dict)
    _outages: dict[str, tuple[float, UnavailableError]] = PrivateAttr(default_factory=dict)
    _pulled: dict[tuple[str, str], str | None] = PrivateAttr(default_factory=dict)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        self._open = ExitStack()
        self._clients = {}
        self._identities = {}
        self._verified = set()
        self._refusals = {}
        self._outages = {}
        self._pulled = {}

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        self._open.close()

    def client(self, account: Account, attempt: int = 0) -> Any:
        """The account's open client; `attempt` counts a stream's attempts in this run, from 0.

        Raises ConfigurationError when the account is not configured, or what its source's `verify` raised.
        """
        name = account.landing_name
        if name in self._refusals:
            raise self._refusals[name]
        since, outage = self._outages.get(name, (0.0, None))
        if outage is not None and time.monotonic() - since < SECONDS_BEFORE_RETRY * self.patience:
            raise outage
        if name not in self._verified:
            try:
                self._connect(account, settings().now, self._wait)
            except UnavailableError as error:
                self._outages[name] = time.monotonic(), error
                if attempt >= RETRIES_WHEN_UNAVAILABLE:
                    self._refusals[name] = SourceError(str(error))
                raise
            except SourceError as error:
                self._refusals[name] = error
                raise
        return self._clients[name]

    def forget(self, account: Account) -> None:
        """Make the next stream verify again: the source broke off in the middle of a response.

        The client stays, because it counts how long the run has waited for the source.
        """
        self._verified.discard(account.landing_name)

    def note_pulled(self, account: Account, stream: Stream, lost: str | None) -> None:
        """A step that is tried again for another account does not pull this one a second time.

        `lost` says what the vendor does not have any more; it is said with whichever attempt succeeds.
        """
        self._pulled[account.landing_name, stream.name] = lost

    def lost(self, account: Account, stream: Stream) -> str | None:
        return self._pulled.get((account.landing_name, stream.name))

    def has_pulled(self, account: Account, stream: Stream) -> bool:
        return (account.landing_name, stream.name) in self._pulled

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds * self.patience)

    def _connect(self, account: Account, now: Callable[[], Any], sleep: Callable[[float], None]) -> None:
        source, name = account.source, account.landing_name
        if name not in self._clients:
            configuration = account.configure()
            if configuration is None:
                raise ConfigurationError(
                    f"{source.title} is not configured: set {', '.join(source.variables)} (see .env.example)."
                )
            identity = source.account(configuration)
            refuse_other_account(settings().landing, account, identity)
            self._clients[name] = self._open.enter_context(source.connect(configuration, now, sleep))
            self._identities[name] = identity
        client = self._clients[name]
        source.verify(client)
        identity = self._identities[name] or source.connected_account(client)
        refuse_other_account(settings().landing, account, identity)
        note_account(settings().landing, account, identity)
        self._verified.add(name)


@dg.definitions
def resources() -> dg.Definitions:
    return dg.Definitions(
        resources={"clients": SourceClients(), "warehouse": Warehouse()},
        executor=dg.in_process_executor,
    )
