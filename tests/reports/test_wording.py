"""Figures and times as findings word them, in a table that a narrow terminal shows in lines."""

import io

import pytest
from rich.console import Console

from dagster_project.reports.finding import Finding
from dagster_project.reports.terminal import findings_table
from dagster_project.reports.wording import between, duration, percent, points, share


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "0 seconds"),
        (1, "1 second"),
        (79, "79 seconds"),
        (150, "2 minutes"),
        (5_400, "90 minutes"),
        (7_200, "2 hours"),
        (100_000, "28 hours"),
        (165_039, "46 hours"),
        (604_800, "7 days"),
    ],
)
def test_a_duration_is_in_the_largest_unit_of_which_there_are_two(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_small_rates_keep_a_decimal() -> None:
    assert [percent(rate) for rate in (0.0019, 0.0562, 0.341, 1.0)] == ["0.2%", "5.6%", "34%", "100%"]
    assert between(0.001, 0.0026) == "0.1–0.3%"
    assert between(0.281, 0.404) == "28–40%"
    assert points(-0.023, 0.019) == "-2.3 to +1.9"


def test_a_share_comes_with_its_interval() -> None:
    assert share(34, 100) == ("34%", "25–44%")


def test_a_finding_takes_few_lines_of_a_narrow_terminal() -> None:
    statement = "“Checkout started”: on phones 39% go on to purchase, on desktops 90%."
    out = io.StringIO()
    table = findings_table([Finding("Where do people stop?", statement, 26_116, "-11.3 to +10.3")])
    Console(file=out, width=80).print(table)
    lines = out.getvalue().splitlines()
    assert max(len(line) for line in lines) <= 80
    assert len([line for line in lines if line.strip()]) <= 6
