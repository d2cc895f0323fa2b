"""The export through BigQuery's API, against a scripted stand-in."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    QuotaExhaustedError,
    SourceError,
    UnavailableError,
)
from dagster_project.sources.core.stream import Request, Window
from dagster_project.sources.google_analytics_export import SOURCE, extraction
from dagster_project.sources.google_analytics_export.client import Client, Configuration
from dagster_project.sources.google_analytics_export.tables import Kind, Table
from tests.sources.google_analytics_export.exports import START, TABLE, Installation, event

NOW = [datetime(2026, 11, 16, 4, tzinfo=UTC)]
TABLES = "/v2/projects/my-project/datasets/analytics_123/tables"


class DataSet:
    """Tables by name; a page of tables has one, a page of rows two."""

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.tables: dict[str, list[dict[str, Any]]] = {
            "events_20261114": [event(n, 14) for n in range(5)],
            "events_intraday_20261115": [event(1, 15)],
            "pseudonymous_users_20261114": [{}],
        }
        self.modified = 1
        self.faults: list[Any] = []
        self.read: list[str] = []

    def __call__(self, request: Any) -> Any:
        if request.path == "/token":
            token = {"access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer"}
            return self.reply(token)
        if self.faults:
            return self.faults.pop(0)
        start = int(request.query.get("pageToken", 0))
        name, _, data = request.path.removeprefix(TABLES).strip("/").partition("/")
        if not request.path.startswith(TABLES):
            return self.refuse(404, "notFound")
        if not name:
            names = sorted(self.tables)
            listed = [{"tableReference": {"tableId": n}} for n in names[start : start + 1]]
            more = self.more("nextPageToken", start - 1, len(names) - 1)
            return self.reply({"tables": listed} | more)
        rows = self.tables[name]
        if not data:
            return self.reply(
                {"schema": SCHEMA, "lastModifiedTime": str(self.modified), "numRows": str(len(rows))}
            )
        self.read.append(name)
        page = [row(each) for each in rows[start : start + 2]]
        return self.reply(
            {"rows": page, "totalRows": str(len(rows))} | self.more("pageToken", start, len(rows))
        )

    def more(self, name: str, start: int, count: int) -> dict[str, str]:
        return {name: str(start + 2)} if start + 2 < count else {}

    def refuse(self, code: int, reason: str, message: str = "refused") -> Any:
        stated = {"code": code, "message": message, "errors": [{"reason": reason, "message": message}]}
        return self.reply({"error": stated}, code)


def _fields(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": "STRING", "mode": "NULLABLE"} for name in names]


VALUES = ("string_value", "int_value", "double_value")
SCHEMA = {
    "fields": [
        *_fields("event_date", "event_timestamp", "event_name"),
        {
            "name": "event_params",
            "type": "RECORD",
            "mode": "REPEATED",
            "fields": [*_fields("key"), {"name": "value", "type": "RECORD", "fields": _fields(*VALUES)}],
        },
        *_fields("user_pseudo_id", "user_id"),
    ]
}


def row(given: dict[str, Any]) -> dict[str, Any]:
    """A row as tabledata.list gives it: cells by position, every value a text."""

    def cell(value: Any) -> dict[str, Any]:
        return {"v": None if value is None else str(value)}

    parameters = [
        {
            "v": {
                "f": [cell(each["key"]), {"v": {"f": [cell(each["value"].get(name)) for name in VALUES]}}],
            }
        }
        for each in given["event_params"]
    ]
    cells = [cell(given.get(name)) for name in ("event_date", "event_timestamp", "event_name")]
    return {"f": [*cells, {"v": parameters}, cell(given["user_pseudo_id"]), cell(None)]}


@pytest.fixture
def dataset(vendor: Any, reply: Any) -> DataSet:
    vendor.respond = DataSet(reply)
    return vendor.respond


@pytest.fixture
def client(vendor: Any, waits: list[float], google_key: Callable[[str], Path]) -> Iterator[Any]:
    configuration = SOURCE.configure(
        {
            "GA4_EXPORT_DATASETS": "my-project.analytics_123",
            "GOOGLE_APPLICATION_CREDENTIALS": str(google_key(vendor.base_url)),
            "GA4_EXPORT_BIGQUERY_URL": f"{vendor.base_url}/v2",
        }
    )
    with SOURCE.connect(configuration, lambda: NOW[-1], waits.append) as opened:
        yield opened


@pytest.fixture
def export(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home", tmp_path)


def test_all_pages_of_all_days_are_read(client: Any, dataset: DataSet, export: Installation) -> None:
    SOURCE.verify(client)
    assert export.pull(client) == [date(2026, 11, 14), date(2026, 11, 15)]
    assert export.days() == {"2026-11-14": 5, "2026-11-15": 1}
    rows = export.query(f"select distinct ga_session_id, client_id, property_id, event_name from {TABLE}")
    assert rows == [("77", "1.2", "123", "page_view")]
    assert set(dataset.read) == {"events_20261114", "events_intraday_20261115"}


def test_only_changed_tables_are_read_again(
    client: Any, vendor: Any, dataset: DataSet, export: Installation
) -> None:
    export.pull(client)
    dataset.read.clear()
    client._listed = None
    assert export.pull(client) == []
    assert dataset.read == []
    dataset.modified = 2
    dataset.tables["events_20261114"].append(event(9, 14))
    assert export.pull(client) == [date(2026, 11, 14), date(2026, 11, 15)]
    assert export.days()["2026-11-14"] == 6
    assert len(vendor.requests) < 40


def test_a_final_table_costs_no_request(client: Any, dataset: DataSet, export: Installation) -> None:
    dataset.tables["events_20261002"] = [event(1, 2)]
    export.pull(client)
    dataset.modified = 2
    client._listed = None
    assert date(2026, 10, 2) not in export.pull(client)


@pytest.fixture
def weeks_later() -> Iterator[date]:
    """The day of a run that comes forty days after the one before."""
    later = NOW[-1] + timedelta(days=40)
    NOW.append(later)
    yield later.date()
    NOW.pop()


def before_the_pause(client: Any, export: Installation) -> None:
    NOW.append(NOW[0])
    export.pull(client)
    NOW.pop()
    client._listed = None


def test_a_day_that_was_not_final_is_read_again_however_late(
    client: Any, dataset: DataSet, export: Installation, weeks_later: date
) -> None:
    """Landed as intraday, before its restatement, or as missing; then the runs paused."""
    dataset.tables["events_20261111"] = [event(1, 11)]
    dataset.tables["events_20261113"] = [event(1, 13)]
    before_the_pause(client, export)
    assert export.days() == {"2026-11-11": 1, "2026-11-13": 1, "2026-11-14": 5, "2026-11-15": 1}
    dataset.modified = 2
    dataset.tables["events_20261113"].append(event(2, 13))
    dataset.tables["events_20261114"].append(event(9, 14))
    dataset.tables["events_20261112"] = [event(n, 12) for n in range(3)]
    del dataset.tables["events_intraday_20261115"]
    dataset.tables["events_20261115"] = [event(n, 15) for n in range(4)]
    due = export.pull(client, weeks_later)
    assert due == [date(2026, 11, number) for number in (12, 13, 14, 15)]
    assert export.days() == {
        "2026-11-11": 1,
        "2026-11-12": 3,
        "2026-11-13": 2,
        "2026-11-14": 6,
        "2026-11-15": 4,
    }
    client._listed = None
    assert export.pull(client, weeks_later) == []


@pytest.mark.usefixtures("dataset")
def test_days_that_are_final_cost_no_request_after_a_pause(
    client: Any, vendor: Any, export: Installation, weeks_later: date
) -> None:
    """A streaming export without daily tables is final, too."""
    before_the_pause(client, export)
    export.pull(client, weeks_later)
    client._listed = None
    before = len(vendor.requests)
    assert export.pull(client, weeks_later) == []
    assert len(vendor.requests) - before == 2, "the two pages of the list"


def test_a_table_of_another_property_that_comes_late_is_read() -> None:
    reader = Tables([Table("1", date(2026, 10, 1), Kind.DAILY, "a", ())])
    client = Client(Configuration(folders=("unused",)), lambda: NOW[-1], lambda _: None)
    client._reader = reader
    page = list(extraction.events(client, Request(window=Window(date(2026, 10, 1), date(2026, 10, 1)))))[-1]
    landed = {"2026-10-01": page.metadata}
    reader.found.append(Table("2", date(2026, 10, 1), Kind.DAILY, "b", ()))
    assert client.due(landed, START, NOW[-1].date()) == set()
    client._listed = None
    assert client.due(landed, START, NOW[-1].date()) == {date(2026, 10, 1)}


class Tables:
    """Tables without rows, of a reader that does not ask for each one's state."""

    restates_for_days = 10

    def __init__(self, found: list[Table]) -> None:
        self.found = found

    def tables(self) -> list[Table]:
        return list(self.found)

    def marked(self, table: Table) -> Table:
        return table

    def lines(self, _: Table) -> Iterator[list[bytes]]:
        yield []

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ((401, "authError"), AuthenticationError, "refused the token"),
        ((403, "accessDenied"), AuthenticationError, "role BigQuery Data Viewer"),
        ((403, "quotaExceeded"), QuotaExhaustedError, "run again after it resets"),
        ((403, "accessNotConfigured"), ConfigurationError, "enable it"),
        ((404, "notFound"), NotFoundError, "GA4_EXPORT_DATASETS"),
    ],
)
def test_final_errors_stop_without_a_retry(
    client: Any,
    dataset: DataSet,
    waits: list[float],
    fault: tuple[int, str],
    error: type[SourceError],
    words: str,
) -> None:
    dataset.faults = [dataset.refuse(*fault) for _ in range(2)]
    with pytest.raises(error, match=words):
        SOURCE.verify(client)
    assert waits == []


