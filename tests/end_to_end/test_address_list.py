"""A list of addresses, or of devices, leads to no person in what is published."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.raw.secret import FILE_NAME
from tests.conftest import ROOT
from tests.end_to_end.conftest import Refreshed

IDENTIFIERS = "warehouse.intermediate.int_person_identifiers"
DIGESTS = ("md5", "sha1", "sha256")


@pytest.fixture(scope="module")
def warehouse(refreshed: Refreshed) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        home = refreshed.installation.home
        connection.execute(f"attach '{home}/warehouse.duckdb' as warehouse (read_only)")
        connection.execute(f"attach '{home}/published/milepost.duckdb' as published (read_only)")
        yield connection


def values(connection: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    return {str(value) for (value,) in connection.execute(sql).fetchall() if value is not None}


def _digests(text: str) -> Iterator[str]:
    for name in DIGESTS:
        digest = hashlib.new(name, text.encode()).digest()
        yield from (digest.hex(), digest.hex()[:32], base64.b64encode(digest).decode())
        for half in (digest[:8], digest[8:16]):
            for order in ("little", "big"):
                number = int.from_bytes(half, order)  # type: ignore[arg-type]
                yield from (str(number), str(number >> 1))


def guesses(identifiers: dict[str, set[str]], email_ids: set[str]) -> set[str]:
    """What can be computed of identifiers: digests, and digests of digests, alone or with other ids."""
    found = set()
    for kind, of_kind in identifiers.items():
        for identifier in of_kind:
            keys = {identifier, *(hashlib.new(name, identifier.encode()).hexdigest() for name in DIGESTS)}
            for key in keys:
                found |= {*_digests(key), *_digests(f"{kind}:{key}")} | (
                    {key} if kind != "client_id" else set()
                )
                for email_id in email_ids:
                    found |= {*_digests(f"{key}|{email_id}")}
    return found


def published_values(connection: duckdb.DuckDBPyConnection, files: Path) -> set[str]:
    """Every value of every column, and every long run of digits and letters within a text."""
    found = set()
    for file in sorted(files.glob("*.parquet")):
        for name, type_, *_ in connection.execute(f"describe from '{file}'").fetchall():
            if not re.match("VARCHAR|BIGINT|UBIGINT|HUGEINT|JSON|BLOB", type_):
                continue
            for value in values(connection, f"select distinct cast(\"{name}\" as varchar) from '{file}'"):
                found |= {value, *re.findall(r"[0-9A-Za-z+/=]{28,}", value)}
    return found


def test_no_published_value_follows_from_a_list(
    refreshed: Refreshed, warehouse: duckdb.DuckDBPyConnection
) -> None:
    addresses = values(warehouse, "select email from warehouse.pii.contacts")
    devices = values(
        warehouse,
        f"select identifier from {IDENTIFIERS} where identifier_kind = 'client_id'",
    )
    assert len(addresses) > 100
    assert len(devices) > 100
    email_ids = values(warehouse, "select distinct email_id from published.marts.fct_email_sends")
    attack = guesses({"contact_key": addresses, "client_id": devices}, email_ids)
    shown = published_values(warehouse, refreshed.installation.published.parent / "parquet")
    assert len(shown) > 10_000
    assert shown & attack == set()


def test_event_ids_do_not_follow_from_devices(warehouse: duckdb.DuckDBPyConnection) -> None:
    parts = "'google_analytics', client_id, '', ga_session_id, occurred_at::varchar, event_name, '1', '1'"

    def matches(of: str) -> int:
        [(count,)] = warehouse.execute(f"""
            select count(*) from published.marts.fct_events where event_id in (
                select (md5_number_upper(concat_ws('|', {of})) >> 1)::bigint
                from warehouse.intermediate.int_events
                where source = 'google_analytics' and client_id is not null
            )
        """).fetchall()
        return int(count)

    assert matches(parts) == 0
    assert matches(f"(select id_key from warehouse.pii.digest_keys), {parts}") > 1000, "the attack would work"


def test_with_the_secret_ids_can_be_computed_again(
    refreshed: Refreshed, warehouse: duckdb.DuckDBPyConnection
) -> None:
    secret = (refreshed.installation.home / FILE_NAME).read_bytes().strip()

    def key(name: str) -> str:
        return hmac.new(secret, name.encode(), "sha256").hexdigest()

    def person_id(address: str) -> str:
        message = f"contact_key:{hashlib.sha256(address.encode()).hexdigest()}"
        inner = hashlib.sha256(f"{key('inner_key')}{message}".encode()).hexdigest()
        return hashlib.sha256(f"{key('outer_key')}{inner}".encode()).hexdigest()[:32]

    addresses = values(warehouse, "select email from warehouse.pii.contacts")
    persons = values(warehouse, "select person_id from published.marts.dim_persons")
    found = persons & {person_id(address) for address in addresses}
    of_addresses = f"""
        select person_id from {IDENTIFIERS}
        where is_stable_key and identifier in (select contact_key from warehouse.pii.contacts)
    """
    assert found == values(warehouse, of_addresses)
    assert len(found) > 100


def test_the_secret_is_nowhere_but_in_its_file(refreshed: Refreshed) -> None:
    home = refreshed.installation.home
    secret = (home / FILE_NAME).read_bytes().strip()
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        [keys] = connection.execute("select inner_key, outer_key, id_key from pii.digest_keys").fetchall()
    private = [
        secret,
        secret.hex().encode(),
        base64.b64encode(secret).rstrip(b"="),
        bytes.fromhex(secret.decode()),
    ]
    of_pii = [key.encode() for key in keys] + [bytes.fromhex(key) for key in keys]
    log = "\n".join(
        str(record.event_log_entry)
        for record in refreshed.installation.instance.get_records_for_run(refreshed.result.run_id).records
    ).encode()
    assert len(log) > 100_000
    assert not [text for text in (*private, *of_pii) if text in log]
    files = [
        file for folder in (home, ROOT / "dbt" / "target") for file in folder.rglob("*") if file.is_file()
    ]
    assert len(files) > 300
    held = {
        str(file)
        for file in files
        if file != home / FILE_NAME
        for content in [file.read_bytes()]
        if any(text in content for text in private)
        or (file != home / "warehouse.duckdb" and any(text in content for text in of_pii))
    }
    assert held == set()
