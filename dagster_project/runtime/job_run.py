"""A Dagster job run in this process, with a progress display, in the run history of `dagster dev`.

Starting no process of its own for the run saves a second import of all definitions. Depends on
`dagster._core.instance.InstanceRef` of Dagster >=1.13,<1.14, the one way to read dagster.yaml with overrides.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from uuid import uuid4

import dagster as dg
from dagster._core.instance import InstanceRef
from rich.console import Console

from dagster_project.runtime.progress import RunProgress

OVERRIDES = {
    # Output of steps would be copied from file descriptor 1, through the middle of the progress display.
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    },
    # Also in a folder without dagster.yaml. Dagster greets a new user with its terms on standard error.
    "telemetry": {"enabled": False},
}


def run_with_progress(
    job: dg.JobDefinition, instance: dg.DagsterInstance, console: Console
) -> dg.ExecuteInProcessResult:
    """Run the job once; what failed is printed, a sentence each."""
    run_id = str(uuid4())
    progress = RunProgress(console, steps=len(job.all_node_defs))
    instance.add_event_listener(run_id, progress.on_event)
    with progress.display, redirect_stdout(progress):
        result = job.execute_in_process(
            instance=instance,
            run_id=run_id,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    progress.print_problems()
    return result


def is_recorded() -> bool:
    """Whether the instance outlives the run; without dagster.yaml it has no place for its history."""
    return bool(os.environ.get("DAGSTER_HOME")) or Path("dagster.yaml").exists()


@contextmanager
def recorded_instance() -> Iterator[dg.DagsterInstance]:
    """Dagster's instance as `dagster dev`, started in the same folder, has it.

    Raises RuntimeError when DAGSTER_HOME names no folder.
    """
    home = os.environ.get("DAGSTER_HOME")
    if home and not (Path(home).is_absolute() and Path(home).is_dir()):
        raise RuntimeError(
            f"DAGSTER_HOME is {home}, which must be the absolute path of a folder; create it, with a copy of "
            "dagster.yaml, or unset the variable."
        )
    with tempfile.TemporaryDirectory() as scratch:
        reference = InstanceRef.from_dir(
            home or scratch, config_dir=home or str(Path.cwd()), overrides=OVERRIDES
        )
        with dg.DagsterInstance.from_ref(reference) as instance:
            yield instance
