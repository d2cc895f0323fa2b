"""What CONTRIBUTING.md says to do, done in a copy of the project: seeds, a new report, a new source."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from dagster_project.commands import new_mart, new_source
from tests.docs.examples import examples
from tests.project_copy import copy_project, run_python


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = copy_project(tmp_path_factory.mktemp("project"))
    for command, *arguments in (
        (new_source.command, "paperpost"),
        (new_mart.command, "rpt_example_conversions", "--topic", "completion"),
    ):
        outcome = CliRunner().invoke(command, [*arguments, "--root", str(copy)])  # type: ignore[arg-type]
        assert outcome.exit_code == 0, outcome.output
    rows: dict[str, list[str]] = defaultdict(list)
    for example in examples("csv"):
        if "/" not in example.about:
            continue  # a file of the user's, not one of the project
        rows[example.about] += [row for row in example.code.splitlines() if row not in rows[example.about]]
    for file, added in rows.items():
        path = copy / file
        path.write_text(path.read_text(encoding="utf-8") + "\n".join(added) + "\n", encoding="utf-8")
    return copy


def passes(project: Path, *arguments: str) -> None:
    outcome = run_python(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)
    assert outcome.returncode == 0, outcome.stdout[-4000:]


def test_the_examples_and_the_new_source_pass_the_projects_own_tests(project: Path) -> None:
    passes(
        project,
        "tests/dbt/project/test_seeds.py",
        "tests/dbt/test_catalogue.py",
        "tests/sources/test_paperpost.py",
        "tests/sources/test_registry.py",
        "tests/sources/test_any_response.py",
        "-k",
        "test_seeds or shop_transaction or ga4_loyalty_page or every_rule_has_a_case or paperpost",
    )


def test_the_new_source_reaches_the_marts_and_the_new_report_is_built(project: Path) -> None:
    outcome = run_python(project, "-m", "tests.docs.refresh_new_source", str(project / "home"))
    assert outcome.returncode == 0, outcome.stderr[-4000:]
    report_rows, first, second = json.loads(outcome.stdout.splitlines()[-1])
    assert report_rows == 0
    assert 0 < first["events"] == first["records"] < second["events"] == second["records"]
    assert first["persons"] > 1
    assert (first["changed_partitions"], second["changed_partitions"]) == (1, 2)
    assert second["incremental_changes"] == 1


def test_the_contract_in_contributing_is_the_scaffolds(project: Path) -> None:
    [example] = examples("yaml", "event contract")
    model = project / "dbt" / "models" / "staging" / "paperpost" / "stg_paperpost__events.yml"
    [declared] = yaml.safe_load(model.read_text(encoding="utf-8"))["models"]
    assert declared["config"]["meta"]["event_source"] == yaml.safe_load(example.code)


def test_a_scaffold_overwrites_nothing_and_refuses_names_that_cannot_be_code(project: Path) -> None:
    for command, arguments, reason in (
        (new_source.command, ["paperpost"], "Nothing was written"),
        (new_mart.command, ["rpt_example_conversions", "--topic", "completion"], "Nothing was written"),
        (new_source.command, ["Paperpost"], "not in snake case"),
        (new_mart.command, ["example_conversions"], "not the name of a report"),
        (new_mart.command, ["rpt_x", "--topic", "../x"], "not in snake case"),
    ):
        outcome = CliRunner().invoke(command, [*arguments, "--root", str(project)])
        assert outcome.exit_code != 0
        assert reason in outcome.output
