"""SQL of what makes a row one event: its event_id, else all its columns but those that the feed excludes."""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dagster_project.raw.sql import literal
from dagster_project.sources.event_files import EVENT_COLUMNS, Feed

# No event can be without them.
REQUIRED = ("occurred_at", "event_name")

# What exporters write for "no id": as an id, it would make one event of all these rows.
DBT_PROJECT = Path(__file__).parents[3] / "dbt"
PLACEHOLDERS = DBT_PROJECT / "seeds" / "identity" / "placeholder_ids.csv"
TAG_STARTS = "{$#*%[<"
BLANKS = " \t\r\n\u00a0\u200b\ufeff"
SHORTENED_ID = r"[0-9](\.[0-9]+)?[eE]\+[0-9]+"
SHORTENED = "event_id was shortened by a spreadsheet and was left out"


def mapped_columns(feed: Feed) -> list[str]:
    """The event columns that a row's mapped columns fill."""
    names = {"contact_key" if name == "email" else name for name in feed.columns}
    return [name for name in EVENT_COLUMNS if name in names and name != "event_id"]


def counted_columns(feed: Feed) -> dict[str, tuple[str, str]]:
    """Mapped field to its column in the table and in the file; without those that every event has."""
    return {
        field: ("contact_key" if field == "email" else field, column)
        for field, column in feed.columns.items()
        if field not in REQUIRED
    }


def event_id(text: str) -> str:
    """SQL of the event id in SQL expression `text`, or null where it identifies nothing."""
    words = ", ".join(map(literal, placeholders()))
    # nearly no id has a blank at an end, which the first and the last letter say at a third of the cost
    has_blank = " or ".join(f"contains({literal(BLANKS)}, {text}[{at}])" for at in (1, -1))
    plain = f"lower(case when {has_blank} then trim({text}, {literal(BLANKS)}) else {text} end)"
    # the first letter excludes nearly every id from the pattern
    may_be_tag = f"contains({literal(TAG_STARTS)}, {text}[1])"
    matches = f"regexp_full_match({plain}, {literal(merge_tag_pattern())})"
    is_tag = f"(case when {may_be_tag} then {matches} else false end)"
    is_id = f"not {is_shortened(text)} and {plain} not in ({words}, '') and not {is_tag}"
    return f"case when {is_id} then {text} end"


@cache
def placeholders() -> tuple[str, ...]:
    """The seed `placeholder_ids`, which the models read too: values in lower case that are no id."""
    with PLACEHOLDERS.open(encoding="utf-8", newline="") as file:
        return tuple(row["placeholder"] for row in csv.DictReader(file))


@cache
def merge_tag_pattern() -> str:
    """The models' pattern of what a template leaves where it replaced nothing."""
    return str(_variables()["merge_tag_pattern"])


@cache
def absent_values() -> tuple[str, ...]:
    """The models' words, in lower case, for an amount that is not there."""
    return tuple(_variables()["absent_values"])


def _variables() -> dict[str, Any]:
    settings = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    variables: dict[str, Any] = settings["vars"]
    return variables


def is_shortened(text: str) -> str:
    """SQL that is true for a number as a spreadsheet shortens it, 1.76E+09: many ids become one."""
    return f"(contains({text}, '+') and regexp_full_match({text}, '{SHORTENED_ID}'))"


def mapped_hash(feed: Feed) -> str:
    """SQL of a hash of the mapped columns; null with an event_id."""
    every = f"hash({', '.join(mapped_columns(feed))})"
    return f"case when event_id is null then {every} end" if "event_id" in feed.columns else every


def key_hash(feed: Feed) -> str:
    """SQL of the hash of the identity, over the event columns and `_mapped_hash`."""
    every = "hash(_mapped_hash, properties)"
    return (
        f"case when event_id is null then {every} else hash(event_id) end"
        if "event_id" in feed.columns
        else every
    )


def same_event(feed: Feed) -> str:
    """SQL of what rows of one event have in common, to partition by."""
    return f"_key_hash, {content_hash(feed)}"


def content_hash(feed: Feed) -> str:
    """SQL of a hash of all that a row says as one text.

    Next to the key hash it collides independently and takes a tenth of the memory of the text.
    """
    fields = {name: name for name in [*mapped_columns(feed), "properties"]}
    fields["occurred_at"] = "coalesce(_given_at, occurred_at)"
    content = f"({{{', '.join(f'{name}: {value}' for name, value in fields.items())}}})::varchar"
    if "event_id" in feed.columns:
        content = f"case when event_id is null then {content} else 'event ' || event_id end"
    return f"hash({content})"
