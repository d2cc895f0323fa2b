"""Persons by what is known of them, and the retention of those known at their first touch."""

from collections.abc import Iterator
from itertools import product

import duckdb

from tests.truth_worlds.outcome import OTHERS, UNSEEN, Outcome, bounds, rate

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


def retention(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Of the known; of the others the truth has persons and browsers, and the sources only the latter."""
    for week, (population, true, reason) in product(
        WEEKS,
        (
            ("known", "known", UNSEEN),
            ("device", "web_first", OTHERS),
            ("device", "web_first_device", OTHERS),
        ),
    ):
        found = rate(
            connection,
            f"active in week {week}, {true.replace('_', ' ')}",
            f"""
            select any_value(n), any_value(rate), any_value(lower), any_value(upper) from (
                select sum(cohort_size) as n, sum(active) as k, k / n as rate, 3.8416 as z,
                    (rate + z / 2 / n - sqrt(z * (rate * (1 - rate) + z / 4 / n) / n)) / (1 + z / n) as lower,
                    (rate + z / 2 / n + sqrt(z * (rate * (1 - rate) + z / 4 / n) / n)) / (1 + z / n) as upper
                from warehouse.marts.rpt_cohorts
                where cohort_by = 'first_touch' and cohort_grain = 'week' and period_number = {week}
                    and is_mature and person_population = '{population}'
            )
            """,
            f"""
            select sum(active) / sum(size) from (
                select any_value(cohort_size) as size, sum(if(week_offset = {week}, active, 0)) as active
                from truth.known_cohorts
                where population = '{true}' and cohort_week + interval {week + 1} week <= {END}
                group by cohort_week
            )
            """,
            reason,
        )
        for outcome in found:
            yield outcome
            if population == "known":
                yield from bounds(connection, outcome, "rpt_cohorts", f"active in week {week}")


FIGURES = (persons, retention)
