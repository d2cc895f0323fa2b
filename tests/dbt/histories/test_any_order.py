"""Whatever the order and batching of arrival, restatement and merger, the marts are those of a full build."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings

from tests.dbt.histories.declarations import Declared, declarations
from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import (
    CAMPAIGNS,
    VIEWER,
    Change,
    File,
    Step,
    at,
    histories,
    log_ranges,
    web_day,
)
from tests.dbt.histories.world import hold, worlds
from tests.dbt.rows import SITE, Hit


def test_any_order_of_arrival_gives_the_marts_of_a_full_build(
    project: CompiledProject, tmp_path: Path, number: int
) -> None:
    # A seed for each: of many under one seed, Hypothesis makes most from others by small changes.
    @seed(number)
    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(history=histories(), shop=declarations, till=declarations)
    def replay(history: tuple[list[list[Step]], list[Step]], shop: Declared, till: Declared) -> None:
        hold(project, Path(tempfile.mkdtemp(dir=tmp_path)), history, {"orders": shop, "till": till})

    replay()


def test_contacts_without_a_browser_keep_their_events_whoever_shares_the_minute(
    project: CompiledProject, tmp_path: Path
) -> None:
    """One history in a hundred had this: the second contact's hit was numbered after the first one's."""
    minute = at(0).isoformat()
    hits = [
        Hit(minute, "page_view", page, address=address)
        for page, address in zip(("/", "/pricing"), ("ann@example.com", "bob@example.com"), strict=True)
    ]
    [logged] = log_ranges([(1, "bob@example.com", "view", CAMPAIGNS[0], VIEWER)], 1, 0)
    day = web_day("2026-10-24", hits)
    hold(project, tmp_path, ([[day], [logged]], [day, logged]))


def test_an_order_without_a_person_is_its_buyers_once_a_page_names_them(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Random histories seldom have it: the row without a person has to be counted with the buyer's."""
    blank = dict.fromkeys(("mail", "customer", "browser", "campaign"), "")
    order = {"ts": at(0).isoformat(), "event": "order", "order": "T-1", "id": "e1", "amount": "20.2", **blank}
    file = File("a.csv", (order,))
    purchase = Hit(at(30).isoformat(), "purchase", client="laptop", order="T-1", revenue=20.2)
    day = web_day("2026-10-24", [purchase])
    hold(project, tmp_path / "named", ([[file], [day]], [day, file]))
    hold(project, tmp_path / "taken back", ([[file], [day], [web_day("2026-10-24", [])]], [file]))


