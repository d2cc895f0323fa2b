"""The configured export, as files or through BigQuery's API, and which of its days are new or changed."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

from dagster_project.sources.core import configuration as variables
from dagster_project.sources.core.accounts import SEPARATOR
from dagster_project.sources.core.errors import ConfigurationError, UnavailableError
from dagster_project.sources.google_analytics_export.bigquery import BigQuery
from dagster_project.sources.google_analytics_export.errors import TITLE
from dagster_project.sources.google_analytics_export.files import Files
from dagster_project.sources.google_analytics_export.tables import (
    Kind,
    Table,
    counted,
    mark_of,
    names_of,
    property_in,
)

BASE_URL = "https://bigquery.googleapis.com/bigquery/v2"
VARIABLES = {
    "GA4_EXPORT_FOLDER": (
        "Folder or bucket of the export's files (events_YYYYMMDD…), with a folder analytics_<property id> "
        "for each property; several are separated by commas."
    ),
    "GA4_EXPORT_DATASETS": (
        "Instead of files: BigQuery data sets such as my-project.analytics_123456, separated by commas, read "
        "with the key file in GOOGLE_APPLICATION_CREDENTIALS."
    ),
    "GA4_EXPORT_BIGQUERY_URL": f"Base URL of BigQuery's API, if not {BASE_URL}.",
}
DAYS_UNTIL_FINAL = 4  # Google writes a daily table again for three days
RESTARTS = 4  # of a day that is rewritten while it is read
_DATASET = re.compile(r"[a-z0-9.:-]+\.[A-Za-z0-9_]+")


class Reader(Protocol):
    """Tables, and their rows as lines of JSON. `restates_for_days`: for how long a table may change."""

    restates_for_days: int | None

    def tables(self) -> list[Table]: ...
    def marked(self, table: Table) -> Table: ...
    def lines(self, table: Table) -> Iterator[list[bytes]]: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Configuration:
    """Folders or data sets. `home` is the property whose ids stand as they are; None: the lowest.

    It is none of `further`, which the Data API has as further accounts: their ids begin with their number.
    """

    folders: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    home: str | None = None
    further: frozenset[str] = frozenset()
    key_file: Path = Path()
    base_url: str = BASE_URL
    allow_http: bool = False


class TablePage(NamedTuple):
    """`restarts`: the day is read from the start again, and its pages before do not count."""

    table: Table
    lines: list[bytes]
    restarts: bool


def configure(environment: Mapping[str, str]) -> Configuration | None:
    """None without folder and data sets; ConfigurationError for both, or for data sets without a key file."""
    folders, datasets = (
        variables.listed(environment, f"GA4_EXPORT_{name}") for name in ("FOLDER", "DATASETS")
    )
    property_id = _number(environment.get("GA4_PROPERTY_ID", ""))
    home = property_id if property_id.isdecimal() else None
    declared = f"GA4_PROPERTY_ID{SEPARATOR}"
    further = frozenset(_number(value) for name, value in environment.items() if name.startswith(declared))
    if not folders and not datasets:
        return None
    if folders and datasets:
        raise ConfigurationError(
            f"{TITLE} is configured twice, as GA4_EXPORT_FOLDER and as GA4_EXPORT_DATASETS; keep one of them."
        )
    if folders:
        return Configuration(folders=folders, home=home, further=further)
    if wrong := [dataset for dataset in datasets if not _DATASET.fullmatch(dataset)]:
        raise ConfigurationError(
            f"GA4_EXPORT_DATASETS has {wrong[0]!r}, which is not a data set; write it like "
            "my-project.analytics_123456."
        )
    key_file = environment.get("GOOGLE_APPLICATION_CREDENTIALS", "").strip()
    if not key_file:
        raise ConfigurationError(f"{TITLE} is partially configured; set GOOGLE_APPLICATION_CREDENTIALS too.")
    return Configuration(
        datasets=datasets,
        home=home or next((p for p in map(property_in, datasets) if p not in further), None),
        further=further,
        key_file=Path(key_file),
        base_url=variables.base_url(TITLE, environment, "GA4_EXPORT_BIGQUERY_URL", BASE_URL),
        allow_http=variables.allows_http(environment),
    )


def account(configuration: Configuration) -> str | None:
    """The first property: its ids stand as they are, and another's would be taken for them."""
    home = configuration.home
    if home is None and configuration.folders:
        home = _lowest(Files(configuration.folders).tables(), configuration.further)
    return f"property {home}" if home else None


