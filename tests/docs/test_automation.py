"""Pre-commit and CI run what a person runs."""

import shlex
import subprocess

import pytest
import yaml

from tests.docs.examples import ROOT

HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]


def test_hooks_are_the_projects_own_linters() -> None:
    [local] = HOOKS
    assert local["repo"] == "local"
    assert [hook["id"] for hook in local["hooks"]] == ["ruff-check", "ruff-format", "mypy", "sqlfluff"]
    lint = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    for hook in local["hooks"]:
        program = next(word for word in hook["entry"].split() if ".venv/bin/" in word).rpartition("/")[2]
        assert f"$(BIN)/{program}" in lint


@pytest.mark.parametrize("tail", ["", "; exit 3"])
def test_the_hook_for_sql_hands_over_files_and_the_outcome(tail: str) -> None:
    """With `echo` in the linter's place: paths are relative to dbt's folder."""
    [entry] = [hook["entry"] for hook in HOOKS[0]["hooks"] if hook["id"] == "sqlfluff"]
    shell, flag, script, name = shlex.split(entry.replace("../.venv/bin/sqlfluff", "echo"))
    ended = subprocess.run(
        [shell, flag, script + tail, name, "dbt/models/a.sql", "dbt/models/b.sql"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == "lint models/a.sql models/b.sql\n"
    assert ended.returncode == (3 if tail else 0)


def test_ci_runs_the_script_that_runs_make() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = [step.get("run") for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in steps
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in script if line.strip().startswith("make")] == [
        "make lint",
        "make test",
        "make test-spark",
    ]
