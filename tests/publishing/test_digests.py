"""Digests that strangers bring lead to no person in what is published, and stop no publication."""

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from dagster_project.publishing import draft as draft_module
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.publishing.publish import publish
from dagster_project.raw.ledger_tables import create_ledgers
from dagster_project.raw.secret import write_keys

KNOWN = "jane.doe@leak.example"
STRANGE = "nobody@elsewhere.example"
MARTS = ("fct_events", "rpt_total")
Spelling = Callable[[str], str]


def hexadecimal(algorithm: str, address: str = KNOWN) -> str:
    return hashlib.new(algorithm, address.encode()).hexdigest()


def encoded(algorithm: str, address: str = KNOWN) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal(algorithm, address))).decode()


def each(code: str) -> Spelling:
    """Every character percent-encoded."""
    return lambda text: "".join(code % ord(letter) for letter in text)


IN_TEXTS = {
    "a parameter": "https://shop.example.com/?h={}",
    "the first of two": "/?h={}&next=1",
    "a link within a link": "/?to=https%3A%2F%2Fshop.example.com%3Fh%3D{}%26x",
    "a link within a link, twice": "/?to=https%253A%252F%252Fshop%253Fh%253D{}",
    "a fragment": "/#{}",
    "a name and more": "welcome_{}_2026",
    "JSON": '{{"email_hash": "{}", "n": 1}}',
    "escaped JSON": r'{{"url": "?h\u003d{}"}}',
    "a list": "{},",
}
HEX_SPELLINGS: dict[str, Spelling] = {
    "lower case": str,
    "upper case": str.upper,
    "percent-encoded": each("%%%02X"),
    "percent-encoded twice": each("%%25%02x"),
}
BASE64_SPELLINGS: dict[str, Spelling] = {
    "base64": str,
    "base64 in a URL": lambda text: quote(text, safe=""),
    "base64 in a URL twice": lambda text: quote(quote(text, safe=""), safe=""),
    "base64 for URLs": lambda text: text.replace("+", "-").replace("/", "_").rstrip("="),
    "base64 as JSON": lambda text: text.replace("/", r"\/"),
}
ALGORITHMS = ("md5", "sha1", "sha256")


