"""Nothing configured, nothing landed: everything still builds, and is empty."""

import shutil
from pathlib import Path

import pytest

from dagster_project.checks.catalogue import CHECKS
from dagster_project.checks.check import Status
from dagster_project.defs.checks import evaluate_all
from dagster_project.reports.page.build import write_report
from dagster_project.sources.registry import SOURCES
from tests.dbt.catalogue.cases import rows_of
from tests.dbt.harness import PROJECT, Warehouse
from tests.reports.page_checking import SVG, assert_sound


@pytest.fixture(scope="module")
def empty(home: Path) -> Warehouse:
    """Every model built on empty raw tables, and every unit test run."""
    warehouse = Warehouse(home)
    warehouse.build(with_unit_tests=True)
    return warehouse


def test_every_model_builds_on_empty_raw_tables(empty: Warehouse) -> None:
    for table in (
        "fct_events",
        "fct_email_sends",
        "fct_link_clicks_daily",
        "dim_persons",
        "dim_campaigns",
        "dim_links",
    ):
        assert empty.value(f"select count(*) from marts.{table}") == 0
    catalogue = rows_of(PROJECT / "seeds" / "catalogue" / "micro_conversion_types.csv")
    listed = empty.query("select micro_conversion from marts.dim_micro_conversions order by all")
    assert [name for (name,) in listed] == sorted(row["micro_conversion"] for row in catalogue)


def test_the_report_page_says_that_there_is_nothing(empty: Warehouse, tmp_path: Path) -> None:
    with empty.connect() as connection:
        connection.execute("checkpoint")
    # A copy: this process has the warehouse open to write.
    copy = Path(shutil.copy(empty.path, tmp_path))
    made = write_report(copy, tmp_path / "report.html")
    tree = assert_sound(made.path.read_text(encoding="utf-8"), copy)
    figures = list(tree.iter("figure"))
    assert len(figures) == made.figures > 5
    assert [figure for figure in figures if list(figure.iter(f"{SVG}svg"))] == [], (
        "nothing is drawn of nothing"
    )
    assert made.verdicts == ()


def test_no_check_passes_on_an_empty_warehouse(empty: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (name for source in SOURCES for name in source.variables):
        monkeypatch.delenv(variable, raising=False)
    with empty.connect() as connection:
        outcomes = {check.name: outcome for check, outcome in evaluate_all(connection)}
    assert len(outcomes) == len(CHECKS)
    # Funnels and sums have rows without anybody in them; nothing is counted in the others, and they say so.
    passed = {name for name, outcome in outcomes.items() if outcome.status is Status.PASSED}
    assert {outcome.status for name, outcome in outcomes.items() if name not in passed} == {Status.EMPTY}
    assert passed <= {"conversions_are_counted_once_everywhere", "funnels_only_narrow", "rates_are_possible"}
