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
        f"case when {_may_have_address(text)} then regexp_matches({text}, {literal(PATTERN)}) else false end"
    )


def masked(text: str) -> str:
    """SQL of `text` with every address replaced by `<address>`."""
    mask = literal(KEPT + MASK)
    return (
        f"case when {_may_have_address(text)} then regexp_replace({text}, {literal(PATTERN)}, {mask}, 'g') "
        f"else {text} end"
    )


def masked_columns(relation: str, texts: Mapping[str, str], alike: Collection[str] = ()) -> str:
    """SQL of `relation` with masked addresses in its columns `texts` (name to type), and `_has_address`.

    In the columns `alike` different texts may become equal. All texts of a row are searched as one, and all
    are masked by one expression, since each pattern in a statement takes 7 ms to compile.
    """
    if not texts:
        return f"(select *, false as {HAS_ADDRESS} from {relation})"
    names = [name for name, type_ in texts.items() if not type_.endswith("[]")]
    places = ", ".join(str(at) for at, name in enumerate(names, start=1) if name in alike) or "0"
    single = (
        f"list_transform([{_as_texts(names)}], lambda text, place: {_masked_apart(f'place in ({places})')})"
    )
    values = {
        name: f"list_transform({quoted(name)}, lambda text: {_masked_apart('false')})"
        for name in texts
        if name not in names
    } | {name: _as_type(f"_masked[{at}]", texts[name]) for at, name in enumerate(names, start=1)}
    replaced = ", ".join(
        f"case when {HAS_ADDRESS} then {value} else {quoted(name)} end as {quoted(name)}"
        for name, value in values.items()
    )
    return f"""(
        select * exclude (_texts, _masked, _mask_key) replace ({replaced})
        from (
            select *, case when {HAS_ADDRESS} then {single} end as _masked
            from (
                select *, {has_address("_texts")} as {HAS_ADDRESS},
                    coalesce((select id_key from pii.digest_keys), '') as _mask_key
                from (select *, concat_ws(chr(10), {_as_texts(texts)}) as _texts from {relation})
            )
        )
    )"""


def _as_type(text: str, type_: str) -> str:
    # what would no longer be JSON must not stop the load
    return f"coalesce(try_cast({text} as json), to_json({text}))" if type_.upper() == "JSON" else text


def _as_texts(names: Iterable[str]) -> str:
    return ", ".join(f"{quoted(name)}::varchar" for name in names)


def _masked_apart(is_alike: str) -> str:
    """SQL of a lambda's parameter `text` with masks that keep texts different, unless `is_alike` holds."""
    digest = "' ' || substr(sha256('mask' || _mask_key || text), 1, 12)"
    digits = f"case when {is_alike} then '' else {digest} end"
    mask = f"{literal(KEPT + MASK[:-1])} || {digits} || {literal(MASK[-1])}"
    return f"regexp_replace(text, {literal(PATTERN)}, {mask}, 'g')"


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
    return f"case when {_may_have_address(text)} then {found} end"


def _may_have_address(text: str) -> str:
    return f"({_contains(text, SIGNS)} or (({_contains(text, ESCAPES)}) and ({_contains(text, CODES)})))"


def _contains(text: str, parts: Sequence[str]) -> str:
    return " or ".join(f"contains({text}, {literal(part)})" for part in parts)
