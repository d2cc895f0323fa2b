"""SQL that finds and masks the e-mail addresses in a text.

A mask is `<address>`, or `<address 0123456789ab>` where different texts must stay different, because rows are
distinguished by them. The digits are a keyed digest of the whole text: without a key, anyone with a list
of addresses could find out which one it was.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import duckdb

from dagster_project.raw.sql import literal, quoted
from dagster_project.sources.core import addresses
from dagster_project.sources.core.addresses import AT, CODES, ESCAPES, KEPT, MASK, PATTERN, SIGNS

HAS_ADDRESS = "_has_address"
# Control characters that end an address: between the texts of a row, and in a mask before it has its digits.
_SEPARATOR, _PLACE = "chr(31)", "chr(30)"
# The address in a text whose escapes are decoded; PATTERN would take long to compile for so few texts.
_DECODED = (
    r"""(?:"[^"]*"|[^\s<>"',;:()]+)@(?:[^\s<>"',;:()]+\.[^\s<>"',;:().0-9][^\s<>"',;:().]+|\[[^\s\]]+\])"""
)


def has_address(text: str) -> str:
    """SQL that is true for a text with an address.

    RE2 takes ten times as long as `contains`, which excludes nearly every text; by `case`, because DuckDB
    evaluates all operands of an `and` that it does not filter by.
    """
    return (
        f"case when {may_have_address(text)} then regexp_matches({text}, {literal(PATTERN)}) else false end"
    )


def masked(text: str) -> str:
    """SQL of `text` with every address replaced by `<address>`."""
    mask = literal(KEPT + MASK)
    return (
        f"case when {may_have_address(text)} then regexp_replace({text}, {literal(PATTERN)}, {mask}, 'g') "
        f"else {text} end"
    )


def masked_columns(relation: str, texts: Mapping[str, str], alike: Collection[str] = ()) -> str:
    """SQL of `relation` with masked addresses in its columns `texts` (name to type), and `_has_address`.

    In the columns `alike` different texts may become equal. All texts of a row are searched and masked as
    one, since each pattern in a statement takes 7 ms to compile; those of a lambda are compiled again for
    every 2,048 rows.
    """
    if not texts:
        return f"(select *, false as {HAS_ADDRESS} from {relation})"
    names = [name for name, type_ in texts.items() if not type_.endswith("[]")]
    values = {
        name: f"list_transform({quoted(name)}, lambda text: {_masked_apart('text')})"
        for name in texts
        if name not in names
    } | {name: _part(at, name, texts[name], name in alike) for at, name in enumerate(names, start=1)}
    replaced = ", ".join(
        f"case when {HAS_ADDRESS} then {value} else {quoted(name)} end as {quoted(name)}"
        for name, value in values.items()
    )
    together = f"concat_ws({_SEPARATOR}, {', '.join(map(_between_separators, names)) or literal('')})"
    parts = f"string_split({_marked(together)}, {_SEPARATOR})"
    return f"""(
        select * exclude (_texts, _parts, _mask_key) replace ({replaced})
        from (
            select *, case when {HAS_ADDRESS} then {parts} end as _parts
            from (
                select *, {has_address("_texts")} as {HAS_ADDRESS},
                    coalesce((select id_key from pii.digest_keys), '') as _mask_key
                from (select *, concat_ws(chr(10), {_as_texts(texts)}) as _texts from {relation})
            )
        )
    )"""


def _between_separators(name: str) -> str:
    """SQL of a column's text without the two characters that separate and mark; never null."""
    return f"translate(coalesce({quoted(name)}::varchar, ''), {_SEPARATOR} || {_PLACE}, '')"


def _marked(text: str) -> str:
    """SQL of `text` with masks in which `_PLACE` stands for what keeps texts different."""
    mask = f"{literal(KEPT + MASK[:-1])} || {_PLACE} || {literal(MASK[-1])}"
    return f"regexp_replace({text}, {literal(PATTERN)}, {mask}, 'g')"


def _part(at: int, name: str, type_: str, is_alike: bool) -> str:
    """SQL of the masked text of a column, which is the one at place `at` of `_parts`."""
    digits = literal("") if is_alike else _digits(f"{quoted(name)}::varchar")
    text = f"case when {quoted(name)} is not null then replace(_parts[{at}], {_PLACE}, {digits}) end"
    # what would no longer be JSON must not stop the load
    return f"coalesce(try_cast({text} as json), to_json({text}))" if type_.upper() == "JSON" else text


def _as_texts(names: Iterable[str]) -> str:
    return ", ".join(f"{quoted(name)}::varchar" for name in names)


def _masked_apart(text: str) -> str:
    """SQL of `text` with masks that keep texts different."""
    mask = f"{literal(KEPT + MASK[:-1])} || {_digits(text)} || {literal(MASK[-1])}"
    return f"regexp_replace({text}, {literal(PATTERN)}, {mask}, 'g')"


def _digits(text: str) -> str:
    return f"(' ' || substr(sha256('mask' || _mask_key || {text}), 1, 12))"


def masked_apart(connection: duckdb.DuckDBPyConnection, texts: Sequence[str]) -> list[str]:
    """The texts with masked addresses; different texts stay different."""
    if texts == [addresses.masked(text) for text in texts]:
        return list(texts)
    rows = masked_columns(
        "(select unnest($1) as text, generate_subscripts($1, 1) as place)", {"text": "VARCHAR"}
    )
    found = connection.execute(f"select text from {rows} order by place", [list(texts)]).fetchall()
    return [text for (text,) in found]


def address_in(text: str) -> str:
    """SQL of the address in `text`, plain; null for a text without one."""
    plain = f"regexp_replace({text}, {literal(AT)}, '@', 'g')"
    for _ in range(2):
        plain = f"coalesce(try(url_decode({plain})), {plain})"
    found = f"nullif(regexp_extract({plain}, {literal(_DECODED)}), '')"
    return f"case when {may_have_address(text)} then {found} end"


def may_have_address(text: str) -> str:
    """SQL that is true for every text with an address and few others, without a pattern to compile."""
    return f"({_contains(text, SIGNS)} or (({_contains(text, ESCAPES)}) and ({_contains(text, CODES)})))"


def _contains(text: str, parts: Sequence[str]) -> str:
    return " or ".join(f"contains({text}, {literal(part)})" for part in parts)
