"""Verdicts of the morning's questions, and that each can turn red."""

from typing import Any

import dagster as dg

from dagster_project.defs.questions import Question
from dagster_project.defs.validation import judge, judge_benchmarks

QUESTION = Question(
    "sends", ("marts", "fct_email_sends"), "Sends.", "", warn_over=0.01, error_over=0.05, slack=2
)


def verdict(*rows: tuple[str, float, float]) -> tuple[bool, dg.AssetCheckSeverity]:
    result = judge(QUESTION, rows)
    return result.passed, result.severity


def test_equal_figures_pass() -> None:
    assert verdict(("a", 1000, 1000), ("b", 0, 0))[0]


def test_a_difference_within_the_slack_passes_however_large_its_share() -> None:
    assert verdict(("small", 1, 3))[0]


def test_one_subject_beyond_the_tolerance_warns_and_does_not_block() -> None:
    assert verdict(("a", 100_000, 100_000), ("b", 950, 1000)) == (False, dg.AssetCheckSeverity.WARN)


def test_a_sum_beyond_the_larger_tolerance_is_an_error() -> None:
    assert verdict(("a", 900, 1000), ("b", 880, 1000)) == (False, dg.AssetCheckSeverity.ERROR)


def test_nothing_counted_where_the_vendor_counts_is_an_error() -> None:
    assert verdict(("a", 0, 1000)) == (False, dg.AssetCheckSeverity.ERROR)


def test_the_largest_differences_are_named() -> None:
    metadata = judge(QUESTION, [("fine", 10, 10), ("off", 10, 1000)]).metadata
    assert "off" in str(metadata["largest_differences"].value)
    assert "fine" not in str(metadata["largest_differences"].value)


def rate(status: str) -> dict[str, Any]:
    return {
        "micro_conversion": "email_open",
        "eligible": 1000,
        "rate": 0.3,
        "lower": 0.27,
        "upper": 0.33,
        "benchmark_lower": 0.2,
        "benchmark_upper": 0.25,
        "benchmark_ids": "b1",
        "status": status,
    }


def test_a_rate_outside_its_band_warns_and_never_blocks() -> None:
    result = judge_benchmarks([rate("within"), rate("above")])
    assert not result.passed
    assert result.severity is dg.AssetCheckSeverity.WARN
    assert result.description == "0 below, 1 within, 1 above, 0 insufficient."


def test_the_chart_shows_interval_and_band() -> None:
    chart = str(judge_benchmarks([rate("above")]).metadata["rates"].value)
    assert "[" in chart
    assert "●" in chart
    assert chart.index("[") < chart.index("●")


def test_no_rate_with_a_benchmark_passes() -> None:
    assert judge_benchmarks([]).passed
