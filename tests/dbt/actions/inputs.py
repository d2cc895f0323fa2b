"""What rules are evaluated on, put into the tables that the models of actions read."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.dbt.compiled_project import CompiledProject

MADE = (
    "int_action_tests",
    "int_action_candidates",
    "int_action_gains",
    "int_action_members",
    "rpt_actions",
    "fct_audience_members",
    "dim_audiences",
)
INPUTS = (
    "intermediate.int_audience_persons",
    "intermediate.int_action_evidence",
    "intermediate.int_campaign_evidence",
    "marts.rpt_bottlenecks",
    "marts.rpt_step_impact",
    "marts.rpt_velocity",
    "marts.rpt_experiments",
    "intermediate.int_audience_assignments",
)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def evaluate(project: CompiledProject, rows: Rows, rejections: Sequence[Sequence[Any]] = ()) -> None:
    project.replace_seed("action_rejections", rejections)
    with project.connect() as connection:
        for table in INPUTS:
            connection.execute(f"delete from {table}")
        connection.execute("update marts.dim_segments set is_observable = true, reason = null")
        for table, given in rows.items():
            for row in given:
                names, marks = ", ".join(row), ", ".join("?" for _ in row)
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
        project.make_alone(connection, MADE)


def followed(
    rule: str, persons: int, reached: int, metric: str = "cart_add", **values: Any
) -> dict[str, Any]:
    row = {"rule_id": rule, "metric": metric, "window_days": 7, "persons": persons, "reached": reached}
    return row | {"converted": 0, "upper_quartile": None, "is_goal_observable": True} | values


def members(rule: str, segment: str, *keys: int, reason: str | None = None) -> list[dict[str, Any]]:
    row = {
        "segment_id": segment,
        "rule_id": rule,
        "audience_id": f"action.{rule}",
        "left_out_because": reason,
    }
    return [row | {"person_key": key, "person_id": f"p{key}"} for key in keys]


def campaign(key: str, metric: str, persons: int, reached: int, **values: Any) -> dict[str, Any]:
    row = {"campaign_key": key, "campaign_name": key.upper(), "campaign_kind": "campaign", "metric": metric}
    return row | {"persons": persons, "reached": reached, "upper_quartile": None} | values


def velocity(step: str, probability: float, upper: float) -> dict[str, Any]:
    return {
        "measure": "conversion", "slice": "all", "micro_conversion": step, "next_step": "macro_conversion",
        "slice_value": "all", "probability": probability, "probability_upper": upper, "persons": 100,
        "reached": 10, "exited": 0, "elsewhere": 0, "censored": 0, "is_mature": True, "method": "by hand",
        "restricted_mean_seconds": 1, "restricted_mean_seconds_lower": 1, "restricted_mean_seconds_upper": 1,
        "restricted_to_seconds": 1, "longest_follow_up_seconds": 1,
    }  # fmt: skip


def holdout(
    audience: str, difference: float, lower: float, upper: float, verdict: str | None, **values: Any
) -> dict[str, Any]:
    return {
        "experiment": audience, "variant": "treated", "metric": "conversion", "role": "primary",
        "is_control": False, "persons_in_two_arms": 0, "persons": 100, "mature_persons": 100,
        "difference": difference, "difference_lower": lower, "difference_upper": upper, "verdict": verdict,
        "sample_ratio_p_value": 1.0, "weights_are_planned": True, **values,
    }  # fmt: skip


def held_out(audience: str, mean: float) -> dict[str, Any]:
    """The control of a holdout, by its conversions per person."""
    row = holdout(audience, 0, 0, 0, None, variant="holdout", is_control=True, mean=mean)
    return row | {"difference": None, "difference_lower": None, "difference_upper": None}


AUDIENCE, EVIDENCE, CAMPAIGNS = INPUTS[:3]
CART, BROWSED = ("cart_abandoned", "abandoned_cart"), ("browsed_no_purchase", "product_browsers")


def status(project: CompiledProject, rule: str, subject: str | None = None) -> Any:
    [(found,)] = project.rows(
        f"select status from marts.rpt_actions where rule_id = '{rule}'"
        + (f" and subject = '{subject}'" if subject else "")
    )
    return found


def bottleneck(**values: Any) -> dict[str, Any]:
    return {
        "transition_kind": "sequence", "sequence_id": "store_purchase", "step_number": 5,
        "person_population": "known", "from_step": "product_page_visit", "to_step": "cart_add",
        "window_days": 7.0, "bottleneck_type": "value_proposition", "hypothesis": "Perhaps",
        "persons": 900, "reached": 90,
        "rate": 0.1, "lower": 0.08, "upper": 0.12, "target_basis": "benchmark", "target_rate": 0.15,
        "left_truncated_persons": 0, "macro_probability": 0.4, "further_conversions": 18.0,
        "further_conversions_lower": 10.0, "further_conversions_upper": 25.0, "value_per_conversion": 50.0,
        "method": "by hand", "opportunity_is": "upper bound", **values,
    }  # fmt: skip
