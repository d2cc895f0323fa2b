"""Orders, all of them, and the revenue of persons, to the cent."""

from collections.abc import Iterator

import duckdb

from tests.truth_worlds.outcome import Outcome


def revenue(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Of orders without consent a source gives neither a person nor an amount: they are counted.

    A CRM's deal of an order that Google does not show yet is one.
    """
    [(orders, of_persons, published)] = connection.execute(
        "select count(*), count(person_key), sum(revenue) from warehouse.marts.fct_macro_conversions"
    ).fetchall()
    [(true_orders, true_of_persons, truth)] = connection.execute(
        "select count(*), count_if(has_ids), sum(revenue::decimal(18, 4)) filter (has_ids) from ("
        "select has_ids, revenue from truth.macro_conversions union all select true, amount"
        " from others.deals anti join truth.macro_conversions using (transaction_id))"
    ).fetchall()
    yield Outcome("orders", orders, orders, true_orders)
    yield Outcome("orders of persons", orders, of_persons, true_of_persons)
    yield Outcome("revenue of persons", of_persons, float(published), float(truth))


FIGURES = (revenue,)
