"""Published figures against the truth."""

import duckdb
import pytest

from tests.truth_worlds.figures import figures
from tests.truth_worlds.outcome import Compare

FEWEST_JUDGED = 10


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.__name__)
def test_published_figures_hold_the_truth(db: duckdb.DuckDBPyConnection, figure: Compare) -> None:
    """`make truth` prints the same of larger worlds.

    Of three entrants who are new since the data begin, one decides a rate: here a friend's click on
    a forwarded link, which to every source is the recipient's, made one enter the funnel who buys.
    """
    outcomes = list(figure(db))
    assert outcomes
    judged = [each for each in outcomes if each.lower is None or each.n >= FEWEST_JUDGED]
    assert [each for each in judged if not each.is_inside] == []