@pytest.mark.parametrize("skip", range(4))
@pytest.mark.parametrize("kind", ["rate", "server", "drop", "cut", "html", "empty", "array"])
def test_a_fault_anywhere_loses_no_record(
    client: Any, dataset: DataSet, export: Installation, reply: Any, kind: str, skip: int, waits: list[float]
) -> None:
    faults = {
        "rate": dataset.refuse(403, "rateLimitExceeded"),
        "server": dataset.refuse(503, "backendError"),
        "drop": reply(b"", hang_up=True),
        "cut": reply(b'{"rows": [', cut=20),
        "html": reply(b"<html>"),
        "empty": reply(b""),
        "array": reply(b'{"rows": '),
    }
    calls = iter(range(100))
    respond = DataSet.__call__

    def faulty(self: DataSet, request: Any) -> Any:
        is_next = request.path != "/token" and next(calls) == skip
        return faults[kind] if is_next else respond(self, request)

    DataSet.__call__ = faulty  # type: ignore[method-assign]
    try:
        export.pull(client)
    finally:
        DataSet.__call__ = respond  # type: ignore[method-assign]
    assert export.days() == {"2026-11-14": 5, "2026-11-15": 1}
    assert len(waits) == 1


def test_an_outage_keeps_what_has_landed(client: Any, dataset: DataSet, export: Installation) -> None:
    export.pull(client)
    client._listed = None
    dataset.modified = 2
    dataset.faults = [dataset.refuse(500, "backendError") for _ in range(50)]
    with pytest.raises(UnavailableError, match="Run again later"):
        export.pull(client)
    assert export.days() == {"2026-11-14": 5, "2026-11-15": 1}


def test_pages_that_repeat_themselves_end(client: Any, dataset: DataSet, export: Installation) -> None:
    dataset.more = lambda name, *_: {name: "0"}  # type: ignore[method-assign]
    with pytest.raises(ProtocolError, match=r"repeats page|same page token"):
        export.pull(client)


def test_a_table_that_changes_between_its_pages_is_read_again(
    client: Any, dataset: DataSet, export: Installation
) -> None:
    respond = dataset.more

    def grow_once(name: str, start: int, count: int) -> dict[str, str]:
        if name == "pageToken" and count == 5 and start == 2:
            dataset.tables["events_20261114"].append(event(9, 14))
            dataset.modified += 1
        return respond(name, start, count)

    dataset.more = grow_once  # type: ignore[method-assign]
    export.pull(client)
    assert export.days()["2026-11-14"] == 6


def test_a_shape_that_is_not_documented_is_one_sentence(client: Any, dataset: DataSet, reply: Any) -> None:
    dataset.faults = [reply({"tables": "none"})]
    with pytest.raises(ProtocolError, match="shape that differs"):
        SOURCE.verify(client)
