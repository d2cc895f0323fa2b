"""Every source against every misbehaviour of a vendor: the right data, or one sentence after few requests.

Sources come from the registry, so a new one is in the matrix by itself. Most cells run here, over a socket,
with the source's own simulated vendor; `NAMED` names the test of the others. A source without a cell fails.
"""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.limits import SlidingWindow
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import Vendor
from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.core.errors import QuotaExhaustedError, SourceError
from dagster_project.sources.core.stream import Kind, Page, Request, Source, Stream, Window
from dagster_project.sources.registry import SOURCES
from tests.simulator_fixture import RunningSimulator, serve_in_thread

ROOT = Path(__file__).parents[2]
END = date(2026, 11, 15)
DAYS = Window(END - timedelta(days=4), END - timedelta(days=3))
MOST_REQUESTS = 16  # after which a vendor that refuses is left alone, those of a new token among them
LIMITS_OFF = {"requests_per_second": 0, "ga4_export": "bigquery"}

# Once: the records are those of an undisturbed read.
PASSING: Mapping[str, Mapping[str, Any]] = {
    "throttled": {"kind": "rate_limit"},
    "5xx": {"kind": "server_error", "status": 502},
    "unavailable": {"kind": "server_error", "status": 503},
    "dropped connection": {"kind": "drop"},
    "body cut off": {"kind": "cut"},
    "truncated body": {"kind": "truncated"},
    "malformed body": {"kind": "malformed"},
    "html error": {"kind": "html", "status": 502},
    "html page": {"kind": "html", "status": 200},
}
# Once: the same, or one sentence where the vendor's credentials do not expire.
EXPIRING: Mapping[str, Mapping[str, Any]] = {"expired token": {"kind": "unauthorized"}}
# A record more than once is the loader's to keep once; none may lack.
MOVING: Mapping[str, Mapping[str, Any]] = {
    "duplicate pages": {"kind": "duplicates"},
    "rows moving": {"kind": "rows_change"},
}
# All records, or one sentence: what differs is reported when they land.
DRIFTING: Mapping[str, Mapping[str, Any]] = {
    "field added": {"kind": "field_added"},
    "field missing": {"kind": "field_missing"},
    "type changed": {"kind": "type_changed"},
}
# As long as it is read: one sentence.
LASTING: Mapping[str, Mapping[str, Any]] = {
    "throttled for good": {"kind": "rate_limit"},
    "down": {"kind": "server_error", "status": 503},
    "no connection": {"kind": "drop"},
    "html for good": {"kind": "html", "status": 200},
    "refused": {"kind": "unauthorized"},
    "no permission": {"kind": "forbidden"},
    "quota spent": {"kind": "quota_spent"},
}
SKEWED = {"clock behind": -timedelta(days=1), "clock ahead": timedelta(days=1)}
NAMED_KINDS = ("stalled answer", "retention passed", "deleted persons")
_BOUNDS = "tests/sources/test_bounds.py::"
# By source and kind; `*` is of all sources, whose HTTP is one.
NAMED = {
    ("*", "stalled answer"): _BOUNDS + "test_silence_ends_at_the_deadline_too",
    ("smaily", "retention passed"): "tests/simulator/test_smaily_api.py::test_retention",
    ("smaily", "deleted persons"): (
        "tests/simulator/test_smaily_api.py"
        "::test_changes_of_contacts_are_in_the_log_and_a_deleted_contact_is_not_listed"
    ),
    ("hubspot", "deleted persons"): (
        "tests/sources/hubspot/test_hubspot_crm.py::test_deleted_objects_are_read_once_when_they_were_deleted"
    ),
    ("trustpilot", "deleted persons"): (
        "tests/dbt/histories/test_trustpilot_versions.py"
        "::test_each_new_version_is_built_incrementally_as_in_full"
    ),
}
# What passes and yet ends in a sentence: GA4 says that a quota is spent, and what its token endpoint garbles
# is not asked for again.
SENTENCES = {
    ("google_analytics", "throttled"),
    ("google_analytics", "truncated body"),
    ("google_analytics", "malformed body"),
    ("google_analytics", "html page"),
}
Records = list[bytes]


@dataclass(frozen=True)
class Read:
    records: Records
    cursor: str | None
    requests: int


