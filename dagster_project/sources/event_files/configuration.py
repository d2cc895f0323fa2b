"""Reading and validating the YAML file that describes the feeds of event files."""

import pkgutil
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files.feeds import (
    EVENT_COLUMNS,
    OPEN_FIELDS,
    SOURCE_NAME,
    ActRules,
    Completeness,
    Feed,
    OpenRules,
    OrderRules,
    end_of,
)

VARIABLE = "MILEPOST_EVENT_FILES"
DEFAULT_FILE = "event_files.yml"
FORMATS = ("csv", "jsonl", "parquet")
KEYS = (
    "name",
    "path",
    "format",
    "timezone",
    "columns",
    "constants",
    "exclude",
    "order_namespace",
    "same_orders_as",
    "revenue_is",
    "daily_totals",
    "actions",
    "not_actions",
    "complete_through",
    "retired_on",
    "is_machine",
    "opens_observable",
)
SEPARATE = "separate"
EVERY_NAME = "all"
REVENUE_IS = ("order_total", "line_amount")
# YAML reads a bare yes or no as a truth value.
OPENS_OBSERVABLE = {True: "yes", False: "no", "yes": "yes", "no": "no", "unknown": "unknown"}
IDENTIFIERS = ("email", "contact_key", "user_id", "client_id")
FIELDS = ("email", *(name for name in EVENT_COLUMNS if name != "properties"))
NEVER_CONSTANT = ("occurred_at", "event_id", "revenue", "order_id", "order_status", *IDENTIFIERS)
CONSTANTS = tuple(f for f in FIELDS if f not in NEVER_CONSTANT)
SYSTEM_ZONES = ("posix", "right/", "localtime", "Factory")
NAME = re.compile(r"[a-z][a-z0-9_]*")


def feeds_from_environment(environment: Mapping[str, str]) -> tuple[Feed, ...]:
    """The feeds of the file that `MILEPOST_EVENT_FILES` names; by default of `event_files.yml`, if it exists.

    Raises ConfigurationError when the variable names a file that does not exist, or the file is invalid.
    """
    path = Path(environment.get(VARIABLE) or DEFAULT_FILE)
    if not path.exists():
        if environment.get(VARIABLE):
            raise ConfigurationError(
                f"{VARIABLE} names {path}, which does not exist; correct the path or unset the variable."
            )
        return ()
    return read_feeds(path)


