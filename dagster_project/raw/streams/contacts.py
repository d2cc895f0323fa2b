"""Schema `pii`: the address behind each contact key, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from dagster_project.raw.sql import contact_key, plain_address, without_optimizers
from dagster_project.raw.streams.shape import Shape


@contextmanager
def contacts_kept(connection: duckdb.DuckDBPyConnection, shape: Shape, rows: str) -> Iterator[str]:
    """CTEs for the INSERT of `rows`, which is to run within; then the contacts' new addresses are merged.

    `_read` is `rows`, a relation beside temp table `_batch`. If they hold addresses, `_contact_keys` has the
    contact key of each, hashed once by a connection. Both the table and the addresses are taken from one
    reading that is held as long: reading the files twice took a fifth of a load's CPU.
    """
    if not shape.addresses:
        yield f"_read as (from {rows})"
        return
    addresses = " union all ".join(
        f"select {value.text} as _address, _batch._extracted_at as _seen_at "
        "from _read as _rows join _batch on _rows._file = _batch._file"
        for value in shape.addresses
    )
    _prepare(connection)
    yield f"""
        _read as materialized (from {rows}),
        _found as materialized ({_fresh(addresses)}),
        _noted as (insert into _fresh from _found),
        _contact_keys as (
            select _address, _contact_key from _keys anti join _found using (_address)
            union all
            select _address, _contact_key from _found
        )
    """
    _merge(connection)


def add_addresses(connection: duckdb.DuckDBPyConnection, addresses: str) -> None:
    """Merge `addresses` (SQL giving `_address`, as written, and `_seen_at`); the earliest sight counts."""
    _prepare(connection)
    # DuckDB takes files for short and would put all their rows, not the known addresses, into a hash table
    with without_optimizers(connection, "build_side_probe_side"):
        connection.execute(f"insert into _fresh {_fresh(addresses)}")
    _merge(connection)


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Temp tables `_keys`, of the addresses that this connection met before, and `_fresh`, still empty."""
    connection.execute("""
        create temp table if not exists _keys (_address varchar, _contact_key blob, _seen_at timestamptz);
        create or replace temp table _fresh as from _keys limit 0;
    """)


def _fresh(addresses: str) -> str:
    """SQL of those that `_keys` does not have, or has from a later sight only."""
    return f"""
        select _address, unhex({contact_key("_address")}) as _contact_key, _seen_at
        from (
            select seen._address, min(seen._seen_at) as _seen_at
            from ({addresses}) as seen
            anti join _keys on seen._address = _keys._address and seen._seen_at >= _keys._seen_at
            where seen._address is not null
            group by seen._address
        )
    """


def _merge(connection: duckdb.DuckDBPyConnection) -> None:
    """Put what `_fresh` holds into `_keys` and `pii.contacts`; the earliest sight counts."""
    connection.execute("""
        merge into _keys using _fresh on _keys._address = _fresh._address
        when matched then update set _seen_at = _fresh._seen_at
        when not matched then insert values (_fresh._address, _fresh._contact_key, _fresh._seen_at)
    """)
    connection.execute(f"""
        merge into pii.contacts
        using (
            select
                lower(hex(_contact_key)) as contact_key,
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
