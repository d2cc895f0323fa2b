"""Digests of addresses that strangers write into texts, masked on the way to the readers.

A newsletter tool that links to `/?h=<sha256 of the address>`, or a column `email_sha256` of an export, lets
everyone with a list of addresses find the persons. At publication every address is known, whenever it came,
and every source's text passes here. Two rules: a hexadecimal digest within a longer text is masked, no matter
whose it is; a text that is nothing but one may be an order's id, so it is masked where it is a known
contact's. Base64 is masked where it is a known contact's too. A mask keeps different digests different.
"""

from collections.abc import Callable, Iterable

import duckdb

from dagster_project.raw.sql import contact_key, count, literal, quoted

KNOWN = "temp._contact_digests"
CANDIDATES = "temp._candidate_texts"
MASKED = "temp._masked_texts"
MASK = "<digest "
# A column whose type has one of these holds text; nested values are searched in their text form.
TEXT_TYPES = ("VARCHAR", "JSON", "ENUM", "STRUCT", "MAP")

# Of MD5, SHA-1 and SHA-256: hexadecimal digits, and characters of base64 without its padding.
_HEX_LENGTHS = (32, 40, 64)
_BASE64_LENGTHS = (22, 27, 43)
_SHORTEST = min(_BASE64_LENGTHS)

_PERCENT = "%(?:25)*"
_HEX = f"(?:[0-9a-fA-F]|{_PERCENT}(?:3[0-9]|[46][1-6]))"
_BASE64 = rf"(?:[A-Za-z0-9+/_-]|\\/|{_PERCENT}2[bBfF])"
# Escapes end in hexadecimal digits, which are not the digest's first ones.
_ESCAPE = rf"{_PERCENT}[0-9a-fA-F]{{2}}|\\u[0-9a-fA-F]{{4}}"
_HEX_RUNS = f"{_HEX}{{{min(_HEX_LENGTHS)},}}|{_ESCAPE}"
_BASE64_RUNS = f"{_BASE64}{{{_SHORTEST},}}|{_ESCAPE}"
_CANDIDATE = (
    f"{_HEX}{{{min(_HEX_LENGTHS)}}}"
    f"|(?:^|[^A-Za-z0-9+/_-]|{_ESCAPE})(?:{'|'.join(f'{_BASE64}{{{n}}}' for n in _BASE64_LENGTHS)})"
    r"(?:$|[^A-Za-z0-9+/_-])"
)
_SEPARATOR = "chr(31)"  # in no text that is a token or a mask
# SQL of the digests in `CANDIDATES`: `token` as written and `plain` as `KNOWN` writes it.
_DECODED = f"url_decode(regexp_replace(token, '{_PERCENT}', '%', 'g'))"
_TOKENS = f"""
    select text, token, is_hexadecimal,
        case
            when is_hexadecimal then lower({_DECODED})
            else translate(replace({_DECODED}, chr(92), ''), '-_', '+/')
        end as plain
    from (
        select text, unnest(regexp_extract_all(text, {literal(_HEX_RUNS)})) as token, true as is_hexadecimal
        from (select distinct text from {CANDIDATES})
        union all
        select text, unnest(regexp_extract_all(text, {literal(_BASE64_RUNS)})), false
        from (select distinct text from {CANDIDATES})
    )
    where strlen(token) >= {_SHORTEST} and case
        when is_hexadecimal then strlen(plain) in {_HEX_LENGTHS}
        else strlen(plain) in {_BASE64_LENGTHS}
    end
"""


