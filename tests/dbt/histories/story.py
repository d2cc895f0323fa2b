"""Random histories of raw partitions: what arrives, is restated, removed, pulled twice, renamed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.dbt.google_analytics.export_rows import exported
from tests.dbt.harness import EXTRACTED_AT
from tests.dbt.rows import SITE, TALLINN, Hit, Row, action, campaign, link, raw_key

# Few of everything, so that events meet: the same person, instant, order, e-mail.
ADDRESSES = ("ann@example.com", "bob@example.com", "cid@example.com", "office@example.com")
CLIENTS = ("laptop", "phone", "kiosk", "tablet", "0")
USERS = ("u1", "u2", "undefined")
ORDERS = ("T-1", "T-2", "#T-1", "n/a")
# A name that a row carries, a slug, one of no list, none.
LABELS = ("Flyer", "Flyer", "Autumn", "autumn", "offer", "")
# Amount, currency and status of a row: converted or not, given back, voided.
MONEY = (
    ("20.2", "EUR", ""),
    ("10.1", "EUR", "paid"),
    ("12.5", "USD", ""),
    ("7", "SEK", ""),
    ("-5", "EUR", ""),
    ("20.2", "EUR", "voided"),
    ("20.2", "EUR", "refunded"),
    ("", "", ""),
)
# What a row states of analytics and of marketing.
CONSENTS = (
    *(("", ""),) * 6,
    ("denied", ""),
    ("no", "yes"),
    ("granted", ""),
    ("true", "denied"),
    ("", "0"),
    ("perhaps", ""),
)
PAGES = ("/", "/pricing", "/product/a", "/blog/a", "/thank-you?utm_medium=email")
CAMPAIGNS = (campaign(1, "Autumn", ["newsletter"]), campaign(2, "Offer", ["promotion"]))
TAGS = (["newsletter"], ["promotion"], ["cart_reminder"], [])
# Two days around the hour that Tallinn's clocks show twice (25 October 2026, 00:00 to 02:00 UTC).
START = datetime(2026, 10, 24, 20, tzinfo=UTC)
# Minutes that lie on both sides of the session timeout, on the double hour, and days apart.
MINUTES = (0, 1, 30, 31, 60, 61, 240, 250, 270, 300, 310, 330, 400, 2000, 2030, 2061, 2880)
# Days that are restated more often than not.
DAYS = ("2026-10-24", "2026-10-25")
# File to feed, in the order of their age: the first is the latest.
FILES = {"a.csv": "orders", "b.csv": "orders", "c.csv": "orders", "t.csv": "till"}


@dataclass(frozen=True)
class Change:
    """One raw partition as it comes to be; `rows` is by table, and no row at all is a removal."""

    tables: dict[str, tuple[Row, ...]]
    partition: str
    extracted_at: datetime = EXTRACTED_AT


@dataclass(frozen=True)
class File:
    """A dropped file as it comes to be; None when it is taken away."""

    name: str
    rows: tuple[dict[str, str], ...] | None


minutes = st.sampled_from(MINUTES)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def local(minute: int) -> str:
    return at(minute).astimezone(TALLINN).strftime("%Y-%m-%d %H:%M:%S")


LoggedAction = tuple[int, str, str, Row, str]
LINKS = (link("/pricing"), link("/product/a", "product", "offer"), f"{SITE}/plain", "https://bit.ly/3abc")
VIEWER = "Apple Mail 16.0; 203.0.113.7; EE"
logged_action = st.one_of(
    st.tuples(minutes, st.sampled_from(ADDRESSES), st.just("send"), st.sampled_from(CAMPAIGNS), st.just("")),
    st.tuples(
        minutes, st.sampled_from(ADDRESSES), st.just("view"), st.sampled_from(CAMPAIGNS), st.just(VIEWER)
    ),
    st.tuples(
        minutes,
        st.sampled_from(ADDRESSES),
        st.just("click"),
        st.sampled_from(CAMPAIGNS),
        st.sampled_from(LINKS),
    ),
    st.tuples(
        minutes, st.sampled_from(ADDRESSES), st.just("optout"), st.sampled_from(CAMPAIGNS), st.just("")
    ),
)
# What partitions of another account begin with, as that of a second property.
ACCOUNT = "EE/"
# The log numbers what happens in order, however it is pulled: two ranges, the second begins in the first.
logs = st.lists(logged_action, min_size=4, max_size=14).map(lambda log: sorted(log, key=itemgetter(0)))


def log_ranges(
    log: list[LoggedAction],
    cut: int,
    overlap: int,
    extracted_at: datetime = EXTRACTED_AT,
    account: str = "",
) -> list[Change]:
    rows = [action(n, local(logged[0]), *logged[1:]) for n, logged in enumerate(log, 1)]
    first, second = rows[:cut], rows[max(0, cut - overlap) :]
    ranges = [(f"{account}0000000001", first), (f"{account}0000000002", second)]
    return [Change({"smaily__actions": tuple(part)}, name, extracted_at) for name, part in ranges if part]


web_hit = st.builds(
    lambda minute, client, session, name, page, address, order: Hit(
        at(minute).isoformat(),
        name,
        page,
        client,
        **({"session": f"{client}-{session}"} if client else {}),
        **({"address": address} if address else {}),
        **({"order": order, "revenue": 10.1} if order and name in ("purchase", "refund") else {}),
        campaign="autumn" if session else "offer",
        device="mobile",
    ),
    minutes,
    st.sampled_from((*CLIENTS, None, None, None)),
    st.integers(0, 1),
    st.sampled_from(
        ("page_view", "view_item", "add_to_cart", "purchase", "refund", "login", "generate_lead")
    ),
    st.sampled_from(PAGES),
    st.sampled_from((None, None, None, None, *ADDRESSES)),
    st.sampled_from((None, *ORDERS)),
)


def web_day(day: str, hits: list[Hit], account: str = "") -> Change:
    """The three reports of a day of the property's clock; hits of other days are not in it."""
    of_day = [hit for hit in hits if hit.at.astimezone(TALLINN).date().isoformat() == day]
    place = {"property_id": "999"} if account else {}
    return Change(
        {
            "google_analytics__events": tuple(hit.event | place for hit in of_day),
            "google_analytics__event_attributes": tuple(
                hit.attributes | place for hit in of_day if hit.client
            ),
            "google_analytics__event_parameters": (),
        },
        account + day,
    )


