"""Open rates: whether their bounds hold every human read, seen or not."""

from collections.abc import Iterator

import duckdb

from tests.end_to_end.open_bounds import MARGIN, open_bounds
from tests.truth_worlds.outcome import Outcome

LEAST = 100
# Of the campaigns.
HELD = 0.95


def bounds(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Over all campaigns, and the share of campaigns whose bounds hold, with and without the never seen."""
    found = [each for each in open_bounds(connection, LEAST) if each.estimate is not None]
    delivered = sum(each.delivered for each in found)
    low, high, estimate = (
        sum(value * each.delivered for each, value in values) / delivered
        for values in (
            [(each, each.low) for each in found],
            [(each, each.high) for each in found],
            [(each, each.estimate or 0.0) for each in found],
        )
    )
    for name, rates in {
        "": [each.read for each in found],
        ", without people who are seen nowhere": [each.read_seen_ever for each in found],
    }.items():
        truth = sum(rate * each.delivered for each, rate in zip(found, rates, strict=True)) / delivered
        yield Outcome(f"opened of delivered{name}", delivered, estimate, truth, low, high)
        held = sum(each.contains(rate) for each, rate in zip(found, rates, strict=True)) / len(found)
        yield Outcome(f"campaigns whose bounds hold{name}", len(found), held, 1.0, 0.0, held + 1 - HELD)


def width(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """The part of the width that is due to the proxy, against the recipients behind it."""
    found = [each for each in open_bounds(connection, LEAST) if each.is_whole]
    delivered = sum(each.delivered for each in found)
    published = sum(each.width_proxy * each.delivered for each in found) / delivered
    truth = sum(each.proxied * each.delivered for each in found) / delivered
    yield Outcome(
        "width by the proxy, at most its recipients", delivered, published, truth, published - MARGIN, 1.0
    )


FIGURES = (bounds, width)
