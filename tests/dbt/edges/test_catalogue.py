"""From events to micro-conversions, exactly where one rule ends and another begins."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.edges.raw_rows import ANN, LETTER, log, web
from tests.dbt.rows import Hit, Row, link

Raw = Mapping[str, Sequence[Row]]


@pytest.mark.parametrize(("threshold", "below"), [("10", "small_purchase"), (None, "purchase")])
def test_a_purchase_of_the_threshold_is_not_a_small_one(
    project: CompiledProject, threshold: str | None, below: str
) -> None:
    project.replace_seed("catalogue_thresholds", [("small_purchase_threshold", threshold)])
    hits = [
        Hit("2026-10-06T07:00:00Z", "purchase", "/thank-you", f"web {n}", order=f"T-{n}", revenue=revenue)
        for n, revenue in enumerate((9.99, 10.0))
    ]
    project.build(web(*hits), "int_events_identified")
    assert project.rows(
        "select revenue, micro_conversion from intermediate.int_events_identified order by 1"
    ) == [(Decimal("9.99"), below), (Decimal(10), "purchase")]


def test_a_hit_without_consent_is_not_told_apart_by_what_it_cannot_say(project: CompiledProject) -> None:
    at, page = "2026-10-06T07:00:00Z", "/features"
    hits = [
        Hit(at, "file_download", page),
        Hit(at, "file_download", page, "laptop", file_name="comparison-guide.pdf"),
        Hit(at, "page_view", "/pricing"),
    ]
    project.build(web(*hits), "int_events_identified")
    assert project.rows(
        "select event_name, micro_conversion from intermediate.int_events_identified order by all"
    ) == [
        ("file_download", "comparison_guide_download"),
        ("file_download", None),
        ("page_view", "pricing_page_visit"),
    ]


def test_an_underscore_in_a_rule_stands_for_itself(project: CompiledProject) -> None:
    roles = ("redeem_offer", "redeem-offer")
    entries = [(n, ANN, "click", link("/a", role)) for n, role in enumerate(roles)]
    project.build({"smaily__campaigns": [LETTER], "smaily__actions": log(*entries)}, "int_events_identified")
    assert project.rows(
        "select micro_conversion from intermediate.int_events_identified order by occurred_at"
    ) == [("offer_redeem_click",), ("email_click",)]
