"""Generated files keep to the linters' line length whatever the name is."""

import tomllib
from pathlib import Path

import pytest

from dagster_project.scaffold.generate import generate
from tests.conftest import ROOT

LINE_LENGTH = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["line-length"]


@pytest.mark.parametrize("name", ["x", "paperpost", "google_search_console"])
def test_a_new_source_keeps_to_the_line_length(tmp_path: Path, name: str) -> None:
    title = name.replace("_", " ").title()
    values = {"name": name, "prefix": name.upper(), "camel": title.replace(" ", ""), "title": title}
    (tmp_path / ".env.example").touch()
    written = [tmp_path / path for path in generate("source", tmp_path, values) if path.suffix == ".py"]
    assert len(written) > 5
    assert [
        line for path in written for line in path.read_text("utf-8").splitlines() if len(line) > LINE_LENGTH
    ] == []
