"""SQL, Python and YAML of the documents run on a warehouse that was built and published."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import duckdb
import pytest
import yaml
from dotenv import dotenv_values

from dagster_project.checks.check import CheckContext, Status
from dagster_project.publishing.publish import publish
from dagster_project.runtime.contract_rules import check
from dagster_project.sources.core.accounts import accounts
from dagster_project.sources.event_files import read_feeds
from dagster_project.sources.registry import SOURCES
from tests.dbt.harness import EXTRACTED_AT, Warehouse
from tests.dbt.rows import action, campaign
from tests.docs.examples import Example, examples

MARTS = (
    "fct_person_changes",
    "rpt_completion_rates",
    "rpt_data_quality",
    "restatement_ledger",
    "fct_macro_conversions",
)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A folder with `data/`, as `make refresh` leaves it: one person, one record in quarantine."""
    folder = tmp_path_factory.mktemp("installation")
    warehouse = Warehouse(folder / "data")
    sent = campaign(1, "Autumn", ["newsletter"])
    warehouse.insert("smaily__campaigns", [sent])
    warehouse.insert(
        "smaily__actions",
        [
            action(number, f"2026-10-01 10:0{number}:00", "ann@example.com", name, sent)
            for number, name in enumerate(("send", "view"))
        ],
    )
    with warehouse.connect() as connection:
        connection.execute("""
            insert into raw._quarantine
            values ('smaily', 'actions', 'all', 'a.ndjson.zst', 'time: x is not a TIMESTAMP', '{}', now())
        """)
    warehouse.build(*(f"+{mart}" for mart in MARTS))
    with warehouse.connect() as connection:
        publish(connection, folder / "data" / "published", MARTS)
    return warehouse


@pytest.fixture
def connection(installation: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with installation.connect() as opened:
        yield opened


@pytest.mark.parametrize("example", examples("sql"), ids=str)
def test_sql_runs(connection: duckdb.DuckDBPyConnection, example: Example) -> None:
    rows = connection.sql(example.code).fetchall()
    if "raw._quarantine" in example.code:
        assert len(rows) == 1


@pytest.mark.parametrize("example", examples("python", "published"), ids=str)
def test_python_reads_the_published_file(
    installation: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    example: Example,
) -> None:
    monkeypatch.chdir(installation.home.parent)
    exec(compile(example.code, str(example), "exec"), {})
    assert "micro_conversion" in capsys.readouterr().out


@pytest.mark.parametrize("example", examples("python", "check"), ids=str)
def test_a_check_evaluates(connection: duckdb.DuckDBPyConnection, example: Example) -> None:
    names: dict[str, object] = {}
    exec(compile(example.code, str(example), "exec"), names)
    context = CheckContext(connection, EXTRACTED_AT)
    checks = names["CHECKS"]
    assert isinstance(checks, tuple)
    # No one has bought anything here.
    assert [each.evaluate(context).status for each in checks] == [Status.EMPTY]


@pytest.mark.parametrize("example", examples("yaml", "event files"), ids=str)
def test_feeds_are_understood(tmp_path: Path, example: Example) -> None:
    path = tmp_path / "event_files.yml"
    path.write_text(example.code, encoding="utf-8")
    assert [feed.name for feed in read_feeds(path)] == [
        f["name"] for f in yaml.safe_load(example.code)["feeds"]
    ]


@pytest.mark.parametrize("example", examples("dotenv"), ids=str)
def test_variables_declare_two_accounts_of_each_source_they_name(example: Example) -> None:
    variables = {k: str(v) for k, v in dotenv_values(stream=StringIO(example.code)).items()}
    found = {source.name: accounts(source, variables) for source in SOURCES}
    named = {name: [account.name for account in of] for name, of in found.items() if of}
    assert named == {"smaily": ["", "LV"], "google_analytics": ["", "LV"]}
    assert all(account.configure() for of in found.values() for account in of)


@pytest.mark.parametrize("example", examples("yaml", "event contract"), ids=str)
def test_the_contract_is_complete(example: Example) -> None:
    check("paperpost", yaml.safe_load(example.code), {"event_kinds": [], "machine_rules": []})


def test_every_example_of_these_languages_was_run() -> None:
    run = {("python", "published"), ("python", "check"), ("yaml", "event files"), ("yaml", "event contract")}
    assert {(e.language, e.about) for e in examples() if e.language in ("python", "yaml")} == run
    assert len(examples("sql")) > 3
