"""`milepost feed`: what a sample gives, a proposal for an unknown file, and ready feeds."""

from pathlib import Path

import pytest

from tests.commands.conftest import CommandLine

SHEET = """Kuupäev;Tegevus;E-post;Summa;Märkus
15.11.2026 10:00;Opened Email;anna@case.ee;;
15.11.2026 10:05;Purchase;anna@case.ee;1 234,50;kirjuta office@case.ee
15.11.2026 10:05;Purchase;bert@case.ee;12,50;
15.11.2026 10:09;Purchase;carl@case.ee;x;
"""
FEED = """feeds:
  - name: sheet
    path: sheet.csv
    format: csv
    timezone: Europe/Tallinn
    time_format: day_first
    decimal: ","
    thousands: " "
    where: {Tegevus: {not: [Opened Email]}}
    columns: {occurred_at: Kuupäev, event_name: Tegevus, email: E-post, revenue: Summa}
    constants: {currency: EUR}
"""


@pytest.fixture
def sheet(milepost: CommandLine) -> Path:
    path = milepost.folder / "sheet.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def test_a_configured_feed_is_tried_by_its_name(milepost: CommandLine, sheet: Path) -> None:
    configuration = sheet.with_name("event_files.yml")
    configuration.write_text(FEED, encoding="utf-8")
    result = milepost("feed", "check", "sheet", "--file", str(configuration))
    assert result.returncode == 1  # a row is quarantined
    assert result.stdout.splitlines() == [
        "1 files: 3 rows, 2 events, 1 quarantined, 0 repeats, 1 left out by the feed's rules",
        "span: 2026-11-15 08:05 to 2026-11-15 08:05 UTC",
        "",
        "field, column, filled",
        "  occurred_at  Kuupäev  2 of 2",
        "  event_name   Tegevus  2 of 2",
        "  email        E-post   2 of 2",
        "  revenue      Summa    2 of 2",
        "",
        "event, rows, known as",
        "  Purchase  2  no rule knows it; perhaps map: {Purchase: purchase}",
        "",
        "quarantined because, rows",
        "  revenue is not a number: x  1",
        "",
        "e-mail addresses in, rows",
        "  E-post  3",
        "  Märkus  1",
    ]
    assert not milepost.settings.home.exists()


def test_a_feed_is_proposed_for_an_unknown_file(milepost: CommandLine, sheet: Path) -> None:
    sheet.write_text(SHEET.replace("x;", ";"), encoding="utf-8")
    result = milepost("feed", "check", str(sheet))
    assert result.returncode == 0, result.stdout + result.stderr
    for line in (
        "  - day_first",
        "  decimal: ','",
        "    occurred_at: Kuupäev",
        "    email: E-post",
        "    revenue: Summa",
    ):
        assert line in result.stdout.splitlines()
    assert "4 rows, 4 events, 0 quarantined" in result.stdout


@pytest.mark.parametrize(
    ("clock", "time_format", "said"),
    [
        ("", "day_first", "26 of 26 events are dates without a time: each stands at the end of its day"),
        (
            " 00:00",
            "day_first",
            "26 of 26 events are at one time of day, as dates with a time of nothing are",
        ),
        (" 00:00", "'%d.%m.%Y 00:00'", "26 of 26 events are dates without a time"),
        (" 0{hour}:15", "day_first", ""),
    ],
)
def test_dates_without_a_time_are_named(
    milepost: CommandLine, clock: str, time_format: str, said: str
) -> None:
    """Also where summer time ends between them."""
    days = [f"{day}.10.2026" for day in range(14, 31)] + [f"{day}.11.2026" for day in range(1, 10)]
    rows = [f"{day}{clock.format(hour=number % 10)};anna@case.ee" for number, day in enumerate(days)]
    milepost.folder.joinpath("sheet.csv").write_text("\n".join(["Kuupäev;E-post", *rows]), encoding="utf-8")
    configuration = milepost.folder / "event_files.yml"
    configuration.write_text(
        "feeds: [{name: sheet, path: sheet.csv, format: csv, timezone: Europe/Tallinn,"
        f" time_format: {time_format}, columns: {{occurred_at: Kuupäev, email: E-post}},"
        " constants: {event_name: purchase}}]",
        encoding="utf-8",
    )
    result = milepost("feed", "check", "sheet", "--file", str(configuration))
    assert result.returncode == 0, result.stdout
    shown = result.stdout.replace("\n", " ")
    phrases = ("dates without a time:", "at one time of day")
    assert said in shown
    assert [phrase in shown for phrase in phrases] == [phrase in f"{said}:" for phrase in phrases]