def test_who_refuses_analytics_is_found_again_whatever_changes_of_them(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Their rows show no person, by whom an incremental build could find them."""
    ann, letter = "ann@example.com", CAMPAIGNS[0]
    hits = [Hit(at(n).isoformat(), "login", client="laptop", address=ann) for n in (0, 70)]
    bought = Hit(at(1).isoformat(), "purchase", client="laptop", address=ann, order="T-1", revenue=20.2)
    day, restated = web_day("2026-10-24", [*hits, bought]), web_day("2026-10-24", hits)
    actions = [(1, ann, "send", letter, ""), (2, ann, "click", letter, f"{SITE}/plain")]
    [log] = log_ranges(actions, 2, 0)
    newsletter, reminder = (
        Change({"smaily__campaigns": ({**letter, "tags": [tag]},)}, letter["id"])
        for tag in ("newsletter", "cart_reminder")
    )

    def states(*words: str) -> File:
        blank = dict.fromkeys(("customer", "browser", "order", "id", "amount"), "")
        rows = ({"ts": at(n).isoformat(), "event": "call", "mail": ann, "analytics": word, **blank}
                for n, word in enumerate(words))  # fmt: skip
        return File("c.csv", tuple(rows))

    start, refused = [newsletter, day, log], states("denied")
    hold(
        project, tmp_path / "restated", ([start, [refused], [restated]], [newsletter, refused, log, restated])
    )
    hold(project, tmp_path / "tagged", ([start, [refused], [reminder]], [refused, log, day, reminder]))
    granted = states("denied", "granted")
    hold(project, tmp_path / "back", ([[refused], start, [granted]], [granted, *start]))
    hold(project, tmp_path / "gone", ([[*start, refused], [File("c.csv", None)]], start))


def test_a_send_to_an_address_that_is_no_person_is_there_once(
    project: CompiledProject, tmp_path: Path
) -> None:
    """A friend clicks in forwarded e-mails: the address has no event of its own, and its sends no person."""
    blank = dict.fromkeys(("customer", "order", "amount"), "")

    def click(minute: int, event_id: str) -> dict[str, str]:
        row = {"ts": at(minute).isoformat(), "event": "click", "mail": "ann@example.com", "id": event_id}
        return {**row, "browser": "phone", "campaign": "Flyer", **blank}

    bought = {"ts": at(5).isoformat(), "event": "order", "mail": "bob@example.com", "id": "b1", **blank}
    order = File("b.csv", ({**bought, "browser": "phone", "order": "T-1", "amount": "20.2", "campaign": ""},))
    first, second = File("a.csv", (click(0, "a1"),)), File("c.csv", (click(70, "c1"),))
    hold(project, tmp_path / "again", ([[first, order], [second]], [second, order, first]))
    gone = [[first, order, second], [File("c.csv", None)]]
    hold(project, tmp_path / "gone", (gone, [order, first]))

    def alone(mail: str, minute: int, event: str, **values: str) -> File:
        row = {"ts": at(minute).isoformat(), "event": event, "mail": mail, "id": "", "browser": ""}
        return File("c.csv", ({**blank, "campaign": "", **row, **values},))

    sent = alone("ann@example.com", 1, "send", campaign="Flyer")
    hold(project, tmp_path / "named", ([[first, order], [sent]], [sent, first, order]))
    hold(project, tmp_path / "unnamed", ([[sent, first, order], [File("c.csv", None)]], [first, order]))
    denied, granted = (
        alone("bob@example.com", 300, "call", browser="phone", analytics=word)
        for word in ("denied", "granted")
    )
    hold(project, tmp_path / "refused", ([[first, order], [denied], [granted]], [granted, first, order]))


def test_recipients_of_an_unopened_campaign_follow_the_opens_of_its_feed(
    project: CompiledProject, tmp_path: Path
) -> None:
    blank = dict.fromkeys(("customer", "browser", "order", "id", "amount", "opens_observable"), "")

    def mails(name: str, address: str, letter: str, event: str, *agents: str) -> File:
        sent = {"event": event, "mail": address, "campaign": letter, **blank}
        rows = ({"ts": at(n).isoformat(), "user_agent": agent, **sent} for n, agent in enumerate(agents))
        return File(name, tuple(rows))

    unopened = mails("a.csv", "ann@example.com", "Letter", "send", "")
    opened = mails("b.csv", "bob@example.com", "Flyer", "open", "Thunderbird")
    mixed = mails("b.csv", "bob@example.com", "Flyer", "open", "Thunderbird", "")
    hold(project, tmp_path / "to yes", ([[unopened], [opened]], [unopened, opened]))
    hold(project, tmp_path / "to unknown", ([[unopened, opened], [mixed]], [unopened, mixed]))


def test_recipients_follow_whether_the_feed_ever_reports_an_open(
    project: CompiledProject, tmp_path: Path
) -> None:
    blank = dict.fromkeys(("customer", "browser", "order", "id", "amount"), "")

    def mails(name: str, letter: str, event: str, *who: str) -> File:
        row = {
            "ts": at(9).isoformat(),
            "event": event,
            "campaign": letter,
            "user_agent": "Thunderbird",
            **blank,
        }
        return File(name, tuple({**row, "mail": f"{each}@example.com"} for each in who))

    sent, clicked = mails("a.csv", "Letter", "send", "ann"), mails("b.csv", "Flyer", "click", *"abcde")
    opened = mails("c.csv", "Flyer", "open", "bob")
    before, after = [sent, clicked], [sent, clicked, opened]
    hold(project, tmp_path / "first open", ([[sent], [clicked], [opened]], after))
    hold(project, tmp_path / "gone", ([after, [File("c.csv", None)]], before))
    with worlds(project, tmp_path, ("known",)) as [world]:
        found = []
        for step in after:
            world.take([step])
            world.build()
            found += world.connection.execute(
                "select opens_observable, opens_observable_reason from marts.fct_email_sends"
                " where campaign_key ilike '%letter'"
            ).fetchall()
    assert found == [("unknown", "no_machine_evidence"), ("no", "plan_without_opens"), ("yes", None)]


def rows_of_one_second(*named: tuple[str, str], person: str = "u1") -> tuple[dict[str, str], ...]:
    """Rows of a file by (event name, event id), all at one instant."""
    blank = dict.fromkeys(("mail", "browser", "order", "campaign", "amount"), "")
    return tuple(
        {"ts": at(0).isoformat(), "event": name, "customer": person, "id": event_id, **blank}
        for name, event_id in named
    )


def names_in_order(project: CompiledProject, home: Path, *files: File) -> list[str]:
    """Event names in the order of a person's acts after one build with these files."""
    with worlds(project, home, ("alone",)) as [world]:
        world.take(list(files))
        world.build()
        found = world.connection.execute(
            "select event_name from marts.fct_events order by person_key, occurred_at, event_rank"
        ).fetchall()
    return [str(name) for (name,) in found]


def test_simultaneous_events_stand_in_the_order_of_what_they_are(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Rows of one second in the worst order: names known of any source, and a row of the catalogue."""
    names = ("purchase", "begin_checkout", "add_to_cart", "view_item", "click", "unsubscribe")
    file = File("a.csv", rows_of_one_second(*((name, f"e{n}") for n, name in enumerate(names))))
    assert names_in_order(project, tmp_path, file) == [
        "click", "unsubscribe", "view_item", "add_to_cart", "begin_checkout", "purchase",
    ]  # fmt: skip


def test_simultaneous_events_of_one_rank_stand_as_in_their_file(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Forty names that are not known: a hash would have to guess their order."""
    names = [f"thing_{(n * 17) % 40}" for n in range(40)]
    rows = rows_of_one_second(*((name, f"e{n}") for n, name in enumerate(names)))
    assert names_in_order(project, tmp_path / "whole", File("a.csv", rows)) == names
    two = (File("a.csv", rows[:20]), File("b.csv", rows[20:]))
    assert names_in_order(project, tmp_path / "halves", *reversed(two)) == names
    hold(project, tmp_path / "held", ([[two[1]], [two[0]]], list(two)))


def test_an_event_in_several_files_stands_where_it_stood_first(
    project: CompiledProject, tmp_path: Path
) -> None:
    """The last file by name is kept of an event; its place is that of the first."""
    first = File("a.csv", rows_of_one_second(("one", "1"), ("two", "2"), ("three", "3")))
    second = File("b.csv", rows_of_one_second(("three", "3"), ("one", "1"), ("four", "4")))
    assert names_in_order(project, tmp_path / "both", first, second) == ["one", "two", "three", "four"]
    hold(project, tmp_path / "grown", ([[second], [first]], [first, second]))
    hold(project, tmp_path / "taken", ([[first, second], [File("a.csv", None)]], [second]))
