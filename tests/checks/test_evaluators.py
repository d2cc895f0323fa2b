"""How rows become outcomes, and outcomes what Dagster shows."""

from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pytest

from dagster_project.checks import charts
from dagster_project.checks.benchmarks.positions import Position, evaluate_positions
from dagster_project.checks.catalogue import CHECKS, CHECKS_BY_KIND
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import (
    evaluate_agreement,
    evaluate_share,
    evaluate_violations,
    expect_agreement,
)
from dagster_project.checks.freshness.streams import STREAMS_ARE_FRESH
from dagster_project.checks.populations import of_population
from dagster_project.defs.checks import check_result, check_specs
from tests.conftest import ROOT

METADATA = {
    "summary",
    "outcome",
    "left_out",
    "subject",
    "n",
    "figure",
    "lower",
    "upper",
    "band_lower",
    "band_upper",
    "band_source",
    "tolerance",
    "chart",
}


def agreement(*rows: tuple[str, float, float]) -> CheckOutcome:
    return evaluate_agreement(rows, "the vendor", warn_over=0.01, error_over=0.05, slack=2)


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([("a", 1000, 1000), ("b", 0, 0)], Status.PASSED),
        # within the slack, however large its share
        ([("small", 1, 3)], Status.PASSED),
        # one subject beyond the tolerance, the sum within
        ([("a", 100_000, 100_000), ("b", 950, 1000)], Status.WARN),
        ([("a", 900, 1000), ("b", 880, 1000)], Status.ERROR),
        # nothing counted where the vendor counts, and the other way round
        ([("a", 0, 1000)], Status.ERROR),
        ([("a", 1000, 0)], Status.ERROR),
        ([], Status.EMPTY),
    ],
)
def test_figures_agree_or_not(rows: list[tuple[str, float, float]], status: Status) -> None:
    assert agreement(*rows).status is status


def test_the_largest_differences_are_named_and_drawn() -> None:
    chart = agreement(("fine", 10, 10), ("off", 10, 1000)).chart
    assert "off" in chart
    assert "fine" not in chart
    assert "=│" in chart


def test_one_violation_is_too_many() -> None:
    assert evaluate_violations([("a", 1000, 0)], "why").status is Status.PASSED
    outcome = evaluate_violations([("a", 1000, 0), ("b", 10, 1)], "why")
    assert outcome.status is Status.ERROR
    assert outcome.interval is not None
    assert outcome.figure == pytest.approx(1 / 1010)
    assert "| b |" in outcome.chart


def test_a_share_is_evaluated_by_its_interval() -> None:
    assert evaluate_share([("few", 20, 2)], 0.05, "why").status is Status.PASSED
    assert evaluate_share([("many", 2000, 200)], 0.05, "why").status is Status.WARN


def test_the_figure_is_that_of_the_worst_subject_or_of_all() -> None:
    fine = evaluate_share([("a", 2000, 20), ("b", 1000, 10)], 0.05, "why")
    assert (fine.subject, fine.n, fine.figure) == ("all", 3000, 0.01)
    off = evaluate_share([("a", 2000, 20), ("worst", 1000, 300), ("off", 1000, 200)], 0.05, "why")
    assert (off.subject, off.n, off.figure) == ("worst", 1000, 0.3)
    assert off.interval is not None
    assert off.interval[0] < 0.3 < off.interval[1]


def position(status: str, slice_value: str = "all") -> Position:
    return Position(
        "email_open", slice_value, 1000, 0.3, 0.27, 0.33, 0.2, 0.25, "published_range, b1", status
    )


def test_a_rate_outside_its_band_warns_and_is_listed_first() -> None:
    rows = [position("within"), position("above", "flow"), position("insufficient")]
    outcome = evaluate_positions(rows, "why")
    assert outcome.status is Status.WARN
    assert outcome.summary == "0 below, 1 above (email_open of flow), 1 within, 1 insufficient."
    assert outcome.chart.splitlines()[2].endswith("| above |")
    assert (outcome.subject, outcome.n, outcome.figure) == ("email_open of flow", 1000, 0.3)
    assert outcome.interval == (0.27, 0.33)
    assert outcome.band == (0.2, 0.25)


def test_of_many_rates_that_are_off_some_are_named() -> None:
    outcome = evaluate_positions([position("below", f"c{number}") for number in range(5)], "why")
    assert outcome.summary.startswith(
        "5 below (email_open of c0, email_open of c1, email_open of c2, 2 more), 0 above"
    )


def test_too_small_a_sample_never_warns() -> None:
    assert evaluate_positions([position("insufficient")], "why").status is Status.PASSED
    assert evaluate_positions([], "why").status is Status.EMPTY


def test_the_chart_shows_the_interval_over_the_band() -> None:
    chart = charts.interval(0.3, (0.27, 0.33), (0.2, 0.25))
    assert chart.index("[") < chart.index("]") < chart.index("●")
    assert len(chart) == len(charts.interval(0, (0, 0), (0, 0))) == charts.WIDTH + 2


def test_a_sparkline_has_a_block_per_day() -> None:
    assert charts.sparkline([0, 1, 2]) == "`▁▅█`"
    assert charts.sparkline([]) == "``"


