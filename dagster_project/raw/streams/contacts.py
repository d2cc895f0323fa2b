"""Schema `pii`: the address behind each contact key."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from dagster_project.raw.sql import contact_key, plain_address, without_optimizers
from dagster_project.raw.streams.shape import Shape


@contextmanager
def with_contact_keys(connection: duckdb.DuckDBPyConnection, shape: Shape, rows: str) -> Iterator[str]:
    """Yields CTEs for an INSERT of `rows` inside the block; afterwards merges new addresses into contacts.

    `_read` is the relation `rows`, to be joined with temp table `_batch`. If it has addresses,
    `_contact_keys` has the contact key of each, hashed once per connection. The rows and the addresses come
    from one materialized read: reading the files twice took a fifth of a load's CPU.
    """
    if not shape.addresses:
        yield f"_read as (from {rows})"
        return
    addresses = " union all ".join(
        f"select {value.address} as _address, _batch._extracted_at as _seen_at "
        "from _read as _rows join _batch on _rows._file = _batch._file"
        for value in shape.addresses
    )
    _prepare(connection)
    yield f"""
        _read as materialized (from {rows}),
        _found as materialized ({_new_addresses(addresses)}),
        _inserted as (insert into _new from _found),
        _contact_keys as (
            select _address, _contact_key from _keys anti join _found using (_address)
            union all
            select _address, _contact_key from _found
        )
    """
    _merge(connection)


def add_addresses(connection: duckdb.DuckDBPyConnection, addresses: str) -> None:
    """Merge `addresses` (SQL of `_address`, unmodified, and `_seen_at`), keeping the earliest `_seen_at`."""
    _prepare(connection)
    with without_optimizers(connection, "build_side_probe_side"):
        connection.execute(f"insert into _new {_new_addresses(addresses)}")
    _merge(connection)


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Temp tables `_keys`, of the addresses that this connection has hashed, and `_new`, empty."""
    connection.execute("""
        create temp table if not exists _keys (_address varchar, _contact_key blob, _seen_at timestamptz);
        create or replace temp table _new as from _keys limit 0;
    """)


def _new_addresses(addresses: str) -> str:
    """SQL of the addresses that `_keys` does not have, or has with a later `_seen_at`."""
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
    """Merge `_new` into `_keys` and `pii.contacts`, keeping the earliest time."""
    connection.execute("""
        merge into _keys using _new on _keys._address = _new._address
        when matched then update set _seen_at = _new._seen_at
        when not matched then insert values (_new._address, _new._contact_key, _new._seen_at)
    """)
    connection.execute(f"""
        merge into pii.contacts
        using (
            select
                lower(hex(_contact_key)) as contact_key,
                any_value({plain_address("_address")}) as email,
                min(_seen_at) as seen_at,
            from _new
            where _contact_key is not null
            group by _contact_key
        ) as seen
        on contacts.contact_key = seen.contact_key
        when matched and seen.seen_at < contacts.first_seen_at then update set first_seen_at = seen.seen_at
        when not matched then insert values (seen.contact_key, seen.email, seen.seen_at)
    """)
