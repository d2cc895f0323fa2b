"""Who was put into which arm of an audience: a journal in the landing zone, and its raw table.

Both have contact keys and no address, so that who is erased elsewhere is not in it. A warehouse that is built
again reads the journal again; a journal that is missing takes back nothing. When the salt of contact keys
changes, the keys of the raw table are made again of the addresses that are known, and the journal of it.
"""

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.landing.durable import write_atomically
from dagster_project.landing.private import private_files
from dagster_project.raw.small_files import (
    InPlace,
    Refused,
    SmallFile,
    is_loaded,
    read_small_file,
    record_load,
)
from dagster_project.raw.sql import transaction

STREAM = "journal"
COLUMNS = ("audience_id", "contact_key", "arm", "share", "assigned_at")
CONTACT_KEY = re.compile("[0-9a-f]{64}")
TREATED, HOLDOUT = "treated", "holdout"


class Assignment(NamedTuple):
    """A person of an audience, by the key of the exported address, in an arm; `share` is the holdout's."""

    audience_id: str
    contact_key: str
    arm: str
    share: float
    assigned_at: datetime


def journal_path(landing: Path) -> Path:
    return landing / "audiences" / "assignments.csv"


def record_assignments(
    connection: duckdb.DuckDBPyConnection, landing: Path, assignments: Sequence[Assignment] = ()
) -> None:
    """Write the journal: what it and the raw table have, and `assignments`; after a crash, all or none."""
    load_audience_assignments(connection, landing)
    path = journal_path(landing)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = connection.execute(
        f"select {', '.join(COLUMNS)} from raw._audience_assignments"
        " order by assigned_at, audience_id, contact_key, arm"
    ).fetchall()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(
        (*assignment[:3], f"{assignment.share:.6f}", assignment.assigned_at.astimezone(UTC).isoformat())
        for assignment in (*map(Assignment._make, before), *assignments)
    )
    with private_files():
        write_atomically(path, text.getvalue().encode())


def load_audience_assignments(
    connection: duckdb.DuckDBPyConnection, landing: Path, now: datetime | None = None
) -> None:
    """Bring `raw._audience_assignments` up to the journal; without one, leave it as it is."""
    path = journal_path(landing)
    if not path.exists():
        return
    file = read_small_file(path, f"The journal of audiences {path}")
    if is_loaded(connection, InPlace.AUDIENCE_ASSIGNMENTS, STREAM, file.digest):
        return
    kept, refused = _checked(file)
    with transaction(connection):
        connection.execute("delete from raw._audience_assignments")
        if kept:
            columns = dict(zip(COLUMNS, map(list, zip(*kept, strict=True)), strict=True))
            connection.execute(
                f"""
                insert into raw._audience_assignments by name
                select {", ".join(f"unnest(${name}) as {name}" for name in COLUMNS)}
                """,
                columns,
            )
        record_load(
            connection,
            InPlace.AUDIENCE_ASSIGNMENTS,
            STREAM,
            file,
            len(kept),
            refused,
            now or datetime.now(UTC),
        )


def _checked(file: SmallFile) -> tuple[list[Assignment], list[Refused]]:
    kept: list[Assignment] = []
    refused: list[Refused] = []
    for record, row in file.rows(COLUMNS, COLUMNS, ()):
        try:
            assigned_at = datetime.fromisoformat(row["assigned_at"])
            share = float(row["share"])
        except (KeyError, ValueError):
            refused.append(Refused(record, "share or assigned_at cannot be read"))
            continue
        if row["arm"] not in (TREATED, HOLDOUT) or not 0 < share < 1 or assigned_at.tzinfo is None:
            refused.append(Refused(record, "arm, share or assigned_at is not plausible"))
        elif not CONTACT_KEY.fullmatch(row["contact_key"]):
            refused.append(Refused(record, "contact_key is not 64 hex digits"))
        else:
            kept.append(Assignment(row["audience_id"], row["contact_key"], row["arm"], share, assigned_at))
    return kept, refused
