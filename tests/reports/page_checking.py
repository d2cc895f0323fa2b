"""What holds for every report page, read as a browser's parser reads it and compared with its tables."""

import base64
import copy
import hashlib
import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import html5lib

SVG = "{http://www.w3.org/2000/svg}"
# Attributes by which a page would load something.
LOADING = ("src", "srcset", "poster", "data", "action", "background")
TOLERANCE = 1e-5  # of the six figures that a cell carries
WRITTEN = re.compile(
    r"^(?P<less><?)(?P<number>[+-]?[\d,]+(?P<digits>\.\d+)?)(?P<unit>%| (?:day|hour|minute|second)s?|)$"
)
UNITS = {"": 1, "%": 0.01, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
# Control characters, which no page may hold.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def parse(page: str) -> ET.Element:
    parser = html5lib.HTMLParser(
        tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False, strict=False
    )
    tree: ET.Element = parser.parse(page)
    assert parser.errors == []
    return tree


def text_of(element: ET.Element) -> str:
    return "".join(element.itertext()).strip()


def assert_sound(page: str, published: Path) -> ET.Element:
    """Everything below. Returns the tree, for further questions."""
    tree = parse(page)
    assert_ids(tree)
    assert_outline(tree)
    assert_pictures(tree)
    assert_loads_nothing(page, tree)
    with duckdb.connect(str(published), read_only=True) as connection:
        for table in tree.iter("table"):
            assert_table(table, connection)
    return tree


def assert_ids(tree: ET.Element) -> None:
    """Each id is there once, and each reference leads to one."""
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    for element in tree.iter():
        for attribute in ("aria-labelledby", "for", "data-filters"):
            assert element.get(attribute) in (None, *ids)
        link = element.get("href")
        assert link is None or (link.startswith("#") and link[1:] in ids), link
    used = {
        name
        for element in tree.iter()
        for value in element.attrib.values()
        for name in re.findall(r"url\(#([^)]+)\)", value)
    }
    assert used <= set(ids)


def assert_outline(tree: ET.Element) -> None:
    """One heading of the first level, and no level left out."""
    levels = [int(element.tag[1]) for element in tree.iter() if element.tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def assert_pictures(tree: ET.Element) -> None:
    """Each picture has one name, and a table behind it; each figure says what it finds."""
    for figure in tree.iter("figure"):
        assert text_of(next(element for element in figure.iter("p") if element.get("class") == "finding"))
        for picture in figure.iter(f"{SVG}svg"):
            assert picture.get("role") == "img"
            assert picture.get("aria-label")
            assert [child.get("aria-hidden") for child in picture] == ["true"]
            assert picture.get("viewBox")
            assert sum(1 for _ in picture.iter()) > 10, "something is drawn"
            assert next(figure.iter("table"), None) is not None
    for table in tree.iter("table"):
        assert text_of(next(table.iter("caption")))
        assert {cell.get("scope") for cell in table.iter("th")} == {"col", "row"}


def assert_loads_nothing(page: str, tree: ET.Element) -> None:
    """No address of elsewhere, no script but the one whose digest the policy names."""
    policy = next(
        element.get("content") or ""
        for element in tree.iter("meta")
        if element.get("http-equiv") == "Content-Security-Policy"
    )
    scripts = [text_of(element) for element in tree.iter("script")]
    [script] = scripts
    raw = page[page.index("<script>") + len("<script>") : page.index("</script>")]
    digest = base64.b64encode(hashlib.sha256(raw.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert script
    for element in tree.iter():
        assert not [name for name in element.attrib if name in LOADING or name.startswith("on")]
        assert "//" not in (element.get("style") or "")
        assert str(element.tag) not in ("link", "iframe", "object", "embed", "img", "base", "form")


def assert_table(table: ET.Element, connection: duckdb.DuckDBPyConnection) -> None:
    """Every published value equals the mart's row of that key."""
    mart, keys = table.get("data-mart"), (table.get("data-keys") or "").split(" ")
    [head] = table.iter("thead")
    names = [cell.get("data-column") for cell in head.iter("th")]
    shown = [name for name in names if name]
    if not shown:
        return
    columns = ", ".join(f'"{name}"' for name in dict.fromkeys(shown))
    key = " || chr(10) || ".join(f"coalesce(cast({name} as varchar), '')" for name in keys)
    selected = connection.execute(f"select {key}, {columns} from marts.{mart}").fetchall()
    rows = {found[0]: dict(zip(dict.fromkeys(shown), found[1:], strict=True)) for found in selected}
    assert len(rows) == len(selected), f"{keys} find one row of {mart}"
    [body] = table.iter("tbody")
    for row in body.iter("tr"):
        row_key = (row.get("data-key") or "").replace("True", "true").replace("False", "false")
        assert row_key in rows, (mart, row_key)
        for name, cell in zip(names, cells(row), strict=True):
            if name:
                assert_cell(cell, rows[row_key][name], (mart, row_key, name))


def assert_written(text: str, value: float, where: object) -> None:
    """What people read is the value, rounded at its last digit."""
    found = WRITTEN.match(text)
    assert found, (text, where)
    unit = UNITS[found["unit"].strip().rstrip("s")]
    digits = len(found["digits"] or ".") - 1
    slack = 0.5 * 10**-digits * unit * (1 + 1e-9)
    written = float(found["number"].replace(",", "")) * unit
    # Four significant figures, where a column holds figures of different kinds.
    slack = max(slack, abs(value) * 5e-4) if found["digits"] and len(found["digits"]) > 4 else slack
    assert value <= written if found["less"] else abs(written - value) <= slack, (text, value, where)


def seen(text: str) -> str:
    """As people see it: runs of blanks are one, and what cannot be shown is a mark or nothing."""
    return " ".join(re.sub("[\u202a-\u202e]", "", FORBIDDEN.sub("\ufffd", text)).split())


def cells(row: ET.Element) -> Iterator[ET.Element]:
    return (cell for cell in row if cell.tag in ("th", "td"))


def assert_cell(cell: ET.Element, value: object, where: object) -> None:
    # What a row says on request does not belong to its first cell.
    cell = copy.deepcopy(cell)
    for details in cell.findall("details"):
        cell.remove(details)
    text, exact = text_of(cell), cell.get("data-v")
    if exact == "":
        exact = text.replace(",", "")
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        assert text == "–", where
    elif exact is None:
        # Read as people read it: a flag is a word, runs of blanks are one.
        assert not FORBIDDEN.search(text), where
        expected = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        assert seen(text) == seen(expected), where
    else:
        assert text != "–", where
        if isinstance(value, int | float) or hasattr(value, "as_tuple"):
            assert math.isclose(float(exact), float(value), rel_tol=TOLERANCE, abs_tol=1e-12), where
            assert_written(text, float(value), where)
        else:
            assert exact == str(value), where
