"""Events and sends of no person follow the campaigns and links that describe them, as persons' do."""

from pathlib import Path

from tests.dbt.google_analytics.export_rows import exported
from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import CAMPAIGNS, SHORT, Change, File, Step, at, exported_day, local, web_day
from tests.dbt.histories.world import hold, worlds
from tests.dbt.rows import SITE, Hit, Row, action, link

COLUMNS = ("mail", "customer", "browser", "order", "id", "campaign", "amount", "url")
AUTUMN, OFFER = CAMPAIGNS
# More addresses log in on the kiosk than a person has: no one's browser.
CROWD = tuple(f"{name}@example.com" for name in ("ann", "bob", "cid"))


def row(minute: int, event: str, **values: str) -> dict[str, str]:
    return {"ts": at(minute).isoformat(), "event": event, **dict.fromkeys(COLUMNS, ""), **values}


def listed(campaign: Row) -> Change:
    return Change({"smaily__campaigns": (campaign,)}, campaign["id"])


def named(step: Step) -> object:
    """What a later step of the same name takes the place of."""
    return step.name if isinstance(step, File) else (step.partition, *step.tables)


# No identifier at all, a browser of many, an address without a person, a person who refused analytics.
ANONYMOUS = File(
    "a.csv",
    (
        row(0, "page_view", url=f"{SITE}/pricing?utm_campaign=autumn&utm_medium=email"),
        row(1, "click", campaign="autumn", url=link("/pricing")),
        row(2, "click", campaign="Autumn", url="https://bit.ly/3abc"),
        row(3, "page_view", campaign="other"),
        *(row(n, "login", mail=mail, browser="kiosk") for n, mail in enumerate(CROWD, 4)),
        row(30, "click", browser="kiosk", campaign="autumn", url="https://bit.ly/3abc"),
        row(40, "purchase", browser="kiosk", campaign="Autumn", order="T-1", amount="20.2"),
    ),
)
# Alone in its file: a change that reaches one event of a file takes its others along.
SPELLED = File("b.csv", (row(3, "page_view", url=f"{SITE}/pricing?utm_campaign=SPRING!&utm_medium=email"),))
WITHHELD = File(
    "c.csv",
    (
        row(0, "click", mail="dan@example.com", campaign="Flyer", url="https://bit.ly/3abc")
        | {"analytics": "denied"},
        row(1, "click", mail="dan@example.com", campaign="Autumn", id="d1") | {"analytics": "denied"},
    ),
)
KIOSK = web_day(
    "2026-10-24",
    [
        *(Hit(at(n).isoformat(), "login", client="kiosk", address=mail) for n, mail in enumerate(CROWD)),
        Hit(at(9).isoformat(), "page_view", "/pricing", client="kiosk", campaign="autumn", medium="email"),
    ],
)


def logged(seq_id: int, campaign: Row, address: str | None) -> Change:
    """A click of the action log, whose contact the vendor may have deleted."""
    click = action(seq_id, local(seq_id), address or "", "click", campaign, link("/pricing"))
    row = click if address else {**click, "contact_key": None}
    return Change({"smaily__actions": (row,)}, f"000000000{seq_id}")


BEFORE: list[Step] = [ANONYMOUS, SPELLED, WITHHELD, KIOSK, logged(1, OFFER, None)]
# Each in the place of the one before it, where that is of the same list.
CHANGES: tuple[tuple[str, Change], ...] = (
    ("a campaign arrives", listed(AUTUMN)),
    ("it is renamed", listed({**AUTUMN, "name": "Spring"})),
    ("its old name comes back", listed(AUTUMN)),
    ("one that was clicked is tagged", listed({**OFFER, "tags": ["cart_reminder"]})),
    ("a slug is that of the campaign whose link is clicked", logged(2, OFFER, "bob@example.com")),
    ("a link is shortened", Change({"bitly__bitlinks": (SHORT,)}, "1")),
)


def test_a_change_of_what_describes_them_reaches_events_without_a_person(
    project: CompiledProject, tmp_path: Path
) -> None:
    state: dict[object, Step] = {named(step): step for step in BEFORE}
    with worlds(project, tmp_path, ("grown", *(str(n) for n, _ in enumerate(CHANGES)))) as (grown, *whole):
        grown.take(BEFORE)
        grown.build()
        for (change, step), fresh in zip(CHANGES, whole, strict=True):
            before = grown.mart("fct_events")
            state[named(step)] = step
            grown.take([step])
            grown.build()
            fresh.take(list(state.values()))
            fresh.build()
            for mart in ("fct_events", "fct_email_sends", "fct_macro_conversions"):
                assert grown.mart(mart) == fresh.mart(mart), f"{mart}: {change}"
            assert grown.mart("fct_events") != before, f"nothing changes: {change}"


def test_a_new_campaign_replaces_no_event_that_it_does_not_describe(
    project: CompiledProject, tmp_path: Path
) -> None:
    """An ordinary day has one."""
    with worlds(project, tmp_path, ("grown",)) as [grown]:
        grown.take(BEFORE)
        grown.build()
        grown.take([listed({**AUTUMN, "id": "3", "name": "Winter"})])
        grown.build()
        assert grown.connection.execute("select count(*) from delta.fct_events").fetchall() == [(0,)]


def test_a_refund_of_a_withheld_order_that_another_person_handled_is_there_once(
    project: CompiledProject, tmp_path: Path
) -> None:
    """The refund shows no person, though its event does."""
    buyer = row(0, "order", mail="ann@example.com", order="T-1", amount="20.2") | {"analytics": "denied"}
    refund = row(9, "refund", mail="bob@example.com", order="T-1", amount="20.2")
    seen = row(30, "page_view", mail="bob@example.com")
    first, again = File("a.csv", (buyer, refund)), File("b.csv", (seen,))
    hold(project, tmp_path / "again", ([[first], [again]], [again, first]))
    gone = File("a.csv", (buyer,))
    hold(project, tmp_path / "gone", ([[first, again], [gone]], [again, gone]))


def test_an_exported_refund_without_identifiers_is_found_by_its_order(
    project: CompiledProject, tmp_path: Path
) -> None:
    at_noon = at(0).isoformat()
    refund = exported(at_noon, "refund", "/pricing", None, order="T-1", revenue=10.1)
    day = exported_day("2026-10-24", [refund])
    order = File("a.csv", (row(5, "order", mail="ann@example.com", order="T-1", amount="20.2"),))
    hold(project, tmp_path, ([[day], [order]], [order, day]))
