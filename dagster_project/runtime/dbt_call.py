"""One dbt command in this process, on whichever engine, and in words why it failed."""

import os
from collections.abc import Callable, Sequence
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.runtime.lean_dbt import make_dbt_lean

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

# Levels of the events that dbt would print.
SHOWN = ("info", "warn", "error")
FAILED = ("error", "fail", "runtime error")


def invoke(
    arguments: Sequence[str],
    folder: Path,
    target: Path,
    manifest: "Manifest | None" = None,
    handle: "Callable[[EventMsg], None]" = lambda _: None,
) -> "dbtRunnerResult":
    """Run the command; `handle` gets every event. Nothing is parsed when `manifest` is given."""
    from dbt.cli.main import dbtRunner

    make_dbt_lean()
    # dbt enters its project's folder and stays there; a relative MILEPOST_HOME would lead elsewhere from it.
    with chdir(Path.cwd()):
        return dbtRunner(manifest, callbacks=[handle]).invoke(
            [
                *arguments,
                "--project-dir", os.fspath(folder),
                "--profiles-dir", os.fspath(folder),
                "--target-path", os.fspath(target),
                "--log-path", os.fspath(target),
                # Events go to `handle`; writing a log line costs more than most of the statements.
                "--log-level", "none",
                "--log-level-file", "none",
                "--no-use-colors",
                # A second of writing a manifest that is there already.
                *(["--no-write-json"] if manifest else []),
            ]
        )  # fmt: skip


def explanation(outcome: "dbtRunnerResult", command: str = "dbt build") -> str:
    """Which models and tests failed and why, in a sentence."""
    ended: Sequence[Any] = getattr(outcome.result, "results", [])
    failed = [
        f"{result.node.name}: {' '.join(str(result.message).split())[:300]}"
        for result in ended
        if result.status in FAILED
    ]
    if not failed:
        return f"{command}: {outcome.exception or 'ended without a result'}"
    return f"{command}: {len(failed)} of {len(ended)} failed. " + " | ".join(failed[:10])
