"""The ledgers: tables in which loading writes down what it did, and the contacts behind the keys."""

import hashlib
from collections.abc import Mapping

import duckdb

from dagster_project.raw import secret
from dagster_project.raw.sql import literal
from dagster_project.sources.core import addresses
from dagster_project.sources.core.redaction import without_addresses

SCHEMAS = ("raw", "staging", "intermediate", "marts", "pii")

_LEDGERS = """
create table if not exists raw._loads (
    source varchar,
    stream varchar,
    partition varchar,
    entry_sha256 varchar,
    content_sha256 varchar,
    fetched bigint,
    landed bigint,
    loaded bigint,
    quarantined bigint,
    repeated bigint,
    repeats ubigint,
    distinct_records bigint,
    extracted_at timestamptz,
    loaded_at timestamptz,
    changed_at timestamptz,
    filled struct(field varchar, path varchar, records bigint)[],
    kept_filled struct(field varchar, path varchar, records bigint)[],
    absent_columns varchar[],
    left_out bigint,
);
alter table raw._loads add column if not exists repeats ubigint;
alter table raw._loads add column if not exists filled struct(field varchar, path varchar, records bigint)[];
alter table raw._loads add column if not exists distinct_records bigint;
alter table raw._loads add column if not exists extracted_at timestamptz;
alter table raw._loads add column if not exists absent_columns varchar[];
alter table raw._loads add column if not exists left_out bigint;
alter table raw._loads add column if not exists kept_filled
    struct(field varchar, path varchar, records bigint)[];
create table if not exists raw._quarantine (
    source varchar,
    stream varchar,
    partition varchar,
    file varchar,
    reason varchar,
    record varchar,
    quarantined_at timestamptz,
);
create table if not exists raw._corrections (
    source varchar,
    stream varchar,
    partition varchar,
    reason varchar,
    records bigint,
    corrected_at timestamptz,
);
create table if not exists raw._schema_drift (
    source varchar,
    stream varchar,
    field varchar,
    kind varchar,
    seen_at timestamptz,
);
create table if not exists raw._feed_settings (
    feed varchar,
    setting varchar,
    value varchar,
);
create table if not exists raw._exchange_rates (
    rate_date date,
    base_currency varchar,
    currency varchar,
    rate double,
);
create table if not exists raw._order_totals (
    feed varchar,
    time_zone varchar,
    day date,
    currency varchar,
    orders bigint,
    revenue decimal(18, 4),
);
create table if not exists raw._campaign_costs (
    campaign varchar,
    day date,
    cost decimal(18, 4),
    currency varchar,
);
create table if not exists raw._email_contents (
    campaign_id varchar,
    variant varchar,
    preview_text varchar,
    cta_count integer,
    cta_wording varchar,
    cta_landing_pages integer,
    is_personalised boolean,
);
create table if not exists raw._audience_assignments (
    audience_id varchar,
    contact_key varchar,
    arm varchar,
    share double,
    assigned_at timestamptz,
);
create table if not exists raw._dropped_loads (
    source varchar,
    stream varchar,
    partition varchar,
    entry_sha256 varchar,
    loaded bigint,
    repeated bigint,
    distinct_records bigint,
    filled struct(field varchar, path varchar, records bigint)[],
    kept_filled struct(field varchar, path varchar, records bigint)[],
);
alter table raw._dropped_loads add column if not exists repeated bigint;
alter table raw._dropped_loads add column if not exists distinct_records bigint;
alter table raw._dropped_loads add column if not exists kept_filled
    struct(field varchar, path varchar, records bigint)[];
create table if not exists raw._losses (
    source varchar,
    stream varchar,
    partition varchar,
    field varchar,
    baseline varchar,
    records_before bigint,
    records_now bigint,
    description varchar,
    refused_at timestamptz,
    confirmed_at timestamptz,
    ended_at timestamptz,
);
create table if not exists raw._builds (
    rows_sha256 varchar,
    project_sha256 varchar,
    begun_at timestamptz,
    built_at timestamptz,
    published_at timestamptz,
);
create table if not exists pii.contacts (
    contact_key varchar using compression uncompressed,
    email varchar,
    first_seen_at timestamptz,
);
"""

_COMMENTS = {
    "raw._loads": "fetched = landed = loaded + quarantined; `filled`: how many loaded records have a value "
    "in each column, `kept_filled`: how many of those that are not repeated, where some are; "
    "`distinct_records`: how many have an id of their own, where that was counted; `absent_columns`: what "
    "an event file does not have of what the feed names; `left_out`: how many of its rows the feed's rules "
    "leave out; `extracted_at`: when the source was read. "
    "One row per stream and partition.",
    "raw._quarantine": "Invalid records, addresses masked, with the reason. One row per record.",
    "raw._corrections": "Implausible values that were left out or replaced. "
    "One row per stream, partition and reason.",
    "raw._schema_drift": "Fields that were added or went missing. One row per stream, field and kind.",
    "raw._feed_settings": "What the models must know of each feed. One row per feed, setting and value.",
    "raw._exchange_rates": "Exchange rates from a file. One row per day and currency.",
    "raw._order_totals": "A shop's own totals of its orders, by the day of its feed's time zone. "
    "One row per feed, day and currency.",
    "raw._campaign_costs": "What campaigns cost, from a file. One row per row of the file.",
    "raw._email_contents": "What e-mails say, from a file. One row per e-mail variant.",
    "raw._audience_assignments": "Arms of exported audiences, from their journal in the landing zone. "
    "One row per audience, contact key and export that assigned it.",
    "raw._dropped_loads": "What was loaded into a table that was dropped to be loaded again. "
    "One row per stream and partition.",
    "raw._losses": "Data that a load refused to lose, and when a person confirmed that they were deleted. "
    "One row per stream, partition and column (empty: the records themselves).",
    "raw._builds": "The inputs of the last build of the marts. One row, none before the first build.",
    "pii.contacts": "The address behind each contact key. One row per contact key.",
}


def has_ledgers(present: Mapping[str, str]) -> bool:
    """Whether the ledgers are there as declared; `present` are the tables of schema `raw` with comments."""
    declared = {table.removeprefix("raw.") for table in _COMMENTS if table.startswith("raw.")}
    return declared <= present.keys() and present["_loads"] == _loads_comment()


def create_ledgers(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    connection.execute(_LEDGERS)
    connection.execute(secret.TABLE)  # contact keys are made with what it holds
    for table, comment in _COMMENTS.items():
        connection.execute(f"comment on table {table} is {literal(comment)}")
    connection.execute(f"comment on table raw._loads is {literal(_loads_comment())}")


def _loads_comment() -> str:
    return with_fingerprint(_COMMENTS["raw._loads"], (_LEDGERS, _COMMENTS))


def with_fingerprint(description: str, declaration: object) -> str:
    """A comment with a fingerprint of the declaration, which shows whether the declaration changed.

    What an address is belongs to it: what was loaded by another definition may hold addresses.
    """
    fingerprint = hashlib.sha256(f"{declaration!r} {addresses.PATTERN}".encode()).hexdigest()
    return f"{without_addresses(description)} (Declaration {fingerprint[:12]}.)"
