"""The run history is what Dagster's own storage writes and reads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
from dagster._core.instance import InstanceRef

from dagster_project.runtime.dagster_storage import OPEN_FILES, PooledEventLogStorage

OURS = """
storage:
  custom:
    module: dagster_project.runtime.dagster_storage
    class: PooledSqliteStorage
    config:
      base_dir: {folder}/storage
"""
DAGSTERS = "storage:\n  sqlite:\n    base_dir: {folder}/storage\n"
# Output is captured per process: runs in several threads of one process would wait for each other.
WITHOUT_OUTPUT = """
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


def opened(folder: Path, configuration: str) -> dg.DagsterInstance:
    (folder / "dagster.yaml").write_text(
        (configuration + WITHOUT_OUTPUT).format(folder=folder), encoding="utf-8"
    )
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder)))


@dg.asset
def counted() -> dg.MaterializeResult:  # type: ignore[type-arg]
    return dg.MaterializeResult(metadata={"dagster/row_count": 7})


def test_dagster_reads_what_was_written_by_several_threads_in_many_runs(tmp_path: Path) -> None:
    def run(_: int) -> bool:
        return dg.materialize([counted], instance=ours).success

    with opened(tmp_path, OURS) as ours:
        storage = ours.event_log_storage
        with ThreadPoolExecutor(max_workers=3) as threads:
            assert all(threads.map(run, range(3 * OPEN_FILES)))
        written = [record.event_log_entry for record in materializations(ours)]
        assert len(open_files(storage)) <= OPEN_FILES
    with opened(tmp_path, DAGSTERS) as dagsters:
        read = [record.event_log_entry for record in materializations(dagsters)]
        assert read == written
        assert len(read) == 3 * OPEN_FILES
        assert all(dagsters.all_logs(entry.run_id) for entry in read)


def open_files(storage: object) -> list[str]:
    inner = getattr(storage, "_storage", storage)
    found = getattr(inner, "event_log_storage", inner)
    assert isinstance(found, PooledEventLogStorage)
    return list(found._engines)


def materializations(instance: dg.DagsterInstance) -> list[dg.EventLogRecord]:
    return list(instance.fetch_materializations(dg.AssetKey("counted"), limit=100).records)


def test_a_wiped_history_is_empty_and_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path, OURS) as instance:
        assert dg.materialize([counted], instance=instance).success
        instance.wipe()
        assert materializations(instance) == []
        assert dg.materialize([counted], instance=instance).success
        assert len(materializations(instance)) == 1