# Without an id a row is known by its content; with one, by it alone.
IDS = ("e1", "e2", "e3", "e4", "", "", "", "")
file_row = st.builds(
    lambda minute, name, address, user, client, order, event_id, money, consents, label, url: {
        "ts": at(minute).isoformat(),
        "event": name,
        "mail": address,
        "customer": user,
        "browser": client,
        "order": order,
        "id": event_id,
        "campaign": label,
        "url": url,
        **dict(zip(("amount", "currency", "status"), money, strict=True)),
        "item": f"item of {name}",
        **dict(zip(("analytics", "marketing"), consents, strict=True)),
    },
    minutes,
    # Nothing knows what a call is.
    st.sampled_from(("order", "order", "refund", "page_view", "page_view", "call", "open", "click")),
    st.sampled_from(("", "", "", *ADDRESSES)),
    st.sampled_from(("", "", *USERS)),
    st.sampled_from(("", "", "", *CLIENTS)),
    st.sampled_from(("", *ORDERS)),
    st.sampled_from(IDS),
    st.sampled_from(MONEY),
    st.sampled_from(CONSENTS),
    st.sampled_from(LABELS),
    st.sampled_from(("", "", *LINKS)),
)
contact = st.builds(
    lambda address, country, left, created: Change(
        {
            "smaily__contacts": (
                {
                    "contact_key": raw_key(address),
                    "country": country,
                    "is_unsubscribed": left,
                    "created_at": created,
                },
            )
        },
        address,
    ),
    st.sampled_from(ADDRESSES),
    st.sampled_from(("EE", "US", None)),
    st.sampled_from(("0", "1")),
    # Before all that happens, or while it does: then who came to the site first is known later.
    st.sampled_from(("2026-10-01 10:00:00", local(240))),
)
campaigns = st.builds(
    lambda one, tags, name: Change(
        {"smaily__campaigns": ({**one, "tags": tags, "name": name or one["name"]},)}, one["id"]
    ),
    st.sampled_from(CAMPAIGNS),
    st.sampled_from(TAGS),
    st.sampled_from((None, None, "Flyer")),
)
SHORT: dict[str, Any] = {
    "id": "bit.ly/3abc",
    "link": "https://bit.ly/3abc",
    "long_url": f"{SITE}/?utm_campaign=autumn",
    "tags": [],
    "custom_bitlinks": [],
    "campaign_ids": [],
    "archived": "false",
    "created_at": "2026-10-01T00:00:00+0000",
    "is_deleted": "false",
}
bitlink = st.builds(
    lambda target: Change({"bitly__bitlinks": ({**SHORT, "long_url": f"{SITE}{target}"},)}, "1"),
    st.sampled_from(("/?utm_campaign=autumn", "/pricing", "/product/a")),
)
web_days = st.builds(
    web_day,
    st.sampled_from(DAYS),
    st.lists(web_hit, min_size=4, max_size=12),
    st.sampled_from(("", "", ACCOUNT)),
)
exported_event = st.builds(
    lambda minute, client, session, name, page, address, user, order, tag, of_property, consent: exported(
        at(minute).isoformat(),
        name,
        page,
        client,
        **({"session": f"{client}-{session}"} if client else {}),
        **({"address": address} if address else {}),
        **({"order": order, "revenue": 10.1} if order and name in ("purchase", "refund") else {}),
        **tag,
        **of_property,
        user_id=user,
        analytics_storage=consent,
    ),
    minutes,
    st.sampled_from((*CLIENTS, None, None)),
    st.integers(0, 1),
    st.sampled_from(("page_view", "add_to_cart", "purchase", "refund", "login")),
    st.sampled_from(PAGES),
    st.sampled_from((None, None, None, *ADDRESSES)),
    st.sampled_from((None, None, *USERS)),
    st.sampled_from((None, *ORDERS)),
    st.sampled_from(
        (
            {"campaign": "autumn"},
            {"session_source": None, "session_medium": None},
            {
                "session_source": None,
                "session_medium": None,
                "collected_source": "news",
                "collected_campaign": "offer",
            },
        )
    ),
    st.sampled_from(({}, {}, {"property_id": "999", "id_namespace": "999"})),
    st.sampled_from((None, None, "Yes", "No")),
)


