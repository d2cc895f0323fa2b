"""Dagster's events and dbt's lines of one run as a progress display and, at the end, failures."""

import io
import re
from collections.abc import Iterator, Mapping

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

NOTE = "note"  # metadata of an asset: a sentence that a person should read
# dbt-core 1.11 numbers the hooks before and after separately.
DBT_STEP = re.compile(r"\b(\d+) of (\d+) (?:OK|PASS|WARN|ERROR|FAIL|SKIP|NO-OP)\b(?! hook)")

# Metadata of a check's outcome: the description without its chart, as a terminal shows it.
SUMMARY = "summary"


class RunProgress(io.TextIOBase):
    """Listens to the events of a run, and stands for the standard output that dbt's lines are written to."""

    def __init__(self, console: Console, steps: int) -> None:
        self.console = console
        self.failures: dict[str, str] = {}
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.display = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._run = self.display.add_task("starting", total=steps)
        self._dbt: TaskID | None = None

    def write(self, line: str) -> int:
        """A line that dbt prints: `12 of 140 OK created sql table model …`."""
        if found := DBT_STEP.search(line):
            if self._dbt is None:
                self._dbt = self.display.add_task("  dbt: models and their tests")
            done, total = (int(number) for number in found.groups())
            self.display.update(self._dbt, completed=done, total=total)
        return len(line)

    def on_event(self, entry: dg.EventLogEntry) -> None:
        """An event of the run."""
        event = entry.dagster_event
        if event is None:
            return
        if event.event_type is dg.DagsterEventType.STEP_START and event.step_key:
            self.display.update(self._run, description=_name(event.step_key))
        elif event.is_step_success or event.is_step_failure or event.is_step_skipped:
            self.display.advance(self._run)
        if event.event_type is dg.DagsterEventType.ASSET_MATERIALIZATION:
            self._on_materialization(event.step_materialization_data.materialization)
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._on_check(event.asset_check_evaluation_data)
        if event.is_step_failure and event.step_key:
            self.failures[_name(event.step_key)] = _sentence(event)

    def _on_materialization(self, made: dg.AssetMaterialization) -> None:
        if note := made.metadata.get(NOTE):
            self.notes.append(f"{made.asset_key.to_user_string()}: {note.value}")

    def _on_check(self, check: dg.AssetCheckEvaluation) -> None:
        if not check.passed:
            subject = f"{check.asset_key.to_user_string()}, {check.check_name}"
            summary = check.metadata.get(SUMMARY)
            text = str(summary.value) if summary else check.description or "did not pass"
            if check.severity is dg.AssetCheckSeverity.WARN:
                self.warnings.append(f"{subject}: {text}")
            else:
                self.failures.setdefault(subject, text)

    def print_problems(self) -> None:
        """What is worth knowing, what warned and what failed, a sentence each."""
        for text in self.notes:
            self.console.print(f"[cyan]note[/]    {_plain(text)}")
        for text in self.warnings:
            self.console.print(f"[yellow]warning[/] {_plain(text)}")
        for names, text in once_each(self.failures):
            self.console.print(f"[red]failed[/]  {_plain(names)}: {_plain(text)}")


def _plain(text: str) -> str:
    """As it stands, without the control characters by which a name could write over the screen."""
    return escape("".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text))


def once_each(failures: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every sentence with the names it is about: one cause, such as a missing secret, can fail all steps."""
    for text in dict.fromkeys(failures.values()):
        names = [name for name, of_name in failures.items() if of_name == text]
        yield names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else ""), text


def _name(step_key: str) -> str:
    """Dagster joins the parts of an asset key by two underscores."""
    return step_key.replace("__", "/")


def _sentence(event: dg.DagsterEvent) -> str:
    """The failure's own description, else the innermost error's last line."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip().splitlines()[-1] if error else "failed"
