"""The vocabulary every source speaks: streams, their columns, requests and pages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal


class Kind(StrEnum):
    """How a stream is pulled again."""

    WINDOW = "window"  # re-pullable by calendar day; a run overwrites the day
    CURSOR = "cursor"  # append-only; resumes after the last landed cursor
    SNAPSHOT = "snapshot"  # full list; the latest wins, earlier ones that differ stay in landing


@dataclass(frozen=True)
class Column:
    """One typed column of a raw table.

    `type` is a DuckDB type. `path` says where the value stands in the record (object keys and 0-based list
    positions), by default under the column's own name. `pii="address"` marks an e-mail address: the raw table
    gets its contact key (SHA-256 of the trimmed, lower-cased address, 32 bytes) instead and the address goes
    to schema `pii`. `pii="text"` marks free text in which any address is masked.
    """

    name: str
    type: str = "VARCHAR"
    path: tuple[str | int, ...] = ()
    pii: Literal["none", "address", "text"] = "none"
    description: str = ""

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
    """What a run asks of a stream: a window, the cursor to resume after, or (neither) the whole list."""

    window: Window | None = None
    cursor: str | None = None


def asked_window(request: Request) -> Window:
    """The request's window; ValueError without one, which only a mistake in the calling code can cause."""
    if request.window is None:
        raise ValueError("a window stream was asked without a window")
    return request.window


@dataclass(frozen=True)
class Page:
    """One answer of the source, split into records that nobody has parsed.

    `records` are the records' own JSON bytes, each one object. `context` is spliced into every record at its
    head on landing (keys start with `_`), for what the vendor says once per answer: the link a click belongs
    to, the property's time zone. `partition` is the ISO day for window streams. `cursor` is where to resume
    after this page. `metadata` reaches the manifest entry (sampling flags, quota, …). `announced` is the
    total the vendor itself declares for the partition, if it does.
    """

    records: Sequence[bytes]
    partition: str | None = None
    cursor: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    announced: int | None = None


@dataclass(frozen=True)
class Stream:
    """One table's worth of records at a source.

    `extract(client, request)` yields pages lazily, in order. `span` says how a window stream is asked: `day`,
    one call of `extract` per day, each day committed on its own; `range`, one call for the whole window.
    `restatement_days` is how many past days a daily run pulls again. `retention_days` is how long the vendor
    keeps the records (None: for ever). `time_column` names the raw column with the record's own time.
    `unread` are documented fields that no column holds: they stay in landing and are no schema drift.
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


@dataclass(frozen=True)
class Source:
    """One outside system.

    `configure(environment)` returns the source's configuration, or None when it is not configured (then it
    is left out of the jobs); it raises ConfigurationError when it is configured by halves.
    `connect(configuration, now, sleep)` opens a client, a context manager; `verify(client)` asks the source,
    once per run, whether credentials, scopes and set-up are in order, and raises SourceError if not.
    `variables` are the environment variables it reads, name to meaning.
    """

    name: str
    title: str
    streams: tuple[Stream, ...]
    variables: Mapping[str, str]
    configure: Callable[[Mapping[str, str]], Any | None]
    connect: Callable[[Any, Callable[[], datetime], Callable[[float], None]], Any]
    verify: Callable[[Any], None]

    def stream(self, name: str) -> Stream:
        return next(stream for stream in self.streams if stream.name == name)
