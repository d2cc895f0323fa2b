"""Validating the keys of a feed that say how its files are written."""

import codecs
import math
import re
from collections.abc import Mapping
from typing import Any

from dagster_project.sources.event_files.file_format import (
    ISO,
    USUAL_FORMATS,
    Combined,
    Condition,
    FileFormat,
    FillDown,
    plain_name,
)
from dagster_project.sources.event_files.yaml_values import FeedValues, is_scalar, truth

FORMAT_KEYS = (
    "time_format",
    "decimal",
    "thousands",
    "delimiter",
    "quote",
    "escape",
    "null_padding",
    "encoding",
    "skip",
    "header",
    "comment",
    "where",
    "fill_down",
    "explode",
    "scale",
    "map",
)
CSV_KEYS = ("delimiter", "quote", "escape", "null_padding", "skip", "header", "comment")
TEXT_KEYS = (*CSV_KEYS, "encoding")
NESTED_FORMATS = ("json", "jsonl", "parquet")
NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
MOST_SKIPPED = 1000
CURRENCY = re.compile("[A-Za-z]{3}")
# The reader makes one sign of those that look alike.
TYPESET = {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"}
MAP_KEYS = ("event_name", "is_machine")
# Not %n and %g, which make nanoseconds, a type of its own.
DIRECTIVES = set("aAbBdfHIjmMpSyYzZ")


class FormatReader:
    """Validates the keys of one feed; `format_` is that of its files."""

    def __init__(self, values: FeedValues, format_: str) -> None:
        self._values, self._item, self._error = values, values.item, values.error
        self._format = format_

    def file_format(self, combined: Mapping[str, Combined]) -> FileFormat:
        self._refuse_other_formats()
        names, machines = self._event_names()
        decimal, thousands = self._number_signs()
        return FileFormat(
            time_formats=self._time_formats(),
            decimal=decimal,
            thousands=thousands,
            delimiter=self._sign("delimiter", NAMED_DELIMITERS),
            quote=self._quote(),
            escape=self._sign("escape"),
            null_padding=self._null_padding(),
            encoding=self._encoding(),
            skip=self._skip(),
            header=self._header(),
            comment=self._comment(),
            where=self._where(),
            fill_down=self._fill_down(),
            explode=self._explode(),
            combined=combined,
            scale=self._scale(),
            event_names=names,
            machine_names=machines,
        )

    def _refuse_other_formats(self) -> None:
        for key in self._item:
            if key in TEXT_KEYS and self._format == "parquet":
                raise self._error(f"{key} is for text files; a Parquet file says it itself")
            if key in CSV_KEYS and self._format != "csv":
                raise self._error(f"{key} is for CSV files, not for {self._format}")
            if key == "explode" and self._format == "csv":
                raise self._error("explode is for lists in JSON and Parquet; cells of a CSV file hold none")

    def _time_formats(self) -> tuple[str, ...]:
        formats = self._values.scalars("time_format", "a format like %d.%m.%Y %H:%M, or a list of them")
        for name in formats:
            if name not in (ISO, *USUAL_FORMATS) and not _is_time_format(name):
                raise self._error(
                    f"time_format {name!r} is not a format like %d.%m.%Y %H:%M, nor one of "
                    f"{', '.join([*USUAL_FORMATS, ISO])}"
                )
        return formats

    def _number_signs(self) -> tuple[str | None, str | None]:
        decimal, thousands = self._sign("decimal"), self._sign("thousands", {"space": " ", "apostrophe": "'"})
        if (decimal is not None and decimal == thousands) or (decimal is None and thousands == "."):
            raise self._error("decimal and thousands must be different signs")
        return decimal, thousands

    def _sign(self, key: str, named: Mapping[str, str] | None = None) -> str | None:
        value = self._item.get(key)
        if value is None:
            return None
        sign = (named or {}).get(str(value), str(value)) if is_scalar(value) else ""
        sign = TYPESET.get(sign, sign)
        if len(sign) != 1 or sign.isalnum() or sign in '"\r\n\0':
            raise self._error(f"{key} must be one sign, such as {key_example(key)}")
        return sign

    def _quote(self) -> str:
        value = self._item.get("quote")
        if value is None and "quote" in self._item:
            raise self._error("quote must be one sign, or none where the files have no quotes")
        if value in (None, '"'):
            return '"'
        return "" if value in ("none", "") else str(self._sign("quote"))

    def _null_padding(self) -> bool:
        value = truth(self._item.get("null_padding", "false"))
        if value is None:
            raise self._error("null_padding must be true or false")
        return value

    def _encoding(self) -> str | None:
        if self._item.get("encoding") is None:
            return None
        name = self._values.text("encoding", "the name of a text encoding like cp1252")
        try:
            is_text = codecs.lookup(name)._is_text_encoding  # of Python's own: base64 is none
        except LookupError:
            is_text = False
        if not is_text:
            raise self._error(f"encoding {name!r} is unknown; use a name like cp1252, cp1257 or utf-16")
        return name

    def _skip(self) -> int:
        value = str(self._item.get("skip", 0))
        if not value.isascii() or not value.isdigit() or int(value) > MOST_SKIPPED:
            raise self._error(f"skip must be a number of lines from 0 to {MOST_SKIPPED:,}")
        return int(value)

    def _header(self) -> str | None:
        if self._item.get("header") is None:
            return None
        if "skip" in self._item:
            raise self._error("skip and header both say where the header is; write one of them")
        return self._values.text("header", "what the line with the names of columns begins with")

    def _comment(self) -> str | None:
        if self._item.get("comment") is None:
            return None
        return self._values.text("comment", "what lines to leave out begin with, such as '#'")

    def _where(self) -> tuple[Condition, ...]:
        value = self._item.get("where") or {}
        if not isinstance(value, dict):
            raise self._error("where must be a mapping of columns to the values of rows to keep")
        return tuple(self._condition(str(column), wanted) for column, wanted in value.items())

    def _condition(self, column: str, wanted: Any) -> Condition:
        is_negated = isinstance(wanted, dict) and list(wanted) == ["not"]
        values = self._values.scalars_of(
            wanted["not"] if is_negated else "" if wanted is None else wanted,
            f"where.{column} must be a value, a list of values, or `not:` with one of these",
            blank=True,
        )
        return Condition(column, tuple(value.strip().lower() for value in values), is_negated)

    def _fill_down(self) -> tuple[FillDown, ...]:
        value = self._item.get("fill_down")
        if isinstance(value, dict):
            return tuple(
                FillDown(self._values.scalars_of(columns, f"fill_down.{key} must list columns"), str(key))
                for key, columns in value.items()
            )
        columns = self._values.scalars("fill_down", "a list of columns, or a mapping of a key to such lists")
        return (FillDown(columns),) if columns else ()

    def _explode(self) -> tuple[str, ...]:
        return self._values.scalars("explode", "the path of a list, or several from the outside in")

    def _scale(self) -> dict[str, float]:
        value = self._item.get("scale")
        given = {"": value} if is_scalar(value) else value or {}
        if not isinstance(given, dict) or (given and "" not in given and "default" not in given):
            raise self._error("scale must be a number like 0.01, or one for each currency and a `default`")
        if unknown := [
            code for code in given if code and code != "default" and not CURRENCY.fullmatch(str(code))
        ]:
            raise self._error(f"scale has {unknown[0]!r}, which is not a currency like EUR, nor `default`")
        return {
            "" if str(currency) == "default" else str(currency).upper(): self._factor(factor)
            for currency, factor in given.items()
        }

    def _factor(self, value: Any) -> float:
        try:
            factor = float(str(value))
        except ValueError:
            factor = 0
        if not math.isfinite(factor) or factor <= 0:
            raise self._error("scale must be a number over 0, such as 0.01 for cents")
        return factor

    def _event_names(self) -> tuple[dict[str, str], tuple[str, ...]]:
        value = self._item.get("map") or {}
        if not isinstance(value, dict):
            raise self._error("map must be a mapping of the files' event names to Milepost's")
        names: dict[str, str] = {}
        machines: list[str] = []
        for name, target in value.items():
            plain = plain_name(str(name))
            if plain in names:
                raise self._error(f"map has {str(name)!r} twice; case and blanks do not count")
            is_machine = self._is_machine(str(name), target) if isinstance(target, dict) else False
            text = target.get("event_name") if isinstance(target, dict) else target
            if not is_scalar(text) or not str(text).strip():
                raise self._error(f"map.{name} must be the name of an event")
            names[plain] = str(text).strip()
            machines += [plain] if is_machine else []
        return names, tuple(machines)

    def _is_machine(self, name: str, target: Mapping[Any, Any]) -> bool:
        if unknown := [key for key in target if key not in MAP_KEYS]:
            raise self._error(
                f"map.{name} has the unknown key {unknown[0]!r}; its keys are {' and '.join(MAP_KEYS)}"
            )
        written = target.get("is_machine", "false")
        if (is_machine := truth(written)) is None:
            raise self._error(f"map.{name}.is_machine must be true or false")
        return is_machine


def key_example(key: str) -> str:
    return {"decimal": "','", "thousands": "'.'", "delimiter": "';' or tab", "escape": "'\\'"}.get(
        key, '"\'"'
    )


def _is_time_format(text: str) -> bool:
    """Whether `text` has a day of a year, and only directives that the engine reads."""
    letters = [step.removeprefix("-")[:1] for step in text.replace("%%", "").split("%")[1:]]
    if not letters or not set(letters) <= DIRECTIVES:
        return False
    has_day = "j" in letters or ("d" in letters and {"m", "b", "B"} & set(letters))
    return bool(has_day) and bool({"y", "Y"} & set(letters))
