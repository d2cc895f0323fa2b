"""How rows become verdicts, and verdicts what Dagster shows."""

import dagster as dg
import pytest

from dagster_project.defs.validation import charts
from dagster_project.defs.validation.benchmarks import Position, judge_positions
from dagster_project.defs.validation.catalogue import QUESTIONS
from dagster_project.defs.validation.judges import judge_agreement, judge_never, judge_share
from dagster_project.defs.validation.question import Answer, Kind, Question, Status

METADATA = {
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


def position(status: str, lower: float = 0.27, upper: float = 0.33) -> Position:
    return Position("email_open", "all", 1000, 0.3, lower, upper, 0.2, 0.25, "published_range, b1", status)


def test_a_rate_outside_its_band_warns_and_is_told_first() -> None:
    answer = judge_positions([position("within"), position("above"), position("insufficient")], "why")
    assert answer.status is Status.WARN
    assert answer.summary == "0 below, 1 above, 1 within, 1 insufficient."
    assert answer.chart.splitlines()[2].endswith("| above |")
    assert answer.figure == 0.5


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
