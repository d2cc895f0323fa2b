"""Schema `pii`: the address behind each contact key, and nothing else."""

import duckdb

from dagster_project.warehouse.shape import Shape
from dagster_project.warehouse.sql import plain_address


def keep_contacts(connection: duckdb.DuckDBPyConnection, shape: Shape, rows: str) -> None:
    """Add the addresses in `rows` (a relation beside temp table `_batch`) that are not known yet.

    Reading one field of the files again is a fifth of the load's cost; a staging table would be half.
    """
    for value in shape.values:
        if value.column.pii == "address":
            add_addresses(
                connection,
                f"select {value.text} as address, _batch._extracted_at as seen_at "
                f"from {rows} as _rows join _batch on _rows._file = _batch._file",
            )


def add_addresses(connection: duckdb.DuckDBPyConnection, addresses: str) -> None:
    """Merge `addresses` (SQL giving `address`, as written, and `seen_at`); the earliest sight counts."""
    connection.execute(f"""
        create or replace temp table _contacts as
        with written as (select address, min(seen_at) as seen_at from ({addresses}) group by address),
        plain as (select {plain_address("address")} as email, min(seen_at) as seen_at from written group by
        email) select sha256(email) as contact_key, email, seen_at from plain where email <> ''
    """)
    connection.execute("""
        update pii.contacts set first_seen_at = _contacts.seen_at
        from _contacts
        where contacts.contact_key = _contacts.contact_key and _contacts.seen_at < contacts.first_seen_at
    """)
    connection.execute("""
        insert into pii.contacts
        select contact_key, email, seen_at from _contacts anti join pii.contacts using (contact_key)
    """)
    connection.execute("drop table _contacts")
