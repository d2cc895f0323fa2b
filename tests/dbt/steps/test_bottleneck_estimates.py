"""Rows of the marts on bottlenecks from their counts."""

from collections.abc import Sequence
from typing import Any

import duckdb
import pytest

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
    """Of a step behind which no one was followed yet nothing is said."""
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
    """By the step an e-mail serves; recipients without a stage and e-mails without a goal do not count."""
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
