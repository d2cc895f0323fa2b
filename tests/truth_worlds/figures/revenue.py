"""Orders and their revenue, to the cent."""

from collections.abc import Iterator

import duckdb

from tests.truth_worlds.outcome import Outcome

# Without consent a hit has no browser and no person; its order is published all the same.
POPULATIONS = {"": "true", " of persons": "{has_person}"}
REASONS = {"": "GA4 gives no amounts of orders without consent", " of persons": ""}


def revenue(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """All orders, and those of persons."""
    for name, condition in POPULATIONS.items():
        [(orders, published)] = connection.execute(
            "select count(*), sum(revenue) from warehouse.marts.fct_macro_conversions"
            f" where {condition.format(has_person='person_key is not null')}"
        ).fetchall()
        [(truth,)] = connection.execute(
            "select sum(revenue::decimal(18, 4)) from truth.macro_conversions"
            f" where {condition.format(has_person='has_ids')}"
        ).fetchall()
        yield Outcome(f"revenue{name}", orders, float(published), float(truth), reason=REASONS[name])


FIGURES = (revenue,)