@pytest.fixture
def warehouse(small_warehouse: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    create_ledgers(small_warehouse)
    write_keys(small_warehouse, b"secret" * 8, "salt")
    for address in (KNOWN, "j.a.n.e+news@gmail.com"):
        small_warehouse.execute("insert into pii.contacts (email) values (?)", [address])
    return small_warehouse


def published(warehouse: duckdb.DuckDBPyConnection, folder: Path, texts: list[str]) -> list[str]:
    """The texts as readers see them, in a column of the marts."""
    warehouse.execute(
        "create or replace table marts.rpt_total as select unnest($1::varchar[]) as text", [texts]
    )
    publish(warehouse, folder / "published", MARTS)
    with duckdb.connect(str(folder / "published" / "milepost.duckdb"), read_only=True) as reader:
        rows = reader.execute("select text from marts.rpt_total").fetchall()
    parquet = duckdb.execute(f"from '{folder}/published/parquet/rpt_total.parquet'").fetchall()
    assert parquet == rows
    return [text for (text,) in rows]


def test_every_spelling_of_a_known_digest_is_masked(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    spelled = [spell(hexadecimal(of)) for of in ALGORITHMS for spell in HEX_SPELLINGS.values()]
    spelled += [spell(encoded(of)) for of in ALGORITHMS for spell in BASE64_SPELLINGS.values()]
    texts = [text.format(digest) for text in ("{}", *IN_TEXTS.values()) for digest in spelled]
    # after a letter of its alphabet base64 has no beginning
    texts = [text for text in texts if not ("welcome" in text and text[8:-5] not in hex_spellings())]
    shown = published(warehouse, tmp_path, texts)
    assert [text for text, masked in zip(texts, shown, strict=True) if "<digest " not in masked] == []
    assert len(texts) > 200
    left = [masked for masked in shown for digest in spelled if digest[:20] in masked]
    assert left == []


def test_the_rows_stay_in_their_order(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Readers rely on it: the events of a person stand together."""
    digest = hexadecimal("md5")
    texts = [f"/{number}{f'?h={digest}' if number % 7 == 0 else ''}" for number in range(300_000)]
    shown = published(warehouse, tmp_path, texts)
    assert [text.partition("?")[0] for text in shown] == [f"/{number}" for number in range(300_000)]


def hex_spellings() -> set[str]:
    return {spell(hexadecimal(of)) for of in ALGORITHMS for spell in HEX_SPELLINGS.values()}


def test_a_mask_is_the_same_wherever_the_digest_stands_and_keyed(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    digest = hexadecimal("sha256")
    one, other, third, foreign = published(
        warehouse, tmp_path, [f"/?h={digest}", digest, f"/?h={digest.upper()}", f"/?h={hexadecimal('md5')}"]
    )
    assert one == third == f"/?h={other}"
    assert foreign != one
    unkeyed = [hashlib.sha256(f"{word}{digest}".encode()).hexdigest()[:12] for word in ("", "digest")]
    assert not [text for text in unkeyed if text in one]


def test_a_digest_that_begins_like_another_one_is_masked_whole(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    long = hexadecimal("sha256", STRANGE)
    [shown] = published(warehouse, tmp_path, [f"/?a={long[:32]}&b={long}"])
    assert re.fullmatch(r"/\?a=<digest \w{12}>&b=<digest \w{12}>", shown)


def test_every_column_of_every_mart_is_masked(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """But a stranger's digest, which may be an id, leaves its column as it is."""
    digests = [hexadecimal(of) for of in ALGORITHMS]
    strange = hexadecimal("md5", STRANGE)
    for mart, (one, other) in zip(MARTS, (digests[:2], digests[1:]), strict=True):
        warehouse.execute(f"""
            create or replace table marts.{mart} as
            select '{strange}'::enum ('{strange}') as id, '{one}' as one, '/?h={other}' as other
        """)
    publish(warehouse, tmp_path / "published", MARTS)
    with duckdb.connect(str(tmp_path / "published" / "milepost.duckdb"), read_only=True) as reader:
        found = {mart: reader.execute(f"select *, typeof(id) from marts.{mart}").fetchall() for mart in MARTS}
    for [(kept, one, other, type_)] in found.values():
        assert (kept, type_) == (strange, f"ENUM('{strange}')")
        assert re.fullmatch(r"<digest \w{12}>/\?h=<digest \w{12}>", one + other)
    assert len({digest for [row] in found.values() for digest in row[1:3]}) == 4


def test_in_a_longer_text_a_digest_is_masked_no_matter_whose(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    digests = [hexadecimal(of, STRANGE) for of in ALGORITHMS]
    shown = published(warehouse, tmp_path, [text.format(d) for text in IN_TEXTS.values() for d in digests])
    assert [text for text in shown if "<digest " not in text] == []


KEPT = [
    hexadecimal("md5", STRANGE),  # an order's id, as a whole value
    hexadecimal("sha256", STRANGE).upper(),
    f"/?o={encoded('md5', STRANGE)}",
    f"/?trace={'0123456789abcdef' * 3}",  # 48 digits
    f"/?trace={'a' * 31}",
    f"/?trace={'a' * 65}",
    f"/{hexadecimal('sha256')}{hexadecimal('md5')}",  # one run of 96 digits is no digest
    "/products/kitchen/mugs-and-cups/2026-11-16/the-black-one",
    "123e4567-e89b-12d3-a456-426614174000",
    '{"device": "mobile", "amount": 12.5}',
    "",
]


def test_what_is_no_digest_of_a_person_stays(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert published(warehouse, tmp_path, KEPT) == KEPT


@pytest.mark.parametrize("address", ["jane@gmail.com", "j.a.n.e+news@gmail.com"])
def test_an_address_of_google_is_known_without_its_dots(
    address: str, warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    [shown] = published(warehouse, tmp_path, [hexadecimal("sha256", address)])
    assert shown.startswith("<digest ")


def test_a_contact_key_is_masked(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    key = hashlib.sha256(f"salt{KNOWN}".encode()).hexdigest()
    [shown] = published(warehouse, tmp_path, [key])
    assert shown.startswith("<digest ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("'{}'::enum ('{}', 'other')", str),
        ("json_object('hash', '{}')", str),
        ("json '[{}]'".replace("{}", "12345678901234567890123456789012"), str),
        ("{{'hash': '{}'}}", dict),
        ("['{}', 'other']", list),
        ("map {{'{}': 1}}", dict),
    ],
    ids=["enum", "JSON", "number in JSON", "struct", "list", "map"],
)
def test_a_column_of_any_type_is_masked(
    value: str, shown: type, warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    digest = hexadecimal("sha256")
    text = value.format(digest, digest) if "{}" in value else value
    warehouse.execute(f"create or replace table marts.rpt_total as select {text} as v union all select null")
    publish(warehouse, tmp_path / "published", MARTS)
    with duckdb.connect(str(tmp_path / "published" / "milepost.duckdb"), read_only=True) as reader:
        found = [v for (v,) in reader.execute("select v from marts.rpt_total order by all").fetchall()]
    assert "<digest " in str(found[0])
    assert isinstance(found[0], shown)
    assert found[1] is None


def test_the_gate_finds_what_was_not_masked(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_module, "mask_digests", lambda *_: None)
    for text in (hexadecimal("sha256").upper(), f"/?h={encoded('md5')}"):
        with pytest.raises(
            PublishingRefused, match=r"marts\.rpt_total\.text holds the digest of a contact's address"
        ):
            published(warehouse, tmp_path, [text])
        assert list((tmp_path / "published").iterdir()) == []
    # Of several columns with what may be a digest, the one in which it is a contact's.
    found = f"select '{hexadecimal('md5', STRANGE)}' as stranger, '{hexadecimal('md5')}' as text"
    warehouse.execute(f"create or replace table marts.rpt_total as {found}")
    with pytest.raises(PublishingRefused, match=r"marts\.rpt_total\.text holds"):
        publish(warehouse, tmp_path / "published", MARTS)
    assert published(warehouse, tmp_path, [hexadecimal("md5", STRANGE)])
