"""Layers and stacks of charts, as Vega-Lite draws them."""

import re
import xml.etree.ElementTree as ET

import altair as alt
import vl_convert

from dagster_project.reports.page.charts.specification import Specification, layered, under_one_another

SVG = "{http://www.w3.org/2000/svg}"


def drawn(specification: Specification) -> ET.Element:
    return ET.fromstring(vl_convert.vegalite_to_svg(specification, allowed_base_urls=[]))


def circles(name: str) -> alt.Chart:
    """One circle in a colour by its name, without an axis."""
    rows = alt.Data(values=[{"x": 1, "name": name}])
    return (
        alt.Chart(rows)
        .mark_circle()
        .encode(x=alt.X("x:Q", axis=None), color=alt.Color("name:N", legend=None))
    )


def picture(name: str) -> Specification:
    return layered(circles(name), width=200, height=50, title=name)


def fills(image: ET.Element) -> list[str | None]:
    marks = [path for path in image.iter(f"{SVG}path") if path.get("aria-roledescription") == "circle"]
    return [mark.get("fill") for mark in marks]


def test_a_picture_has_its_title_and_size() -> None:
    image = drawn(picture("A heading"))
    assert ["".join(text.itertext()) for text in image.iter(f"{SVG}text")] == ["A heading"]
    _, _, width, height = map(float, (image.get("viewBox") or "").split())
    assert 200 <= width < 260
    assert 50 <= height < 110


def test_pictures_stand_in_their_order() -> None:
    image = vl_convert.vegalite_to_svg(
        under_one_another([picture("first"), picture("second")], spacing=20), allowed_base_urls=[]
    )
    assert re.findall(r">(first|second)<", image) == ["first", "second"]


def test_pictures_share_colours_unless_their_scales_are_independent() -> None:
    stack = [picture("a"), picture("b")]
    one, other = fills(drawn(under_one_another(stack, spacing=20)))
    assert one != other
    independent = under_one_another(stack, spacing=20, resolve={"scale": {"color": "independent"}})
    one, other = fills(drawn(independent))
    assert one == other
