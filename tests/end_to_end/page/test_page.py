"""The page as a file: every number equals its table, whatever is published."""

import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.reports.page.build import write_report
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.page.sections import __path__ as sections
from dagster_project.reports.page.sections import read_sections
from dagster_project.reports.page.verdicts import read_verdicts
from tests.commands.conftest import CommandLine
from tests.end_to_end.page.conftest import Page
from tests.reports.page_checking import assert_sound, parse, text_of

MOST_BYTES = 700_000
HOSTILE = (
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></svg><svg onload=alert(1)>",
    "שלום \u202eevil\u202c مرحبا",
    "👩‍👩‍👧‍👦" * 40,
    "🎉 " + "Sale " * 30,
    "🎉" * 9,
    "W" * 500,
    "{{ 7 * 7 }} {% raw %}",
    "a\x00b\x07\nc\u2028d\ufffe",
)
# Where names come from strangers.
NAMES = {
    "dim_campaigns": ("name",),
    "dim_micro_conversions": ("label",),
    "rpt_experiments": ("campaign_name",),
    "rpt_data_quality": ("meaning",),
    "rpt_bottlenecks": ("hypothesis", "bottleneck_label", "weakest_slice"),
}


@pytest.fixture
def copied(page: Page, tmp_path: Path) -> Page:
    """A published file to change, without a page."""
    return Page(tmp_path / "report.html", Path(shutil.copy(page.published, tmp_path / "milepost.duckdb")))


def test_every_number_equals_the_published_table(page: Page) -> None:
    tree = assert_sound(page.text, page.published)
    cells = sum(1 for _ in tree.iter("td"))
    assert cells > 1_000
    assert page.path.stat().st_size <= MOST_BYTES
    modules = [path for path in Path(sections[0]).glob("*.py") if path.stem != "__init__"]
    # Of the checks of the same run, published with its marts.
    figures = {figure.get("id"): figure for figure in tree.iter("figure")}
    assert "Negative control: with a micro-conversion assigned" in text_of(figures["negative-control"])
    details = [text_of(each) for each in figures["claims-verdicts"].iter("tr") if each.find("th/details")]
    assert len(details) > 10
    assert all("Said by:" in each for each in details)
    shown, waiting = sum(1 for _ in tree.iter("section")), sum(1 for _ in tree.iter("dt"))
    # The first screen, and those without a figure as one.
    assert shown + waiting == len(modules) + 1 + (waiting > 0)
    for section in tree.iter("section"):
        assert text_of(section)


def test_what_a_verdict_leaves_out_stands_next_to_its_picture(page: Page) -> None:
    """Population, comparison and horizon."""
    tree = parse(page.text)
    with duckdb.connect(str(page.published), read_only=True) as connection:
        reader = Reader(connection)
        verdicts = read_verdicts(reader, list(read_sections(reader)))
    figures = {figure.get("id"): text_of(figure) for figure in tree.iter("figure")}
    shortened = [verdict for verdict in verdicts if not verdict.is_in_full]
    assert len(shortened) > 2
    for verdict in shortened:
        assert f"{verdict.question}. {verdict.statement}" in figures[verdict.figure]


def test_the_page_stays_while_the_publication_does(copied: Page) -> None:
    assert write_report(copied.published, copied.path).is_new
    made = copied.text
    again = write_report(copied.published, copied.path)
    assert (again.is_new, again.figures) == (False, 0)
    with duckdb.connect(str(copied.published)) as connection:
        connection.execute("update marts.rpt_step_impact set completers = completers + 1000")
    changed = write_report(copied.published, copied.path)
    assert changed.is_new
    assert copied.text != made
    assert not list(copied.path.parent.glob(".*draft*"))
    assert changed.picture.startswith(b"\x89PNG")


def test_hostile_names_are_shown_and_nothing_else(copied: Page) -> None:
    with duckdb.connect(str(copied.published)) as connection:
        for table, columns in NAMES.items():
            for column in columns:
                choice = " ".join(f"when {number} then ?" for number in range(len(HOSTILE)))
                connection.execute(
                    f"update marts.{table} set {column} = case rowid % {len(HOSTILE)} {choice} end", HOSTILE
                )
    write_report(copied.published, copied.path)
    tree = assert_sound(copied.text, copied.published)
    assert [text_of(cell) for cell in tree.iter("th") if "alert(1)" in text_of(cell)]
    assert "<script>alert" not in copied.text
    assert "49" not in {text_of(cell) for cell in tree.iter("th")}


def test_a_file_without_a_row_says_so(copied: Page) -> None:
    with duckdb.connect(str(copied.published)) as connection:
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' "
            "and (table_name like 'rpt_%' or table_name in ('check_outcomes', 'dim_audiences'))"
        ).fetchall():
            connection.execute(f"delete from marts.{table}")
    made = write_report(copied.published, copied.path)
    tree = assert_sound(copied.text, copied.published)
    assert list(tree.iter("table")) == []
    assert made.verdicts == ()
    assert "Nothing can be decided yet" in copied.text
    assert list(tree.iter("figure")) == []
    assert len({text_of(reason) for reason in tree.iter("dd")}) > 20


def test_a_mart_that_is_not_published_leaves_its_section_out(copied: Page) -> None:
    with duckdb.connect(str(copied.published)) as connection:
        connection.execute("drop table marts.rpt_experiments")
        connection.execute("drop table marts.rpt_bottlenecks")
    write_report(copied.published, copied.path)
    tree = assert_sound(copied.text, copied.published)
    names = {section.get("id") for section in tree.iter("section")}
    assert "topic-steps" in names
    assert not {"topic-tests", "topic-bottlenecks"} & names


def test_the_command_makes_the_page_of_what_is_published(page: Page, tmp_path: Path) -> None:
    milepost = CommandLine(tmp_path)
    nothing = milepost("report")
    assert nothing.returncode == 1
    assert "run `milepost refresh` first" in " ".join(nothing.stderr.split())
    milepost.settings.published.mkdir(parents=True)
    shutil.copy(page.published, milepost.settings.published)
    made = milepost("report")
    assert (made.returncode, made.stderr) == (0, "")
    assert "report.html: made" in made.stdout
    without_browser = milepost("report", "--pdf", changes={"PATH": str(tmp_path)})
    assert without_browser.returncode == 1
    assert "of this publication already" in without_browser.stdout
    assert "no Chromium is installed" in " ".join(without_browser.stderr.split())
