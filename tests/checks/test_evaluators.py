"""How rows become verdicts, and verdicts what Dagster shows."""

from datetime import UTC, datetime

import dagster as dg
import duckdb
import pytest

from dagster_project.checks import charts
from dagster_project.checks.benchmarks.positions import Position, judge_positions
from dagster_project.checks.catalogue import QUESTIONS
from dagster_project.checks.check import Answer, Kind, Morning, Question, Status
from dagster_project.checks.evaluators import judge_agreement, judge_never, judge_share
from dagster_project.checks.freshness.streams import STREAMS_ARE_FRESH

METADATA = {
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


def agreement(*rows: tuple[str, float, float]) -> Answer:
    return judge_agreement(rows, "the vendor", warn_over=0.01, error_over=0.05, slack=2)


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
        ([], Status.PASSED),
    ],
)
def test_figures_agree_or_not(rows: list[tuple[str, float, float]], status: Status) -> None:
    assert agreement(*rows).status is status


def test_the_largest_differences_are_named_and_drawn() -> None:
    chart = agreement(("fine", 10, 10), ("off", 10, 1000)).chart
    assert "off" in chart
    assert "fine" not in chart
    assert "=|" in chart


def test_one_violation_is_too_many() -> None:
    assert judge_never([("a", 1000, 0)], "why").status is Status.PASSED
    answer = judge_never([("a", 1000, 0), ("b", 10, 1)], "why")
    assert answer.status is Status.ERROR
    assert answer.interval is not None
    assert answer.figure == pytest.approx(1 / 1010)
    assert "| b |" in answer.chart


def test_a_share_is_judged_by_its_interval() -> None:
    assert judge_share([("few", 20, 2)], 0.05, "why").status is Status.PASSED
    assert judge_share([("many", 2000, 200)], 0.05, "why").status is Status.WARN


def test_the_figure_is_that_of_the_worst_subject_or_of_all() -> None:
    fine = judge_share([("a", 2000, 20), ("b", 1000, 10)], 0.05, "why")
    assert (fine.subject, fine.n, fine.figure) == ("all", 3000, 0.01)
    off = judge_share([("a", 2000, 20), ("worst", 1000, 300), ("off", 1000, 200)], 0.05, "why")
    assert (off.subject, off.n, off.figure) == ("worst", 1000, 0.3)
    assert off.interval is not None
    assert off.interval[0] < 0.3 < off.interval[1]


def position(status: str, slice_value: str = "all") -> Position:
    return Position(
        "email_open", slice_value, 1000, 0.3, 0.27, 0.33, 0.2, 0.25, "published_range, b1", status
    )


def test_a_rate_outside_its_band_warns_and_is_told_first() -> None:
    rows = [position("within"), position("above", "flow"), position("insufficient")]
    answer = judge_positions(rows, "why")
    assert answer.status is Status.WARN
    assert answer.summary == "0 below, 1 above (email_open of flow), 1 within, 1 insufficient."
    assert answer.chart.splitlines()[2].endswith("| above |")
    assert (answer.subject, answer.n, answer.figure) == ("email_open of flow", 1000, 0.3)
    assert answer.interval == (0.27, 0.33)
    assert answer.band == (0.2, 0.25)


def test_of_many_rates_that_are_off_some_are_named() -> None:
    answer = judge_positions([position("below", f"c{number}") for number in range(5)], "why")
    assert answer.summary.startswith(
        "5 below (email_open of c0, email_open of c1, email_open of c2, 2 more), 0 above"
    )


def test_too_few_to_say_never_warns() -> None:
    assert judge_positions([position("insufficient")], "why").status is Status.PASSED
    assert judge_positions([], "why").status is Status.PASSED


def test_the_chart_shows_the_interval_over_the_band() -> None:
    chart = charts.interval(0.3, (0.27, 0.33), (0.2, 0.25))
    assert chart.index("[") < chart.index("]") < chart.index("●")
    assert len(chart) == len(charts.interval(0, (0, 0), (0, 0))) == charts.WIDTH + 2


def test_a_sparkline_has_a_block_per_day() -> None:
    assert charts.sparkline([0, 1, 2]) == "`▁▅█`"
    assert charts.sparkline([]) == "``"


@pytest.mark.parametrize("status", Status)
def test_the_verdict_reaches_dagster(status: Status) -> None:
    question = Question("q", ("marts", "m"), Kind.DRIFT, Status.ERROR, "What?", "None.", lambda _: answer)
    answer = Answer(status, "Told.", 3, "none", "why", figure=0.5, interval=(0.4, 0.6), band=(0.0, 1.0))
    result = question.result(answer)
    assert result.passed is (status is Status.PASSED)
    assert (result.severity is dg.AssetCheckSeverity.ERROR) is (status is Status.ERROR)
    assert set(result.metadata) == METADATA


def test_every_question_that_can_be_an_error_blocks_and_no_other() -> None:
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        assert question.spec.blocking is (question.severity is Status.ERROR), question.name
        assert question.asset[0] == "marts", "only a mart's check stands before the publication"
    assert {question.kind for question in QUESTIONS} == set(Kind)
    soft = {question.severity for question in QUESTIONS if question.kind in (Kind.BENCHMARK, Kind.DRIFT)}
    assert soft == {Status.WARN}


def test_the_age_told_is_of_the_stream_nearest_its_limit() -> None:
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
    answer = STREAMS_ARE_FRESH.ask(Morning(connection, datetime(2026, 11, 16, 4, tzinfo=UTC)))
    assert answer.status is Status.WARN
    assert (answer.subject, answer.figure, answer.band) == ("vendor/days", 40, (0, 36))
    assert "| vendor/log | 500.0 | 1992 |" in answer.chart
    assert "vendor/list" not in answer.chart, "nobody forgets it"
