"""What every source declares and yields: streams with columns, requests and pages."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal


class Kind(StrEnum):
    """How a stream is pulled the next time."""

    WINDOW = "window"  # by calendar day; a run overwrites the day
    CURSOR = "cursor"  # append-only; resumes after the last landed cursor
    SNAPSHOT = "snapshot"  # full list; the latest is loaded, earlier ones that differ stay in landing


@dataclass(frozen=True)
class Column:
    """One typed column of a raw table.

    `type` is a DuckDB type. `path` is the value's place in the record (object keys and 0-based list
    positions), by default the column's name. `pii="address"` marks an e-mail address: the raw table stores
    its contact key (SHA-256 of the address in its one spelling, 32 bytes) instead, and the address goes to
    schema `pii`. `pii="contact_key"` marks a contact key in hexadecimal, instead of which a site may send the
    address. In every other text the addresses are masked, so that different texts stay different; with
    `pii="text"` all masks are alike, for long texts by which nothing is counted. A TIMESTAMP is local to
    `timezone`. `is_time_as_text` marks a VARCHAR that staging reads as a time where it is one.
    """

    name: str
    type: str = "VARCHAR"
    path: tuple[str | int, ...] = ()
    pii: Literal["none", "address", "contact_key", "text"] = "none"
    description: str = ""
    timezone: str = "UTC"
    is_time_as_text: bool = False

    @property
    def source_path(self) -> tuple[str | int, ...]:
        return self.path or (self.name,)


@dataclass(frozen=True)
class Window:
    """Calendar days `start` to `end`, both included, in the stream's own time zone."""

    start: date
    end: date

    def days(self) -> Iterator[date]:
        for offset in range((self.end - self.start).days + 1):
            yield self.start + timedelta(days=offset)


@dataclass(frozen=True)
class Request:
    """What a run requests of a stream: a window, the cursor to resume after, or (neither) the full list."""

    window: Window | None = None
    cursor: str | None = None


def requested_window(request: Request) -> Window:
    """The request's window; ValueError without one, which is a bug of the caller."""
    if request.window is None:
        raise ValueError("a window stream was requested without a window")
    return request.window


@dataclass(frozen=True)
class Page:
    """One response of the source, split into unparsed records.

    `records` are the records' JSON bytes, each one object. `context` is inserted at the head of every record
    on landing (keys start with `_`), for values that the vendor gives once per response: the link a click
    belongs to, the property's time zone. `partition` is the ISO day for window streams. `cursor` is where to
    resume after this page. `metadata` is written to the manifest entry (sampling flags, quota, …).
    `announced` is the vendor's own record count of the partition, where it gives one. `restarts` says that
    the partition is read from the start again: its pages before this one do not count.
    """

    records: Sequence[bytes]
    partition: str | None = None
    cursor: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    announced: int | None = None
    restarts: bool = False


@dataclass(frozen=True)
class Stream:
    """The records of one raw table at a source.

    `extract(client, request)` yields pages lazily, in order. `span` is how a window stream is requested:
    `day`, one call of `extract` per day, each day committed separately; `range`, one call for the whole
    window. `restatement_days` is how many past days a daily run pulls again. `retention_days` is how long the
    vendor keeps the records (None: for ever). `time_column` is the raw column with the record's own time.
    `unread` are documented fields that no column holds: they stay in landing and are not schema drift.
    `due(client, landed, start, today)` says which days a run pulls, where the source itself knows what has
    changed: `landed` has the metadata of each landed day. Without it, and where it says None, days are pulled
    by `restatement_days`.
    """

    name: str
    description: str
    kind: Kind
    columns: tuple[Column, ...]
    natural_key: tuple[str, ...]
    extract: Callable[[Any, Request], Iterator[Page]]
    restatement_days: int = 0
    retention_days: int | None = None
    span: Literal["day", "range"] = "day"
    time_column: str | None = None
    unread: tuple[str, ...] = ()
    due: Callable[[Any, Mapping[str, Mapping[str, Any]], date, date], Collection[date] | None] | None = None


@dataclass(frozen=True)
class Source:
    """One outside system.

    `configure(environment)` returns the source's configuration, or None when it is not configured (then it
    is left out of the jobs); it raises ConfigurationError when it is only partially configured.
    `connect(configuration, now, sleep)` opens a client, a context manager; `verify(client)` checks with the
    source, once per run, that credentials, scopes and set-up are valid, and raises SourceError if not.
    `variables` are the environment variables it reads, name to description. `account(configuration)` names
    the account whose records they are, where the configuration says it; `connected_account(client)` where
    only the source does. With `has_accounts`, variables that end in `__NAME` declare further accounts (see
    `core.accounts`): staging models make their ids distinct. Such an account takes `shared_variables` over
    from the first one.
    """

    name: str
    title: str
    streams: tuple[Stream, ...]
    variables: Mapping[str, str]
    configure: Callable[[Mapping[str, str]], Any | None]
    connect: Callable[[Any, Callable[[], datetime], Callable[[float], None]], Any]
    verify: Callable[[Any], None]
    account: Callable[[Any], str | None] = lambda _: None
    connected_account: Callable[[Any], str | None] = lambda _: None
    has_accounts: bool = False
    shared_variables: Collection[str] = ()

    def stream(self, name: str) -> Stream:
        return next(stream for stream in self.streams if stream.name == name)
