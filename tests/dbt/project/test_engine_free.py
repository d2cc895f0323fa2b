"""Models and definitions use no SQL that only DuckDB has; that belongs in macros/engine/duckdb."""

import re
from pathlib import Path

import pytest

DBT = Path(__file__).parents[3] / "dbt"
# How constructs that only DuckDB has look, and what to write instead.
DUCKDB_ONLY = {
    r"::": "cast(… as …)",
    r"(?<!:)//(?!')": "floor(… / …)",
    r"\bas varchar\b(?! array)": "cast(… as string)",
    r"'varchar(\[\])?'": "'string'",
    r"\b(u?hugeint|u(tiny|small|big)?int(eger)?|timestamptz)\b": "a type of every engine",
    r"\bas marts\.": "as_enum",
    r"\bwith recursive\b": "a fixed number of rounds, as in transitive_closure",
    r"\* *(exclude|replace) *\(": "the columns by name",
    r"\b(qualify|pivot|unpivot|asof|positional) ": "a subquery, or a formulation in macros/engine/duckdb",
    r"\b(group|order) by all\b": "the columns by name",
    r"\busing sample\b": "a filter by a key",
    r"\blambda\b|->(?!>)": "a dispatched macro",
    r"interval '[^']*[a-z]'": "interval '1' second and the like, or plus_seconds",
    r"\b(lag|lead|first_value|last_value|row_number)\([^()]*\) over \(\)": "an order by columns",
    r"escape '\\'": "escape '!'",
    r"\bilike\b": "lower(…) like …",
}
# Functions that only DuckDB has, or that engines have under other names; macros of these names are fine.
FUNCTIONS = re.compile(
    r"(?<![.\w])((?:list|array|struct|map|json|enum|str|string|regexp|make|date|to)_\w+"
    r"|unnest|range|generate_series|list|len|arg_max|arg_min|bool_or|bool_and|first|last|epoch\w*|strftime|strptime"
    r"|try_strptime|timezone|xor|hash|md5_number\w*|length_grapheme|greatest_common_divisor)\("
)
# What the textbook of a dispatched macro may call, and date_trunc, which is the same everywhere.
OF_TEXTBOOKS = {
    "regexp_extract", "regexp_extract_all", "string_agg",
    "array_agg", "array_sort", "array_contains", "array_to_string",
}  # fmt: skip
EVERYWHERE = {"date_trunc"}


def _sources() -> list[Path]:
    folders = ("models", "analyses", "tests", "macros/definitions")
    return sorted(path for folder in folders for path in (DBT / folder).rglob("*.sql"))


def _macros() -> set[str]:
    files = (DBT / "macros").rglob("*.sql")
    return {
        name for path in files for name in re.findall(r"{% macro (\w+)\(", path.read_text(encoding="utf-8"))
    }


def _without_comments(text: str) -> str:
    """The text with comments and Jinja's statements blanked, its lines numbered as they are."""
    blocks = r"{#.*?#}|{%-? *(?:for|if|elif|do|macro)\b.*?%}"
    text = re.sub(blocks, lambda match: "\n" * match.group().count("\n"), text, flags=re.DOTALL)
    return re.sub(r"--[^\n]*", "", text)


def found(text: str, allowed: set[str]) -> list[str]:
    """Line, what is found there, and what to write instead."""
    lines = list(enumerate(_without_comments(text).splitlines(), start=1))
    constructs = [
        f"line {number}: {match.group()}, write {instead}"
        for number, line in lines
        for pattern, instead in DUCKDB_ONLY.items()
        for match in re.finditer(pattern, line)
    ]
    functions = [
        f"line {number}: {name}(…), write a macro of definitions"
        for number, line in lines
        for name in FUNCTIONS.findall(line)
        if name not in allowed
    ]
    return constructs + functions


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.relative_to(DBT).as_posix())
def test_sql_is_free_of_the_engine(path: Path) -> None:
    is_textbook = path.parent.name == "definitions"
    allowed = _macros() | EVERYWHERE | (OF_TEXTBOOKS if is_textbook else set())
    assert found(path.read_text(encoding="utf-8"), allowed) == []


@pytest.mark.parametrize(
    "text",
    [
        "select cast(a as varchar) from b",
        "select a::date from b",
        "select list_sort(a) from b",
        "select * exclude (a) from b",
        "select lag(a) over () from b",
        "select a + interval '5 minutes' from b",
        "select cast(a as marts.journey_stage) from b",
        "select {{ plus_days('epoch(a)', 1) }} from b",
    ],
)
def test_what_only_duckdb_has_is_found(text: str) -> None:
    assert found(text, {"plus_days"})


def test_comments_and_macros_are_not_found() -> None:
    assert not found("{# list_sort(a) #} select {{ list_holds('a', 'b') }} from b -- a::date", {"list_holds"})