class Client:
    """The export's tables, listed once."""

    def __init__(
        self, configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self.now = now
        self._reader: Reader = (
            Files(configuration.folders)
            if configuration.folders
            else BigQuery(
                configuration.datasets,
                configuration.key_file,
                configuration.base_url,
                configuration.allow_http,
                sleep,
            )
        )
        self._home, self._further = configuration.home, configuration.further
        self._listed: dict[date, list[Table]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def days(self) -> dict[date, list[Table]]:
        """By day the tables that count."""
        if self._listed is None:
            self._listed = counted(self._reader.tables())
        return self._listed

    def namespace(self, table: Table) -> str | None:
        """What ids of a property's browsers, visitors and orders are prefixed with: None for the first."""
        home = self._home or _lowest((t for tables in self.days().values() for t in tables), self._further)
        return None if table.property_id in (None, home) else table.property_id

    def due(self, landed: Mapping[str, Mapping[str, Any]], start: date, today: date) -> Collection[date]:
        """The days from `start` whose tables are new or changed, and those between them that have none.

        A day without a table is landed empty, so that it is known to be missing; a day that has landed stays
        when its table is there no more, as tables expire.
        """
        days = {day: tables for day, tables in self.days().items() if start <= day <= today}
        changed = {day for day, tables in days.items() if self._is_changed(day, tables, landed, today)}
        if not days:
            return changed
        first, last = min(days), max(days)
        between = (first + timedelta(days=offset) for offset in range((last - first).days))
        return changed | {day for day in between if day not in days and day.isoformat() not in landed}

    def _is_changed(
        self, day: date, tables: list[Table], landed: Mapping[str, Mapping[str, Any]], today: date
    ) -> bool:
        known = landed.get(day.isoformat())
        if known is None:
            return True
        may_change_for = self._reader.restates_for_days
        if may_change_for is None or day >= today - timedelta(days=may_change_for):
            return bool(known.get("mark") != mark_of([self._reader.marked(table) for table in tables]))
        # Read before its tables were final, or when there were others: once more, however late.
        return not known.get("is_final") or known.get("tables") != names_of(tables)

    def pages(self, day: date) -> Iterator[TablePage]:
        """The records of a day; a day that is rewritten while it is read is read again from the start."""
        for attempt in range(RESTARTS + 1):
            tables = [self._reader.marked(table) for table in self.days().get(day, [])]
            restarts = attempt > 0
            for table in tables:
                for lines in self._reader.lines(table):
                    yield TablePage(table, lines, restarts)
                    restarts = False
            if not self._was_rewritten(tables):
                self.days()[day] = tables
                return
            self._listed = None
        raise UnavailableError(
            f"{TITLE} rewrote {day} in each of {RESTARTS + 1} attempts to read it; run again once it is "
            "written."
        )

    def _was_rewritten(self, tables: list[Table]) -> bool:
        """Whether any is not what it was. An intraday table always grows; the next run reads it again."""
        return any(
            table.kind is not Kind.INTRADAY and self._reader.marked(table).mark != table.mark
            for table in tables
        )


def _lowest(tables: Iterable[Table], further: Collection[str]) -> str | None:
    properties = {table.property_id for table in tables if table.property_id} - set(further)
    return min(properties, key=int, default=None)


def _number(property_id: str) -> str:
    return property_id.strip().removeprefix("properties/")


def connect(
    configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Client:
    """A client, to be used as a context manager."""
    return Client(configuration, now, sleep)


def verify(client: Client) -> None:
    """Raise ConfigurationError when no day has a table."""
    if not client.days():
        raise ConfigurationError(
            f"{TITLE} has no table or file named events_YYYYMMDD; check GA4_EXPORT_FOLDER or "
            "GA4_EXPORT_DATASETS, and in Admin → BigQuery links that the daily export is on."
        )
