"""dbt commands and their events, in the worker process, which has dbt imported (see runtime/worker.py).

dbt is imported and the project read once for many commands, and of dbt's 26 events a node only those that
are read are made and sent. No Dagster here: the worker does not import it.

Gain over `dbt build` as a process of its own: five seconds of imports and parsing, spent while the first
streams are pulled, a second of compiling macros and one of writing the manifest. Depends on dbt-core 1.11,
whose parsed project is read by `Manifest.from_msgpack` with its own decoder, and on dbt-duckdb 1.11, whose
connection is closed through `DuckDBConnectionManager._ENV`.
"""

import importlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.raw.sql import count, quoted
from dagster_project.runtime.build_scope import SCOPE_VARIABLE, BuildScope
from dagster_project.runtime.dbt_call import SHOWN, explanation, invoke
from dagster_project.runtime.worker import PROJECT, Emit, worker

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

DBT_PROJECT_DIR = PROJECT / "dbt"
# As `dbt.constants` has it, which takes seconds to import.
PARSED_FILE_NAME = "partial_parse.msgpack"
# What an incremental build builds (see dbt/selectors.yml).
INCREMENTAL_SELECTION = ("--selector", "incremental")
# They test the models, not the data.
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
RESULTS = ("LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult")
# What Python models and the data quality checks import.
STATISTICS = ("benchmarks", "controls", "positions", "proportions", "survival", "volumes")


@dataclass(frozen=True)
class Result:
    """How a node ended, as dbt's event says it; of a table or view also columns, name to type, and rows."""

    event: Mapping[str, Any]
    columns: Mapping[str, str]
    rows: int | None


@dataclass(frozen=True)
class Outcome:
    """How the command ended; `explanation` says which models and tests failed and why."""

    is_successful: bool
    explanation: str


@dataclass(frozen=True)
class Project:
    """Where dbt's project lies, where it was parsed to, and where a build leaves what it compiled.

    `folder` is a copy of it where Dagster makes one, for a selection too long for a command line.
    """

    folder: Path = DBT_PROJECT_DIR
    parsed: Path = DBT_PROJECT_DIR / "target"
    compiled: Path = DBT_PROJECT_DIR / "target" / "build"


@dataclass(frozen=True)
class _Ready:
    """A parsed project that no command has touched yet, and the nodes of selections already made of it."""

    parsed_at: int
    project: Project
    manifest: "Manifest"
    selected: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)


_ready: list[_Ready] = []


def parse(project: Project) -> None:
    """Write the manifest. Raises RuntimeError with dbt's own words when the project cannot be parsed."""
    outcome = _invoke(["parse"], project.folder, project.parsed)
    if not outcome.success:
        raise RuntimeError(f"dbt cannot parse its project: {outcome.exception}")


def prewarm_dbt() -> None:
    """Have the worker prepare an incremental build, and do not wait: it takes five seconds."""
    worker.prewarm(prepare, Project(), (*INCREMENTAL_SELECTION, *WITHOUT_UNIT_TESTS))


def prepare(project: Project, selection: Sequence[str]) -> None:
    """Import dbt and what Python models use, and read the parsed project, for a command on `selection`."""
    selected_nodes(project, selection)
    for name in STATISTICS:
        importlib.import_module(f"dagster_project.statistics.{name}")


def selected_nodes(project: Project, selection: Sequence[str]) -> frozenset[str]:
    """The nodes, by unique id, of `selection`.

    Called first, this has dbt compile the project's macros too: a second that the command saves.
    """
    ready, key = _take_ready(project), tuple(selection)
    if key not in ready.selected:
        command = ["ls", *selection, "--output", "json", "--output-keys", "unique_id"]
        listed: Any = _invoke(command, project.folder, project.compiled, ready.manifest).result
        ready.selected[key] = frozenset(json.loads(line)["unique_id"] for line in listed or ())
    _ready.append(ready)
    return ready.selected[key]


