"""Sequences whose steps are another person's, over referrals that identity resolution found itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Hit, Row, action, campaign, key, link

START = datetime.fromisoformat("2026-06-01T08:00:00+00:00")
LETTER = campaign(1, "Summer", ["newsletter"])
SITE = "site.csv"


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def act(days: float, name: str, who: str, **values: Any) -> Row:
    """A row of the feed."""
    return {
        "event_name": name, "occurred_at": at(days), "contact_key": key(f"{who}@mail.ee"),
        "_is_repeated": False, "_ordinal": 1, "_landed_file": SITE, "_partition": SITE, **values,
    }  # fmt: skip


def forwarded(number: int, referrer: str, friend: str) -> tuple[list[Row], list[Hit]]:
    """A click on the referrer's e-mail that ends on a device on which the friend then logs in."""
    minutes = 1440 + 60 * number
    own, others = f"{referrer}-laptop", f"{friend}-phone"

    def hit(later: float, name: str, client: str, page: str = "/", **more: Any) -> Hit:
        return Hit((START + timedelta(minutes=minutes + later)).isoformat(), name, page, client, **more)

    local = (START + timedelta(minutes=minutes + 14, hours=3)).strftime("%Y-%m-%d %H:%M:%S")
    click = action(number, local, f"{referrer}@mail.ee", "click", LETTER, link("/pricing"))
    return [click], [
        hit(0, "login", own, address=f"{referrer}@mail.ee"),
        hit(1440, "login", own, address=f"{referrer}@mail.ee"),
        hit(10, "page_view", others),
        hit(15, "page_view", others, link("/pricing"), address=f"{referrer}@mail.ee"),
        hit(20, "login", others, address=f"{friend}@mail.ee"),
    ]


@pytest.fixture(scope="module")
def completed(with_feeds: CompiledProject) -> dict[str, int | None]:
    """By who entered: the day on which the referral was completed."""
    edges = [("ann", "ben"), ("fay", "gus"), ("hal", "ida"), ("joe", "kit"), ("joe", "leo")]
    found = [forwarded(number, *edge) for number, edge in enumerate(edges, 1)]
    referrers = ("ann", "cid", "fay", "hal", "joe")
    rows = [act(0, "forward", who) for who in referrers]
    rows += [act(8, "referral_signup", who) for who in ("ben", "dan", "leo")]
    rows += [act(9, "referral_signup", "kit"), act(9, "referral_signup", "cid")]  # her own
    rows.append(act(50, "referral_signup", "gus"))  # too late
    rows += [act(200, "purchase", "last", order_id="last", revenue=1.0, currency="EUR")]
    hits = [each for _, hits in found for each in hits]
    tables = {
        "smaily__campaigns": [LETTER],
        "smaily__actions": [click for clicks, _ in found for click in clicks],
        "google_analytics__events": [each.event for each in hits],
        "google_analytics__event_attributes": [each.attributes for each in hits],
        "event_files__site": rows,
    }
    with_feeds.build(tables, "int_sequence_entrants")
    return {
        who: day
        for who in referrers
        for (day,) in with_feeds.rows(
            "select date_diff('day', entered_at, completed_at) from intermediate.int_sequence_entrants"
            " join intermediate.int_person_identifiers using (person_key)"
            f" where sequence_id = 'referral' and identifier = '{key(who + '@mail.ee')}'"
        )
    }


def test_the_referrals_are_those_of_forwarded_emails(
    completed: dict[str, int | None], with_feeds: CompiledProject
) -> None:
    assert completed.keys() == {"ann", "cid", "fay", "hal", "joe"}
    [(edges,)] = with_feeds.rows("select count(*) from intermediate.int_referral_edges")
    assert edges == 5


@pytest.mark.parametrize(
    ("who", "day"),
    [
        ("ann", 8),
        # Of two friends the first; a stranger's sign-up and one's own complete nothing.
        ("joe", 8),
        ("cid", None),
        # The friend signs up too late, or never.
        ("fay", None),
        ("hal", None),
    ],
)
def test_a_referral_is_completed_by_ones_own_friend_only(
    completed: dict[str, int | None], who: str, day: int | None
) -> None:
    assert completed[who] == day
