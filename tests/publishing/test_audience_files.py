"""Files of audiences: read back as each importer documents its format, harmless, private, whole or absent."""

import csv
import io
import os
from pathlib import Path

import pytest

from dagster_project.publishing.audiences.csv_file import harmless, is_importable, private_csv
from dagster_project.publishing.audiences.importers import IMPORTERS, Importer

PLAIN = ("jane@example.com", "o'hara+news@example.com", "x@müller.example", "a.b-c_d@sub.example.co.uk")
# As others write them where a spreadsheet, a parser or a person reads them.
HOSTILE = (
    "=cmd|'/c calc'!a1@example.com",
    "=1+1@example.com",
    "+372555@example.com",
    "-2+3@example.com",
    "@sum(a1)@example.com",
    "\t=1@example.com",
    "\uff1dcmd@example.com",
    "a\n=1+1@example.com",
    "a\r\nb@example.com",
    '"a,b"@example.com',
    "a,b@example.com",
    "a;b@example.com",
    "two@at@example.com",
    "nobody",
    "",
    "a b@example.com",
    "null\x00@example.com",
    "<script>@example.com",
    "x" * 250 + "@example.com",
    "a@localhost",
)
ONLY_SOME = ("jörg@example.com", "用户@example.com")


def written(path: Path, importer: Importer, audience: str, addresses: list[str]) -> bytes:
    with private_csv(path, importer, audience, addresses):
        pass
    return path.read_bytes()


@pytest.mark.parametrize("importer", IMPORTERS.values(), ids=lambda importer: importer.name)
def test_a_file_is_read_back_as_the_importer_documents_it(importer: Importer, tmp_path: Path) -> None:
    content = written(tmp_path / "a.csv", importer, "action.cart_abandoned", list(PLAIN))
    assert not content.startswith(b"\xef\xbb\xbf"), "a byte-order mark would be part of the first header"
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    expected = {
        "smaily": ["email", "milepost_audience"],
        "mailchimp": ["Email Address", "Milepost audience"],
        "klaviyo": ["Email", "Milepost audience"],
        "hubspot": ["Email", "Milepost audience"],
    }
    assert rows[0] == expected[importer.name], "the first column is the address (Klaviyo)"
    assert rows[1:] == [[address, "action.cart_abandoned"] for address in PLAIN], (
        "one address a row, as it is"
    )


@pytest.mark.parametrize("importer", IMPORTERS.values(), ids=lambda importer: importer.name)
def test_what_would_have_to_be_changed_is_left_out(importer: Importer) -> None:
    assert [address for address in PLAIN if not is_importable(address, importer)] == []
    assert [address for address in HOSTILE if is_importable(address, importer)] == []
    assert [is_importable(address, importer) for address in ONLY_SOME] == [importer.name != "mailchimp"] * 2


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "\uff1d1", " \n=1", "a\n=1"]
)
def test_a_name_is_no_formula_and_no_second_row(text: str, tmp_path: Path) -> None:
    assert not harmless(text).lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
    content = written(tmp_path / "a.csv", IMPORTERS["hubspot"], text, ["jane@example.com"])
    assert content.count(b"\n") == 2
    assert harmless('say "hi", ok') == 'say "hi", ok'


def test_a_file_is_its_owners_alone_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path, importer = tmp_path / "audiences" / "a.csv", IMPORTERS["klaviyo"]
    before = os.umask(0)
    try:
        first = written(path, importer, "a", ["one@example.com"])
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(RuntimeError), private_csv(path, importer, "a", ["two@example.com"]):
            raise RuntimeError
        assert path.read_bytes() == first
        assert [file.name for file in path.parent.iterdir()] == ["a.csv"]
        path.parent.chmod(0o755)
        (path.parent / "a.csv.tmp").write_text("left by a killed run")
        written(path, importer, "a", ["two@example.com"])
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert [file.name for file in path.parent.iterdir()] == ["a.csv"]
    finally:
        os.umask(before)
