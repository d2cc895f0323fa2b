"""A feed must not read what Milepost writes: each run would copy the landing zone into itself."""

import re
from collections.abc import Iterable
from pathlib import Path

from fsspec.core import url_to_fs
from fsspec.utils import glob_translate

from dagster_project.settings import Settings
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files.feeds import Feed


def refuse_own_files(feed: Feed, addresses: Iterable[str], settings: Settings) -> None:
    """Raise ConfigurationError when a listed file, or one that Milepost would write, is Milepost's own."""
    pattern = url_to_fs(feed.path)[1]
    matches = re.compile(glob_translate(pattern)).match
    resolved = {parent: parent.resolve() for parent in {Path(address).parent for address in addresses}}
    listed = [resolved[Path(address).parent] / Path(address).name for address in addresses]
    home = Settings(settings.home.resolve(), None)
    own = [str(path) for path in listed if home.owns(path)]
    own += [path for path in _future_files(feed, pattern, settings) if matches(path)]
    if own:
        raise ConfigurationError(
            f"Feed {feed.name}: its path {feed.shown_path} matches Milepost's own files, such as {own[0]}; "
            "narrow the path, or put the event files elsewhere."
        )


def _future_files(feed: Feed, pattern: str, settings: Settings) -> list[str]:
    """Names as Milepost will write them, with the end that the pattern asks for."""
    end = re.split(r"[*?\]}]", pattern)[-1]
    if "/" in end:
        return [str(settings.warehouse)]
    copies = settings.landing / "event_files" / feed.name
    return [
        f"{copies}/{'0' * 32}-{'0' * 16}{end}",
        f"{settings.landing}/smaily/actions/0{end}",
        f"{settings.published}/milepost{end}",
        f"{settings.home}/dagster/logs/0{end}",
        str(settings.warehouse),
    ]
