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
from dagster_project.landing.accounts import note_account, refuse_other_account
from dagster_project.raw.audience_assignments import load_audience_assignments
from dagster_project.raw.campaign_costs import load_campaign_costs
from dagster_project.raw.connection import connect
from dagster_project.raw.email_contents import load_email_contents
from dagster_project.raw.exchange_rates import load_exchange_rates
from dagster_project.raw.files.absence import refuse_lost_feeds
from dagster_project.raw.order_totals import load_order_totals
from dagster_project.raw.schema import create_raw_tables, streams_to_reload
from dagster_project.raw.streams.absence import refuse_missing_partitions
from dagster_project.settings import Settings
from dagster_project.sources.core.errors import ConfigurationError, SourceError, UnavailableError
from dagster_project.sources.core.stream import Source
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
        for load in (load_exchange_rates, load_campaign_costs, load_email_contents):
            load(connection, os.environ, settings().now())
        load_order_totals(connection, feeds, settings().now())
        load_audience_assignments(connection, settings().landing, settings().now())
        yield connection


def refuse_to_drop(connection: duckdb.DuckDBPyConnection, feeds: Sequence[Feed]) -> None:
    """Raise LossRefused when a table would be dropped that cannot be loaded again."""
    landing, now = settings().landing, settings().now
    for source, stream in streams_to_reload(connection, SOURCES):
        refuse_missing_partitions(connection, landing, source.name, stream, now)
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
    """One client per source and run, verified once.

    A source that refuses is not called again by the run's other streams: they fail with the same sentence.
    One that cannot be reached is called again only when the next attempt is due, by whichever stream is
    first; after the last attempt no stream waits for it any more. Every wait (between attempts, at a rate
    limit) is multiplied by `patience`.
    """

    patience: float = 1.0

    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _clients: dict[str, Any] = PrivateAttr(default_factory=dict)
    _accounts: dict[str, str | None] = PrivateAttr(default_factory=dict)
    _verified: set[str] = PrivateAttr(default_factory=set)
    _refusals: dict[str, SourceError] = PrivateAttr(default_factory=dict)
    _outages: dict[str, tuple[float, UnavailableError]] = PrivateAttr(default_factory=dict)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        self._open = ExitStack()
        self._clients = {}
        self._accounts = {}
        self._verified = set()
        self._refusals = {}
        self._outages = {}

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        self._open.close()

    def client(self, source: Source, attempt: int = 0) -> Any:
        """The source's open client; `attempt` counts a stream's attempts in this run, from 0.

        Raises ConfigurationError when the source is not configured, or what its `verify` raised.
        """
        if source.name in self._refusals:
            raise self._refusals[source.name]
        since, outage = self._outages.get(source.name, (0.0, None))
        if outage is not None and time.monotonic() - since < SECONDS_BEFORE_RETRY * self.patience:
            raise outage
        if source.name not in self._verified:
            try:
                self._connect(source, settings().now, self._wait)
            except UnavailableError as error:
                self._outages[source.name] = time.monotonic(), error
                if attempt >= RETRIES_WHEN_UNAVAILABLE:
                    self._refusals[source.name] = SourceError(str(error))
                raise
            except SourceError as error:
                self._refusals[source.name] = error
                raise
        return self._clients[source.name]

    def forget(self, source: Source) -> None:
        """Make the next stream verify again: the source broke off in the middle of a response.

        The client stays, because it counts how long the run has waited for the source.
        """
        self._verified.discard(source.name)

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds * self.patience)

    def _connect(self, source: Source, now: Callable[[], Any], sleep: Callable[[float], None]) -> None:
        if source.name not in self._clients:
            configuration = source.configure(os.environ)
            if configuration is None:
                raise ConfigurationError(
                    f"{source.title} is not configured: set {', '.join(source.variables)} (see .env.example)."
                )
            account = source.account(configuration)
            refuse_other_account(settings().landing, source, account)
            connected = source.connect(configuration, now, sleep)
            self._clients[source.name] = self._open.enter_context(connected)
            self._accounts[source.name] = account
        source.verify(self._clients[source.name])
        note_account(settings().landing, source, self._accounts[source.name])
        self._verified.add(source.name)


@dg.definitions
def resources() -> dg.Definitions:
    return dg.Definitions(
        resources={"clients": SourceClients(), "warehouse": Warehouse()},
        executor=dg.in_process_executor,
    )
