"""A synthetic event table in the physical order of `fct_events`, and the macros' queries over it."""

import contextlib
import io
from pathlib import Path

import duckdb
import pyarrow

from tests.dbt.compiled_macros import compile_macros

KINDS = (
    "email_open",
    "email_click",
    "page_view",
    "view_item",
    "add_to_cart",
    "begin_checkout",
    "purchase",
    "newsletter_signup",
)
STEPS = ("email_open", "page_view", "add_to_cart", "begin_checkout", "purchase")
WINDOW_DAYS = 7


def open_store(path: Path, events: int) -> duckdb.DuckDBPyConnection:
    """A file with table `stored`: 20 events per person in visits of four, over 90 days, at distinct instants.

    The kinds are an ENUM and the persons integers, as in `fct_events`; in table `texts` the kinds are text.
    """
    connection = duckdb.connect(str(path))
    connection.execute("set timezone = 'UTC'; set threads = 2")
    names = ", ".join(f"'{kind}'" for kind in KINDS)
    connection.execute(f"create type kind as enum ({names})")
    connection.execute(f"""
        create table stored as
        select
            cast(person_key as integer) as person_key,
            cast(hash(person_key) >> 1 as bigint) as person_hash,
            timestamp '2026-07-01' + to_seconds(cast(second as bigint)) + to_microseconds(event_id % 1000000)
                as occurred_at,
            cast(1 as utinyint) as event_rank,
            cast(event_id as bigint) as event_id,
            -- enum_range returns text.
            cast(enum_range(null::kind)[
                1 + cast(least(hash(event_id * 7) % 8, hash(event_id * 11) % 8) as integer)
            ] as kind) as kind
        from (
            select
                i as event_id,
                hash(i // 4) % {events // 20} as person_key,
                hash(i // 4 * 13) % 7776000 + (i % 4) * (hash(i * 3) % 1000) as second
            from range({events}) as numbers(i)
        )
        order by person_key, occurred_at, event_rank, event_id
    """)
    connection.execute("create table texts as select * replace (cast(kind as varchar) as kind) from stored")
    return connection


def table(connection: duckdb.DuckDBPyConnection, acts: str) -> pyarrow.Table:
    """The columns of the acts that another engine needs, in physical order; the kind as a dictionary."""
    return connection.sql(f"select person_key, occurred_at, kind from {acts}").to_arrow_table()


def step_events(acts: str, persons: str = "true") -> str:
    """The acts that are a step of the funnel, by a projection, which keeps their order."""
    numbers = " ".join(f"when '{kind}' then {step}" for step, kind in enumerate(STEPS, start=1))
    return (
        "(select * from (select person_key, occurred_at, event_rank, event_id, (occurred_at, event_id) as"
        f" act_position, case kind {numbers} end as step_number from {acts} where {persons})"
        " where step_number is not null)"
    )


def compile_formulations(home: Path, events: int) -> dict[str, str]:
    """The macros over `stored`, and over `slice` for engines that need less data.

    The funnel is read in two halves of the persons, each on a core of its own.
    """
    calls = {}
    middle = events // 20 // 2
    read = "is_physically_ordered=true"
    for acts in ("stored", "slice"):
        calls |= {
            f"sessions {acts}": f"sessionize('{acts}', {read})",
            f"transitions {acts}": f"transitions('{acts}', ['kind'], {read}, guard=false)",
            f"guarded transitions {acts}": f"transitions('{acts}', ['kind'], {read})",
            f"endless funnel {acts}": f'funnel_steps("{step_events(acts)}", steps={len(STEPS)}, {read})',
            f"masks {acts}": f"active_periods('{acts}', {read})",
        }
    for half, persons in (("lower", f"person_key < {middle}"), ("upper", f"person_key >= {middle}")):
        rows = step_events("stored", persons)
        window = f"window_seconds={WINDOW_DAYS * 86_400}, steps={len(STEPS)}"
        calls |= {
            f"funnel {half}": f'funnel_steps("{rows}", {window}, {read})',
            f"sorted funnel {half}": f'funnel_steps("{rows}", {window})',
        }
    calls |= {
        "transitions texts": "transitions('texts', ['kind'], is_physically_ordered=true, guard=false)",
        "sorted sessions": "sessionize('stored')",
        "retention": "retention('masks')",
        "not contiguous": "persons_not_contiguous('stored')",
        "out of order": "acts_out_of_physical_order('stored')",
    }
    with contextlib.redirect_stdout(io.StringIO()):
        return compile_macros(home, calls)
