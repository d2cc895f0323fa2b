"""Pooled SQLite storage for Dagster: its run history, with the files kept open between two events.

Dagster 1.13 makes an engine and a connection per statement: 14.5 ms CPU for an event of an asset. A run of
this project has a thousand of them (every model and every check, planned and done), 16 s in all. With the
engine kept, and its compiled statements with it, an event took 3.9 ms; without checking each time whether the
tables exist, 2.2 ms (4.2 ms in the same run with checking). The files are the same. Overrides private members
of the SQLite event log of Dagster >=1.13,<1.14 (`_connect`, `_initdb`, `_has_asset_key_col_on_connection`).
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from dagster_project.landing.private import make_private, private_files

# A file per run and one over all runs. `dagster dev` looks at many runs in its life; a run at its own.
OPEN_FILES = 4
BUSY_SECONDS = 60


def _sync_at_checkpoints_only(connection: Any, _: Any) -> None:
    """No wait for the disk at each event: a killed process loses none, a power cut perhaps the last ones."""
    connection.execute("pragma synchronous = normal")


class PooledEventLogStorage(SqliteEventLogStorage):
    """The event log of `SqliteEventLogStorage`, with an engine per file instead of one per statement."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        self._columns: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Called for every event of a check, with an engine of its own; an existing table is not dropped."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Called for every event of an asset; reads the whole declaration of the table."""
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._columns.add(column_name)
        return column_name in self._columns

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            # SQLite would make it as the umask says; its journals have the mode of the file itself.
            Path(self.path_for_shard(shard)).touch(mode=0o600)
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=QueuePool,
                # one thread at a time, as the lock has it, but not always the same
                connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            )
            event.listen(self._engines[shard], "connect", _sync_at_checkpoints_only)
        self._engines.move_to_end(shard)
        while len(self._engines) > OPEN_FILES:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def _close(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()

    def wipe(self) -> None:
        self._close()
        super().wipe()

    def dispose(self) -> None:
        super().dispose()
        self._close()


class PooledSqliteStorage(DagsterSqliteStorage):
    """What `storage: sqlite` in dagster.yaml makes, with that event log."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        Path(base_dir).mkdir(parents=True, exist_ok=True)
        make_private(Path(base_dir))
        with private_files():
            super().__init__(base_dir, inst_data)
            self._event_log_storage = PooledEventLogStorage(os.path.join(base_dir, "history", "runs", ""))  # noqa: PTH118

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> Self:
        return cls.from_local(inst_data=inst_data, **config_value)


class PrivateComputeLogManager(LocalComputeLogManager):
    """What steps print, in files that their owner alone can reach."""

    def __init__(self, base_dir: str, **further: Any) -> None:
        Path(base_dir).mkdir(parents=True, exist_ok=True)
        make_private(Path(base_dir))
        super().__init__(base_dir, **further)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        return cls(inst_data=inst_data, **config_value)
