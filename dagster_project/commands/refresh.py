"""`python -m dagster_project.commands.refresh`: the job `refresh` once, with progress a person can read.

The same run as `dagster job execute -m dagster_project.definitions -j refresh`, and in the same history.
"""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from uuid import uuid4

import dagster as dg
from dagster._core.instance import InstanceRef
from dotenv import load_dotenv
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

from dagster_project.definitions import definitions
from dagster_project.runtime.dbt_runner import prewarm_dbt
from dagster_project.runtime.fast_exit import hard_exit

# The hooks before and after are numbered by themselves.
DBT_STEP = re.compile(r"\b(\d+) of (\d+) (?:OK|PASS|WARN|ERROR|FAIL|SKIP|NO-OP)\b(?! hook)")
# Output of steps would be copied from file descriptor 1, through the middle of the progress display.
WITHOUT_OUTPUT_CAPTURE = {
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
}


class Watcher(io.TextIOBase):
    """Turns Dagster's events and dbt's lines of one run into a progress display and, at the end, failures."""

    def __init__(self, console: Console, steps: int) -> None:
        self.console = console
        self.failures: dict[str, str] = {}
        self.warnings: list[str] = []
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._run = self.progress.add_task("starting", total=steps)
        self._dbt: TaskID | None = None

    def write(self, line: str) -> int:
        """Take what dbt prints: `12 of 140 OK created sql table model …`."""
        if found := DBT_STEP.search(line):
            if self._dbt is None:
                self._dbt = self.progress.add_task("  dbt: models and their tests")
            done, total = (int(number) for number in found.groups())
            self.progress.update(self._dbt, completed=done, total=total)
        return len(line)

    def take(self, entry: dg.EventLogEntry) -> None:
        """Take an event of the run."""
        event = entry.dagster_event
        if event is None:
            return
        if event.event_type is dg.DagsterEventType.STEP_START and event.step_key:
            self.progress.update(self._run, description=_name(event.step_key))
        elif event.is_step_success or event.is_step_failure or event.is_step_skipped:
            self.progress.advance(self._run)
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._take_check(event.asset_check_evaluation_data)
        if event.is_step_failure and event.step_key:
            self.failures[_name(event.step_key)] = _sentence(event)

    def _take_check(self, check: dg.AssetCheckEvaluation) -> None:
        if not check.passed:
            subject = f"{check.asset_key.to_user_string()}, {check.check_name}"
            text = f"{subject}: {check.description or 'did not pass'}"
            if check.severity is dg.AssetCheckSeverity.WARN:
                self.warnings.append(text)
            else:
                self.failures.setdefault(subject, check.description or "did not pass")


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


def run_refresh(console: Console, instance: dg.DagsterInstance) -> bool:
    """Run the job once; True when everything passed. What failed is printed, a sentence each."""
    job = definitions().resolve_job_def("refresh")
    run_id = str(uuid4())
    watcher = Watcher(console, steps=len(job.all_node_defs))
    instance.add_event_listener(run_id, watcher.take)
    with watcher.progress, redirect_stdout(watcher):
        result = job.execute_in_process(
            instance=instance,
            run_id=run_id,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    for text in watcher.warnings:
        console.print(f"[yellow]warning[/] {escape(text)}")
    for name, text in watcher.failures.items():
        console.print(f"[red]failed[/]  {escape(name)}: {escape(text)}")
    return bool(result.success)


@contextmanager
def recorded_instance() -> Iterator[dg.DagsterInstance]:
    """Dagster's history as `dagster dev`, started in the same folder, has it."""
    with tempfile.TemporaryDirectory() as scratch:
        home = os.environ.get("DAGSTER_HOME")
        reference = InstanceRef.from_dir(
            home or scratch, config_dir=home or str(Path.cwd()), overrides=WITHOUT_OUTPUT_CAPTURE
        )
        with dg.DagsterInstance.from_ref(reference) as instance:
            yield instance


def main() -> int:
    load_dotenv(Path.cwd() / ".env")
    prewarm_dbt()
    console = Console()
    with recorded_instance() as instance:
        succeeded = run_refresh(console, instance)
    if not succeeded:
        console.print("Nothing was published; readers keep the last good state.")
    return 0 if succeeded else 1


if __name__ == "__main__":
    hard_exit(main())
