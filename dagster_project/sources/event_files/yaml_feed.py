"""Validating one feed of the YAML file."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from dagster_project.sources.event_files.feeds import (
    EVENT_COLUMNS,
    OPEN_FIELDS,
    PROPERTY_FIELDS,
    ActRules,
    Completeness,
    Feed,
    OpenRules,
    OrderRules,
    end_of,
    shown,
)
from dagster_project.sources.event_files.file_format import Combined, FileFormat, path_parts, plain_name
from dagster_project.sources.event_files.time_zones import UnknownZoneError, canonical_zone, zone_info
from dagster_project.sources.event_files.yaml_format import FORMAT_KEYS, FormatReader
from dagster_project.sources.event_files.yaml_values import FeedValues, is_scalar, truth

FORMATS = ("csv", "jsonl", "json", "parquet")
KEYS = (
    "name",
    "path",
    "format",
    "timezone",
    "columns",
    "constants",
    "exclude",
    *FORMAT_KEYS,
    "order_namespace",
    "same_orders_as",
    "separate_from",
    "user_namespace",
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
OPENS_OBSERVABLE = {True: "yes", False: "no"}
UNKNOWN = "unknown"
IDENTIFIERS = ("email", "contact_key", "user_id", "client_id")
FIELDS = ("email", *(name for name in EVENT_COLUMNS if name != "properties"))
NEVER_CONSTANT = (
    *("occurred_at", "event_id", "revenue", "order_id", "order_status", "session_id", "engagement_seconds"),
    *IDENTIFIERS,
)
CONSTANTS = tuple(f for f in (*FIELDS, *PROPERTY_FIELDS) if f not in NEVER_CONSTANT)
# What a list of columns means; a mapping with `first_of` is the first of them that is filled.
LISTED = {"occurred_at": "join", "event_id": "join", "is_machine": "any"}
FIRST_OF = "first_of"
NAME = re.compile(r"[a-z][a-z0-9_]*")
NO_PLACE = re.compile(r"\[(?:-\d+|\*)\]|\[\]\.")


class FeedReader:
    """Validates one feed of the list."""

    def __init__(self, file: Path, position: int, item: Any) -> None:
        self._values = FeedValues(file, position, item)
        self._item = self._values.item
        self._error = self._values.error

    def feed(self) -> Feed:
        name = self._name("name", "a name like newsletter_export")
        self._values.label = f"feed {name}"
        if unknown := [key for key in self._item if key not in KEYS]:
            raise self._error(f"field {unknown[0]!r} is unknown; the fields are {', '.join(KEYS)}")
        path = self._path(self._values.text("path", "a glob, a local path or a URL"))
        format_ = self._values.text("format", f"one of {', '.join(FORMATS)}")
        if format_ not in FORMATS:
            raise self._error(f"format {format_!r} is unknown; use one of {', '.join(FORMATS)}")
        combined = self._combined_columns()
        mapped = self._values.mapping("columns", (*FIELDS, *OPEN_FIELDS, *PROPERTY_FIELDS))
        columns = {field: column for field, column in mapped.items() if field in FIELDS}
        constants = self._values.mapping("constants", CONSTANTS)
        self._check_fields(mapped, constants)
        self._check_paths(mapped, format_)
        zone = self._timezone()
        file_format = FormatReader(self._values, format_).file_format(combined)
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
            act_rules=self._act_rules(file_format),
            completeness=self._completeness(zone),
            open_rules=self._open_rules(mapped, format_, combined),
            daily_totals=self._daily_totals(),
            property_columns=self._property_columns(mapped, format_, combined),
            file_format=file_format,
            user_namespace=self._user_namespace(),
        )

    def _name(self, key: str, wanted: str) -> str:
        name = self._values.text(key, wanted)
        if not NAME.fullmatch(name):
            raise self._error(
                f"{key} {name!r} must be lower-case letters, digits and _, starting with a letter"
            )
        return name

    def _combined_columns(self) -> dict[str, Combined]:
        """Replaces several columns of one field under `columns` by a label; returns what each stands for."""
        columns = self._item.get("columns")
        found: dict[str, Combined] = {}
        if not isinstance(columns, dict):
            return found
        self._item["columns"] = dict(columns)
        for field, value in columns.items():
            how = LISTED.get(field) if isinstance(value, list) else None
            if isinstance(value, dict) and list(value) == [FIRST_OF]:
                how, value = "first", value[FIRST_OF]
            if how is None:
                continue
            problem = (
                f"columns.{field} must be a column, a list of columns, or `{FIRST_OF}:` with such a list"
            )
            combined = Combined(self._values.scalars_of(value, problem), how)
            self._item["columns"][field] = combined.label
            if len(combined.parts) > 1:
                found[combined.label] = combined
        return found

    def _check_fields(self, mapped: Mapping[str, str], constants: Mapping[str, str]) -> None:
        columns = {field: column for field, column in mapped.items() if field in FIELDS}
        if "occurred_at" not in columns:
            raise self._error("columns must map occurred_at to the file's column with the event's time")
        if "event_name" not in columns and "event_name" not in constants:
            raise self._error("event_name must be in columns or in constants")
        if not set(columns) & set(IDENTIFIERS):
            raise self._error(f"columns must map at least one of {', '.join(IDENTIFIERS)}")
        if both := sorted(set(mapped) & set(constants)):
            raise self._error(f"field {both[0]} is in columns and in constants; keep one")

    def _check_paths(self, mapped: Mapping[str, str], format_: str) -> None:
        """Refuse what other tools take for all elements of a list, or for its last: it would find nothing."""
        for field, column in mapped.items():
            if format_ != "csv" and NO_PLACE.search(column):
                raise self._error(
                    f"columns.{field} has {column!r}: a path has places of a list from the front, such as "
                    "a[0]; for a row for each element write `explode: a` and the path without brackets"
                )

    def _order_rules(self, name: str) -> OrderRules:
        namespace = (
            self._values.text("order_namespace", "a name") if "order_namespace" in self._item else name
        )
        revenue_is = self._item.get("revenue_is", REVENUE_IS[0])
        if revenue_is not in REVENUE_IS:
            raise self._error(f"revenue_is {revenue_is!r} is unknown; use {' or '.join(REVENUE_IS)}")
        is_separate = self._item.get("same_orders_as") == SEPARATE
        return OrderRules(
            namespace,
            () if is_separate else self._reporters("same_orders_as", f", or {SEPARATE}"),
            is_separate,
            revenue_is,
            self._reporters("separate_from"),
        )

    def _reporters(self, key: str, alternative: str = "") -> tuple[str, ...]:
        others = self._item.get(key, [])
        if not isinstance(others, list) or not all(isinstance(other, str) and other for other in others):
            raise self._error(f"{key} must be a list of feeds and sources{alternative}")
        return tuple(others)

    def _user_namespace(self) -> str | None:
        if "user_namespace" not in self._item:
            return None
        return self._name("user_namespace", "a name like shop_tallinn, or common")

    def _act_rules(self, file_format: FileFormat) -> ActRules:
        is_every_name = self._item.get("actions") == EVERY_NAME
        actions = () if is_every_name else self._event_names("actions", f" or {EVERY_NAME!r}")
        not_actions = self._event_names("not_actions")
        if both := [name for name in actions if name in not_actions]:
            raise self._error(f"event {both[0]!r} is in actions and in not_actions; keep one")
        translated = file_format.event_names
        return ActRules(
            tuple(dict.fromkeys(translated.get(plain_name(name), name) for name in actions)),
            tuple(dict.fromkeys(translated.get(plain_name(name), name) for name in not_actions)),
            is_every_name,
        )

    def _event_names(self, key: str, alternative: str = "") -> tuple[str, ...]:
        """Names as the file writes them; those that YAML reads as numbers are their text."""
        value = self._item.get(key) or []
        if not isinstance(value, list) or any(not is_scalar(name) or not str(name).strip() for name in value):
            raise self._error(f"field {key} must be a list of event names{alternative}")
        return tuple(dict.fromkeys(str(name).strip() for name in value))

    def _completeness(self, zone: str) -> Completeness:
        through, retired_on = (
            None if self._item.get(key) is None else str(self._item[key]).strip()
            for key in ("complete_through", "retired_on")
        )
        try:
            retired = date.fromisoformat(retired_on) if retired_on else None
        except ValueError:
            raise self._error("retired_on must be a day like 2026-10-01") from None
        try:
            return Completeness(end_of(through, zone_info(zone)) if through else None, retired)
        except (ValueError, OverflowError):
            raise self._error(
                "complete_through must be a day or a time like 2026-11-15 or 2026-11-15 12:00"
            ) from None

    def _property_columns(
        self, mapped: Mapping[str, str], format_: str, combined: Mapping[str, Combined]
    ) -> dict[str, str]:
        """Paths and labels stand under no name among a row's properties, so loading reads them."""
        return {
            field: column
            for field, column in mapped.items()
            if field in PROPERTY_FIELDS
            or (
                field in OPEN_FIELDS
                and (column in combined or (format_ != "csv" and path_parts(column) is not None))
            )
        }

    def _open_rules(
        self, mapped: Mapping[str, str], format_: str, combined: Mapping[str, Combined]
    ) -> OpenRules:
        read = self._property_columns(mapped, format_, combined)
        columns = {
            field: field if field in read else column
            for field, column in mapped.items()
            if field in OPEN_FIELDS
        }
        others = {column: field for field, column in mapped.items() if field not in OPEN_FIELDS}
        for field, column in mapped.items():
            if field in OPEN_FIELDS and column in others:
                raise self._error(f"column {column!r} is {others[column]} and {field}; keep one")
        written = self._item.get("is_machine")
        is_machine = truth(written)
        if written is not None and is_machine is None:
            raise self._error("is_machine must be true or false; a column of the file stands under columns")
        given = self._item.get("opens_observable")
        observable = UNKNOWN if given == UNKNOWN else None
        if (is_observable := truth(given)) is not None:
            observable = OPENS_OBSERVABLE[is_observable]
        if given is not None and observable is None:
            raise self._error(
                "opens_observable must be yes, no or unknown; a column of the file stands under columns"
            )
        return OpenRules(columns, is_machine, observable)

    def _excluded(self, columns: Mapping[str, str]) -> tuple[str, ...]:
        value = self._item.get("exclude") or []
        if not isinstance(value, list) or any(
            isinstance(name, dict | list) or name in (None, "") for name in value
        ):
            raise self._error("field exclude must be a list of the file's columns, like [exported_at]")
        names = tuple(dict.fromkeys(map(str, value)))
        if both := sorted(set(names) & set(columns.values())):
            raise self._error(f"column {both[0]!r} is in exclude and in columns; keep one")
        return names

    def _path(self, path: str) -> str:
        if path.lower().endswith((".bz2", ".xz", ".zip", ".lz4", ".7z")):
            raise self._error(f"path {shown(path)!r} has an unsupported compression; use .gz or .zst")
        if "://" in path:
            return path
        return (self._values.file.absolute().parent / Path(path).expanduser()).as_posix()

    def _daily_totals(self) -> str | None:
        path = self._item.get("daily_totals")
        return (
            None if path is None else self._path(self._values.text("daily_totals", "the path of a CSV file"))
        )

    def _timezone(self) -> str:
        if "timezone" not in self._item:
            return "UTC"
        name = self._values.text("timezone", "an IANA name like Europe/Tallinn, or an offset like -06:00")
        try:
            return canonical_zone(name)
        except UnknownZoneError:
            raise self._error(
                f"timezone {name!r} is not an IANA name like Europe/Tallinn, nor an offset like -06:00"
            ) from None