def run(
    emit: Emit,
    project: Project,
    arguments: Sequence[str],
    selection: Sequence[str],
    scope: BuildScope | None = None,
    types: Mapping[str, str] | None = None,
) -> None:
    """One command on the parsed project; it has closed the warehouse when the Outcome is emitted.

    Emits the lines that dbt would print and a Result as each node ends, and the Outcome last. `scope` is what
    was decided for a build of everything; a build of selected models has none. Columns whose names end in a
    key of `types` have its type instead of their contract's.
    """
    ready = _take_ready(project)
    for suffix, type_ in (types or {}).items():
        _retype(ready.manifest, suffix, type_)
    with handed_over(scope):
        outcome = _invoke(
            [*arguments, *selection],
            project.folder,
            project.compiled,
            ready.manifest,
            lambda event: _emit_event(event, emit),
        )
    emit(Outcome(outcome.success, explanation(outcome)))


def _retype(manifest: "Manifest", suffix: str, type_: str) -> None:
    columns = [column for node in manifest.nodes.values() for column in getattr(node, "columns", {}).values()]
    for column in columns:
        if column.data_type and column.name.endswith(suffix):
            column.data_type = type_


@contextmanager
def handed_over(scope: BuildScope | None) -> Iterator[None]:
    """Have dbt find `scope`, or none, in its environment; its own `--vars` would cost another parse."""
    before = os.environ.pop(SCOPE_VARIABLE, None)
    if scope is not None:
        os.environ[SCOPE_VARIABLE] = scope
    try:
        yield
    finally:
        os.environ.pop(SCOPE_VARIABLE, None)
        if before is not None:
            os.environ[SCOPE_VARIABLE] = before


def _take_ready(project: Project) -> _Ready:
    """The project as dbt last parsed it, to run one command on."""
    file = project.parsed / PARSED_FILE_NAME
    parsed_at = file.stat().st_mtime_ns
    found = [ready for ready in _ready if (ready.parsed_at, ready.project) == (parsed_at, project)]
    _ready.clear()
    if found:
        return found[0]
    return _Ready(parsed_at, project, manifest_of(file.read_bytes()))


def manifest_of(parsed: bytes) -> "Manifest":
    """The project as no command has touched it, from the file in which dbt keeps what it parsed."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    manifest: Manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    manifest.build_parent_and_child_maps()  # type: ignore[no-untyped-call]
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    return manifest


def _invoke(
    arguments: Sequence[str],
    folder: Path,
    target: Path,
    manifest: "Manifest | None" = None,
    handle: "Callable[[EventMsg], None]" = lambda _: None,
) -> "dbtRunnerResult":
    """One dbt command; `handle` gets every event. Nothing is parsed when `manifest` is given."""
    with closed_warehouse():
        return invoke(arguments, folder, target, manifest, handle)


@contextmanager
def closed_warehouse() -> Iterator[None]:
    """Close the warehouse after the block. dbt's adapter would keep it open until its process ends: no other
    process could open the file, and what was written would stay in the write-ahead log."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    try:
        yield
    finally:
        environment: Any = DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()
            DuckDBConnectionManager._ENV = None


def _emit_event(event: "EventMsg", emit: Emit) -> None:
    """Emit what dbt would print, and how nodes ended."""
    from dbt_common.events.functions import msg_to_dict

    if event.info.level in SHOWN:
        emit(event.info.msg)  # type: ignore[attr-defined]
    if event.info.name in RESULTS:
        result = msg_to_dict(event)
        emit(Result(result, *_columns_and_rows(result["data"]["node_info"])))


def _columns_and_rows(node: Mapping[str, Any]) -> tuple[Mapping[str, str], int | None]:
    """Columns of the table or view that a node built, and rows (not of a view)."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if node["resource_type"] not in ("model", "seed") or node["node_status"] != "success":
        return {}, None
    environment: Any = DuckDBConnectionManager._ENV
    relation = ".".join(quoted(node["node_relation"][part]) for part in ("schema", "alias"))
    with environment.conn.cursor() as cursor:
        columns = {name: type_ for name, type_, *_ in cursor.execute(f"describe {relation}").fetchall()}
        is_view = node["materialized"] == "view"
        return columns, None if is_view else count(cursor, f"select count(*) from {relation}")
