"""Files that cannot be read are quarantined by name, with what to do; the feed's other files load."""

import gzip
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import zstandard

from dagster_project.raw.files import load as loading
from tests.raw.files.feed_folder import FeedFolder

HEAD = "ts,event,mail\n"
TEXT = HEAD + "".join(f"2026-11-01 10:{n % 60:02d}:00,e{n},{hash(str(n))}@b.ee\n" for n in range(60_000))
GZIP = gzip.compress(TEXT.encode())
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(TEXT.encode())
LINE = '{"ts": "2026-11-01", "event": "e", "mail": null}'


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


UNREADABLE: dict[str, tuple[str, bytes, str]] = {
    "gzip cut short": ("a.csv.gz", GZIP[: len(GZIP) // 2], "gzip compression is damaged or was cut short"),
    "gzip without its trailer": ("a.csv.gz", GZIP[:-8], "gzip compression is damaged"),
    "gzip with a flipped byte": ("a.csv.gz", flipped(GZIP, len(GZIP) // 2), "gzip compression is damaged"),
    "gzip of another checksum": ("a.csv.gz", flipped(GZIP, len(GZIP) - 6), "gzip compression is damaged"),
    "gzip with a broken block": ("a.csv.gz", flipped(GZIP, 10), "gzip compression is damaged"),
    "gzip and more": ("a.csv.gz", GZIP + b"more", "gzip compression is damaged"),
    "gzip in capitals cut short": ("A.CSV.GZ", GZIP[:100], "gzip compression is damaged"),
    "gzip header only": ("a.csv.gz", GZIP[:12], "gzip compression is damaged"),
    "zstd cut short": ("a.csv.zst", ZSTD[: len(ZSTD) // 2], "zstd compression is damaged"),
    "zstd without its end": ("a.csv.zst", ZSTD[:-2], "zstd compression is damaged"),
    "zstd with a flipped byte": ("a.csv.zst", flipped(ZSTD, 3), "zstd, though its name ends in .zst"),
    "zstd with a broken block": (
        "a.csv.zst",
        flipped(ZSTD, len(ZSTD) // 2),
        "zstd compression is damaged",
    ),
    "zstd with a second frame cut": (
        "a.csv.zst",
        zstandard.compress(HEAD.encode()) + zstandard.compress(b"2026-11-01,e,\n" * 99)[:-3],
        "zstd compression is damaged",
    ),
    "gzip without the suffix": ("a.csv", GZIP, "gzip, though its name does not end in .gz; rename it"),
    "not zstd": ("a.csv.zst", TEXT.encode(), "not zstd, though its name ends in .zst"),
    "a workbook": (
        "a.csv",
        b"PK\x03\x04" + b"\0" * 99,
        "a ZIP archive or an Excel workbook; export it as CSV",
    ),
    "UTF-16 without a mark": ("a.csv", HEAD.encode("utf-16-le"), "UTF-16 text; export it as UTF-8"),
    "UTF-16 in gzip": ("a.csv.gz", gzip.compress(HEAD.encode("utf-16")), "UTF-16 text; export it as UTF-8"),
    "Latin-1": ("a.csv", "ts,event,mail,größe\n".encode("latin-1"), "not UTF-8 text"),
    "Latin-1 in a header of two lines": (
        "a.csv",
        'ts,event,mail,"a\ngröße"\n'.encode("latin-1"),
        "not UTF-8",
    ),
    "a long field": ("a.csv", ("x" * 131_073 + "," + HEAD).encode(), "first line is not a CSV header"),
    "no line end": ("a.csv", b"x" * (17 << 20), "first line is longer than 16,777,216 bytes"),
    "mixed line ends": (
        "a.csv",
        b"ts,event,mail\r2026-11-01,e,\n2026-11-02,e,\n",
        "not a CSV header (some of its lines end in CR and others in LF or CR LF); correct",
    ),
    "mixed line ends in the rows": (
        "a.csv",
        b"ts,event,mail\r\n2026-11-01,e,\r2026-11-02,e,\r\n2026-11-03,e,\r\n",
        "not csv: some of its lines end in CR and others in LF or CR LF; copy or export it again",
    ),
    "CR CR LF": (
        "a.csv",
        b"ts,event,mail\r\r\n2026-11-01,e,\r\r\n",
        "not csv: some of its lines end in CR and others in LF or CR LF; copy or export it again",
    ),
    "NUL in the header": ("a.csv", b"ts,event,ma\0il\n2026-11-01,e,\n", "not a CSV header"),
    "an array on one line": ("a.jsonl", f"[{LINE}, {LINE}]".encode(), "a JSON array, not JSON lines"),
    "an array of lines": ("a.jsonl", f"[{LINE},\n{LINE}]\n".encode(), "a JSON array, not JSON lines"),
    "an array after a mark": ("a.jsonl", b"\xef\xbb\xbf[\n{}\n]", "a JSON array, not JSON lines"),
    "a pretty object": ("a.jsonl", b'{\n  "ts": "2026-11-01"\n}', "a JSON document over several lines"),
    "an overwritten Parquet": ("a.parquet", b"", "not parquet"),
    "a cut Parquet": ("a.parquet", b"", "not parquet"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_it_is_quarantined_by_name_and_the_others_load(kind: str, feed_folder: FeedFolder) -> None:
    name, content, reason = UNREADABLE[kind]
    format_ = name.lower().split(".")[1]
    feed_folder.configure(format_, {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    _write_good(format_, feed_folder)
    if format_ == "parquet":
        good = (feed_folder.path / "good.parquet").read_bytes()
        content = good[:-20] if "cut" in kind else good[:4] + b"\xff" * 30 + good[34:]
    feed_folder.write(name, content)
    feed_folder.include(name)
    began = time.monotonic()
    result = feed_folder.load()
    assert time.monotonic() - began < 20
    assert (result.loaded, result.quarantined, result.is_complete) == (1, 1, True)
    [(found, record)] = feed_folder.quarantine()
    assert found.startswith(f"{feed_folder.path / name}: ")
    assert reason in found
    assert ";" in found  # what to do
    assert str(feed_folder.settings.landing) not in found
    assert record is None


def _write_good(format_: str, feed_folder: FeedFolder) -> None:
    write: dict[str, Callable[[], object]] = {
        "csv": lambda: feed_folder.write("good.csv", HEAD + "2026-11-01,buy,a@b.ee\n"),
        "jsonl": lambda: feed_folder.write("good.jsonl", LINE + "\n"),
        "parquet": lambda: duckdb.execute(
            "copy (select '2026-11-01' as ts, 'buy' as event, repeat(uuid()::varchar, 9) as mail) "
            f"to '{feed_folder.path}/good.parquet'"
        ),
    }
    write[format_]()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("A.CSV.GZ", gzip.compress((HEAD + "2026-11-01,buy,\n").encode())),
        ("a.csv.ZST", zstandard.compress((HEAD + "2026-11-01,buy,\n").encode())),
        ("a.csv.gz", gzip.compress(HEAD.encode()) + gzip.compress(b"2026-11-01,buy,\n")),
        ("a.csv.zst", zstandard.compress(HEAD.encode()) + zstandard.compress(b"2026-11-01,buy,\n")),
        ("a.csv", b"ts,event,mail\r2026-11-01,buy,\r"),
        ("a.csv", b"ts,event,mail\r2026-11-01,buy,"),
        ("a.csv.gz", gzip.compress(b"ts;event;mail\r2026-11-01;buy;\r")),
        ("a.csv", b"sep=;\r\nts;event;mail\r\n2026-11-01;buy;\r\n"),
        ("a.csv", b"\xef\xbb\xbfsep=,\nts,event,mail\n2026-11-01,buy,\n"),
        ("a.csv", b'"sep=|"\nts|event|mail\n2026-11-01|buy|\n'),
        ("a.csv", b"SEP=;\rts;event;mail\r2026-11-01;buy;\r"),
        ("a.csv", b"\n \n\nts,event,mail\n2026-11-01,buy,\n"),
        ("a.csv", b"\nsep=;\nts;event;mail\n2026-11-01;buy;\n"),
        ("a.csv", b'"a\nb\nc",ts,event,mail,"d ""x""\ne"\n1,2026-11-01,buy,,\n'),
        ("a.csv", b'sep=;\r\n"a\r\nb";ts;event;mail\r\n1;2026-11-01;buy;\r\n'),
        ("a.csv", b"sep=\t\nts\tevent\tmail\n2026-11-01\tbuy\t\n"),
        (
            "a.csv",
            ("".join(f"c{n}{'x' * 999}," for n in range(200)) + HEAD).encode()
            + b"," * 200
            + b"2026-11-01,buy,\n",
        ),
        ("a.jsonl", b'{"ts": "2026-11-01", "event": "buy"}\n[\n'[:-2]),
        ("a.jsonl", b'\n{"ts": "2026-11-01", "event": "buy"}'),
        (
            "a.jsonl",
            b'{"ts": "2026-11-01", "event": "buy", "note": "' + b"x" * (3 << 20) + b'"}\n',
        ),
        ("a.jsonl", b'\t\r\n{"ts": "2026-11-01", "event": "buy"}\n \t\n'),
        ("a.jsonl", b'\xef\xbb\xbf{"ts": "2026-11-01", "event": "buy"}\r'),
    ],
)
def test_what_can_be_read_is_read(name: str, content: bytes, feed_folder: FeedFolder) -> None:
    columns = {"occurred_at": "ts", "event_name": "event", "email": "mail"}
    feed_folder.configure(name.lower().split(".")[1], columns)
    feed_folder.write(name, content)
    feed_folder.include(name)
    feed_folder.load()
    assert feed_folder.quarantine() == []
    assert feed_folder.events("event_name, occurred_at::date::varchar") == [("buy", "2026-11-01")]


@pytest.mark.parametrize(
    "line",
    [f"[{LINE}]", f"[{LINE}]".ljust((1 << 20) - 1), "[" * 5_000 + "]" * 5_000],
    ids=["short", "all that is read at once", "deep"],
)
def test_a_line_that_is_an_array_is_only_that_line(line: str, feed_folder: FeedFolder) -> None:
    feed_folder.configure("jsonl", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    feed_folder.write("a.jsonl", f"{line}\n{LINE}\n")
    result = feed_folder.load()
    assert (result.loaded, result.quarantined) == (1, 1)
    assert feed_folder.quarantine() == [("the line is not a JSON object", line)]


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("head", ["", "sep=,\n", "\n"])
def test_a_line_of_another_encoding_is_only_that_line(
    head: str, before: int, feed_folder: FeedFolder
) -> None:
    """Though it is near the header, which may have more lines than one."""
    feed_folder.configure("csv", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    row = "2026-11-01,größe,\n"
    content = (head + HEAD + row * before).encode() + row.encode("latin-1") + row.encode() * 2
    feed_folder.write("a.csv", content)
    result = feed_folder.load()
    assert (result.fetched, result.quarantined) == (before + 3, 1)


def test_a_first_line_of_json_of_another_encoding_is_only_that_line(feed_folder: FeedFolder) -> None:
    feed_folder.configure("jsonl", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    line = '{"ts": "2026-11-01", "event": "größe"}\n'
    feed_folder.write("a.jsonl", line.encode("latin-1") + line.encode() * 2)
    result = feed_folder.load()
    assert (result.loaded, result.quarantined) == (2, 1)


def test_a_nul_character_in_parquet_is_found(feed_folder: FeedFolder) -> None:
    feed_folder.configure("parquet", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    duckdb.execute(
        "copy (select '2026-11-01' as ts, unnest(['a', 'b' || chr(0)]) as event, null::varchar as mail) "
        f"to '{feed_folder.path}/a.parquet'"
    )
    feed_folder.load()
    assert [reason for reason, _ in feed_folder.quarantine()] == ["the row has a NUL character"]
    assert feed_folder.events("event_name") == [("a",)]


def test_parquet_with_a_flipped_byte_anywhere_stops_no_load(feed_folder: FeedFolder) -> None:
    """DuckDB raises errors of several classes; that of data outside the file is one of the disk too."""
    feed_folder.configure("parquet", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    _write_good("parquet", feed_folder)
    good = (feed_folder.path / "good.parquet").read_bytes()
    for place in range(4, len(good) - 8, len(good) // 20):
        feed_folder.write(f"{place:04}.parquet", flipped(good, place))
    feed_folder.write("outside.parquet", _with_data_outside(good, feed_folder.path / "outside.parquet"))
    result = feed_folder.load()
    assert result.is_complete
    assert result.quarantined > 5
    assert all(record is None and ";" in reason for reason, record in feed_folder.quarantine())


def _with_data_outside(good: bytes, path: Path) -> bytes:
    """The file with a flipped byte by which only reading its rows fails, as if the disk did."""
    for place in reversed(range(len(good) - 8)):
        path.write_bytes(flipped(good, place))
        try:
            duckdb.execute(f"describe from '{path}'")
            duckdb.execute(f"from '{path}'").fetchall()
        except duckdb.IOException as error:
            if "Could not read enough bytes" in str(error):
                return flipped(good, place)
        except duckdb.Error:
            continue
    raise AssertionError("no such byte")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_file_of_blank_lines_is_empty(name: str, feed_folder: FeedFolder) -> None:
    feed_folder.configure(name[2:], {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    feed_folder.write(name, "\n\n")
    assert (feed_folder.load().fetched, feed_folder.quarantine()) == (0, [])


# Also where the escape, 11 bytes behind, crosses the border of what is read at once.
@pytest.mark.parametrize("place", [0, *((1 << 20) - 11 - n for n in (0, 1, 3, 5, 6)), 1 << 21])
def test_nul_characters_are_found_anywhere(place: int, feed_folder: FeedFolder) -> None:
    feed_folder.configure("jsonl", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    fill = f"{LINE}\n" * (place // (len(LINE) + 1)) + "\n" * (place % (len(LINE) + 1))
    invalid = '{"event":"a\\u0000b","ts":"2026-11-01","mail":null}\n'
    assert (fill + invalid).index("\\u0000") == place + 11
    feed_folder.write("a.jsonl", fill + invalid)
    feed_folder.load()
    assert [reason for reason, _ in feed_folder.quarantine()] == ["the row has a NUL character"]


def test_files_that_cannot_be_read_do_not_make_the_others_load_again(
    feed_folder: FeedFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[object] = []
    begin = loading.transaction
    monkeypatch.setattr(loading, "transaction", lambda warehouse: attempts.append(1) or begin(warehouse))
    feed_folder.configure("csv", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    for number in range(5):
        feed_folder.write(f"{number}.csv.gz", GZIP[: 1000 + number])
        feed_folder.write(f"{number}.csv", f"ts,event,mail\n,e{number},\n")  # no row has a time
    feed_folder.write("good.csv", HEAD + "2026-11-01,buy,\n")
    feed_folder.include("0.csv.gz")
    result = feed_folder.load()
    assert (result.loaded, result.quarantined, len(attempts)) == (1, 10, 1)
    assert all(record is None for _, record in feed_folder.quarantine())


def test_a_warehouse_without_room_is_not_the_fault_of_the_file(feed_folder: FeedFolder) -> None:
    feed_folder.configure("csv", {"occurred_at": "ts", "event_name": "event", "email": "mail"})
    feed_folder.write("a.csv", HEAD + "2026-11-01,buy,\n")
    feed_folder.load()
    (feed_folder.path / "a.csv").write_text(HEAD + f"2026-11-01,{'y' * 999},\n" * 20_000)
    feed_folder.warehouse.execute("set memory_limit = '12MB'; set max_temp_directory_size = '0MB'")
    with pytest.raises(duckdb.OutOfMemoryException):
        feed_folder.load()
    feed_folder.warehouse.execute("reset memory_limit; reset max_temp_directory_size")
    assert (feed_folder.load().quarantined, feed_folder.quarantine()) == (0, [])
