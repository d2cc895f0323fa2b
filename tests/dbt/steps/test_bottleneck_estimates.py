"""Rows of the marts on bottlenecks, weeks and cohorts from their counts."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pytest

from dagster_project.statistics.chain_ladder import back_test, complete
from dagster_project.statistics.shrinkage import shrunken_rates
from tests.dbt.python_models import Row, run, table

TEXT = (
    "transition_kind", "sequence_id", "person_population", "from_step", "to_step", "slice_type",
    "slice_value",
)  # fmt: skip
WHOLE = (
    "step_number", "persons", "reached", "with_visit", "engaged", "engaged_without_step", "form_starts",
    "form_submits", "with_error", "exit_known", "exits", "value_known", "converted", "commitment_from",
    "commitment_to",
)  # fmt: skip
FLAGS = ("to_is_macro", "from_is_click", "from_needs_trust")
COUNTS = (
    dict.fromkeys(TEXT, "varchar")
    | dict.fromkeys(WHOLE, "bigint")
    | dict.fromkeys(FLAGS, "boolean")
    | {"benchmark_lower": "double"}
)
DELIVERIES = {
    "campaign_key": "varchar", "email_id": "varchar", "sequence_id": "varchar", "sequence_step": "integer",
    "content_stage": "varchar", "person_stage": "varchar", "deliveries": "bigint",
    "mature_deliveries": "bigint", "clicked": "bigint",
}  # fmt: skip
COMPLETION = {
    "micro_conversion": "varchar", "person_population": "varchar", "slice_type": "varchar",
    "slice_value": "varchar", "eligible": "bigint",
    "completed": "bigint", "rate": "double", "upper": "double", "benchmark_lower": "double",
}  # fmt: skip
NOTHING: dict[str, Any] = dict.fromkeys(WHOLE, 0) | dict.fromkeys(FLAGS, False)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def transition(step: int, slices: dict[str, tuple[int, int]], by: str = "device", **values: Any) -> list[Row]:
    """Slices by name with their persons and who went on, and all of them together."""
    key = {
        "transition_kind": "sequence", "sequence_id": "shop", "step_number": step,
        "person_population": "known", "from_step": f"step {step - 1}", "to_step": f"step {step}",
    }  # fmt: skip
    whole = {"all": tuple(sum(counts) for counts in zip(*slices.values(), strict=True))}
    return [
        NOTHING
        | key
        | values
        | {"slice_type": kind, "slice_value": name, "persons": persons, "reached": reached}
        for kind, named in (("all", whole), (by, slices))
        for name, (persons, reached) in named.items()
    ]


def estimates(connection: duckdb.DuckDBPyConnection, *transitions: Sequence[Row]) -> list[dict[str, Any]]:
    table(connection, "int_bottleneck_counts", COUNTS, [row for rows in transitions for row in rows])
    return run(connection, "bottlenecks/int_bottleneck_estimates")


def evidence(
    connection: duckdb.DuckDBPyConnection,
    *transitions: Sequence[Row],
    deliveries: Sequence[Row] = (),
    completion: Sequence[Row] = (),
) -> list[dict[str, Any]]:
    table(connection, "int_bottleneck_counts", COUNTS, [row for rows in transitions for row in rows])
    table(connection, "int_stage_deliveries", DELIVERIES, deliveries)
    table(connection, "rpt_completion_rates", COMPLETION, completion)
    return run(connection, "bottlenecks/int_bottleneck_evidence")


PHONES = {"desktop": (400, 360), "mobile": (500, 150), "tablet": (100, 90)}


def test_without_persons_there_is_no_row(connection: duckdb.DuckDBPyConnection) -> None:
    assert estimates(connection) == []
    connection.execute("drop table int_bottleneck_counts")
    assert evidence(connection) == []


def test_what_is_lost_is_what_phones_lose(connection: duckdb.DuckDBPyConnection) -> None:
    [row] = estimates(connection, transition(2, PHONES, value_known=100, converted=100, to_is_macro=True))
    assert (row["target_basis"], row["weakest_slice"], row["weakest_persons"]) == ("device", "mobile", 500)
    assert row["target_rate"] == pytest.approx(0.9, abs=0.01)
    assert row["further_conversions"] == pytest.approx(1000 * (row["target_rate"] - 0.6))
    assert row["further_conversions_lower"] < row["further_conversions"] < row["further_conversions_upper"]
    assert row["macro_probability"] == 1
    assert row["q_value"] == row["p_value"] < 1e-50


def test_nobody_of_one_slice_or_of_equal_slices_is_missing(connection: duckdb.DuckDBPyConnection) -> None:
    rows = estimates(
        connection,
        transition(2, {"mobile": (100, 30)}),
        transition(3, {"mobile": (100, 30), "desktop": (100, 30)}),
        transition(4, {"mobile": (1, 0)}),
    )
    assert [row["further_conversions"] for row in rows] == [None] * 3


def test_few_persons_are_no_bottleneck(connection: duckdb.DuckDBPyConnection) -> None:
    few = {"desktop": (14, 14), "mobile": (15, 0)}
    enough = {"desktop": (15, 15), "mobile": (15, 0)}
    rows = estimates(
        connection,
        transition(2, few, to_is_macro=True),
        transition(3, enough, to_is_macro=True),
    )
    assert [row["further_conversions"] is None for row in rows] == [True, False]


def test_the_dimension_by_which_most_are_missing_sets_the_target(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    pages = transition(2, {"/a": (500, 350), "/b": (500, 250)}, by="landing_page")[1:]
    [row] = estimates(connection, [*transition(2, PHONES, to_is_macro=True), *pages])
    assert row["target_basis"] == "device"
    connection.execute("drop table int_bottleneck_counts")
    [row] = estimates(connection, [transition(2, PHONES, to_is_macro=True)[0], *pages])
    assert row["target_basis"] == "landing_page"
    assert row["further_conversions"] > 0


def test_a_benchmark_counts_before_own_slices(connection: duckdb.DuckDBPyConnection) -> None:
    [row] = estimates(connection, transition(2, PHONES, benchmark_lower=0.7, to_is_macro=True))
    assert (row["target_basis"], row["target_rate"], row["weakest_slice"]) == ("benchmark", 0.7, None)
    assert row["further_conversions"] == pytest.approx(1000 * (0.7 - 0.6))


def test_further_on_the_probability_is_drawn_to_that_of_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Of a step behind which nobody was followed yet nothing is said."""
    followed = [(1000, 100), (900, 190), (800, 60), (4, 3), (0, 0)]
    rows = estimates(
        connection,
        *(
            transition(step, PHONES, value_known=persons, converted=converted)
            for step, (persons, converted) in enumerate(followed, 2)
        ),
    )
    persons, converted = zip(*followed, strict=True)
    assert [row["macro_probability"] for row in rows] == shrunken_rates(converted, persons)
    assert 0.1 < rows[3]["macro_probability"] < 0.5
    assert rows[0]["further_conversions"] == pytest.approx(
        1000 * (rows[0]["target_rate"] - 0.6) * rows[0]["macro_probability"]
    )
    assert rows[4]["further_conversions"] is None