@dataclass
class Connected:
    """A source at its simulated vendor, with its stream of most records."""

    source: Source
    vendor: Vendor
    simulator: RunningSimulator
    simulation: Simulation
    waits: list[float]
    stream: Stream | None = None
    undisturbed: Read | None = None

    @contextmanager
    def client(self, skew: timedelta = timedelta()) -> Iterator[Any]:
        configuration = self.source.configure(self.simulator.environment)
        with self.source.connect(
            configuration, lambda: self.simulation.clock.now + skew, self.waits.append
        ) as opened:
            yield opened

    def read(self, stream: Stream, skew: timedelta = timedelta(), cursor: str | None = None) -> Read:
        request = Request(window=DAYS) if stream.kind is Kind.WINDOW else Request(cursor=cursor)
        before = self.requests
        with self.client(skew) as client:
            pages: list[Page] = list(stream.extract(client, request))
        # Where a partition is read again, its pages before do not count.
        starts = [number for number, page in enumerate(pages) if page.restarts]
        pages = pages[starts[-1] :] if starts else pages
        records = [bytes(record) for page in pages for record in page.records]
        cursors = [page.cursor for page in pages if page.cursor is not None]
        return Read(records, cursors[-1] if cursors else None, self.requests - before)

    def read_or_sentence(self, *, is_allowed: bool = True) -> Read | None:
        """The stream of most records, or None where reading ended in one sentence, if that is allowed."""
        assert self.stream
        try:
            return self.read(self.stream)
        except SourceError as error:
            if not is_allowed:
                raise
            sentence_of(error, self)
            return None

    @property
    def requests(self) -> int:
        counts = self.simulator.state()["requests"]
        return sum(count for path, count in counts.items() if path.startswith(self.vendor.prefix))

    def inject(self, fault: Mapping[str, Any], **where: int) -> None:
        self.simulator.inject_fault(**{**fault, "path": self.vendor.prefix, **where})

    def is_injected(self) -> bool:
        """Whether the fault that was to come once has come."""
        return not self.simulator.state()["faults"]


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    made = Simulation(make_world(WorldConfig(persons=250, days=60, seed=7, end_date=END)))
    made.options.change(LIMITS_OFF)
    return made


