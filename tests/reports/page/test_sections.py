"""What single sections make of a row, worked by hand."""

import pytest

from dagster_project.reports.page.charts.intervals import Interval
from dagster_project.reports.page.formats import written
from dagster_project.reports.page.sections import claims, data_quality, funnels, identity, segments, steps
from dagster_project.reports.wording import Row


@pytest.mark.parametrize(("width", "is_sure"), [(0.5, True), (0.51, False)])
def test_bounds_of_identity_lie_around_the_rate(width: float, is_sure: bool) -> None:
    row = {"name": "Kept", "known_rate": 0.4, "lowest_rate": 0.3, "highest_rate": 0.3 + width}
    mark = identity._mark(row | {"bounds_width": width})
    assert (mark.estimate, mark.lower, mark.upper, mark.is_sure) == (0.4, 0.3, 0.3 + width, is_sure)
    assert mark.text == f"40% (30–{30 + 100 * width:.0f}%)"


def test_the_negative_control_has_the_band_it_must_keep_to() -> None:
    row = {
        "figure": 0.9,
        "lower": 0.85,
        "upper": 0.93,
        "band_lower": 0.95,
        "band_upper": 1,
        "outcome": "warn",
    }
    assert steps._control_mark(row) == Interval(
        "A step assigned at random", 0.9, 0.85, 0.93, "90% (85–93%)", False, None, 0.95, 1
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.2, 0.3, "0.2 to 0.3 (relative change)"),
        (6.0, 6.0, "6 (relative change)"),
        (None, 41.0, "at most 41 (relative change)"),
        (0.0, None, "at least 0 (relative change)"),
        (None, None, "relative change"),
    ],
)
def test_a_claimed_span_has_its_unit(low: float | None, high: float | None, expected: str) -> None:
    assert (
        claims._claimed({"expected_low": low, "expected_high": high, "unit": "relative_change"}) == expected
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (-0.000001, "-0.000001"),
        (0.00012345, "0.0001234"),
        (0.5, "0.5"),
        (999.95, "1000"),
        (26_523.4, "26,523"),
        (-1_234_567.0, "-1,234,567"),
    ],
)
def test_figures_of_any_size_are_no_powers_of_ten(value: float, expected: str) -> None:
    assert written(value, "figure") == expected


def test_sources_are_counted() -> None:
    source: Row = {"reporter": "shop"}
    assert data_quality._up_to_date([]) == "No source has reported yet."
    assert data_quality._up_to_date([source]) == "The one source is up to date."
    assert data_quality._up_to_date([source, source]) == "All 2 sources are up to date."


def test_a_sequence_of_which_only_the_entry_is_seen() -> None:
    assert funnels._finding(None, []) == "No known person has entered a sequence yet."
    entered = [("cart_recovery", [{"entrants": 28}, {"entrants": 0}])]
    assert funnels._finding(None, entered).startswith("28 known people have entered the cart recovery;")


def _segment(change: int, status: str) -> Row:
    return {
        "name": "Active",
        "persons": 40,
        "persons_before": 40 - change,
        "change": change,
        "change_lower": change - 1.0,
        "change_upper": change + 1.0,
        "change_days": 7,
        "change_status": status,
    }


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], "No known person is in any segment yet."),
        (["data too young"], "The data are too young to tell whether segments grow or shrink."),
        (
            ["not shown", "data too young"],
            "None of 1 segments is shown to have grown or shrunk in seven days.",
        ),
        (
            ["not shown", "grown", "data too young"],
            "1 of 2 segments are shown to have grown or shrunk in 7 days, “Active” most: +6 to 40 people.",
        ),
    ],
)
def test_segments_are_shown_to_change_by_their_status_alone(statuses: list[str], expected: str) -> None:
    rows = [_segment(5 + number, status) for number, status in enumerate(statuses)]
    young = statuses.count("data too young")
    assert segments._finding(rows, [row for row in rows if segments._is_shown(row)], young) == expected
    sure = {"grown": True}
    assert [segments._change(row).is_sure for row in rows] == [sure.get(status, False) for status in statuses]
