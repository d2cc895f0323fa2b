"""Exporting an audience: who is in the file, who is held out, who is left out and why."""

import hmac
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from dagster_project.publishing.audiences.csv_file import is_importable, private_csv
from dagster_project.publishing.audiences.importers import Importer
from dagster_project.raw.audience_assignments import (
    HOLDOUT,
    TREATED,
    Assignment,
    load_audience_assignments,
    record_assignments,
)
from dagster_project.settings import Settings

# What an option sets aside.
UNKNOWN_CONSENT, NO_ADDRESS = "unknown_consent", "no_address"
OTHER_ACTION, NOT_IMPORTABLE, SAME_MAILBOX = "other_action", "not_importable", "same_mailbox"
TABLES = ("marts.dim_audiences", "marts.fct_audience_members", "intermediate.int_mailing_addresses")


class ExportRefused(Exception):
    """The audience cannot be exported. The message is one sentence for a person."""


@dataclass(frozen=True)
class Exported:
    """A file and how many are in it, in the holdout, and left out by reason."""

    path: Path
    addresses: int
    held_out: int
    left_out: Mapping[str, int]


class _Member(NamedTuple):
    person_id: str
    address: str
    arm: str | None


def export_audience(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    audience_id: str,
    importer: Importer,
    with_unknown_consent: bool = False,
) -> Exported:
    """Write the audience of the last build to a file of `settings.audiences`, and record who was assigned.

    Raises ExportRefused when there is no such audience.
    """
    holdout_share = _holdout_share(connection, audience_id)
    load_audience_assignments(connection, settings.landing, settings.now())
    members, left_out = _members(connection, audience_id, importer, with_unknown_consent)
    arms = _arms(connection, audience_id, holdout_share, members)
    new = [
        Assignment(audience_id, member.address, arms[member], holdout_share, settings.now())
        for member in members
        if member.arm is None and holdout_share
    ]
    treated = [member.address for member in members if arms[member] == TREATED]
    path = settings.audiences / f"{_file_name(audience_id)}.{importer.name}.csv"
    with private_csv(path, importer, audience_id, treated):
        # Before the file is there: nobody is written to who is in no arm.
        if new:
            record_assignments(settings.landing, new)
            load_audience_assignments(connection, settings.landing, settings.now())
    return Exported(path, len(treated), len(members) - len(treated), left_out)


def _file_name(audience_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", audience_id).lstrip(".")


def _holdout_share(connection: duckdb.DuckDBPyConnection, audience_id: str) -> float:
    """0 without a holdout."""
    found = connection.execute(
        "select coalesce(holdout_share, 0) from marts.dim_audiences where audience_id = ?", [audience_id]
    ).fetchall()
    if not found:
        raise ExportRefused(
            f"There is no audience {audience_id!r}; `milepost audience list` shows those there are."
        )
    return float(found[0][0])


def _members(
    connection: duckdb.DuckDBPyConnection, audience_id: str, importer: Importer, with_unknown_consent: bool
) -> tuple[list[_Member], Counter[str]]:
    """Who may be written to, each address once, and how many others there are by reason."""
    rows = connection.execute(
        """
        select members.person_id, members.left_out_because, members.is_assigned, contacts.email, arms.arm
        from marts.fct_audience_members as members
        left join intermediate.int_mailing_addresses as addresses using (person_key)
        left join (select contact_key, min(email) as email from pii.contacts group by contact_key) as contacts
            using (contact_key)
        left join (
            select person_key, min_by(arm, (assigned_at, arm)) as arm
            from raw._audience_assignments
            join intermediate.int_person_identifiers
                on identifier_kind = 'contact_key' and identifier = contact_key
            where audience_id = $audience
            group by person_key
        ) as arms using (person_key)
        where members.audience_id = $audience
        order by members.person_id
        """,
        {"audience": audience_id},
    ).fetchall()
    members: dict[str, _Member] = {}
    left_out: Counter[str] = Counter()
    for person_id, reason, is_assigned, address, arm in rows:
        if reason == UNKNOWN_CONSENT and with_unknown_consent:
            reason = None
        if reason is None and is_assigned is False:
            reason = OTHER_ACTION
        if reason is None and address is None:  # it has gone since the build
            reason = NO_ADDRESS
        if reason is None and not is_importable(address, importer):
            reason = NOT_IMPORTABLE
        if reason is None and address.casefold() in members:
            reason = SAME_MAILBOX
        if reason is None:
            members[address.casefold()] = _Member(person_id, address, arm)
        else:
            left_out[reason] += 1
    return list(members.values()), left_out


def _arms(
    connection: duckdb.DuckDBPyConnection, audience_id: str, holdout_share: float, members: list[_Member]
) -> dict[_Member, str]:
    """The arm each has or gets: without the installation's secret nobody can tell who is held out.

    Where no holdout is declared, or no longer, all are treated.
    """
    [(key,)] = connection.execute("select id_key from pii.digest_keys").fetchall()

    def arm(member: _Member) -> str:
        digest = hmac.digest(key.encode(), f"holdout|{audience_id}|{member.person_id}".encode(), "sha256")
        return HOLDOUT if int.from_bytes(digest[:8], "big") < holdout_share * 2**64 else TREATED

    return {member: (holdout_share and member.arm) or arm(member) for member in members}


def missing_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Those of the tables an export reads that no build has made yet."""
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where database_name = current_database()"
    ).fetchall()
    return sorted(set(TABLES) - {name for (name,) in found})