def exported_day(day: str, events: list[Row]) -> Change:
    """A day of the export, which takes the place of the three reports."""
    of_day = tuple(event for event in events if event["_partition"] == day)
    return Change({"google_analytics_export__events": of_day}, day)


exported_days = st.builds(
    exported_day, st.sampled_from(DAYS), st.lists(exported_event, min_size=4, max_size=12)
)
# Rows of few kinds, so that equal ones meet within a file and between files.
common_row = st.sampled_from(
    [
        {
            "ts": at(minute).isoformat(),
            "event": "order",
            "mail": address,
            "customer": "",
            "browser": "",
            "order": "",
            "id": "",
            "campaign": "Flyer",
            "amount": "5",
            "item": "card",
        }
        for minute in MINUTES[:2]
        for address in ("", ADDRESSES[0])
    ]
)
# E-mails of a tool without a connector: some of its opens say what loaded the images, some not.
mail_row = st.builds(
    lambda minute, name, address, letter, agent, observable: {
        "ts": at(minute).isoformat(),
        "event": name,
        "mail": address,
        "campaign": letter,
        "user_agent": agent,
        "opens_observable": observable,
    },
    minutes,
    st.sampled_from(("send", "send", "open", "open", "click")),
    st.sampled_from(ADDRESSES[:3]),
    st.sampled_from(("Flyer", "Letter")),
    st.sampled_from(("", "Mozilla/5.0", "Thunderbird", "Thunderbird")),
    st.sampled_from(("", "", "", "no")),
)
files = st.builds(
    File,
    st.sampled_from((*FILES, "t.csv")),
    st.one_of(
        st.none(),
        st.lists(st.one_of(file_row, common_row, common_row, mail_row, mail_row), min_size=1, max_size=9).map(
            tuple
        ),
    ),
)
Step = Change | File
# The log is read once more when the web and the files have been silent for weeks.
extractions = st.sampled_from((EXTRACTED_AT, EXTRACTED_AT, EXTRACTED_AT + timedelta(days=30)))


@st.composite
def histories(draw: Callable[..., Any]) -> tuple[list[list[Step]], list[Step]]:
    """Batches in the order of arrival, a build after each, and the partitions as they stand in the end."""
    # Hypothesis begins with the simplest of all stories, which is always the same.
    assume(draw(st.integers(0, 1_000_000)))
    steps: list[Step] = draw(
        st.lists(
            st.one_of(web_days, web_days, exported_days, files, files, contact, campaigns, bitlink),
            min_size=4,
            max_size=8,
        )
    )
    log = draw(logs)
    cut, overlap, extracted_at = draw(st.integers(0, len(log))), draw(st.integers(0, 2)), draw(extractions)
    for account in draw(st.sampled_from((("",), ("",), ("", ACCOUNT)))):
        for change in log_ranges(log, cut, overlap, extracted_at, account):
            steps.insert(draw(st.integers(0, len(steps))), change)
    cuts = draw(st.lists(st.integers(1, len(steps) - 1), min_size=2, max_size=3, unique=True))
    batches = [steps[a:b] for a, b in pairwise([0, *sorted(cuts), len(steps)])]
    final: dict[Any, Step] = {}
    for step in steps:
        name = step.name if isinstance(step, File) else (step.partition, *sorted(step.tables))
        final.pop(name, None)
        final[name] = step
    return batches, draw(st.permutations(list(final.values())))