def find_contact_digests(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Temp table `KNOWN`: the digests of every known address, as hexadecimal and as base64.

    Of addresses as they are written and as advertising networks write them: without the dots and the +suffix
    that Google ignores.
    """
    warehouse.execute(f"create or replace temp table {KNOWN} (digest varchar)")
    if not _has_table(warehouse, "contacts"):
        return
    keys = [contact_key("email")] if _has_table(warehouse, "digest_keys") else []
    digests = ", ".join(["md5(email)", "sha1(email)", "sha256(email)", *keys])
    warehouse.execute(f"""
        insert into {KNOWN}
        with written as (
            select email from pii.contacts
            union
            select replace(split_part(split_part(email, '@', 1), '+', 1), '.', '') || '@' || domain
            from (select email, split_part(email, '@', 2) as domain from pii.contacts)
            where domain in ('gmail.com', 'googlemail.com')
        ),
        hexadecimal as (
            select unnest([{digests}]) as digest from written
        )
        select unnest([digest, rtrim(base64(unhex(digest)), '=')]) from hexadecimal
    """)


def mask_digests(warehouse: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
    """Mask the digests in `tables`, copies of marts; `find_contact_digests` comes first.

    By an update, which leaves the rows in their order; a join would not.
    """
    columns = _gather_candidates(warehouse, tables)
    if not _find_masked(warehouse):
        return
    for table, column, type_ in columns:
        masked = f"select text from {MASKED} where text in (select {quoted(column)}::varchar from {table})"
        if not count(warehouse, f"select count(*) from ({masked})"):
            continue
        if _is_enum(type_):  # the mask is none of its values
            warehouse.execute(f"alter table {table} alter column {quoted(column)} type varchar")
        warehouse.execute(f"""
            update {table} as copied set {quoted(column)} = {_as_type("texts.masked", type_)}
            from {MASKED} as texts where copied.{quoted(column)}::varchar = texts.text
        """)


def column_with_digest(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[str]
) -> tuple[str, str] | None:
    """The first table and column with the digest of a known contact's address, in whatever type."""
    columns = _gather_candidates(connection, tables)
    known = f"select text from ({_TOKENS}) where plain in (select digest from {KNOWN})"
    for table, column, _ in columns if count(connection, f"select count(*) from ({known})") else ():
        found = f"select count(*) from {table} where {quoted(column)}::varchar in ({known})"
        if count(connection, found):
            return table, column
    return None


def possible_digests(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """What in `table` is a digest, as `KNOWN` would have it, whosever it is."""
    _gather_candidates(connection, [table])
    return {plain for (plain,) in connection.execute(f"select distinct plain from ({_TOKENS})").fetchall()}


def columns_with(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str], rule: Callable[[str], str]
) -> list[str]:
    """Those of `columns` of which a row fulfils `rule`, SQL over the column's text; one scan of the table."""
    asked = list(columns)
    if not asked:
        return []
    tests = ", ".join(f"bool_or({rule(f'{quoted(column)}::varchar')})" for column in asked)
    [found] = connection.execute(f"select {tests} from {table}").fetchall()
    return [column for column, is_found in zip(asked, found, strict=True) if is_found]


def _gather_candidates(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[str]
) -> list[tuple[str, str, str]]:
    """Tables, columns and types of the texts that may have a digest; the texts in temp table `CANDIDATES`.

    The digests of all of them are then found at once: the demo's publication took
    3.7 s with a statement for each column, 2.7 s so.
    """
    found = [
        (table, column, type_)
        for table in tables
        for column, type_ in _columns_with_candidates(connection, table).items()
    ]
    connection.execute(f"create or replace temp table {CANDIDATES} (text varchar)")
    for table, column, _ in found:
        text = f"{quoted(column)}::varchar"
        connection.execute(
            f"insert into {CANDIDATES} select distinct {text} from {table} where {_may_have_digest(text)}"
        )
    return found


def _columns_with_candidates(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Text columns, name to type, with a text that may have a digest. A statement for each column of a
    mart took 4.8 s of the demo's publication; two a mart, and then one for each of these, take 1.3 s."""
    described = connection.execute(f"describe {table}").fetchall()
    types = {name: type_ for name, type_, *_ in described if any(text in type_ for text in TEXT_TYPES)}
    columns = columns_with(connection, table, types, _is_long_enough)
    return {name: types[name] for name in columns_with(connection, table, columns, _may_have_digest)}


def _as_type(masked: str, type_: str) -> str:
    """SQL of a masked text as the column's type; what is none any more must not stop the publication."""
    if type_ == "JSON":
        return f"coalesce(try_cast({masked} as json), to_json({masked}))"
    return masked if type_ == "VARCHAR" or _is_enum(type_) else f"try_cast({masked} as {type_})"


def _is_enum(type_: str) -> bool:
    return type_.startswith("ENUM") and not type_.endswith("]")


def _find_masked(warehouse: duckdb.DuckDBPyConnection) -> bool:
    """Whether texts of `CANDIDATES` have digests to mask: temp table `MASKED`, each with what replaces it."""
    key = (
        "coalesce((select id_key from pii.digest_keys), '')" if _has_table(warehouse, "digest_keys") else "''"
    )
    digits = f"substr(sha256('digest' || {key} || plain), 1, 12)"
    parts = "split_part(part, chr(31), {})"
    warehouse.execute(f"""
        create or replace temp table {MASKED} as
        with tokens as ({_TOKENS}),
        digests as (
            select distinct text, token, {literal(MASK)} || {digits} || '>' as mask
            from tokens
            where (is_hexadecimal and token <> text) or plain in (select digest from {KNOWN})
        ),
        replacements as (
            -- the longest first, since a digest may begin like another one
            select text, list(token || {_SEPARATOR} || mask order by strlen(token) desc, token) as parts
            from digests group by text
        )
        select text, list_reduce(
            [text] || parts,
            lambda masked, part: replace(masked, {parts.format(1)}, {parts.format(2)})
        ) as masked
        from replacements
    """)
    return bool(count(warehouse, f"select count(*) from {MASKED}"))


def _has_table(warehouse: duckdb.DuckDBPyConnection, name: str) -> bool:
    found = "select count(*) from duckdb_tables() where schema_name = 'pii' and table_name = $1"
    return bool(count(warehouse, found, [name]))


def _may_have_digest(text: str) -> str:
    """SQL that is true for a text that may have a digest; the length excludes most at no cost."""
    is_candidate = f"regexp_matches({text}, {literal(_CANDIDATE)})"
    return f"case when {_is_long_enough(text)} then {is_candidate} else false end"


def _is_long_enough(text: str) -> str:
    return f"strlen({text}) >= {_SHORTEST}"
