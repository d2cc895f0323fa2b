"""One fact in one place: the words of README.md are those of the columns' descriptions."""

import re
from pathlib import Path

import pytest

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


def test_every_definition_is_in_a_description_of_the_published_tables() -> None:
    """dbt refuses a name that is not defined; here none is defined and not used."""
    marts = (ROOT / "dbt" / "models" / "marts").rglob("*.yml")
    used = {
        name for path in marts for name in re.findall(r"doc\('(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    assert {name.replace("_", " ") for name in used} == set(WORDS)
