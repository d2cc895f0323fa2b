"""What the documents say of the tree is so: links, folders, tables, checks, words."""

import re
from pathlib import Path

import pytest

from dagster_project.checks.catalogue import CHECKS
from tests.docs.examples import DOCUMENTS, ROOT, examples

README = (ROOT / "README.md").read_text(encoding="utf-8")
# Shown, not run: a diagram, a page's script.
NOT_RUN = ("mermaid", "html")
OTHERS_WORDS = re.compile(
    r"\b(told|tellings?|whoever|anew|nought|deeds?|misfits?|owes?|by halves)\b", re.IGNORECASE
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    targets = [document.parent / link for link in links if "://" not in link]
    assert [str(target) for target in targets if not target.exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_words_are_the_fields(document: Path) -> None:
    assert OTHERS_WORDS.findall(document.read_text(encoding="utf-8")) == []


def test_every_language_of_an_example_is_run() -> None:
    languages = {example.language for example in examples()} - set(NOT_RUN)
    assert languages == {"sh", "python", "sql", "yaml", "csv", "dotenv"}


def test_folders_that_are_named_exist() -> None:
    named = {
        name
        for document in DOCUMENTS
        for name in re.findall(
            r"`((?:dagster_project|dbt|tests|docs)/[\w/.]*)`", document.read_text(encoding="utf-8")
        )
        if "target" not in name and "paperpost" not in name and "example_conversions" not in name
    }
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_readme_lists_every_mart() -> None:
    listed = re.findall(r"^\| `((?:dim|fct|rpt)_\w+|restatement_ledger)` \|", README, re.MULTILINE)
    built = [path.stem for path in (ROOT / "dbt" / "models" / "marts").rglob("*.sql")]
    assert sorted(listed) == sorted(built)


def test_checks_that_the_runbook_names_exist() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)`", runbook, re.MULTILINE) + re.findall(r"check `(\w+)`", runbook)
    known = {check.name for check in CHECKS} | {"fetched_landed_and_loaded_agree"}
    assert len(named) > 2
    assert set(named) <= known
