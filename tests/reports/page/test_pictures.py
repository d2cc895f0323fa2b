"""Pictures as they stand in the page: two layouts, few bytes, the same marks."""

import re
import xml.etree.ElementTree as ET

import pytest
import vl_convert

from dagster_project.reports.page.charts.drawing import draw
from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.charts.layout import NARROW, WIDE
from dagster_project.reports.page.charts.ribbons import BOX, HEIGHT, Flow, ribbons
from dagster_project.reports.page.charts.shrinking import shrunk
from dagster_project.reports.page.charts.theme import CONFIG

ROWS = [
    Interval("Sure", 0.25, 0.2, 0.5, "25% (20–50%)"),
    Interval("A name that does not fit into one line at all", 0.75, 0.5, 1.0, "75%", is_sure=False),
]
SPACE = "{http://www.w3.org/2000/svg}"
# Each with its default, by the page's style.
LOOKS = {
    "fill": "none",
    "stroke": "none",
    "text-anchor": "start",
    "stroke-width": "1",
    "stroke-dasharray": "1,0",
    "font-weight": "normal",
    "font-size": "12px",
}


def drawn(label: str = "A picture") -> dict[str, ET.Element]:
    pictures = ET.fromstring(f"<div>{draw(intervals(ROWS, 'share', (0, 1)), label)}</div>")
    return {picture.get("class", ""): picture for picture in pictures}


def texts(picture: ET.Element) -> list[str]:
    return ["".join(text.itertext()) for text in picture.iter("text")]


def test_both_layouts_say_the_same_under_one_name_each() -> None:
    pictures = drawn("“A” & <b>")
    assert list(pictures) == ["wide", "narrow"]
    assert sorted(texts(pictures["wide"])) == sorted(texts(pictures["narrow"]))
    for layout in (WIDE, NARROW):
        picture = pictures[layout.name]
        assert picture.get("aria-label") == "“A” & <b>"
        # As wide as the layout, but for a label of the axis.
        width = float((picture.get("viewBox") or "").split()[2])
        assert layout.width <= width <= layout.width + 4


def test_marks_keep_their_places_when_they_are_shrunken() -> None:
    """Circles lie at a quarter and three quarters of the axis; the unsure one is hollow."""
    left, right = WIDE.labels, WIDE.width - WIDE.values
    circles = list(drawn()["wide"].iter("circle"))
    assert [float(circle.get("cx", 0)) for circle in circles] == pytest.approx(
        [left + share * (right - left) for share in (0.25, 0.75)], abs=0.06
    )
    assert [set((circle.get("class") or "").split()) for circle in circles] == [
        {"f-accent", "s-accent"},
        {"f-paper", "s-muted"},
    ]
    lines = [path for path in drawn()["wide"].iter("path") if path.get("stroke-dasharray") == "2,4"]
    assert [path.get("d", "").split(",")[0] for path in lines] == [f"M{left + 0.5 * (right - left):g}"]


def looks(element: ET.Element, inherited: dict[str, str]) -> list[tuple[str, ...]]:
    """Of each mark below: what it is and how it looks, as it inherits from its groups."""
    own = inherited | {name: value for name, value in element.attrib.items() if name in LOOKS}
    for name in (element.get("class") or "").split():
        if name[1:2] == "-":
            own[{"f": "fill", "s": "stroke"}[name[0]]] = f"var(--{name[2:]})"
    children = [child for child in element if child.tag.removeprefix(SPACE) != "tspan"]
    if not children:
        shown = tuple(own[name] for name in LOOKS)
        is_seen = own["fill"] != "none" or own["stroke"] != "none"
        return [("".join(element.itertext()), *shown)] if is_seen else []
    return [look for child in children for look in looks(child, own)]


def test_nothing_that_is_seen_is_lost() -> None:
    chart = intervals(ROWS, "share", (0, 1), heading="A heading")(WIDE)
    whole = vl_convert.vegalite_to_svg(chart, config=CONFIG, allowed_base_urls=[])
    small = shrunk(whole)
    assert len(ET.tostring(small)) < 0.55 * len(whole)
    before = looks(ET.fromstring(whole), LOOKS)
    assert looks(small, LOOKS) == before
    assert {look[1:4] for look in before} >= {
        ("var(--ink)", "none", "start"),
        ("var(--muted)", "none", "end"),
        ("var(--accent)", "var(--accent)", "start"),
    }


def boxes(flows: list[Flow], orders: list[list[str]]) -> list[tuple[float, float, float]]:
    """Each box: its left edge, its top and its height."""
    titles = [str(number) for number in range(len(orders))]
    picture = ET.fromstring(f"<div>{draw(ribbons(flows, orders, titles), 'x')}</div>")[0]
    found = []
    for path in picture.iter("path"):
        box = re.match(rf"M([\d.]+),([\d.]+)h{BOX}v([\d.]+)h-{BOX}Z", path.get("d", ""))
        if box:
            found.append((float(box[1]), float(box[2]), float(box[3])))
    return found


def test_boxes_are_as_high_as_what_flows_through_them() -> None:
    """Of ten, six go from A to C and one on to D; equal flows are one."""
    flows = [Flow("A", "C", 2), Flow("A", "C", 4), Flow("B", "C", 1), Flow("B", "E", 3), Flow("C", "D", 1, 1)]
    found = boxes(flows, [["A", "B"], ["C", "E"], ["D"]])
    unit = (1 - 0.048) * HEIGHT / 10
    heights = [height / unit for *_, height in found]
    assert heights == pytest.approx([6, 4, 7, 3, 1], abs=0.01)
    assert len({left for left, *_ in found}) == 3
    assert all(top + height <= HEIGHT + 0.1 for _, top, height in found)
