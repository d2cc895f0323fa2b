"""A source that gives events is its package, its staging folder, its simulated vendor and rows of seeds.

The whole project is copied, the made-up source of folder `made_up_source` laid over it, and refreshed twice.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.project_copy import copy_project, run_python

OVERLAY = Path(__file__).parent / "made_up_source"
DAYS, STEPS_A_DAY = 40, 18


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the made-up source: its files, and its rows at the end of the seeds."""
    copy = copy_project(tmp_path_factory.mktemp("project"))
    for file in (path for path in OVERLAY.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        target = copy / file.relative_to(OVERLAY)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8")
        target.write_text(target.read_text(encoding="utf-8") + text if target.exists() else text, "utf-8")
    return copy


@pytest.fixture(scope="module")
def shown(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the two refreshes showed, with the `home` they left."""
    home = tmp_path_factory.mktemp("home")
    ended = run_python(project, "-m", "tests.end_to_end.made_up_source_run", str(home))
    assert ended.returncode == 0, ended.stdout[-2_000:] + ended.stderr[-4_000:]
    return {**json.loads(ended.stdout.splitlines()[-1]), "home": home}


@pytest.fixture(scope="module")
def marts(shown: dict[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    assert shown["failures"] == {}
    with duckdb.connect(str(shown["home"] / "published" / "milepost.duckdb"), read_only=True) as connection:
        yield connection


def test_both_refreshes_succeed_and_the_second_builds_changes_only(shown: dict[str, Any]) -> None:
    assert shown["failures"] == {}
    assert shown["is_incremental"]


def test_its_events_are_in_the_marts(marts: duckdb.DuckDBPyConnection) -> None:
    """All days, that of the second refresh too; what was not yet shown of the last day is not."""
    days = marts.execute("""
        select occurred_at::date as day, count(*) from marts.fct_events
        where source = 'letterbox' group by day order by day
    """).fetchall()
    assert [count for _, count in days] == [STEPS_A_DAY] * DAYS + [STEPS_A_DAY - 1]


def test_its_events_are_the_persons_own_actions_as_it_says(marts: duckdb.DuckDBPyConnection) -> None:
    said = marts.execute("""
        select distinct event_name::varchar, is_person_action, micro_conversion::varchar
        from marts.fct_events where source = 'letterbox' order by all
    """).fetchall()
    assert said == [
        ("clicked", True, "email_click"),
        ("opened", True, "email_open"),
        ("sent", False, None),
    ]


def test_its_letters_are_sends_with_opens_of_persons_and_of_machines(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Reader 4's opens are a bot's; 5's are shown a day late. Two months, so two mailings to each reader."""
    assert marts.execute("select count(*), count(sent_at) from marts.fct_email_sends").fetchall() == [
        (20, 20)
    ]
    assert marts.execute(
        "select sum(opens), sum(opens - human_opens), sum(clicks) from marts.fct_email_sends"
    ).fetchall() == [(6 * (DAYS + 1) - 1, DAYS + 1, 2 * (DAYS + 1))]
    assert marts.execute("select count(*) from marts.dim_emails").fetchall() == [(2,)]


def test_its_cookies_and_addresses_are_one_person(marts: duckdb.DuckDBPyConnection) -> None:
    persons = marts.execute("select addresses, devices from marts.dim_persons").fetchall()
    assert sorted(persons) == [(1, 0)] * 8 + [(1, 1)] * 2


def test_its_changed_partitions_are_in_the_ledger(marts: duckdb.DuckDBPyConnection) -> None:
    """The day before that of the first refresh, that day, of which nothing was shown yet, and the new one."""
    changes = marts.execute("""
        select change, rows_before, rows_after from marts.restatement_ledger
        where source = 'letterbox' and run_at = (select max(run_at) from marts.restatement_ledger)
        order by all
    """).fetchall()
    assert changes == [
        ("new", 0, 0),
        ("restated", 0, STEPS_A_DAY - 1),
        ("restated", STEPS_A_DAY - 1, STEPS_A_DAY),
    ]


def test_its_volumes_are_held_against_their_history(shown: dict[str, Any]) -> None:
    chart = shown["checks"]["volumes_against_own_history"]
    assert all(f"letterbox: {name}" in chart for name in ("sent", "opened", "clicked"))


def test_its_records_are_counted_into_events(shown: dict[str, Any]) -> None:
    """No other source has any, so these are its own."""
    chart = shown["checks"]["every_record_becomes_one_event"]
    assert f"| all | {STEPS_A_DAY * (DAYS + 1) - 1} | 0 |" in chart


def test_its_late_events_are_counted(shown: dict[str, Any]) -> None:
    assert "letterbox" in shown["checks"]["few_events_come_late"]


def test_a_build_with_an_outdated_macro_is_refused(
    project: Path, shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a change of a contract without the command that writes the macro."""
    yml = project / "dbt" / "models" / "staging" / "letterbox" / "stg_letterbox__events.yml"
    yml.write_text(yml.read_text(encoding="utf-8").replace("observed", "declared"), "utf-8")
    monkeypatch.setenv("MILEPOST_HOME", str(shown["home"]))
    folders = ("--project-dir", "dbt", "--profiles-dir", "dbt")
    ended = run_python(project, "-m", "dbt.cli.main", "run", "--select", "int_events", *folders)
    assert ended.returncode != 0
    assert "python -m dagster_project.runtime.event_contracts" in ended.stdout
