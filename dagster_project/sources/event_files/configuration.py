"""Reading and checking the YAML file that describes the feeds of event files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files.feeds import EVENT_COLUMNS, Feed

VARIABLE = "MILEPOST_EVENT_FILES"
DEFAULT_FILE = "event_files.yml"
FORMATS = ("csv", "jsonl", "parquet")
KEYS = ("name", "path", "format", "timezone", "columns", "constants")
IDENTIFIERS = ("email", "contact_key", "user_id", "client_id")
FIELDS = ("email", *(name for name in EVENT_COLUMNS if name != "properties"))
CONSTANTS = tuple(
    f for f in FIELDS if f not in ("occurred_at", "event_id", "revenue", "order_id", *IDENTIFIERS)
)
NAME = re.compile(r"[a-z][a-z0-9_]*")


def feeds_from_environment(environment: Mapping[str, str]) -> tuple[Feed, ...]:
    """The feeds of the file that `MILEPOST_EVENT_FILES` names (default `event_files.yml`), if it is there.

    Raises ConfigurationError when the variable names a file that is not there, or the file is not right.
    """
    path = Path(environment.get(VARIABLE) or DEFAULT_FILE)
    if not path.exists():
        if environment.get(VARIABLE):
            raise ConfigurationError(
                f"{VARIABLE} names {path}, which is not there; correct it or leave it out."
            )
        return ()
    return read_feeds(path)


def read_feeds(path: Path) -> tuple[Feed, ...]:
    """The feeds of the file at `path`; relative paths in it start from its folder.

    Raises ConfigurationError naming the file, the feed and the field.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"{path} is no readable YAML file ({reason}); correct it.") from error
    listed = content.get("feeds") if isinstance(content, dict) else content
    if isinstance(content, dict) and (unknown := sorted(map(str, set(content) - {"feeds"}))):
        raise ConfigurationError(
            f"{path}: {unknown[0]!r} is not known at the top; it holds `feeds:` and nothing else."
        )
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ConfigurationError(f"{path}: `feeds` must be a list of feeds.")
    feeds = tuple(_Reader(path, position, item).feed() for position, item in enumerate(listed, start=1))
    names = [feed.name for feed in feeds]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"{path}: two feeds are named {name!r}; give each a name of its own.")
    return feeds


class _Reader:
    """Checks one feed of the list."""

    def __init__(self, file: Path, position: int, item: Any) -> None:
        self._file = file
        self._label = f"feed {position}"
        if not isinstance(item, dict):
            raise self._wrong("it must be a mapping with name, path, format and columns")
        self._item: dict[Any, Any] = item

    def feed(self) -> Feed:
        name = self._text("name", "a name like newsletter_export")
        if not NAME.fullmatch(name):
            raise self._wrong(f"name {name!r} must be lower-case letters, digits and _, a letter first")
        self._label = f"feed {name}"
        if unknown := [key for key in self._item if key not in KEYS]:
            raise self._wrong(f"field {unknown[0]!r} is not known; known are {', '.join(KEYS)}")
        path = self._path(self._text("path", "a glob, a local path or a URL"))
        format_ = self._text("format", f"one of {', '.join(FORMATS)}")
        if format_ not in FORMATS:
            raise self._wrong(f"format {format_!r} is not known; use one of {', '.join(FORMATS)}")
        columns = self._mapping("columns", FIELDS)
        constants = self._mapping("constants", CONSTANTS)
        self._check_fields(columns, constants)
        return Feed(name, path, format_, self._timezone(), columns, constants)

    def _check_fields(self, columns: Mapping[str, str], constants: Mapping[str, str]) -> None:
        if "occurred_at" not in columns:
            raise self._wrong("columns must map occurred_at to the file's column with the event's time")
        if "event_name" not in columns and "event_name" not in constants:
            raise self._wrong("event_name must stand in columns or in constants")
        if not set(columns) & set(IDENTIFIERS):
            raise self._wrong(f"columns must map at least one of {', '.join(IDENTIFIERS)}")
        if both := sorted(set(columns) & set(constants)):
            raise self._wrong(f"field {both[0]} stands in columns and in constants; keep one")

    def _path(self, path: str) -> str:
        if path.endswith((".bz2", ".xz", ".zip", ".lz4", ".7z")):
            raise self._wrong(f"path {path!r} is compressed in a way that cannot be read; use .gz or .zst")
        if "://" in path:
            return path
        return (self._file.absolute().parent / Path(path).expanduser()).as_posix()

    def _timezone(self) -> str:
        if "timezone" not in self._item:
            return "UTC"
        name = self._text("timezone", "an IANA name like Europe/Tallinn")
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self._wrong(f"timezone {name!r} is not an IANA name like Europe/Tallinn") from None
        return name

    def _text(self, key: str, what: str) -> str:
        value = self._item.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(f"field {key} must be {what}")
        return value.strip()

    def _mapping(self, key: str, known: tuple[str, ...]) -> dict[str, str]:
        value = self._item.get(key) or {}
        if not isinstance(value, dict):
            raise self._wrong(f"field {key} must be a mapping")
        for name, text in value.items():
            if name not in known:
                raise self._wrong(
                    f"{key} holds {name!r}, which is not known there; known are {', '.join(known)}"
                )
            if isinstance(text, bool | dict | list) or text is None or not str(text):
                raise self._wrong(f"{key}.{name} must be a text")
        return {str(name): str(text) for name, text in value.items()}

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"{self._file}, {self._label}: {what}.")
