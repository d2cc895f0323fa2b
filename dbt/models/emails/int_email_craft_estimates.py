"""How e-mails with a trait do against comparable ones without it: the rows of `rpt_email_craft`."""

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import pyarrow

from dagster_project.statistics.email_rates import effective_counts, email_ratio, stratum_correlation
from dagster_project.statistics.multiplicity import q_values
from dagster_project.statistics.shrinkage import shrunken_rates

METHOD = "rate ratio over e-mails within kind and goal of campaign, beta-binomial variance"
# What a subject line does must not be what December does.
OF_SUBJECTS = ("short_subject", "subject_length_band")
BY_MONTH = "; adjusted for the month in which a mailing was sent"
LONGEST_SUBJECT = 41
BANDS = ((1, 20), (21, 30), (31, 41), (42, 50), (51, 60), (61, None))
OUTCOMES = {
    "human_click": ("clickers", "delivered"),
    "goal": ("goal_completers", "delivered_for_goal"),
    "human_open": ("openers", "observable"),
}
# What a reader sees before the e-mail is opened: only this can lead to an open.
SEEN_BEFORE = ("short_subject", "subject_length_band", "preview_text", "urgency", "personalisation")
SIGNIFICANT = 0.05
SCHEMA = pyarrow.schema(
    [
        *((name, pyarrow.string()) for name in ("feature", "level", "outcome")),
        *((name, pyarrow.int32()) for name in ("level_from", "level_to")),
        *((name, pyarrow.int64()) for name in ("emails", "other_emails", "eligible", "completed")),
        *((name, pyarrow.int64()) for name in ("unknown_emails", "immature")),
        *(
            (name, pyarrow.float64())
            for name in (
                "rate",
                "email_weighted_rate",
                "email_weighted_rate_lower",
                "email_weighted_rate_upper",
                "shrunken_rate",
                "other_email_weighted_rate",
                "correlation",
            )
        ),
        *(
            (name, pyarrow.float64())
            for name in ("ratio", "ratio_lower", "ratio_upper", "p_value", "q_value")
        ),
        *((name, pyarrow.string()) for name in ("verdict", "method")),
    ]
)
Row = dict[str, Any]
Trait = Callable[[Row], bool | None]


def model(dbt: Any, session: Any) -> pyarrow.Table:
    dbt.config(materialized="table")
    relation = dbt.ref("int_email_trait_responses").order("email_id")
    emails = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    rows = [row for feature in _features(emails) for row in _compared(emails, *feature)]
    for row, value in zip(rows, q_values([row.get("p_value") for row in rows]), strict=True):
        row |= {"q_value": value, "verdict": _verdict(row, value)}
    return pyarrow.Table.from_pylist(
        [{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA
    )


def _features(emails: list[Row]) -> Iterator[tuple[str, str, tuple[int | None, int | None], Trait]]:
    """Each feature, its level, the bounds of the level, and what says whether an e-mail has it."""
    whole = (None, None)
    length = "subject_length"
    yield "short_subject", "yes", (1, LONGEST_SUBJECT), _within(length, 1, LONGEST_SUBJECT)
    for lowest, highest in BANDS:
        level = f"{lowest} to {highest}" if highest else f"{lowest} or more"
        yield "subject_length_band", level, (lowest, highest), _within(length, lowest, highest)
    yield "preview_text", "yes", whole, lambda email: email["has_preview_text"]
    yield "calls_to_action", "one", (1, 1), _within("cta_count", 1, 1)
    yield "landing_pages_of_calls", "one", (1, 1), _within("cta_landing_pages", 1, 1)
    yield "specific_wording", "yes", whole, lambda email: email["has_specific_call"]
    yield "urgency", "yes", whole, lambda email: email["is_urgent"]
    yield "personalisation", "yes", whole, lambda email: email["is_personalised"]
    yield "link_lands_on_act", "yes", whole, lambda email: email["lands_on_act"]
    known = [email["reading_seconds"] for email in emails if email["reading_seconds"] is not None]
    middle = median(known) if known else 0.0
    yield "reading_time", "above median", whole, _longer("reading_seconds", middle)


def _within(name: str, lowest: int, highest: int | None) -> Trait:
    def has(email: Row) -> bool | None:
        value = email[name]
        return None if value is None else lowest <= value and (highest is None or value <= highest)

    return has


def _longer(name: str, middle: float) -> Trait:
    return lambda email: None if email[name] is None else email[name] > middle


def _compared(
    emails: list[Row], feature: str, level: str, bounds: tuple[int | None, int | None], has: Trait
) -> Iterator[Row]:
    for outcome, (completed, eligible) in OUTCOMES.items():
        if outcome == "human_open" and feature not in SEEN_BEFORE:
            continue
        sent = [email for email in emails if email[eligible]]
        known = [email for email in sent if has(email) is not None]
        x, n = ([email[name] for email in known] for name in (completed, eligible))
        flags, strata = [bool(has(email)) for email in known], [email["stratum"] for email in known]
        row: Row = {
            "feature": feature,
            "level": level,
            "outcome": outcome,
            "level_from": bounds[0],
            "level_to": bounds[1],
            "emails": sum(flags),
            "other_emails": len(flags) - sum(flags),
            "eligible": sum(part for part, flag in zip(n, flags, strict=True) if flag),
            "completed": sum(part for part, flag in zip(x, flags, strict=True) if flag),
            "unknown_emails": len(sent) - len(known),
            "immature": sum(email["immature"] for email in emails),
            "method": METHOD + (BY_MONTH if feature in OF_SUBJECTS else ""),
        }
        row["rate"] = row["completed"] / row["eligible"] if row["eligible"] else None
        months = [email["sent_month"] or "" for email in known] if feature in OF_SUBJECTS else None
        yield row | _rates(x, n, flags, strata) | _ratio(x, n, flags, strata, months)


def _rates(x: list[int], n: list[int], flags: list[bool], strata: list[str]) -> Row:
    """The rate of either side by effective recipients; the first drawn to both as chance explains it."""
    correlation = stratum_correlation(x, n, strata)
    sides = [
        effective_counts(
            [part for part, own in zip(x, flags, strict=True) if own is flag],
            [part for part, own in zip(n, flags, strict=True) if own is flag],
            correlation,
        )
        for flag in (True, False)
    ]
    here, other = sides
    found: Row = {"correlation": correlation}
    if here.recipients:
        lower, upper = here.interval()
        found |= {
            "email_weighted_rate": here.responses / here.recipients,
            "email_weighted_rate_lower": lower,
            "email_weighted_rate_upper": upper,
        }
        [shrunken, _] = shrunken_rates(
            [side.responses for side in sides], [side.recipients for side in sides]
        )
        found["shrunken_rate"] = shrunken
    if other.recipients:
        found["other_email_weighted_rate"] = other.responses / other.recipients
    return found


def _ratio(x: list[int], n: list[int], flags: list[bool], strata: list[str], months: list[str] | None) -> Row:
    found = email_ratio(x, n, flags, strata, months) if x else None
    if not found:
        return {}
    return {
        "ratio": found.estimate,
        "ratio_lower": found.lower,
        "ratio_upper": found.upper,
        "p_value": found.p_value,
        "correlation": found.correlation,
    }


def _verdict(row: Row, q_value: float | None) -> str:
    if q_value is None:
        return "insufficient"
    if q_value <= SIGNIFICANT:
        return "better" if row["ratio"] > 1 else "worse"
    return "no clear difference"
