"""Persons by what is known of them, and the retention of those known at their first touch."""

from collections.abc import Iterator
from itertools import product

import duckdb

from tests.truth_worlds.outcome import Outcome, bounds, one, rate

WEEKS = (1, 4)
# The last act of anybody: until then a week of the truth is over.
END = "(select max(ended_at)::timestamp from truth.sessions)"


def persons(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Contacts against the persons whom a source knows; two unlinked addresses are two contacts."""
    [(contacts, published)] = connection.execute(
        "select count(*), count(*) from warehouse.marts.dim_persons where person_kind = 'contact'"
    ).fetchall()
    [(true,)] = connection.execute("select count(known_at) from truth.known_persons").fetchall()
    # Second addresses and shared mailboxes, of which no source can tell whose they are.
    [(spare,)] = connection.execute(
        "select count(*) from truth.identifiers where kind in ('contact_key', 'shared_contact_key')"
        " and value in (select second_contact_key from world.persons)"
    ).fetchall()
    yield Outcome("contacts", contacts, published, true, published - spare, published)


PUBLISHED = """
    select any_value(n), any_value(rate), any_value(lower), any_value(upper) from (
        select sum(cohort_size) as n, sum(active) as k, k / n as rate, 3.8416 as z,
            (rate + z / 2 / n - sqrt(z * (rate * (1 - rate) + z / 4 / n) / n)) / (1 + z / n) as lower,
            (rate + z / 2 / n + sqrt(z * (rate * (1 - rate) + z / 4 / n) / n)) / (1 + z / n) as upper
        from warehouse.marts.rpt_cohorts
        where cohort_by = 'first_touch' and cohort_grain = 'week' and period_number = {week} and is_mature
            and person_population = '{population}'
    )
"""
TRUTH = """
    select sum(active) / sum(size) from (
        select any_value(cohort_size) as size, sum(if(week_offset = {week}, active, 0)) as active
        from truth.known_cohorts
        where population = '{population}' and cohort_week + interval {until} week <= {end}
        group by cohort_week
    )
"""


def retention(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Of what sources can see of either population; of the known, all that they did within the bounds."""
    for week, (population, true) in product(WEEKS, (("known", "known"), ("device", "web_first"))):
        name = f"active in week {week}, {true.replace('_', ' ')}"
        yield from rate(
            connection,
            name,
            PUBLISHED.format(week=week, population=population),
            TRUTH.format(week=week, population=f"{true}_seen", until=week + 1, end=END),
        )
        if population == "known":
            truth = one(connection, TRUTH.format(week=week, population="known", until=week + 1, end=END))
            yield from bounds(connection, name, truth, "rpt_cohorts", f"active in week {week}")


FIGURES = (persons, retention)