def test_the_type_of_a_checkout_that_fails_on_phones(connection: duckdb.DuckDBPyConnection) -> None:
    [row] = evidence(connection, transition(2, PHONES))
    assert (row["bottleneck_type"], row["bottleneck_types"], row["signs"]) == (
        "technical_friction",
        "technical_friction",
        "phones",
    )
    assert (row["mobile_persons"], row["mobile_rate"], row["desktop_rate"]) == (500, 0.3, 0.9)


def test_several_types_are_listed_from_the_most_specific(connection: duckdb.DuckDBPyConnection) -> None:
    [steady, row] = evidence(
        connection,
        transition(2, {"mobile": (500, 400), "desktop": (500, 400)}),
        transition(3, PHONES, commitment_from=2, commitment_to=4),
    )
    assert steady["bottleneck_type"] is None
    assert row["bottleneck_types"] == "technical_friction, commitment_jump"
    assert row["dropoff_z"] < -2


def test_only_steps_where_people_decide_need_trust(connection: duckdb.DuckDBPyConnection) -> None:
    alike = {"mobile": (100, 50), "desktop": (100, 50)}
    rows = evidence(
        connection,
        transition(2, alike, exits=190, exit_known=200, from_needs_trust=True),
        transition(3, alike, exits=20, exit_known=200, from_needs_trust=True),
        transition(4, alike, exits=20, exit_known=200, from_needs_trust=True),
        transition(5, alike, exits=20, exit_known=200, from_needs_trust=True),
        transition(6, alike, exits=199, exit_known=200),
    )
    assert [row["bottleneck_type"] for row in rows] == ["trust_barrier", None, None, None, None]
    assert rows[4]["own_p75"] is None


