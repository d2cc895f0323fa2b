"""Schema `pii`: the address behind each contact key, and nothing else."""

import duckdb

from dagster_project.warehouse.shape import Shape
from dagster_project.warehouse.sql import contact_key, plain_address, without_optimizers


def keep_contacts(connection: duckdb.DuckDBPyConnection, shape: Shape, rows: str) -> None:
    """Add the addresses in `rows` (a relation beside temp table `_batch`) that are not known yet.

    Leaves temp table `_keys` for `shape` to take the contact keys from: each address is hashed once by a
    connection, which pays for reading one field of the files twice.
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

    Temp table `_keys` then has the contact key of each, and of those that this connection saw before.
    """
    connection.execute("""
        create temp table if not exists _keys (_address varchar, _contact_key varchar, _seen_at timestamptz)
    """)
    # DuckDB takes files for short and would put all their rows, not the known addresses, into a hash table
    with without_optimizers(connection, "build_side_probe_side"):
        connection.execute(f"""
            create or replace temp table _fresh as
            with fresh as (
                select seen._address, min(seen._seen_at) as _seen_at
                from ({addresses}) as seen
                anti join _keys on seen._address = _keys._address and seen._seen_at >= _keys._seen_at
                where seen._address is not null
                group by seen._address
            )
            select _address, {contact_key("_address")} as _contact_key, _seen_at,
            from fresh
        """)
    connection.execute("""
        merge into _keys using _fresh on _keys._address = _fresh._address
        when matched then update set _seen_at = _fresh._seen_at
        when not matched then insert values (_fresh._address, _fresh._contact_key, _fresh._seen_at)
    """)
    connection.execute(f"""
        merge into pii.contacts
        using (
            select
                _contact_key as contact_key,
                any_value({plain_address("_address")}) as email,
                min(_seen_at) as seen_at,
            from _fresh
            where _contact_key is not null
            group by _contact_key
        ) as seen
        on contacts.contact_key = seen.contact_key
        when matched and seen.seen_at < contacts.first_seen_at then update set first_seen_at = seen.seen_at
        when not matched then insert values (seen.contact_key, seen.email, seen.seen_at)
    """)
