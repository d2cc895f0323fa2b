"""SQL of the rows that a feed keeps of a file, with blank cells filled and columns joined."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from dagster_project.raw.files import identity
from dagster_project.raw.files.amounts import has_signs
from dagster_project.raw.files.json_paths import Exploded, exploded, values_at, with_elements
from dagster_project.raw.files.opened import UnreadableFileError, names_said
from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.file_format import Combined, Condition, FillDown

MIDNIGHT = r"[ T]0?0:00(:00(\.0+)?)?$"
# What stands for `true` in exports; macro `truth_text` has the same.
TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0")


def file_columns(feed: Feed) -> list[str]:
    """The columns of the file that the feed reads by name."""
    rules = feed.file_format
    names = [*feed.columns.values(), *feed.property_columns.values(), *rules.needed]
    return [name for name in dict.fromkeys(names) if name not in rules.combined]


def filled(feed: Feed, relation: str, columns: Collection[str]) -> str:
    """SQL of `relation` with the blank cells filled that the feed names."""
    for rule in feed.file_format.fill_down:
        if rule.key is not None and rule.key not in columns:
            raise UnreadableFileError(
                f"the file has no column {rule.key}, by which fill_down knows the rows that belong together; "
                "correct the file or its feed"
            )
        if missing := [name for name in rule.columns if name not in columns]:
            raise UnreadableFileError(
                f"the file has no column {missing[0]}, which fill_down fills; correct the file or its feed"
            )
        relation = _filled(rule, relation, rule.columns)
    return relation


def _filled(rule: FillDown, relation: str, names: Sequence[str]) -> str:
    partition = f"partition by {quoted(rule.key)} " if rule.key else ""
    above = f"over ({partition}order by _place rows between unbounded preceding and current row)"
    values = []
    for name in names:
        text = f"nullif(trim({quoted(name)}), '')"
        value = f"coalesce({text}, last_value({text} ignore nulls) {above})"
        if rule.key:
            value = f"case when trim({quoted(rule.key)}) <> '' then {value} else {text} end"
        values.append(f"{value} as {quoted(name)}")
    # a window by a key returns its rows by the key's hash, and the order of a file decides times and repeats
    return f"""(
        select * exclude (_place) replace ({", ".join(values)})
        from (select *, row_number() over () as _place from {relation})
        order by _place
    )"""


def combined(feed: Feed, relation: str, columns: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """SQL of `relation` with the columns that several make together, and all its columns."""
    values: dict[str, str] = {}
    for label, rule in feed.file_format.combined.items():
        present = [part for part in rule.parts if part in columns]
        is_id = label == feed.columns.get("event_id")
        if is_id and rule.how == "join" and len(present) < len(rule.parts):
            missing = next(part for part in rule.parts if part not in columns)
            raise UnreadableFileError(
                f"the file has no column {missing}, which event_id is made of: without it each export would "
                "bring the same events again; correct the file or its feed"
            )
        if len(present) == len(rule.parts) or (present and rule.how != "join"):
            values[label] = _combined(replace(rule, parts=tuple(present)), is_id)
    if not values:
        return relation, tuple(columns)
    added = ", ".join(f"{value} as {quoted(label)}" for label, value in values.items())
    return f"(select *, {added} from {relation})", (*columns, *values)


def _combined(rule: Combined, is_id: bool) -> str:
    """SQL of the texts together; of joined ones null where the first is blank, or identifies nothing."""
    texts = [f"nullif(trim({quoted(part)}), '')" for part in rule.parts]
    first = f"coalesce({', '.join(texts)})"
    if rule.how == "first":
        return first
    if rule.how == "any":
        words = ", ".join(map(literal, TRUE_WORDS))
        is_true = " or ".join(f"coalesce(lower({text}) in ({words}), false)" for text in texts)
        return f"case when {is_true} then 'true' when {first} is not null then 'false' end"
    if is_id:
        # escaped, so that (a|b, c) is not (a, b|c)
        escaped = [f"replace(replace({text}, '\\', '\\\\'), '|', '\\|')" for text in texts]
        blank_texts = [f"coalesce({text}, '')" for text in escaped]
        has_id = f"{identity.event_id(texts[0])} is not null"
        return f"case when {has_id} then concat_ws('|', {', '.join(blank_texts)}) end"
    # a spreadsheet writes a day with a clock of its own
    rest = f"coalesce({', '.join(texts[1:])})"
    without_clock = f"regexp_replace({texts[0]}, {literal(MIDNIGHT)}, '')"
    day = f"case when {rest} is null then {texts[0]} else {without_clock} end"
    return f"case when {texts[0]} is not null then concat_ws(' ', {', '.join([day, *texts[1:]])}) end"


def is_number(feed: Feed, types: Mapping[str, str]) -> str | None:
    """SQL that is true where the revenue is a number; `types` are SQL of that by column.

    None where the feed names no signs, which are for texts, or where no column of the file can be one.
    """
    rules = feed.file_format
    column = feed.columns.get("revenue", "")
    if not has_signs(rules):
        return None
    parts = rules.combined[column].parts if column in rules.combined else (column,)
    branches = [f"when trim({quoted(part)}) <> '' then {types[part]}" for part in parts if part in types]
    return f"coalesce(case {' '.join(branches)} end, false)" if branches else None


def condition(feed: Feed, columns: Collection[str]) -> str | None:
    """SQL that is true for the rows to keep; None where all are."""
    for rule in feed.file_format.where:
        if rule.column not in columns:
            raise UnreadableFileError(
                f"the file has no column {rule.column}, by which `where` keeps rows"
                f"{names_said(columns, rule.column)}; correct the file or its feed"
            )
    return " and ".join(map(_keeps, feed.file_format.where)) or None


def _keeps(rule: Condition) -> str:
    text = f"coalesce(lower(trim({quoted(rule.column)})), '')"
    values = ", ".join(map(literal, rule.values))
    return f"{text} {'not ' if rule.is_negated else ''}in ({values})"


def requirements(feed: Feed, every_row: str, lines: str = "") -> tuple[tuple[str, str], ...]:
    """What a file without any row to keep must have: SQL of a count over 0, and the sentence where it is 0.

    A day without paid orders is none to refuse, a file in which the status has another name is.
    """
    found = []
    if feed.file_format.explode:
        lists = exploded(feed.file_format.explode)
        lines = _wanted(feed, lines, lists)
        for number, one in enumerate(lists):
            has_list = f"json_type({one.value}) is not null"
            sentence = f"no record has the list {one.path}, which `explode` names"
            found.append((_count(with_elements(lines, lists[:number]), has_list), sentence))
    for rule in feed.file_format.where:
        has_value = f"trim({quoted(rule.column)}) <> ''"
        found.append(
            (
                _count(every_row, has_value),
                f"no row has a value in {rule.column}, by which `where` keeps rows",
            )
        )
    return tuple((sql, f"{sentence}; correct the file or its feed") for sql, sentence in found)


def _wanted(feed: Feed, lines: str, lists: Sequence[Exploded]) -> str:
    """SQL of the records that `where` does not leave out by their own values: others need no list."""
    rules = [
        rule
        for rule in feed.file_format.where
        if not any(
            rule.column == one.path or rule.column.startswith((f"{one.path}.", f"{one.path}["))
            for one in lists
        )
    ]
    if not rules:
        return lines
    records = values_at(lines, [rule.column for rule in rules], ())
    return f"(select * from {records} where {' and '.join(map(_keeps, rules))})"


def _count(relation: str, condition: str) -> str:
    return f"select if(count(*) = 0, 1, count(*) filter ({condition})) from {relation}"
