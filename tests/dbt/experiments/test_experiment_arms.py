"""The weights of an audience's arms: sums of shares, equal in whichever order the persons stand."""

from collections.abc import Iterator, Sequence

import duckdb
import pytest

from tests.dbt.compiled_project import CompiledProject


@pytest.fixture(scope="module")
def connection(with_feeds: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    """One person is assigned, so that the audience is an experiment."""
    with_feeds.build({}, "int_experiment_arms")
    with with_feeds.connect() as opened:
        opened.execute(
            "insert into intermediate.int_experiment_assignments"
            " (experiment, person_key, variant, assigned_at, is_by_assignment, is_in_two_arms)"
            " values ('lapsed', 1, 'treated', timestamp '2026-10-06', true, false)"
        )
        yield opened


@pytest.mark.parametrize(
    ("shares", "treated", "held_out"),
    [
        # As binary numbers 0.6000000000000001 and 2.4000000000000004 in this order.
        ([0.1, 0.2, 0.3], 2.4, 0.6),
        ([0.3, 0.2, 0.1], 2.4, 0.6),
        ([0.1] * 10, 9.0, 1.0),  # 0.9999999999999999
        ([0.0, 1.0], 1.0, 1.0),
    ],
)
def test_the_order_of_persons_does_not_change_the_weights(
    with_feeds: CompiledProject,
    connection: duckdb.DuckDBPyConnection,
    shares: Sequence[float],
    treated: float,
    held_out: float,
) -> None:
    """A person of two arms has no weight."""
    connection.execute("delete from intermediate.int_audience_assignments")
    connection.executemany(
        "insert into intermediate.int_audience_assignments"
        " (audience_id, person_key, arm, holdout_share, is_in_two_arms)"
        " values ('lapsed', ?, 'treated', ?, ?)",
        [(0, 0.5, True), *((person, share, False) for person, share in enumerate(shares, start=1))],
    )
    with_feeds.make_alone(connection, ["int_experiment_arms"])
    found = connection.execute(
        "select variant, weight, persons, primary_metric from intermediate.int_experiment_arms"
        " order by variant"
    ).fetchall()
    assert found == [("holdout", held_out, 0, "conversion"), ("treated", treated, 1, "conversion")]
