"""Ready feeds: a YAML file each, for exports of tools that many use."""

import re
from pathlib import Path

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files.configuration import read_feeds

FOLDER = Path(__file__).parent
START = "feeds:\n"
NAMES = re.compile(r"^  (?:- |  )name: (\w+)$", re.MULTILINE)
# The first item of a list of feeds, which the others stand under, and a list without any.
ITEM = re.compile(r"^( *)- ", re.MULTILINE)
EMPTY = re.compile(r"^(?:feeds: *(?:\[ *\]|~|null)?|\[ *\]) *(?:#.*)?$", re.MULTILINE)


def ready_feeds() -> dict[str, str]:
    """Name to title, which is the first line of the file."""
    return {
        path.stem: path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        for path in sorted(FOLDER.glob("*.yml"))
    }


def text_of(name: str) -> str:
    """The YAML of a ready feed; raises ConfigurationError when there is none of that name."""
    path = FOLDER / f"{name}.yml"
    if name not in ready_feeds():
        raise ConfigurationError(f"{name} is not a ready feed; those are {', '.join(ready_feeds())}.")
    return path.read_text(encoding="utf-8")


def add(name: str, configuration: Path) -> None:
    """Write a ready feed into the file `configuration`, after the feeds that it has.

    Raises ConfigurationError, and leaves the file as it was, when it cannot be read with the feed in it.
    """
    feed = text_of(name)
    before = configuration.read_text(encoding="utf-8") if configuration.exists() else None
    if before is None:
        configuration.write_text(feed, encoding="utf-8")
    else:
        present = {known.name for known in read_feeds(configuration)}
        if there := [known.group(1) for known in NAMES.finditer(feed) if known.group(1) in present]:
            raise ConfigurationError(f"{configuration} has the feed {there[0]} already.")
        configuration.write_text(_with(before, feed), encoding="utf-8")
    try:
        read_feeds(configuration)
    except ConfigurationError:
        if before is None:
            configuration.unlink()
        else:
            configuration.write_text(before, encoding="utf-8")
        raise


def _with(text: str, feed: str) -> str:
    """The YAML `text` with the items of `feed` after its own, as far from the margin as those."""
    comments, _, items = feed.partition(START)
    added = "".join(f"  {line}\n" for line in comments.splitlines()) + items
    if (first := ITEM.search(text)) is None:
        return f"{EMPTY.sub('', text).rstrip()}\n{START}{added}".lstrip()
    moved = (f"{first[1]}{line[2:]}" if line.strip() else line for line in added.splitlines(keepends=True))
    return f"{text.rstrip()}\n\n{''.join(moved)}"