def test_names_that_rules_know_are_listed_where_one_is_not_known(milepost: CommandLine) -> None:
    path = milepost.folder / "webinar.csv"
    path.write_text("Joined at,Email\n2026-11-15 10:00,anna@case.ee\n", encoding="utf-8")
    result = milepost("feed", "check", str(path))
    _, _, names = result.stdout.partition("names that rules know, for `map` and event_name\n")
    assert {"purchase", "webinar_join"} <= set(names.replace("\n", " ").replace(",", " ").split())
    assert "# no column says what happened: set event_name" in result.stdout


def test_neither_a_file_nor_a_feed_is_said_to_be_so(milepost: CommandLine) -> None:
    result = milepost("feed", "check", "nothing")
    assert result.returncode == 1
    assert "nothing is neither a file nor a feed; the configured feeds are: none." in result.stderr


def test_a_file_without_times_has_no_proposal(milepost: CommandLine) -> None:
    path = milepost.folder / "names.csv"
    path.write_text("name,mail\nAnna,anna@case.ee\n", encoding="utf-8")
    result = milepost("feed", "check", str(path))
    assert result.returncode == 1
    assert "no column holds times, without which nothing is an event" in result.stderr


def test_ready_feeds_are_listed_and_written(milepost: CommandLine) -> None:
    listed = milepost("feed", "init")
    assert "stripe_charges" in listed.stdout
    path = milepost.folder / "event_files.yml"
    result = milepost("feed", "init", "stripe_charges", "--file", str(path))
    assert result.returncode == 0, result.stderr
    assert "  - name: stripe_charges\n" in path.read_text(encoding="utf-8")


TWO = """feeds:
  - name: orders
    path: "2026-*/orders.csv"
    format: csv
    columns: {occurred_at: t, event_name: e, email: m, user_agent: ua}
"""


def test_files_of_one_name_in_two_folders_are_both_tried(milepost: CommandLine) -> None:
    for month in ("10", "11"):
        folder = milepost.folder / f"2026-{month}"
        folder.mkdir()
        (folder / "orders.csv").write_text(
            f"t,e,m,ua\n2026-{month}-03 10:00,open,a@case.ee,Mozilla\n", encoding="utf-8"
        )
    path = milepost.folder / "event_files.yml"
    path.write_text(TWO, encoding="utf-8")
    result = milepost("feed", "check", "orders", "--file", str(path))
    assert "2 files: 2 rows, 2 events, 0 quarantined" in result.stdout
    assert "  user_agent   ua  2 of 2" in result.stdout.splitlines()


def test_credentials_and_addresses_of_a_configuration_are_not_printed(milepost: CommandLine) -> None:
    path = milepost.folder / "event_files.yml"
    for text in (
        TWO.replace('"2026-*/orders.csv"', "s3://KEY:s3cret@bucket/*.csv.bz2"),
        f"{TWO}    map: {{hanna@example.com: [\n",
        f"{TWO}    constants: {{hanna@example.com: x}}\n",
    ):
        path.write_text(text, encoding="utf-8")
        result = milepost("feed", "check", "orders", "--file", str(path))
        assert result.returncode == 1
        assert "s3cret" not in result.stderr
        assert "hanna" not in result.stderr