def read_feeds(path: Path) -> tuple[Feed, ...]:
    """The feeds of the file at `path`; relative paths in it start from its folder.

    Raises ConfigurationError naming the file, the feed and the field.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except RecursionError:
        raise ConfigurationError(f"{path} is nested too deeply; correct it.") from None
    except (OSError, ValueError, OverflowError, TypeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"{path} is not a readable YAML file ({reason}); correct it.") from error
    listed = content.get("feeds") if isinstance(content, dict) else content
    if isinstance(content, dict) and (unknown := sorted(map(str, set(content) - {"feeds"}))):
        raise ConfigurationError(
            f"{path}: the top-level key {unknown[0]!r} is unknown; only `feeds:` is allowed there."
        )
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ConfigurationError(f"{path}: `feeds` must be a list of feeds.")
    feeds = tuple(_Reader(path, position, item).feed() for position, item in enumerate(listed, start=1))
    names = [feed.name for feed in feeds]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"{path}: two feeds are named {name!r}; names must be unique.")
    _refuse_unknown_reporters(path, feeds)
    return feeds


def _refuse_unknown_reporters(path: Path, feeds: Sequence[Feed]) -> None:
    """Every feed or source that reports the same orders must exist: else each order counts twice."""
    folder = Path(__file__).parents[1]  # the registry of sources imports this package
    packages = {module.name for module in pkgutil.iter_modules([str(folder)]) if module.ispkg}
    known = {*(feed.name for feed in feeds), *packages} - {"core", SOURCE_NAME}
    for feed in feeds:
        for other in feed.order_rules.same_as if feed.order_rules else ():
            if other not in known:
                raise ConfigurationError(
                    f"{path}, feed {feed.name}: same_orders_as has {other!r}, which is not a feed or source; "
                    f"those are {', '.join(sorted(known - {feed.name}))}."
                )


class _Loader(yaml.SafeLoader):
    """Leaves numbers as they are written: the column 007 is not 7, and 1_000 is not 1000."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":float"))]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Reader:
    """Validates one feed of the list."""

    def __init__(self, file: Path, position: int, item: Any) -> None:
        self._file = file
        self._label = f"feed {position}"
        if not isinstance(item, dict):
            raise self._error("it must be a mapping with name, path, format and columns")
        self._item: dict[Any, Any] = item

    def feed(self) -> Feed:
        name = self._text("name", "a name like newsletter_export")
        if not NAME.fullmatch(name):
            raise self._error(
                f"name {name!r} must be lower-case letters, digits and _, starting with a letter"
            )
        self._label = f"feed {name}"
        if unknown := [key for key in self._item if key not in KEYS]:
            raise self._error(f"field {unknown[0]!r} is unknown; the fields are {', '.join(KEYS)}")
        path = self._path(self._text("path", "a glob, a local path or a URL"))
        format_ = self._text("format", f"one of {', '.join(FORMATS)}")
        if format_ not in FORMATS:
            raise self._error(f"format {format_!r} is unknown; use one of {', '.join(FORMATS)}")
        mapped = self._mapping("columns", (*FIELDS, *OPEN_FIELDS))
        columns = {field: column for field, column in mapped.items() if field not in OPEN_FIELDS}
        constants = self._mapping("constants", CONSTANTS)
        self._check_fields(columns, constants)
        zone = self._timezone()
        return Feed(
            name,
            path,
            format_,
            zone,
            columns,
            constants,
            self._excluded(mapped),
            every_column_distinguishes=self._item.get("exclude") == [],
            order_rules=self._order_rules(name),
            act_rules=self._act_rules(),
            completeness=self._completeness(ZoneInfo(zone)),
            open_rules=self._open_rules(mapped),
            daily_totals=self._daily_totals(),
        )

    def _check_fields(self, columns: Mapping[str, str], constants: Mapping[str, str]) -> None:
        if "occurred_at" not in columns:
            raise self._error("columns must map occurred_at to the file's column with the event's time")
        if "event_name" not in columns and "event_name" not in constants:
            raise self._error("event_name must be in columns or in constants")
        if not set(columns) & set(IDENTIFIERS):
            raise self._error(f"columns must map at least one of {', '.join(IDENTIFIERS)}")
        if both := sorted(set(columns) & set(constants)):
            raise self._error(f"field {both[0]} is in columns and in constants; keep one")

    def _order_rules(self, name: str) -> OrderRules:
        namespace = self._text("order_namespace", "a name") if "order_namespace" in self._item else name
        revenue_is = self._item.get("revenue_is", REVENUE_IS[0])
        if revenue_is not in REVENUE_IS:
            raise self._error(f"revenue_is {revenue_is!r} is unknown; use {' or '.join(REVENUE_IS)}")
        same_as = self._item.get("same_orders_as", [])
        if same_as == SEPARATE:
            return OrderRules(namespace, is_separate=True, revenue_is=revenue_is)
        if not isinstance(same_as, list) or not all(isinstance(other, str) and other for other in same_as):
            raise self._error(f"same_orders_as must be a list of feeds and sources, or {SEPARATE}")
        return OrderRules(namespace, tuple(same_as), revenue_is=revenue_is)

    def _act_rules(self) -> ActRules:
        is_every_name = self._item.get("actions") == EVERY_NAME
        actions = () if is_every_name else self._event_names("actions", f" or {EVERY_NAME!r}")
        not_actions = self._event_names("not_actions")
        if both := [name for name in actions if name in not_actions]:
            raise self._error(f"event {both[0]!r} is in actions and in not_actions; keep one")
        return ActRules(actions, not_actions, is_every_name)

    def _event_names(self, key: str, alternative: str = "") -> tuple[str, ...]:
        """Names as the file writes them; those that YAML reads as numbers are their text."""
        value = self._item.get(key) or []
        if not isinstance(value, list) or any(
            isinstance(name, bool | dict | list) or name is None or not str(name).strip() for name in value
        ):
            raise self._error(f"field {key} must be a list of event names{alternative}")
        return tuple(dict.fromkeys(str(name).strip() for name in value))

    def _completeness(self, zone: ZoneInfo) -> Completeness:
        through, retired_on = (
            None if self._item.get(key) is None else str(self._item[key]).strip()
            for key in ("complete_through", "retired_on")
        )
        try:
            retired = date.fromisoformat(retired_on) if retired_on else None
        except ValueError:
            raise self._error("retired_on must be a day like 2026-10-01") from None
        try:
            return Completeness(end_of(through, zone) if through else None, retired)
        except (ValueError, OverflowError):
            raise self._error(
                "complete_through must be a day or a time like 2026-11-15 or 2026-11-15 12:00"
            ) from None

    def _open_rules(self, mapped: Mapping[str, str]) -> OpenRules:
        columns = {field: column for field, column in mapped.items() if field in OPEN_FIELDS}
        others = {column: field for field, column in mapped.items() if field not in OPEN_FIELDS}
        for field, column in columns.items():
            if column in others:
                raise self._error(f"column {column!r} is {others[column]} and {field}; keep one")
        is_machine = self._item.get("is_machine")
        if is_machine is not None and not isinstance(is_machine, bool):
            raise self._error("is_machine must be true or false; a column of the file stands under columns")
        given = self._item.get("opens_observable")
        if given is not None and (not isinstance(given, str | bool) or given not in OPENS_OBSERVABLE):
            raise self._error(
                "opens_observable must be yes, no or unknown; a column of the file stands under columns"
            )
        return OpenRules(columns, is_machine, None if given is None else OPENS_OBSERVABLE[given])

    def _excluded(self, columns: Mapping[str, str]) -> tuple[str, ...]:
        value = self._item.get("exclude") or []
        if not isinstance(value, list) or any(
            isinstance(name, bool | dict | list) or name in (None, "") for name in value
        ):
            raise self._error("field exclude must be a list of the file's columns, like [exported_at]")
        names = tuple(dict.fromkeys(map(str, value)))
        if both := sorted(set(names) & set(columns.values())):
            raise self._error(f"column {both[0]!r} is in exclude and in columns; keep one")
        return names

    def _path(self, path: str) -> str:
        if path.lower().endswith((".bz2", ".xz", ".zip", ".lz4", ".7z")):
            raise self._error(f"path {path!r} has an unsupported compression; use .gz or .zst")
        if "://" in path:
            return path
        return (self._file.absolute().parent / Path(path).expanduser()).as_posix()

    def _daily_totals(self) -> str | None:
        path = self._item.get("daily_totals")
        return None if path is None else self._path(self._text("daily_totals", "the path of a CSV file"))

    def _timezone(self) -> str:
        if "timezone" not in self._item:
            return "UTC"
        name = self._text("timezone", "an IANA name like Europe/Tallinn")
        try:
            if name.startswith(SYSTEM_ZONES):  # of this machine: the engine does not know them
                raise ValueError
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self._error(f"timezone {name!r} is not an IANA name like Europe/Tallinn") from None
        return name

    def _text(self, key: str, expected: str) -> str:
        value = self._item.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._error(f"field {key} must be {expected}")
        return value.strip()

    def _mapping(self, key: str, known: tuple[str, ...]) -> dict[str, str]:
        value = self._item.get(key) or {}
        if not isinstance(value, dict):
            raise self._error(f"field {key} must be a mapping")
        for name, text in value.items():
            if name not in known:
                raise self._error(f"{key} has the unknown field {name!r}; the fields are {', '.join(known)}")
            if isinstance(text, bool | dict | list) or text is None or not str(text):
                raise self._error(f"{key}.{name} must be a string")
        return {str(name): str(text) for name, text in value.items()}

    def _error(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{self._file}, {self._label}: {problem}.")
