"""One address has one contact key, however it is written: in Python, in SQL and on a web page."""

import json
import re
import shutil
import subprocess
import unicodedata

import duckdb
import pytest

from dagster_project.raw.secret import write_keys
from dagster_project.raw.sql import contact_key, plain_address
from dagster_project.sources.core.spellings import plain
from tests.conftest import ROOT

SPELLINGS = [
    (spelling, address or None)
    for address, spellings in json.loads((ROOT / "tests/spellings.json").read_text(encoding="utf-8")).items()
    for spelling in spellings
]
# Every letter and sign before, within and behind an address.
SIGNS = [chr(code) for code in range(1, 0x3000) if unicodedata.category(chr(code)) not in ("Cn", "Co", "Cs")]
TEXTS = [text for sign in SIGNS for text in (f"{sign}x@y.ee", f"a{sign}@y.ee", f"x@y.ee{sign}", sign)]


@pytest.mark.parametrize(("spelling", "address"), SPELLINGS)
def test_one_spelling(spelling: str, address: str | None) -> None:
    assert plain(spelling) == address


def test_sql_has_the_same() -> None:
    texts = [*(spelling for spelling, _ in SPELLINGS), *TEXTS]
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {plain_address('text')} from (select unnest($texts) as text)", {"texts": texts}
        ).fetchall()
    assert [address for (address,) in found] == [plain(text) for text in texts]


def test_the_snippet_for_pages_has_the_same() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no `node` on PATH, which runs the snippet of README.md; install Node.js")
    [snippet] = re.findall(
        r"const plain = .*?;\n", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    program = (
        f"{snippet} const texts = JSON.parse(require('fs').readFileSync(0, 'utf-8'));"
        "console.log(JSON.stringify(texts.map(plain).map((found) => (found.includes('@') ? found : null))))"
    )
    texts = [*(spelling for spelling, _ in SPELLINGS), *TEXTS]
    outcome = subprocess.run(
        [node, "-e", program], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    assert json.loads(outcome.stdout) == [plain(text) for text in texts]


def test_what_is_no_address_has_no_contact_key() -> None:
    with duckdb.connect() as connection:
        write_keys(connection, b"secret", "salt")
        found = connection.execute(
            f"select {contact_key('text')}, sha256('salt' || $address) from (select unnest($texts) as text)",
            {"texts": ["undefined", "", " Ann <ann@x.test>"], "address": "ann@x.test"},
        ).fetchall()
    assert [found[0][0], found[1][0]] == [None, None]
    assert found[2][0] == found[2][1]
