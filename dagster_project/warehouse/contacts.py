"""Schema `pii`: the address behind each contact key, and nothing else."""

import duckdb

from dagster_project.warehouse.shape import Shape
from dagster_project.warehouse.sql import contact_key, plain_address


def keep_contacts(connection: duckdb.DuckDBPyConnection, shape: Shape, rows: str) -> None:
    """Add the addresses in `rows` (a relation beside temp table `_batch`) that are not known yet.

    Leaves temp table `_keys` for `shape` to take the contact keys from: each address is hashed once, which
    pays for reading one field of the files twice.
    """
    selects = [
        f"select {value.text} as _address, _batch._extracted_at as _seen_at "
        f"from {rows} as _rows join _batch on _rows._file = _batch._file"
        for value in shape.addresses
    ]
    if selects:
        add_addresses(connection, " union all ".join(selects))


def add_addresses(connection: duckdb.DuckDBPyConnection, addresses: str) -> None:
    """Merge `addresses` (SQL giving `_address`, as written, and `_seen_at`); the earliest sight counts.

    Temp table `_keys` then has the contact key of each.
    """
    connection.execute(f"""
        create or replace temp table _keys as
        with written as (select _address, min(_seen_at) as _seen_at from ({addresses}) group by _address)
        select _address, {contact_key("_address")} as _contact_key, _seen_at,
        from written
    """)
    connection.execute(f"""
        create or replace temp table _contacts as
        select
            _contact_key as contact_key,
            any_value({plain_address("_address")}) as email,
            min(_seen_at) as seen_at,
        from _keys
        where _contact_key is not null
        group by _contact_key
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