def test_lost_clicks_are_of_steps_after_a_click(connection: duckdb.DuckDBPyConnection) -> None:
    campaigns = {f"c{number}": (50, 20) for number in range(4)}
    of_click = transition(2, campaigns, by="campaign", from_is_click=True)
    for row in of_click:
        row["with_visit"] = row["persons"] // 2  # type: ignore[index]
    [row] = evidence(connection, of_click)
    assert (row["net_clicks"], row["matched_visits"]) == (200, 100)
    assert row["lost_clicks_p90"] == pytest.approx(0.5)
    connection.execute("drop table int_bottleneck_counts; drop table int_stage_deliveries")
    connection.execute("drop table rpt_completion_rates")
    [row] = evidence(connection, transition(2, campaigns, by="campaign"))
    assert (row["net_clicks"], row["lost_clicks_p90"]) == (0, None)


def test_stages_of_recipients_are_held_against_those_of_the_e_mails(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """By the step an e-mail serves; recipients without a stage and e-mails without a goal tell nothing."""
    email = {"email_id": "e", "sequence_id": "shop", "sequence_step": 2, "content_stage": "decision"}
    [row, other] = evidence(
        connection,
        transition(2, {"mobile": (10, 5), "desktop": (10, 5)}),
        transition(3, {"mobile": (10, 5), "desktop": (10, 5)}),
        deliveries=[
            email | {"person_stage": "awareness", "deliveries": 150, "mature_deliveries": 100, "clicked": 5},
            email | {"person_stage": "decision", "deliveries": 100, "mature_deliveries": 100, "clicked": 20},
            email | {"person_stage": None, "deliveries": 999, "mature_deliveries": 999, "clicked": 0},
            email | {"content_stage": None, "person_stage": "decision", "deliveries": 999, "clicked": 0},
        ],
    )
    assert (row["deliveries"], row["mismatch_share"]) == (250, 0.6)
    assert (row["click_rate_matched"], row["click_rate_mismatched"]) == (0.2, 0.05)
    assert row["bottleneck_type"] == "stage_misalignment"
    assert (other["deliveries"], other["bottleneck_type"]) == (0, None)


def test_an_offer_that_few_take_may_lack_value(connection: duckdb.DuckDBPyConnection) -> None:
    overall = {"micro_conversion": "step 2", "person_population": "known", "slice_type": "overall"}
    [row] = evidence(
        connection,
        transition(2, {"mobile": (10, 5), "desktop": (10, 5)}),
        completion=[
            overall
            | {"eligible": 900, "completed": 9, "rate": 0.01, "upper": 0.019, "benchmark_lower": 0.02},
            overall
            | {"person_population": "device", "eligible": 9, "completed": 9, "rate": 1.0, "upper": 1.0},
        ],
    )
    assert (row["bottleneck_type"], row["exposed"], row["acted"]) == ("value_proposition", 900, 9)


FIGURES = {
    "figure": "varchar", "micro_conversion": "varchar", "person_population": "varchar", "is_now": "boolean",
    "eligible": "bigint", "completed": "double", "squares": "double",
}  # fmt: skip
WINDOWS = {"figure": "varchar", "micro_conversion": "varchar", "is_comparable": "boolean"}


def changes(
    connection: duckdb.DuckDBPyConnection, figure: str, *weeks: tuple[bool, int, float, float | None],
    is_comparable: bool = True,
) -> dict[str, Any]:  # fmt: skip
    key = {"figure": figure, "micro_conversion": ""}
    names = ("is_now", "eligible", "completed", "squares")
    rows = [key | {"person_population": "known"} | dict(zip(names, week, strict=True)) for week in weeks]
    table(connection, "int_figure_counts", FIGURES, rows)
    table(connection, "int_figure_windows", WINDOWS, [key | {"is_comparable": is_comparable}])
    found = run(connection, "figures/int_figure_changes")
    return found[0] if found else {}


def test_rates_of_two_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    """Newcombe (1998), table II: 56/70 against 48/80 is 0.2, from 0.0524 to 0.3339."""
    row = changes(connection, "human_click_rate", (True, 70, 56, None), (False, 80, 48, None))
    assert row["difference"] == pytest.approx(0.2)
    assert (row["difference_lower"], row["difference_upper"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert row["q_value"] == row["p_value"]


def test_totals_of_two_weeks(connection: duckdb.DuckDBPyConnection) -> None:
    row = changes(connection, "net_revenue", (True, 3, 60.0, 1400.0), (False, 1, 20.0, 400.0))
    assert (row["now_value"], row["before_value"], row["difference"]) == (60, 20, 40)
    assert row["difference_upper"] - 40 == pytest.approx(1.959964 * 1800**0.5, rel=1e-6)


@pytest.mark.parametrize(
    ("figure", "weeks", "is_comparable", "difference"),
    [
        ("human_click_rate", [(True, 70, 56, None)], True, None),
        ("human_click_rate", [(True, 70, 56, None), (False, 80, 48, None)], False, None),
        # Nobody bought in the week before: that is a change.
        ("net_revenue", [(True, 1, 60.0, 3600.0)], True, 60.0),
        ("net_revenue", [(True, 1, 60.0, 3600.0)], False, None),
    ],
)
def test_a_week_without_anybody_is_no_rate_but_a_total(
    connection: duckdb.DuckDBPyConnection,
    figure: str,
    weeks: list[tuple[bool, int, float, float | None]],
    is_comparable: bool,
    difference: float | None,
) -> None:
    row = changes(connection, figure, *weeks, is_comparable=is_comparable)
    assert row["difference"] == difference
    assert (row["p_value"] is None) == (difference is None)


def test_no_figures_no_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert changes(connection, "net_revenue") == {}


COHORTS = {
    "cohort_by": "varchar", "cohort_grain": "varchar", "person_population": "varchar",
    "is_left_truncated": "boolean", "cohort_start": "date", "period_number": "bigint", "is_mature": "boolean",
    "cohort_size": "bigint", "cumulative_converters": "bigint", "cumulative_revenue": "decimal(38, 4)",
}  # fmt: skip


def cohorts(
    connection: duckdb.DuckDBPyConnection, triangle: list[list[int | None]], size: int = 100, **values: Any
) -> list[dict[str, Any]]:
    """Monthly cohorts whose unknown cells are not over; revenue is ten times the converters."""
    key = {
        "cohort_by": "first_touch", "cohort_grain": "month", "person_population": "known",
        "is_left_truncated": False, "cohort_size": size,
    }  # fmt: skip
    rows = [
        key
        | {
            "cohort_start": date(2026, month, 1),
            "period_number": period,
            "is_mature": count is not None,
            "cumulative_converters": count,
            "cumulative_revenue": None if count is None else 10 * count,
        }
        | values
        for month, counts in enumerate(triangle, 1)
        for period, count in enumerate(counts)
    ]
    table(connection, "int_cohort_counts", COHORTS, rows)
    return run(connection, "cohorts/int_cohort_completions")


def test_young_cohorts_go_on_as_older_ones_did(connection: duckdb.DuckDBPyConnection) -> None:
    rows = cohorts(connection, [[10, 15, 24], [12, 18, None], [20, None, None]])
    found = {(row["cohort_start"].month, row["period_number"]): row for row in rows}
    assert len(found) == 9
    assert found[1, 2]["projected_converters"] is None
    assert found[3, 1]["projected_converters"] == pytest.approx(30)
    assert found[3, 2]["projected_converters"] == pytest.approx(48)
    assert found[3, 2]["projected_revenue"] == pytest.approx(480)
    # Nobody leaves those who have converted, and no more can than there are.
    assert 20 <= found[3, 1]["projected_converters_lower"] < 30 < found[3, 1]["projected_converters_upper"]
    assert {row["converters_back_test_cells"] for row in rows} == {1}


@pytest.mark.parametrize(
    ("grown_to", "covered", "basis"), [(200, 5, "as estimated"), (300, 4, "widened by the back-test")]
)
def test_a_forecast_whose_back_test_fails_has_a_wider_interval(
    connection: duckdb.DuckDBPyConnection, grown_to: int, covered: int, basis: str
) -> None:
    """Four of five hidden cells are 80 %: bounds are as much wider as holds all five."""
    triangle: list[list[int | None]] = [
        [100, 200, 300, 400],
        [100, 210, 310, None],
        [100, 190, 290, None],
        [100, grown_to, None, None],
        [100, None, None, None],
    ]
    rows = cohorts(connection, triangle, size=10_000)
    found = {(row["cohort_start"].month, row["period_number"]): row for row in rows}[5, 1]
    names = ("back_test_covered", "back_test_cells", "interval_basis")
    assert tuple(found[f"converters_{name}"] for name in names) == (covered, 5, basis)
    known = np.array(triangle, dtype=np.float64)
    tested = back_test(known, is_count=True)
    assert found["converters_interval_factor"] == tested.factor
    assert found["converters_back_test_covered_after"] == tested.covered_after
    bounds = [bound[4, 1] for bound in complete(known, is_count=True).interval(tested.factor or np.nan)]
    bounds[0] = max(bounds[0], 100)
    assert (tested.factor > 1) is (covered < 5)
    assert [found[f"projected_converters_{end}"] for end in ("lower", "upper")] == pytest.approx(bounds)


def test_a_forecast_without_a_back_test_has_no_interval(connection: duckdb.DuckDBPyConnection) -> None:
    rows = cohorts(connection, [[10, 15], [12, 18], [20, None]])
    found = rows[5]
    assert found["projected_converters"] == pytest.approx(30)
    assert found["projected_converters_lower"] is found["converters_interval_factor"] is None
    assert found["converters_interval_basis"] == "none: no back-test is possible"
    assert (found["converters_back_test_cells"], found["converters_back_test_covered_after"]) == (0, None)


def test_amounts_that_grew_exactly_alike_allow_no_interval(connection: duckdb.DuckDBPyConnection) -> None:
    triangle: list[list[int | None]] = [
        [10, 20, 30],
        [30, 60, 90],
        [50, 100, 150],
        [10, 25, None],
        [10, None, None],
    ]
    found = cohorts(connection, triangle)[13]
    assert found["revenue_interval_basis"] == "none: older cohorts leave no room for error"
    assert found["projected_revenue_lower"] is found["revenue_interval_factor"] is None
    assert found["converters_interval_basis"] == "as estimated"


def test_no_more_convert_than_there_are(connection: duckdb.DuckDBPyConnection) -> None:
    row = cohorts(connection, [[10, 15, 24], [12, 18, None], [20, None, None]], size=24)[7]
    assert row["projected_converters"] == 24
    assert row["projected_converters_upper"] == 24
    assert row["projected_revenue"] == pytest.approx(300)


@pytest.mark.parametrize(
    "triangle", [[], [[None]], [[5]], [[None, None], [None, None]], [[0, 0], [0, None]], [[0, 5], [0, None]]]
)
def test_what_shows_nothing_projects_nothing(
    connection: duckdb.DuckDBPyConnection, triangle: list[list[int | None]]
) -> None:
    rows = cohorts(connection, triangle)
    assert all(row["projected_converters"] is None and row["projected_revenue"] is None for row in rows)


def test_a_cohort_of_unknown_revenue_has_no_part_in_it(connection: duckdb.DuckDBPyConnection) -> None:
    rows = cohorts(connection, [[10, 15], [20, None]], cumulative_revenue=None)
    assert rows[3]["projected_converters"] == pytest.approx(30)
    assert rows[3]["projected_revenue"] is None
