"""Names with wildcards in them: a folder or file that exists is that one, everything else is a pattern."""

from pathlib import Path

import fsspec
import pytest

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files import Feed, list_files, read_feeds

YAML = """
feeds:
  - {name: shop, path: "%s", format: csv, columns: {occurred_at: ts, event_name: event, email: mail}}
"""


def listed(folder: Path, path: str) -> list[str]:
    """What a feed of `path` lists, whose YAML file is in `folder`."""
    (folder / "event_files.yml").write_text(YAML % path)
    [feed] = read_feeds(folder / "event_files.yml")
    return [str(Path(file.address).relative_to(folder)) for file in list_files(feed)]


@pytest.mark.parametrize(
    "above", ["plain", "[shop] O'Neil 50%", "strange [ my_ID ]", "a*b", "who?", "{a,b}", "[a-"]
)
@pytest.mark.parametrize(
    ("names", "path", "found"),
    [
        (["in/x.csv", "in/y.tsv"], "in/*.csv", ["in/x.csv"]),
        (["[in]/x.csv", "i/z.csv"], "[in]/*.csv", ["[in]/x.csv"]),
        (["i/z.csv", "n/z.csv", "o/z.csv"], "[in]/*.csv", ["i/z.csv", "n/z.csv"]),
        (["folder[1-3]/a/x.csv", "folder2/a/x.csv"], "folder[1-3]/*/*.csv", ["folder[1-3]/a/x.csv"]),
        (["error(1)/x.csv"], "error(1)/*.csv", ["error(1)/x.csv"]),
        (["Title [2013].csv", "Title 2.csv"], "Title [2013].csv", ["Title [2013].csv"]),
        (["Title 2.csv"], "Title [2013].csv", ["Title 2.csv"]),
        (["[a.csv"], "[a.csv", ["[a.csv"]),
        (["day=1/x.csv", "day=2/x.csv", "x.csv"], "day=*/x.csv", ["day=1/x.csv", "day=2/x.csv"]),
        (["in/a/b/x.csv", "in/x.csv"], "in/**/*.csv", ["in/a/b/x.csv", "in/x.csv"]),
        (["in/a/b/x.csv", "in/x.csv"], "in/*.csv", ["in/x.csv"]),
        (["in/x1.csv", "in/x22.csv"], "in/x?.csv", ["in/x1.csv"]),
        (["x.csv", "y.csv"], "x.csv", ["x.csv"]),
        (["x.csv/y.csv", "z/y.csv"], "*", []),  # folders are no files
    ],
)
def test_a_path_below_any_folder(
    above: str, names: list[str], path: str, found: list[str], tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / above / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / above / name).touch()
    if path == "*":
        found = ["event_files.yml"]
    assert listed(tmp_path / above, path) == found


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the folder .*/in of its path .* does not exist"):
        listed(tmp_path, "in/[x]/*.csv")


def test_a_bucket_with_brackets() -> None:
    memory = fsspec.filesystem("memory")
    for name in ("/exports[1]/a.csv", "/exports1/b.csv"):
        memory.pipe(name, b"ts\n")
    feed = Feed("shop", "memory://exports[1]/*.csv", "csv", "UTC", {})
    assert [file.address for file in list_files(feed)] == ["memory:///exports[1]/a.csv"]
