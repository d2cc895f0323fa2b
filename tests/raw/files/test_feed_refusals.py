"""Keys of a feed that cannot be meant."""

import re

import pytest

from dagster_project.sources.core.errors import ConfigurationError
from tests.raw.files.feed_loader import COLUMNS, TEXT, FeedLoader

WRONG = {
    "time_format: '%H:%M'": "time_format '%H:%M' is not a format like %d.%m.%Y %H:%M",
    "time_format: '%Q'": "time_format '%Q' is not a format",
    "time_format: []": "field time_format must be a format",
    "decimal: ',,'": "decimal must be one sign",
    "decimal: ','\nthousands: ','": "decimal and thousands must be different signs",
    "thousands: '.'": "decimal and thousands must be different signs",
    "delimiter: ab": "delimiter must be one sign",
    "encoding: utf-99": "encoding 'utf-99' is unknown",
    "encoding: base64": "encoding 'base64' is unknown",
    "skip: -1": "skip must be a number of lines",
    "header: [t]": "field header must be what the line with the names of columns begins with",
    "header: t\nskip: 1": "skip and header both say where the header is",
    "where: [a]": "where must be a mapping of columns",
    "where: {a: {is: b}}": "where.a must be a value, a list of values, or `not:`",
    "explode: a": "explode is for lists in JSON and Parquet",
    "scale: 0": "scale must be a number over 0",
    "scale: {EUR: 0.01}": "scale must be a number like 0.01, or one for each currency and a `default`",
    "map: {a b: x, AB: y}": "map has 'AB' twice",
    "map: {a: [x]}": "map.a must be the name of an event",
    "timezone: '-25:00'": "nor an offset like -06:00",
    "null_padding: maybe": "null_padding must be true or false",
    "timezone: '+15'": "nor an offset like -06:00",
    "time_format: '%d.%m.%Y %H:%M:%S.%n'": "is not a format",
    "time_format: '%d.%m.%Y %-q'": "is not a format",
    "scale: {defualt: 0.01, default: 1}": "scale has 'defualt', which is not a currency",
    "map: {a: {event_name: open, is_machin: true}}": "map.a has the unknown key 'is_machin'",
    "map: {a: {event_name: open, is_machine: 1}}": "map.a.is_machine must be true or false",
    "timezone: UTC\ntimezone: Europe/Tallinn": "the key 'timezone' stands twice in one mapping",
    "map: {a@case.ee: [x]}": "••• must be the name of an event",
    "fill_down: {a: {b: c}}": "fill_down.a must list columns",
}


@pytest.mark.parametrize("keys", WRONG)
def test_what_cannot_be_meant_is_refused(keys: str, loader: FeedLoader) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(WRONG[keys])):
        loader.load(f"{keys}\n{COLUMNS}", TEXT)


BRACKETS = {"a[-1].x": "json", "a[*].x": "jsonl", "a[].x": "parquet"}


@pytest.mark.parametrize("path", BRACKETS)
def test_paths_of_other_tools_are_refused(path: str, loader: FeedLoader) -> None:
    """They would be names of members that no record has."""
    with pytest.raises(ConfigurationError, match="a path has places of a list from the front"):
        loader.load(f"columns: {{occurred_at: t, event_name: e, user_id: '{path}'}}", "{}", BRACKETS[path])


def test_keys_of_text_files_are_refused_for_others(loader: FeedLoader) -> None:
    with pytest.raises(ConfigurationError, match="skip is for CSV files, not for jsonl"):
        loader.load(f"skip: 1\n{COLUMNS}", "{}", "jsonl")
    with pytest.raises(ConfigurationError, match="encoding is for text files"):
        loader.load(f"encoding: cp1252\n{COLUMNS}", "", "parquet")
