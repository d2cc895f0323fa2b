"""What the tasks of a load wrote down, put together in the ledgers of the small warehouse."""

import duckdb

from dagster_project.raw.sql import literal
from dagster_project.spark.tasks import Place

_KEY = "source, stream, partition"


def staged(place: Place, table: str, ledger: str) -> str | None:
    """SQL of the rows that the tasks of a table wrote of a ledger; None where none did."""
    folder = place.staging / table / ledger
    if not any(folder.glob("*.parquet")):
        return None
    return f"read_parquet({literal(str(folder / '*.parquet'))}, filename = '_task')"


def add_ledgers(connection: duckdb.DuckDBPyConnection, place: Place, table: str) -> None:
    """Add what the tasks of `table` counted, quarantined and corrected, in the caller's transaction.

    A partition whose files several tasks loaded has a row of each: its numbers are added up.
    """
    if loads := staged(place, table, "raw._loads"):
        connection.execute(f"insert into raw._loads by name {_whole_partitions(loads)}")
    if quarantined := staged(place, table, "raw._quarantine"):
        connection.execute(
            f"insert into raw._quarantine by name select * exclude (_task) from {quarantined} order by _task"
        )
    if corrections := staged(place, table, "raw._corrections"):
        connection.execute(f"""
            insert into raw._corrections by name
            select {_KEY}, reason, sum(records)::bigint as records, min(corrected_at) as corrected_at
            from {corrections} group by all
        """)
    if drift := staged(place, table, "raw._schema_drift"):
        connection.execute(f"""
            insert into raw._schema_drift by name
            select source, stream, field, kind, arg_min(seen_at, _task) as seen_at
            from {drift} anti join raw._schema_drift using (source, stream, field, kind)
            group by all
        """)
    if contacts := staged(place, table, "pii.contacts"):
        connection.execute(f"""
            merge into pii.contacts
            using (
                select contact_key, any_value(email) as email, min(first_seen_at) as first_seen_at
                from {contacts} group by contact_key
            ) as seen
            on contacts.contact_key = seen.contact_key
            when matched and seen.first_seen_at < contacts.first_seen_at
                then update set first_seen_at = seen.first_seen_at
            when not matched then insert values (seen.contact_key, seen.email, seen.first_seen_at)
        """)


def _whole_partitions(loads: str) -> str:
    """SQL of one row per partition; of the columns that are no numbers every part has the same."""
    numbers = ("fetched", "landed", "loaded", "quarantined", "repeated", "distinct_records", "left_out")
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in numbers)
    same = ("extracted_at", "loaded_at", "changed_at", "absent_columns")
    every = ", ".join(f"any_value({name}) as {name}" for name in same)
    return f"""
        with parts as (from {loads}),
        whole as (
            select {_KEY}, any_value(entry_sha256) as entry_sha256,
                any_value(content_sha256) as content_sha256, {sums}, {every},
                count(*) as part_count, any_value(filled) as filled
            from parts group by all
        ),
        fields as (
            select {_KEY}, item.field, item.path, sum(item.records)::bigint as records, min(place) as place
            from (
                select {_KEY}, unnest(filled) as item, generate_subscripts(filled, 1) as place from parts
            )
            group by all
        ),
        added as (
            select {_KEY}, list({{'field': field, 'path': path, 'records': records}} order by place) as filled
            from fields group by all
        )
        select whole.* exclude (filled, part_count),
            case when part_count = 1 then whole.filled else added.filled end as filled
        from whole left join added using ({_KEY})
    """