@pytest.mark.parametrize("status", Status)
def test_the_outcome_reaches_dagster(status: Status) -> None:
    outcome = CheckOutcome(
        status, "Half *.", 3, "none", "why", figure=0.5, interval=(0.4, 0.6), band=(0.0, 1.0)
    )
    check = Check("c", ("marts", "m"), Status.ERROR, "What?", "None.", lambda _: outcome)
    result = check_result(check, outcome)
    assert result.passed is (status in (Status.PASSED, Status.EMPTY))
    assert result.metadata["outcome"].value == status.value
    assert (result.severity is dg.AssetCheckSeverity.ERROR) is (status is Status.ERROR)
    said = "Nothing to check: Half *." if status is Status.EMPTY else "Half *."
    assert result.metadata["summary"].value == said
    assert result.description == said.replace("*", "\\*")
    assert set(result.metadata) == METADATA
    drawn = check_result(check, replace(outcome, chart="| a |"))
    assert drawn.description == f"{result.description}\n\n| a |", "the UI renders it without a click"


@pytest.mark.parametrize(
    "outcome",
    [
        evaluate_agreement([], "the vendor", warn_over=0.01, error_over=0.05, slack=2),
        evaluate_violations([("a", 0, 0)], "why"),
        evaluate_share([], 0.05, "why"),
        evaluate_positions([], "why"),
    ],
)
def test_a_check_of_an_empty_population_says_so(outcome: CheckOutcome) -> None:
    assert outcome.status is Status.EMPTY
    assert outcome.description == "Nothing to check: its population is empty."


def test_nothing_passes_on_an_empty_population() -> None:
    outcome = CheckOutcome(Status.PASSED, "Fine.", 0, "none", "why")
    assert outcome.status is Status.EMPTY
    assert replace(outcome, n=1, status=Status.PASSED).status is Status.PASSED
    assert CheckOutcome(Status.WARN, "Not fine.", 0, "none", "why").status is Status.WARN


@pytest.mark.parametrize(
    ("compared", "existing", "status", "words"),
    [
        (2, 5, Status.PASSED, "2 compared: 20 here, 20 there, 0 differ."),
        (0, 0, Status.EMPTY, "Nothing to check: its population is empty."),
        (0, 5, Status.WARN, "Nothing could be compared, though there are 5 events."),
    ],
)
def test_a_reconciliation_that_compares_nothing_of_what_exists_warns(
    compared: int, existing: int, status: Status, words: str
) -> None:
    evaluate = of_population(
        expect_agreement(f"select range, 10, 10 from range({compared})", "the vendor", 0.01, 0.05),
        existing=f"select {existing}",
        unit="events",
        left_out="from (values ('thresholded', 3), ('sampled', 2), ('none', 0))",
        what="days",
    )
    outcome = evaluate(CheckContext(duckdb.connect(), datetime(2026, 11, 16, 4, tzinfo=UTC)))
    assert (outcome.status, outcome.n, outcome.left_out) == (status, compared, 5)
    assert outcome.description == f"{words} Left out: 5 days (3 thresholded, 2 sampled)."


def test_violations_without_anything_examined_are_reported_as_such() -> None:
    outcome = evaluate_violations([("a", 0, 3)], "why")
    assert outcome.status is Status.ERROR
    assert outcome.description == "3 violations in 0 examined."


def test_every_check_that_can_be_an_error_blocks_and_no_other() -> None:
    blocking = {spec.name: spec.blocking for spec in check_specs()}
    assert len(blocking) == len(CHECKS)
    assert blocking == {check.name: check.severity is Status.ERROR for check in CHECKS}
    assert {check.asset[0] for check in CHECKS} == {"marts"}, "only a mart's check precedes the publication"
    soft = {check.severity for kind in ("benchmarks", "drift") for check in CHECKS_BY_KIND[kind]}
    assert soft == {Status.WARN}


def test_the_kinds_in_dagster_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, table = readme.partition("| kind |")
    rows = table.partition("\n\n")[0].splitlines()[2:]
    assert {row.split("|")[1].strip() for row in rows} == {spec.metadata["kind"] for spec in check_specs()}


def test_the_reported_age_is_of_the_stream_nearest_its_limit() -> None:
    connection = duckdb.connect()
    connection.execute("""
        create schema raw;
        create table raw._loads as
        select 'vendor' as source, stream, timestamptz '2026-11-16 04:00:00Z' - to_hours(age) as loaded_at
        from (values ('days', 40), ('log', 500), ('list', 5000)) as loads (stream, age);
        create table _streams as
        select 'vendor' as source, stream, kind, retention_days, true as is_configured
        from (values ('days', 'window', 60), ('log', 'cursor', 90), ('list', 'snapshot', null))
            as streams (stream, kind, retention_days);
    """)
    outcome = STREAMS_ARE_FRESH.evaluate(CheckContext(connection, datetime(2026, 11, 16, 4, tzinfo=UTC)))
    assert outcome.status is Status.WARN
    assert (outcome.subject, outcome.figure, outcome.band) == ("vendor/days", 40, (0, 36))
    assert "| vendor/log | 500.0 | 1992 |" in outcome.chart
    assert "vendor/list" not in outcome.chart, "its vendor keeps it"
