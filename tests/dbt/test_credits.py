"""Credits sum to conversions and revenue, and what does not blocks: on one build from a few events."""

from collections.abc import Iterator

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.steps.test_step_marts import ANN, BEN, BUY, CID, STEP, VISIT, act, build

TEST = "credits_sum_to_conversions_rpt_attribution_"
MODELS = {
    "first", "last", "linear", "markov", "position", "shapley_coalitions", "shapley_touches", "time_decay"
}  # fmt: skip


@pytest.fixture(scope="module")
def attribution(with_feeds: CompiledProject) -> Iterator[CompiledProject]:
    rows = [
        *(act(day, name, ANN) for day, name in enumerate(("view_item", STEP, "add_to_cart", BUY), start=1)),
        act(6, BUY, ANN, revenue=0.0),
        *(act(day, name, BEN) for day, name in enumerate((VISIT, STEP), start=1)),
        act(3, BUY, CID, revenue=-30.0),
        act(4, BUY, "nobody@shop.example", revenue=70.0),
    ]
    build(with_feeds, rows, 40, "rpt_attribution")
    return with_feeds


def failures(project: CompiledProject, *statements: str) -> int:
    """Rows that the test finds after the statements, which are undone."""
    sql, _ = project.data_tests[TEST]
    with project.connect() as connection:
        connection.execute("begin")
        for statement in statements:
            connection.execute(statement)
        found = len(connection.execute(sql).fetchall())
        connection.execute("rollback")
        return found


def test_all_models_credit_every_conversion_once(attribution: CompiledProject) -> None:
    assert failures(attribution) == 0
    found = attribution.rows(
        "select model, round(sum(conversions), 9), any_value(total_conversions),"
        " round(sum(revenue), 6), any_value(total_revenue), min(touch)"
        " from marts.rpt_attribution where dimension = 'micro_conversion' group by model"
    )
    assert {row[0] for row in found} == MODELS
    assert all(row[1] == row[2] and row[3] == row[4] for row in found)
    assert {row[5] for row in found} == {"(no touch)"}


def test_a_dimension_without_touches_has_its_conversions_without_one(attribution: CompiledProject) -> None:
    """No row of the feed names a campaign."""
    found = attribution.rows(
        "select dimension, model, conversions, total_conversions from marts.rpt_attribution"
        " where touch = '(no touch)'"
    )
    dimensions = {"micro_conversion", "campaign", "channel_group", "source"}
    assert {row[:2] for row in found} == {(dimension, model) for dimension in dimensions for model in MODELS}
    assert [row[2:] for row in found if row[0] == "campaign"] == [(4, 4)] * len(MODELS)


def test_a_violation_blocks(attribution: CompiledProject) -> None:
    _, blocks = attribution.data_tests[TEST]
    assert blocks
    one = "dimension = 'micro_conversion' and model = 'markov'"
    for column in ("conversions", "share"):
        assert (
            failures(attribution, f"update marts.rpt_attribution set {column} = {column} * 1.001 where {one}")
            == 1
        )
    lost = f"delete from marts.rpt_attribution where {one} and touch = '(no touch)'"
    assert failures(attribution, lost) == 1
    revenue = (
        f"update marts.rpt_attribution set revenue = revenue + 0.01 where {one} and touch = '(no touch)'"
    )
    assert failures(attribution, revenue) == 1
