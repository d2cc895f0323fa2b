"""Exporting an audience: who is in the file, who is held out, who is left out and why."""

import hmac
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.publishing.audiences.csv_file import is_importable, private_csv
from dagster_project.publishing.audiences.importers import IMPORTERS, Importer
from dagster_project.raw.audience_assignments import (
    HOLDOUT,
    TREATED,
    Assignment,
    load_audience_assignments,
    record_assignments,
)
from dagster_project.settings import Settings

# What an option sets aside.
UNKNOWN_CONSENT, NO_ADDRESS, HELD_OUT = "unknown_consent", "no_address", "held_out"
OTHER_ACTION, NOT_IMPORTABLE, SAME_MAILBOX = "other_action", "not_importable", "same_mailbox"
TABLES = ("marts.dim_audiences", "marts.fct_audience_members", "intermediate.int_mailing_addresses")


# Who left since is not known: a day for the daily refresh, and one for a refresh that failed.
OLDEST = timedelta(days=2)


class ExportRefused(Exception):
    """The audience cannot be exported. The message is one sentence for a person."""


@dataclass(frozen=True)
class Exported:
    """A file and how many are in it, in the holdout, and left out by reason."""

    path: Path
    addresses: int
    held_out: int
    left_out: Mapping[str, int]
    known_until: datetime | None


class _Member(NamedTuple):
    person_id: str
    address: str
    contact_key: str
    arm: str | None


def export_audience(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    audience_id: str,
    importer: Importer,
    with_unknown_consent: bool = False,
    accepts_stale: bool = False,
) -> Exported:
    """Write the audience of the last build to a file of `settings.audiences`, and record who was assigned.

    Files of earlier exports of the audience are removed. Raises ExportRefused when there is no such audience,
    or, unless `accepts_stale`, when unsubscribes and complaints of the last days are not known.
    """
    holdout_share, known_until = _audience(connection, audience_id)
    if not accepts_stale:
        _refuse_stale(known_until, settings.now())
    load_audience_assignments(connection, settings.landing, settings.now())
    members, left_out = _members(connection, audience_id, importer, with_unknown_consent, settings.now())
    arms = _arms(connection, audience_id, holdout_share, members)
    new = [
        Assignment(audience_id, member.contact_key, arms[member], holdout_share, settings.now())
        for member in members
        if member.arm is None and holdout_share
    ]
    treated = [member.address for member in members if arms[member] == TREATED]
    path = _path(settings, audience_id, importer)
    with private_csv(path, importer, audience_id, treated):
        # Before the file is there: every one who is written to is in an arm.
        if new:
            record_assignments(connection, settings.landing, new)
            load_audience_assignments(connection, settings.landing, settings.now())
        # Who has left since is in none that stays.
        for other in IMPORTERS.values():
            _path(settings, audience_id, other).unlink(missing_ok=True)
    return Exported(path, len(treated), len(members) - len(treated), left_out, known_until)


def _path(settings: Settings, audience_id: str, importer: Importer) -> Path:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", audience_id).lstrip(".")
    return settings.audiences / f"{name}.{importer.name}.csv"


def _refuse_stale(known_until: datetime | None, now: datetime) -> None:
    if known_until is None:
        raise ExportRefused(
            "Nothing says until when unsubscribes and complaints are known; run `milepost refresh`, or "
            "export with --stale."
        )
    if now - known_until > OLDEST:
        raise ExportRefused(
            f"Unsubscribes and complaints are known until {known_until:%Y-%m-%d %H:%M} UTC only, more than "
            f"{OLDEST.days} days ago; run `milepost refresh`, or export with --stale."
        )


def _audience(connection: duckdb.DuckDBPyConnection, audience_id: str) -> tuple[float, datetime | None]:
    """The share of the holdout, 0 without one, and until when it is known who left."""
    found = connection.execute(
        "select coalesce(holdout_share, 0), known_until from marts.dim_audiences where audience_id = ?",
        [audience_id],
    ).fetchall()
    if not found:
        raise ExportRefused(
            f"There is no audience {audience_id!r}; `milepost audience list` shows those there are."
        )
    [(share, known_until)] = found
    return float(share), known_until and known_until.replace(tzinfo=UTC)


def _members(
    connection: duckdb.DuckDBPyConnection,
    audience_id: str,
    importer: Importer,
    with_unknown_consent: bool,
    now: datetime,
) -> tuple[list[_Member], Counter[str]]:
    """Who may be written to, each address once, and how many others there are by reason.

    A holdout that is not declared any more holds until the outcome of its persons is known; assignments are
    read as they are now, as an export since the build may have made some.
    """
    rows = connection.execute(
        """
        select members.person_id, members.left_out_because, members.is_assigned, contacts.email, contact_key,
            arms.arm, coalesce(arms.is_held_out_elsewhere, false)
        from marts.fct_audience_members as members
        left join intermediate.int_mailing_addresses as addresses using (person_key)
        left join (select contact_key, min(email) as email from pii.contacts group by contact_key) as contacts
            using (contact_key)
        left join (
            select
                person_key,
                min_by(arm, (assigned_at, arm)) filter (
                    audience_id = $audience and (arm <> $holdout or is_running)
                ) as arm,
                bool_or(audience_id <> $audience and arm = $holdout and is_running) as is_held_out_elsewhere
            from (
                select assignments.*, audiences.holdout_share is not null
                    or assigned_at + to_days((select max(holdout_days) from marts.dim_audiences)) > $now
                    as is_running
                from raw._audience_assignments as assignments
                left join marts.dim_audiences as audiences using (audience_id)
            )
            join intermediate.int_person_identifiers
                on identifier_kind = 'contact_key' and identifier = contact_key
            group by person_key
        ) as arms using (person_key)
        where members.audience_id = $audience
        order by members.person_id
        """,
        {"audience": audience_id, "holdout": HOLDOUT, "now": now},
    ).fetchall()
    members: dict[str, _Member] = {}
    left_out: Counter[str] = Counter()
    for person_id, reason, is_assigned, address, contact_key, arm, is_held_out_elsewhere in rows:
        if reason == HELD_OUT or (reason == UNKNOWN_CONSENT and with_unknown_consent):
            reason = None
        if reason is None and is_held_out_elsewhere:
            reason = HELD_OUT
        if reason is None and is_assigned is False and arm != HOLDOUT:
            reason = OTHER_ACTION
        if reason is None and address is None:  # it has gone since the build
            reason = NO_ADDRESS
        if reason is None and not is_importable(address, importer):
            reason = NOT_IMPORTABLE
        if reason is None and address.casefold() in members:
            reason = SAME_MAILBOX
        if reason is None:
            members[address.casefold()] = _Member(person_id, address, contact_key, arm)
        else:
            left_out[reason] += 1
    return list(members.values()), left_out


def _arms(
    connection: duckdb.DuckDBPyConnection, audience_id: str, holdout_share: float, members: list[_Member]
) -> dict[_Member, str]:
    """The arm each has or gets: who is held out follows from the installation's secret only.

    Where no holdout is declared, or no longer, who gets one now is treated.
    """
    [(key,)] = connection.execute("select id_key from pii.digest_keys").fetchall()

    def arm(member: _Member) -> str:
        digest = hmac.digest(key.encode(), f"holdout|{audience_id}|{member.person_id}".encode(), "sha256")
        return HOLDOUT if int.from_bytes(digest[:8], "big") < holdout_share * 2**64 else TREATED

    return {member: member.arm or arm(member) for member in members}


def missing_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Those of the tables an export reads that no build has made yet."""
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = current_database()"
    ).fetchall()
    return sorted(set(TABLES) - {name for (name,) in found})
