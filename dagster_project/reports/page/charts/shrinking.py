"""The same picture in fewer bytes: two of each stand in the page."""

import re
import xml.etree.ElementTree as ET
from re import Match

SPACE = "{http://www.w3.org/2000/svg}"
# Said by the page's own style, by default, or not to be seen.
IDLE = {
    ("font-size", "12px"),
    ("font-weight", "normal"),
    ("opacity", "1"),
    ("pointer-events", "none"),
    ("stroke-dasharray", "1,0"),
    ("stroke-miterlimit", "10"),
    ("stroke-width", "1"),
    ("text-anchor", "start"),
    ("transform", "translate(0,0)"),
}
UNUSED = ("role", "class", "font-family", "version", "width", "height")
MEASURES = ("d", "transform", "x", "y", "x2", "y2", "width", "height")
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
MOVED = re.compile(r"translate\(([^,)]+),([^,)]+)\)$")
CIRCLE = re.compile(r"M([\d.]+),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0$")
COLOUR = re.compile(r"var\(--([a-z0-9-]+)\)$")
# What marks inherit from their group.
SHARED = ("class", "fill", "font-size", "font-weight", "stroke-linecap", "stroke-width", "text-anchor")


def shrunk(svg: str) -> ET.Element:
    """Coordinates to a tenth, colours as classes, nothing that is so anyway."""
    root = ET.fromstring(svg)
    box = root.get("viewBox", "")
    _shrink(root)
    root.attrib.clear()
    root.set("viewBox", box)
    return root


def _shrink(element: ET.Element) -> None:
    element.tag = element.tag.removeprefix(SPACE)
    kept = []
    for child in element:
        if child.get("class") in ("background", "foreground"):
            continue
        _shrink(child)
        if child.tag != "g" or len(child):
            kept += list(child) if child.tag == "g" and not child.attrib else [child]
    element[:] = kept
    _shorten(element)
    if element.tag == "g" and len(element) > 1:
        _share(element)


def _shorten(element: ET.Element) -> None:
    rest = {
        name: NUMBER.sub(_tenth, value) if name in MEASURES else value
        for name, value in element.attrib.items()
        if (name, value) not in IDLE
        and not name.startswith("aria-")
        and (name not in UNUSED or (name in ("width", "height") and element.tag == "rect"))
    }
    element.attrib.clear()
    moved = MOVED.match(rest.get("transform", ""))
    circle = CIRCLE.match(rest.get("d", ""))
    if element.tag == "line":
        x, y = moved.groups() if moved else ("0", "0")
        element.tag = "path"
        rest["d"] = f"M{x},{y}l{rest.pop('x2', '0')},{rest.pop('y2', '0')}"
        rest.pop("transform", None)
    elif element.tag == "text" and moved and not len(element):  # lines are placed by their text
        element.attrib |= {"x": moved[1], "y": moved[2]}
        del rest["transform"]
    elif circle and moved:
        element.tag = "circle"
        element.attrib |= {"cx": moved[1], "cy": moved[2], "r": circle[1]}
        del rest["transform"], rest["d"]
    classes = [
        f"{what[0]}-{colour[1]}"  # of the page's style: f-… fills, s-… draws the line
        for what in ("fill", "stroke")
        if (colour := COLOUR.match(rest.get(what, ""))) and rest.pop(what)
    ]
    element.attrib |= rest
    if classes:
        element.set("class", " ".join(classes))


def _share(group: ET.Element) -> None:
    """What all of a group's marks say is said once."""
    for name in SHARED:
        values = {child.get(name) for child in group}
        if len(values) == 1 and None not in values and name not in group.attrib:
            group.set(name, str(values.pop()))
            for child in group:
                del child.attrib[name]


def _tenth(number: Match[str]) -> str:
    shown = f"{float(number[0]):.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown
