"""Who is in which segment from when to when, by hand: every case is a person of one build."""

from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import Row, key
from tests.dbt.segments.conftest import KNOWN, START, act, of, order

Spell = tuple[float, float | None]  # first day in it and first day no longer in it
MODELS = ("fct_person_segments", "dim_segments", "rpt_segments")


# Days until which a third feed is known, the only one that reports bounces.
BOUNCES = 390.0
# Day on which the data begin: who is there within a week of it may have been there before.
BEGIN = -10.0


@dataclass(frozen=True)
class Case:
    """What a person does, and when they are in a segment."""

    segment: str
    rows: list[Row]
    expected: list[Spell] = field(default_factory=list)


def clicks(*days: float, path: str = "/a", name: str = "m") -> list[Row]:
    """A click in an e-mail of its own on each day."""
    return [
        row
        for number, day in enumerate(days)
        for row in (
            act(day, "send", f"{name}{number}"),
            act(day, "click", f"{name}{number}", url=f"https://shop.example.com{path}"),
        )
    ]


OPENS = {"user_agent": "Mozilla/5.0 (Linux; Android 14) GmailImageProxy", "opens_observable": "yes"}


def refund(order_id: str, amount: float) -> Row:
    return act(1, "refund", order_id=order_id, revenue=-amount, currency="EUR")


ONLY_OPENS = [
    act(0, "send", "o"),
    act(1, "open", "o", properties=OPENS),
    act(20, "open", "o", properties=OPENS),
]
SUBSCRIBE, TRIAL, DOWNLOAD = "subscribe", "trial_started", "file_download"


def trial(stated_days: int) -> Row:
    return act(0, TRIAL, properties={"trial_days": str(stated_days)})


DECLINE = clicks(0, 1, 2, 3, 100)
CASES = {
    # Counts in a window: from the act until, and not at, the end of the window.
    "a window": Case("new_subscribers", [act(0, SUBSCRIBE)], [(0, 14)]),
    "a window again": Case("new_subscribers", [act(0, SUBSCRIBE), act(30, SUBSCRIBE)], [(0, 14), (30, 44)]),
    "a longer window": Case("new_subscribers", [act(0, SUBSCRIBE), act(10, SUBSCRIBE)], [(0, 24)]),
    "windows that touch": Case("new_subscribers", [act(0, SUBSCRIBE), act(14, SUBSCRIBE)], [(0, 28)]),
    "an order ends it": Case("new_subscribers", [act(0, SUBSCRIBE), order(5)], [(0, 5)]),
    "an order at once": Case("new_subscribers", [act(0, SUBSCRIBE), order(0)]),
    "two orders of three": Case("frequent_shoppers", [order(0), order(10)]),
    "three orders": Case("frequent_shoppers", [order(0), order(10), order(20)], [(20, 180)]),
    "the first order falls out as the third comes": Case(
        "frequent_shoppers", [order(0), order(1), order(180)]
    ),
    "visits of one hour are one": Case("one_download", [act(0, DOWNLOAD), act(0.01, DOWNLOAD)], [(0, None)]),
    "two visits are two": Case(
        "one_download", [act(0, DOWNLOAD), act(0.01, DOWNLOAD), act(2, DOWNLOAD)], [(0, 2), (10, None)]
    ),
    "no more than orders": Case("no_more_downloads", [act(0, "page_view"), order(3)], [(3, None)]),
    "twice as often": Case("more_downloads", [order(0), act(1, DOWNLOAD), act(2, DOWNLOAD)], [(2, None)]),
    "not twice as often": Case("more_downloads", [order(0), act(1, DOWNLOAD)], [(10, None)]),
    # Days since: opens never count.
    "active": Case("active", [act(0, "page_view")], [(0, 30)]),
    "cooling": Case("cooling", [act(0, "page_view")], [(30, 90)]),
    "lapsed": Case("lapsed", [act(0, "page_view")], [(90, None)]),
    "active again in time": Case("cooling", [act(0, "page_view"), act(30, "page_view")], [(60, 120)]),
    "active again too late": Case(
        "cooling", [act(0, "page_view"), act(31, "page_view")], [(30, 31), (61, 121)]
    ),
    "opens are no activity": Case("active", ONLY_OPENS),
    "opens do not lapse": Case("lapsed", ONLY_OPENS),
    "opens leave one never active": Case("never_active", ONLY_OPENS, [(0, None)]),
    "a click makes active": Case("never_active", clicks(3), []),
    "a machine's click does not": Case(
        "active",
        [
            act(0, "send", "x"),
            act(1, "click", "x", url="https://a.example", properties={"is_machine": "true"}),
        ],
    ),
    # Customers.
    "a prospect": Case("prospects", [act(0, "page_view"), order(2)], [(0, 2)]),
    "a sign-up does not count as an order": Case("prospects", [act(0, "loyalty_signup")], [(0, None)]),
    "a new customer": Case("new_customers", [order(0)], [(0, 30)]),
    "no new customer after a second order": Case("new_customers", [order(0), order(7)], [(0, 7)]),
    "one order": Case("one_time_customers", [order(0)], [(30, 180)]),
    "an old customer is not new": Case("new_customers", [order(BEGIN + 6.9)]),
    "a customer after the data begin is": Case(
        "new_customers", [order(BEGIN + 7)], [(BEGIN + 7, BEGIN + 37)]
    ),
    "ordered lately": Case("all_recent_customers", [order(0)], [(7, 30)]),
    "ordered lately and again": Case("all_recent_customers", [order(0), order(3)], [(10, 33)]),
    "all money back": Case("all_recent_customers", [order(0, order_id="back"), refund("back", 10.0)]),
    "some money back": Case(
        "all_recent_customers", [order(0, order_id="some"), refund("some", 4.0)], [(7, 30)]
    ),
    "lost": Case("lost_customers", [order(0)], [(180, None)]),
    "repeat": Case("repeat_customers", [order(0), order(40)], [(40, 130)]),
    "at risk": Case("customers_at_risk", [order(0), order(40)], [(130, 220)]),
    "back again": Case("customers_at_risk", [order(0), order(40), order(140)], [(130, 140), (230, 320)]),
    "net revenue": Case("spent_ten", [order(0, 4), order(3, 6)], [(3, 20)]),
    "little revenue": Case("spent_little", [act(0, "page_view"), order(5, 12)], [(0, 5), (25, None)]),
    # Half of the 90 days before: from the third of four clicks that falls out until it falls out there, too.
    "a decline": Case("declining_engagement", DECLINE, [(92, 181), (190, 280)]),
    "a decline who left": Case("declining_engagement", [*DECLINE, act(150, "unsubscribe")], [(92, 150)]),
    "a decline in the end": Case("declining_engagement", clicks(0, 1, 80, 90), [(170, 270)]),
    "no decline": Case("declining_engagement", clicks(320, 330, 390)),
    # One act without another.
    "nothing followed": Case("no_chat", [act(0, DOWNLOAD)], [(0, 7)]),
    "followed": Case("no_chat", [act(0, DOWNLOAD), act(2, "chat_start")], [(0, 2)]),
    "followed at once": Case("no_chat", [act(0, DOWNLOAD), act(0, "chat_start")]),
    "asked again": Case(
        "no_chat", [act(0, DOWNLOAD), act(2, "chat_start"), act(5, DOWNLOAD)], [(0, 2), (5, 12)]
    ),
    "a trial": Case("trial_mid_inactive", [act(0, TRIAL)], [(7, 14)]),
    "used in time": Case("trial_mid_inactive", [act(0, TRIAL), act(7, "key_feature_used")]),
    "used too late": Case("trial_mid_inactive", [act(0, TRIAL), act(7.5, "key_feature_used")], [(7, 7.5)]),
    "used before": Case("trial_mid_inactive", [act(-1, "key_feature_used"), act(0, TRIAL)], [(7, 14)]),
    "a trial ends": Case("trial_ending", [act(0, TRIAL)], [(11, 14)]),
    "paid": Case("trial_ending", [act(0, TRIAL), act(12, "trial_converted")], [(11, 12)]),
    "half of a longer trial": Case("trial_mid_inactive", [trial(30)], [(15, 30)]),
    "a longer trial ends": Case("trial_ending", [trial(30)], [(27, 30)]),
    "paid long before a longer trial ends": Case("trial_ending", [trial(30), order(12)]),
    "a trial of two days ends": Case("trial_ending", [trial(2)], [(0, 2)]),
    "half of a trial of three days": Case("trial_mid_inactive", [trial(3)], [(1.5, 3)]),
    "a length that cannot be": Case("trial_ending", [trial(0)], [(11, 14)]),
    "two sources of one trial": Case("trial_ending", [trial(30), act(0.001, TRIAL)], [(27, 30)]),
    "at one instant": Case("product_browsers", [act(0, "view_item"), act(0, "add_to_cart")]),
    "browsed twice": Case("product_browsers", [act(0, "view_item"), act(0.5, "view_item")], [(1, 15.5)]),
    "a cart in the end": Case("product_browsers", [act(0, "view_item"), act(3, "add_to_cart")], [(1, 3)]),
    # States of absence, for 30 days at most.
    "a cart": Case("abandoned_cart", [act(0, "add_to_cart")], [(1, 31)]),
    "a cart and an order": Case("abandoned_cart", [act(0, "add_to_cart"), order(5)], [(1, 5)]),
    "one cart": Case("abandoned_cart", [act(0, "add_to_cart"), act(8, "add_to_cart")], [(1, 31)]),
    "another cart": Case("abandoned_cart", [act(0, "add_to_cart"), act(9, "add_to_cart")], [(1, 40)]),
    "another cart much later": Case(
        "abandoned_cart", [act(0, "add_to_cart"), act(100, "add_to_cart")], [(1, 31), (101, 131)]
    ),
    "clicked only": Case("clickers_without_conversion", clicks(0), [(7, None)]),
    # Topics.
    "one topic": Case("topic_followers", clicks(0, 1, 2, path="/product/garden-1"), [(2, 60)]),
    "two topics": Case(
        "topic_followers",
        [*clicks(0, 1, path="/product/garden-1"), *clicks(2, 3, path="/category/kitchen", name="k")],
    ),
    "one e-mail": Case(
        "topic_followers",
        [act(0, "send", "t"), *(act(day, "click", "t", url="/product/garden-1") for day in (1, 2, 3))],
    ),
    "two topics that take turns": Case(
        "topic_followers",
        [
            *clicks(0, 1, 2, path="/product/garden-1"),
            *clicks(30, 40, 50, path="/product/kitchen-1", name="k"),
        ],
        [(2, 90)],
    ),
    "the topic asked for": Case("garden", clicks(0, path="/category/garden"), [(0, 60)]),
    "another topic": Case("garden", clicks(0, path="/category/kitchen")),
    # Others.
    "six months": Case("milestone_customers", [act(0, "page_view")], [(182, 183)]),
    "another milestone": Case(
        "milestone_customers", [act(0, "page_view"), act(5, "six_month_anniversary")], [(5, 6), (182, 183)]
    ),
    "six months of who may be older": Case("milestone_customers", [act(BEGIN + 6.9, "page_view")]),
    "another milestone of who may be older": Case(
        "milestone_customers", [act(BEGIN + 1, "page_view"), act(5, "six_month_anniversary")], [(5, 6)]
    ),
    "either, one after the other": Case("either", [order(0), act(5, DOWNLOAD)], [(0, 15)]),
    "a stage": Case("stage_customer", [act(0, "page_view"), order(3)], [(3, None)]),
    "either of two stages": Case("two_stages", [act(0, SUBSCRIBE), act(3, "view_item"), order(5)], [(0, 5)]),
    "a visit from an e-mail": Case("by_mail", [act(0, "view_item", medium="email")], [(0, 5)]),
    "another visit": Case("by_mail", [act(0, "view_item", medium="organic")]),
    "a contact": Case("contacts", [act(1, "page_view")], [(1, None)]),
    "no device": Case("no_devices", [act(1, "page_view")], [(1, None)]),
    # How far the sources are known.
    "still": Case("new_subscribers", [act(KNOWN - 5, SUBSCRIBE)], [(KNOWN - 5, None)]),
    "over as of now": Case("new_subscribers", [act(KNOWN - 14, SUBSCRIBE)], [(KNOWN - 14, KNOWN)]),
    "from now on": Case("trial_mid_inactive", [act(KNOWN - 7, TRIAL)], [(KNOWN, None)]),
    "as far as bounces are known": Case("not_bounced", [order(BOUNCES - 1)], [(BOUNCES, None)]),
    "farther than that": Case("not_bounced", [order(BOUNCES)]),
    "not yet": Case("trial_mid_inactive", [act(KNOWN - 6.9, TRIAL)]),
    # Sources cannot tell.
    "one alternative": Case("partly_unknown", [order(0)], [(0, 10)]),
    "an absence that no source reports": Case("never_asked", [order(0)]),
    "refused": Case("prospects", [act(0, "page_view"), act(1, "page_view", analytics_consent="denied")]),
}
COLUMNS = (
    "event_name", "occurred_at", "contact_key", "client_id", "user_id", "campaign", "properties", "url",
    "order_id", "revenue", "currency", "analytics_consent", "medium", "_is_repeated", "_ordinal",
    "_landed_file",
)  # fmt: skip


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist([{name: row.get(name) for name in COLUMNS} for row in rows])


@pytest.fixture(scope="module")
def built(project: CompiledProject) -> CompiledProject:
    rows = [row for name, case in CASES.items() for row in of(slug(name), case.rows)]
    # A device that becomes known, an order that two feeds report, one person of two addresses.
    rows += [act(0, DOWNLOAD, client_id="phone"), act(2, DOWNLOAD, client_id="unknown-phone")]
    rows += of("merged", [act(4, SUBSCRIBE, client_id="phone"), act(5, DOWNLOAD)])
    rows += of("oldest", [act(BEGIN, "page_view")])
    rows += of("shop", [order(3, order_id="A-1")])
    last = of("last", [act(KNOWN, "page_view")])
    checkout = [
        row | {"_landed_file": "checkout.csv"}
        for row in [*of("shop", [order(3.1, order_id="A-1")]), *of("last", [order(KNOWN)])]
    ]
    bounce = [row | {"_landed_file": "news.csv"} for row in of("last", [act(BOUNCES, "bounce", "n")])]
    feeds = {"site": [*rows, *last], "checkout": checkout, "news": bounce}
    project.build({f"event_files__{name}": table(of_feed) for name, of_feed in feeds.items()}, *MODELS)
    return project


def slug(name: str) -> str:
    return name.replace(" ", "-").replace(",", "").replace("'", "")


def spells(built: CompiledProject, name: str, segment: str) -> list[Spell]:
    found = built.rows(f"""
        select valid_from, valid_to, is_current from marts.fct_person_segments
        inner join intermediate.int_person_identifiers using (person_key)
        where identifier = '{key(f"{name}@shop.example")}' and segment_id = '{segment}' order by valid_from
    """)
    assert [row[2] for row in found] == [row[1] is None for row in found]
    return [(days(row[0]), None if row[1] is None else days(row[1])) for row in found]


def days(instant: object) -> float:
    assert hasattr(instant, "replace")
    seconds = (instant.replace(tzinfo=START.tzinfo) - START).total_seconds()
    return round(float(seconds) / 86_400, 6)


@pytest.mark.parametrize("name", CASES)
def test_intervals(built: CompiledProject, name: str) -> None:
    case = CASES[name]
    assert spells(built, slug(name), case.segment) == case.expected


def test_what_a_device_did_before_it_was_known_is_its_persons(built: CompiledProject) -> None:
    assert spells(built, "merged", "one_download") == [(0, 5), (10, None)]


def test_an_order_that_two_feeds_report_is_one(built: CompiledProject) -> None:
    assert spells(built, "shop", "two_orders") == []
    assert spells(built, "shop", "new_customers") == [(3, 33)]


def test_devices_are_members_and_no_contacts(built: CompiledProject) -> None:
    kinds = (
        "select distinct person_kind from marts.fct_person_segments"
        " inner join marts.dim_persons using (person_key)"
    )
    assert built.rows(f"{kinds} where segment_id = 'active' order by all") == [("contact",), ("device",)]
    assert built.rows(f"{kinds} where segment_id in ('contacts', 'no_devices')") == [("contact",)]


def test_intervals_never_meet_and_the_declared_laws_hold(built: CompiledProject) -> None:
    laws = [
        sql for name, (sql, _) in built.data_tests.items() if "_segment" in name and "expression" not in name
    ]
    assert len(laws) > 10
    failed = [sql for sql in laws if "staging" not in sql and "accepted" not in sql and built.rows(sql)]
    # Only the word that the tests made up is not known.
    assert [sql for sql in failed if "word is not null" not in sql] == []
    assert len(failed) == 1


def test_what_no_source_reports_is_said(built: CompiledProject) -> None:
    described = {
        row[0]: row[1:]
        for row in built.rows("select segment_id, is_observable, reason from marts.dim_segments")
    }
    assert described["campaign_level"] == (False, "It has no conditions on persons.")
    assert described["active"] == (True, None)
    assert described["topic_followers"] == (True, None)
