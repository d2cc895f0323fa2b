"""The funnel of the shop over persons known when they entered, followed in a plain loop."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter

import duckdb

from tests.dbt.journeys import oracle
from tests.truth_worlds.catalogue import counts_as
from tests.truth_worlds.figures.persons import END
from tests.truth_worlds.outcome import Outcome, bounds

SEQUENCE = "store_purchase"
CLICKS = counts_as("email_click")
STEPS = [
    oracle.Step(1, CLICKS, False, None),
    oracle.Step(2, counts_as("category_page_visit"), True, 1),
    oracle.Step(3, counts_as("product_page_visit"), False, 1),
    oracle.Step(4, counts_as("wishlist_add"), True, 7),
    oracle.Step(5, counts_as("cart_add"), False, 7),
    oracle.Step(6, counts_as("checkout_start"), False, 2),
    oracle.Step(7, counts_as("purchase") | counts_as("repeat_purchase"), False, 2),
]
WINDOW = timedelta(days=1 + 1 + 7 + 7 + 2 + 2)


def funnel(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Each required step after the entry: what sources can see, and within its bounds all that was done."""
    seen, done = _furthest(connection, "seen_journey_acts"), _furthest(connection, "journey_acts")
    for step, label, n, value, lower, upper in connection.execute(
        "select step_number, micro_conversion, entrants, reached_rate, reached_lower, reached_upper"
        f" from warehouse.marts.rpt_funnels where sequence_id = '{SEQUENCE}' and person_population = 'known'"
        " and is_observable and not is_optional and not is_entry order by step_number"
    ).fetchall():
        name, figure = f"e-mail click to {label}", f"{SEQUENCE} {step}: {label}"
        yield Outcome(name, n, value, _share(seen, step), lower, upper)
        yield from bounds(connection, name, _share(done, step), "rpt_funnels", figure)


def _share(furthest: list[int], step: int) -> float:
    return sum(reached >= step for reached in furthest) / len(furthest)


def _furthest(connection: duckdb.DuckDBPyConnection, table: str) -> list[int]:
    """Of each person known at the entry, the last step reached from it."""
    [(end,)] = connection.execute(f"select {END}").fetchall()
    acts = connection.execute(
        'select person_id, "at"::timestamp as occurred_at, micro_conversion, is_known,'
        " row_number() over () as event_id"
        f' from truth.{table} left join truth.known_acts using (person_id, "at")'
        " semi join newcomers using (person_id)"
        " order by person_id, occurred_at, event_id"
    ).to_arrow_table()
    furthest = []
    for _, of_person in groupby(acts.to_pylist(), key=itemgetter("person_id")):
        listed = list(of_person)
        entries = [act for act in listed if act["micro_conversion"] in CLICKS]
        if entries and entries[0]["is_known"] and entries[0]["occurred_at"] + WINDOW <= end:
            reached = oracle.reached_steps(listed, STEPS, first_attempt_only=True)
            furthest.append(max(step for _, step in reached))
    return furthest


FIGURES = (funnel,)
