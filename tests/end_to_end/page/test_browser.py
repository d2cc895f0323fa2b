"""The page in a real browser: drawn, filtered, reached by keyboard, accessible, never too wide, printed."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Playwright, sync_playwright
from playwright.sync_api import Page as Tab

from dagster_project.reports.page.pdf import find_browser, print_pdf
from tests.end_to_end.page.conftest import Page

CHROMIUM = find_browser()
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium is installed: the page is not looked at"
)
AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
WIDTHS = (360, 768, 1440)
LEAST_PIXELS = 9  # of a letter in a picture


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield running
    running.close()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def tab(browser: Browser, page: Page, said: list[str]) -> Iterator[Tab]:
    with opened(browser, page.path, said) as tab:
        yield tab
    assert said == []


def opened(browser: Browser, path: Path, said: list[str], **options: Any) -> Any:
    """A tab whose console must stay silent, with no network to load from."""
    tab = browser.new_page(offline=True, **options)

    def on_console(message: ConsoleMessage) -> None:
        said.append(message.text)

    tab.on("console", on_console)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("dialog", lambda dialog: said.append(dialog.message))
    tab.goto(path.as_uri())
    return tab


def test_every_picture_is_drawn_and_labelled(tab: Tab) -> None:
    pictures = tab.locator(".chart svg:visible")
    assert pictures.count() >= 10
    assert pictures.count() == tab.locator(".chart").count(), "one of its two layouts"
    for picture in pictures.all():
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert box["height"] > 20
        assert picture.get_attribute("aria-label")
    # No text of one picture is cut off at its edges, and each has a colour.
    assert (
        tab.evaluate("""() => [...document.querySelectorAll(".chart svg text")].filter((text) => {
        const fill = getComputedStyle(text).fill;
        return fill === "none" || fill === "rgba(0, 0, 0, 0)";
    }).length""")
        == 0
    )


def test_filters_filter(tab: Tab) -> None:
    for select in tab.locator("select").all():
        table = tab.locator(f"#{select.get_attribute('data-filters')}")
        tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        everything = table.locator("tbody tr").count()
        select.select_option("")
        assert table.locator("tbody tr:visible").count() == everything
        values = [option.get_attribute("value") for option in select.locator("option").all()]
        shown = 0
        for value in values[1:]:
            assert value
            select.select_option(value)
            visible = table.locator("tbody tr:visible")
            assert 0 < visible.count() <= everything
            assert {row.get_attribute("data-group") for row in visible.all()} == {value}
            shown += visible.count()
        assert shown == everything, "each row belongs to one choice"
        assert select.locator("xpath=..").locator("output").inner_text().endswith(f"of {everything} rows")


def test_without_a_script_every_row_is_there(browser: Browser, page: Page, said: list[str]) -> None:
    with opened(browser, page.path, said, java_script_enabled=False) as tab:
        assert tab.locator("tbody tr[hidden]").count() == 0
        assert tab.locator(".filter:visible").count() == 0


def test_the_keyboard_reaches_everything(tab: Tab) -> None:
    """Tab goes through links, disclosures, choices and what scrolls, each with a visible outline."""
    expected = tab.evaluate("""() => [...document.querySelectorAll(
        "a[href], summary, select, [tabindex='0']")].filter((e) => e.checkVisibility()).length""")
    reached: set[str] = set()
    for _ in range(expected):
        tab.keyboard.press("Tab")
        place, outline = tab.evaluate("""() => {
            const all = [...document.querySelectorAll("*")], at = document.activeElement;
            return [String(all.indexOf(at)), getComputedStyle(at).outlineStyle];
        }""")
        assert outline != "none"
        reached.add(place)
    assert len(reached) == expected


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser: Browser, page: Page, said: list[str], scheme: str) -> None:
    with opened(browser, page.path, said, color_scheme=scheme, bypass_csp=True) as tab:
        tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        tab.add_script_tag(path=AXE)
        found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == []
    assert len(found["passes"]) > 20
    assert said == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(browser: Browser, page: Page, said: list[str], width: int) -> None:
    with opened(browser, page.path, said, viewport={"width": width, "height": 800}) as tab:
        tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert (
            tab.evaluate("""() => [...document.querySelectorAll("body *")].filter((e) =>
            !e.closest(".scroll, .skip, .unseen, .defs") && e.getBoundingClientRect().right > innerWidth + 1
        ).map((e) => e.outerHTML.slice(0, 100))""")
            == []
        )


@pytest.mark.parametrize("width", WIDTHS)
def test_pictures_are_legible_and_need_no_scrolling(
    browser: Browser, page: Page, said: list[str], width: int
) -> None:
    with opened(browser, page.path, said, viewport={"width": width, "height": 800}) as tab:
        assert tab.locator(".chart svg.narrow:visible").count() == (
            tab.locator(".chart").count() if width == min(WIDTHS) else 0
        )
        smallest, cut = tab.evaluate("""() => {
            const shown = [...document.querySelectorAll(".chart svg")].filter((svg) => svg.checkVisibility());
            const scale = (svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
            const size = (text) => parseFloat(getComputedStyle(text).fontSize) * scale(text.ownerSVGElement);
            const texts = shown.flatMap((svg) => [...svg.querySelectorAll("text")]);
            return [
                Math.min(...texts.map(size)),
                texts.filter((text) => text.getBoundingClientRect().right > innerWidth + 1
                    || text.getBoundingClientRect().left < -1).map((text) => text.textContent),
            ];
        }""")
    assert smallest > LEAST_PIXELS
    assert cut == []


def test_the_first_screen_is_read_at_a_glance(browser: Browser, page: Page, said: list[str]) -> None:
    with opened(browser, page.path, said, viewport={"width": 768, "height": 1024}) as tab:
        lines = tab.evaluate("""() => [...document.querySelectorAll(".verdicts .sentence")].map((p) =>
            Math.round(p.getBoundingClientRect().height / parseFloat(getComputedStyle(p).lineHeight)))""")
        tab.set_viewport_size({"width": 1440, "height": 900})
        bottom = tab.evaluate("document.querySelector('.verdicts').getBoundingClientRect().bottom")
    assert lines
    assert max(lines) <= 2
    assert bottom <= 900


def test_tables_that_are_open_fit_a_desktop(tab: Tab) -> None:
    """Nothing of them is scrolled out of sight."""
    tab.set_viewport_size({"width": 1440, "height": 900})
    hidden = tab.evaluate("""() => [...document.querySelectorAll(".scroll")].filter((e) =>
        e.checkVisibility() && e.scrollWidth > e.clientWidth).map((e) => e.getAttribute("aria-label"))""")
    assert hidden == []


def test_print_shows_every_table(tab: Tab) -> None:
    tab.locator("#completion-filter").select_option(index=2)
    tab.emulate_media(media="print")
    tables = tab.locator("table").count()
    assert tables > 10
    assert tab.locator("table:visible").count() == tables
    rows = tab.locator("tbody tr")
    assert tab.locator("tbody tr:visible").count() == rows.count()
    heights = tab.evaluate(
        "[...document.querySelectorAll('table')].map((t) => t.getBoundingClientRect().height)"
    )
    assert min(heights) > 20


def test_the_page_is_printed_to_a_file(page: Page, tmp_path: Path) -> None:
    copy = Path(shutil.copy(page.path, tmp_path))
    assert print_pdf(copy).read_bytes().startswith(b"%PDF-")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".pdf"]
