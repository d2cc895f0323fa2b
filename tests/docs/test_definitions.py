"""One fact in one place: the words of README.md are those of the columns' descriptions."""

import json
import re
from pathlib import Path

import pytest

from tests.dbt.harness import Warehouse

ROOT = Path(__file__).parents[2]
WORDS = (
    "person", "session", "journey", "stage transition", "conversion", "order", "revenue", "open",
    "eligible", "mature",
)  # fmt: skip


def definitions() -> dict[str, str]:
    text = (ROOT / "dbt" / "models" / "definitions.md").read_text(encoding="utf-8")
    blocks = re.findall(r"{% docs (\w+) %}\n(.*?)\n{% enddocs %}", text, re.DOTALL)
    return {name.replace("_", " "): content for name, content in blocks}


def test_every_word_that_must_be_defined_is() -> None:
    assert set(definitions()) == set(WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_readme_has_the_definition_of_the_columns(word: str) -> None:
    assert f"| {word} | {definitions()[word]} |" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_definition_is_told_to_readers_of_the_published_file(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    assert warehouse.dbt("parse").success
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text(encoding="utf-8"))
    told = " ".join(
        f"{node['description']} {' '.join(column['description'] for column in node['columns'].values())}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    )
    assert [word for word, text in definitions().items() if text not in told] == []
