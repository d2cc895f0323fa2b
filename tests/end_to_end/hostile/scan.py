"""Where a text is found in an installation: by bytes in its files, by value in its databases."""

import base64
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import duckdb
import zstandard

DATABASES = (".duckdb", ".parquet")
# The landing zone keeps what vendors sent, and schema pii the addresses.
ALLOWED = ("landing",)
ALLOWED_SCHEMA = "pii"


def forms(text: str) -> set[str]:
    """The text as it is, and as URLs, JSON, hex and base64 write it."""
    encoded = text.encode()
    escaped = json.dumps(text)[1:-1]
    return {
        text,
        quote(text, safe=""),
        quote(quote(text, safe=""), safe=""),
        escaped,
        escaped.replace("@", "\\u0040"),
        text.replace("@", "&#64;"),
        encoded.hex(),
        base64.b64encode(encoded).decode().rstrip("=")[:-1],
    }


def found_in_files(folder: Path, texts: Iterable[str]) -> list[str]:
    """Files below the folder, databases apart, that have one of the texts in any form."""
    wanted = {form.lower().encode() for text in texts for form in forms(text)}
    return [
        f"{path.relative_to(folder)}: {word.decode()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in ALLOWED
        for content in [b"" if _is_warehouse(path) else _content(path).lower()]
        for word in wanted
        if word in content
    ]


def _is_warehouse(path: Path) -> bool:
    """Its bytes are those of schema pii too."""
    return path.name.startswith("warehouse.duckdb")


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if content.startswith(zstandard.FRAME_HEADER):
        return zstandard.ZstdDecompressor().stream_reader(content).read()
    return content


def found_in_databases(folder: Path, texts: Iterable[str]) -> list[str]:
    """Tables, and Parquet files, with a row that has one of the texts in any form."""
    words = sorted({form.lower() for text in texts for form in forms(text)})
    return [found for path in sorted(folder.rglob("*")) for found in _found_in_database(path, words)]


def _found_in_database(path: Path, words: list[str]) -> Iterator[str]:
    if path.suffix not in DATABASES or not path.is_file():
        return
    with duckdb.connect() as connection:
        connection.execute("create table words as select unnest(?) as word", [words])
        tables = [f"'{path}'"]
        if path.suffix == ".duckdb":
            connection.execute(f"attach '{path}' as scanned (read_only)")
            tables = [
                f'scanned."{schema}"."{table}"'
                for schema, table in connection.execute(
                    "select schema_name, table_name from duckdb_tables() "
                    "where database_name = 'scanned' and schema_name <> ?",
                    [ALLOWED_SCHEMA],
                ).fetchall()
            ]
        for table in tables:
            found = connection.execute(f"""
                select distinct word from words, (
                    select lower(concat_ws(' ', *columns(*))) as text from {table}
                ) where contains(text, word)
            """).fetchall()
            yield from (f"{path.name}, {table}: {word}" for (word,) in found)