@pytest.fixture(scope="module")
def running(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    with serve_in_thread(simulation, tmp_path_factory.mktemp("credentials")) as served:
        yield served


@pytest.fixture(scope="module")
def connect(running: RunningSimulator, simulation: Simulation) -> Callable[[Source], Connected]:
    """A source and its undisturbed read, once for all cells."""
    known: dict[str, Connected] = {}

    def connected(source: Source) -> Connected:
        if source.name not in known:
            package = importlib.import_module(f"dagster_project.simulator.{source.name}")
            made = Connected(source, package.VENDOR, running, simulation, [])
            reads = {stream.name: made.read(stream) for stream in source.streams}
            heaviest = max(source.streams, key=lambda each: len(reads[each.name].records))
            made.stream, made.undisturbed = heaviest, reads[heaviest.name]
            known[source.name] = made
        return known[source.name]

    return connected


@pytest.fixture
def cell(
    request: pytest.FixtureRequest, connect: Callable[[Source], Connected], running: RunningSimulator
) -> Iterator[Connected]:
    connected = connect(request.param)
    assert connected.undisturbed
    assert connected.undisturbed.records, "a cell on no records shows nothing"
    connected.waits.clear()
    # GA4 counts server errors, those of other cells too.
    connected.simulation.server_errors = SlidingWindow(seconds=3_600)
    yield connected
    running.clear_faults()


def matrix(faults: Mapping[str, Any]) -> Any:
    every = [pytest.param(source, fault, id=f"{source.name}, {name}") for source in SOURCES
             for name, fault in faults.items()]  # fmt: skip
    return pytest.mark.parametrize(("cell", "fault"), every, indirect=["cell"])


def sentence_of(error: SourceError, connected: Connected) -> str:
    sentence = str(error)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    for name, value in connected.simulator.environment.items():
        if any(word in name for word in ("TOKEN", "SECRET", "PASSWORD", "_KEY")):
            assert value not in sentence
    return sentence


def places(connected: Connected) -> set[int]:
    """The first request and one in the middle: the first may be of a token, or of a list of what is read."""
    assert connected.undisturbed
    return {0, connected.undisturbed.requests // 2}


@matrix(PASSING)
def test_what_passes_loses_no_record(cell: Connected, fault: Mapping[str, Any]) -> None:
    kinds = {name for name, each in PASSING.items() if each == fault}
    for skip in places(cell):
        cell.inject(fault, count=1, skip=skip)
        read = cell.read_or_sentence(is_allowed=any((cell.source.name, kind) in SENTENCES for kind in kinds))
        if read:
            assert sorted(read.records) == sorted(cell.undisturbed.records)
            assert read.requests <= cell.undisturbed.requests + MOST_REQUESTS
        assert cell.is_injected()


@matrix(EXPIRING)
def test_a_token_that_expires_is_renewed_or_named(cell: Connected, fault: Mapping[str, Any]) -> None:
    for skip in places(cell):
        cell.inject(fault, count=1, skip=skip)
        read = cell.read_or_sentence()
        if read:
            assert sorted(read.records) == sorted(cell.undisturbed.records)
        assert cell.is_injected()


@matrix(MOVING)
def test_rows_that_move_between_pages_hide_no_record(cell: Connected, fault: Mapping[str, Any]) -> None:
    cell.inject(fault)
    read = cell.read_or_sentence()
    if read:
        assert set(read.records) >= set(cell.undisturbed.records)


@matrix(DRIFTING)
def test_drift_loses_no_record_in_silence(cell: Connected, fault: Mapping[str, Any]) -> None:
    cell.inject(fault)
    read = cell.read_or_sentence()
    if read:
        assert len(read.records) == len(cell.undisturbed.records)


@matrix(LASTING)
def test_what_stays_is_one_sentence_after_few_requests(cell: Connected, fault: Mapping[str, Any]) -> None:
    if not answers(cell, fault):
        assert fault["kind"] in ("quota_spent", "forbidden"), "every vendor has an answer for the others"
        return
    before = cell.requests
    # A token is of another quota.
    cell.inject(fault, skip=int(fault["kind"] == "quota_spent"))
    with pytest.raises(SourceError) as raised:
        cell.read(cell.stream)
    sentence_of(raised.value, cell)
    assert cell.requests - before <= MOST_REQUESTS
    if fault["kind"] == "quota_spent":
        assert isinstance(raised.value, QuotaExhaustedError)


def answers(cell: Connected, fault: Mapping[str, Any]) -> bool:
    """Whether the vendor has such an answer at all; what is on the wire, every vendor has."""
    made = Fault.read(dict(fault))
    return made.kind in ("html", "drop") or cell.vendor.fault(made, cell.simulation) is not None


@matrix(SKEWED)
def test_a_wrong_clock_loses_no_record(cell: Connected, fault: timedelta) -> None:
    """What a clock that is behind leaves is read once it is right."""
    skewed = cell.read(cell.stream, fault)
    records = set(skewed.records)
    if cell.stream.kind is Kind.CURSOR:
        records |= set(cell.read(cell.stream, cursor=skewed.cursor).records)
    assert records >= set(cell.undisturbed.records)


def has(source: Source, kind: str) -> bool:
    """Whether a source has what a misbehaviour is of, by its own declaration."""
    if kind == "retention passed":
        return any(stream.retention_days for stream in source.streams)
    if kind == "deleted persons":
        return any(column.pii == "address" for stream in source.streams for column in stream.columns)
    return True


NOT_RUN = [(source, kind) for source in SOURCES for kind in NAMED_KINDS if has(source, kind)]


@pytest.mark.parametrize(("source", "kind"), NOT_RUN, ids=[f"{each.name}, {kind}" for each, kind in NOT_RUN])
def test_what_is_not_run_here_has_a_test(source: Source, kind: str) -> None:
    named = NAMED.get((source.name, kind)) or NAMED.get(("*", kind))
    assert named, f"Name the test of {source.name} with {kind} in NAMED."
    path, _, test = named.partition("::")
    assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


def test_records_are_json_of_the_vendors(connect: Callable[[Source], Connected]) -> None:
    """So that equal records are equal things."""
    for source in SOURCES:
        undisturbed = connect(source).undisturbed
        assert undisturbed
        assert all(isinstance(json.loads(record), dict) for record in undisturbed.records[:5])
