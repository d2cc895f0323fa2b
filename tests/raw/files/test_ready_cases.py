"""Ready feeds on what tools export twice, of several persons, or in later files."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files import SOURCE_NAME, list_files, read_feeds
from dagster_project.sources.event_files.ready import FOLDER, add
from tests.landing.streams import now

MAIL = {
    "timestamp": "2026-11-10T08:00:00Z",
    "messageId": "m1",
    "destination": ["anna@case.ee", "bert@case.ee"],
}
DELIVERY = {"timestamp": "2026-11-10T08:00:03Z", "recipients": ["anna@case.ee"]}
BOUNCE = {"timestamp": "2026-11-10T08:00:09Z", "bouncedRecipients": [{"emailAddress": "bert@case.ee"}]}
CHARGE = {"id": "ch_1", "amount": 5000, "created": 1794297600, "currency": "eur", "status": "succeeded"}
MEMBER = {"campaign_id": "c", "email_id": "8f", "email_address": "anna@case.ee"}
SENT = {"email": "a@case.ee", "timestamp": 1794297600, "event": "open"}
OPENS = [{"timestamp": f"2026-11-{day}T08:00:05+00:00", "is_proxy_open": False} for day in (10, 11)]


def charges(**of: Any) -> str:
    return json.dumps({"data": [CHARGE | of]})


def opens(number: int) -> str:
    member = MEMBER | {"opens_count": number, "opens": OPENS[:number]}
    return json.dumps({"total_opens": number, "members": [member]})


CASES: dict[str, tuple[str, dict[str, str], str, list[tuple[Any, ...]]]] = {
    "amazon_ses_events": (
        "a mail of two recipients, of whom one bounces, in records without line breaks",
        {
            "ses/x": json.dumps({"eventType": "Delivery", "mail": MAIL, "delivery": DELIVERY})
            + json.dumps({"eventType": "Bounce", "mail": MAIL, "bounce": BOUNCE})
        },
        "event_name, strftime(occurred_at, '%S'), count(*) over ()",
        [("bounce", "09", 2), ("delivered", "03", 2)],
    ),
    "stripe_charges": (
        "more of a charge refunded later, and one that was only authorized",
        {
            "stripe/charges1.json": charges(amount_refunded=1000),
            "stripe/charges2.json": charges(amount_refunded=2500),
            "stripe/charges3.json": charges(id="ch_2", amount_refunded=0, captured=False),
        },
        "event_name, revenue",
        [("purchase", 50.0), ("refund", 25.0)],
    ),
    "mailchimp": (
        "the next day's answer, which repeats the opens of the first",
        {"mailchimp/open-details-1.json": opens(1), "mailchimp/open-details-2.json": opens(2)},
        "event_name, strftime(occurred_at, '%d')",
        [("open", "10"), ("open", "11")],
    ),
    "brevo_events": (
        "an opening that is the first one, too",
        {
            "brevo/x.csv": "event,email,ts\n"
            + "".join(
                f"{name},anna@case.ee,10-11-2026 08:09:00\n"
                for name in ("Opened", "Unique opened", "First opening", "Unique proxy open")
            )
        },
        "event_name, count(*) over ()",
        [("open", 1)],
    ),
    "sendgrid_events": (
        "one category and a list of them, and an event of the account, which has no address",
        {
            "sendgrid/x.json": json.dumps(
                [SENT | {"sg_event_id": str(c), "category": c} for c in ("nov", ["nov"])]
                + [{"event": "account_status_change", "type": "compliance_suspend", "timestamp": 1794297600}]
            )
        },
        "campaign, event_name, count(*) over ()",
        [("nov", "open", 2)] * 2,
    ),
}  # fmt: skip

# The names of Brevo's webhooks and of its API, which its exports have, too.
BREVO = {
    "request": ("send", None), "delivered": ("delivered", None), "open": ("open", None),
    "proxy_open": ("open", "true"), "loadedByProxy": ("open", "true"), "click": ("click", None),
    "clicks": ("click", None), "soft_bounce": ("soft_bounce", None), "hardBounces": ("hard_bounce", None),
    "spam": ("complaint", None), "unsubscribe": ("unsubscribe", None),
    **dict.fromkeys(("unique_opened", "invalid_email", "deferred", "list_addition"), None),
}  # fmt: skip


@pytest.mark.parametrize("name", BREVO)
def test_a_name_of_an_event_is_known_in_every_spelling_of_the_vendor(
    name: str, warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    rows = f"{name},anna@case.ee,10-11-2026 08:09:00\nClicked,bert@case.ee,10-11-2026 08:10:00\n"
    load("brevo_events", {"brevo/x.csv": f"event,email,date\n{rows}"}, warehouse, settings, tmp_path)
    [*found, last] = warehouse.execute(
        "select event_name, case when json_extract_string(properties, 'is_machine') = 'true' then 'true' end "
        "from raw.event_files order by occurred_at"
    ).fetchall()
    assert last == ("click", None)
    assert found == ([] if BREVO[name] is None else [BREVO[name]])


# By feed, the word of a bounce's class to what it is; None is a bounce without one.
CLASSES: dict[str, dict[str | None, str]] = {
    "amazon_ses_events": {
        "Permanent": "hard_bounce", "Transient": "soft_bounce", "Undetermined": "bounce", None: "bounce",
    },
    "mailchimp": {"hard": "hard_bounce", "soft": "soft_bounce", None: "bounce"},
    "klaviyo_events": {"Hard": "hard_bounce", "Soft": "soft_bounce", None: "bounce"},
    "salesforce_marketing_cloud": {
        "Hard bounce": "hard_bounce", "Soft bounce": "soft_bounce", "Block bounce": "soft_bounce",
        "Technical or other bounce": "bounce", "Unknown bounce": "bounce", None: "bounce",
    },
}  # fmt: skip


def bounced(name: str, word: str | None) -> dict[str, str]:
    """A file of `name` with one bounce."""
    if name == "amazon_ses_events":
        bounce = BOUNCE | ({"bounceType": word} if word else {})
        return {"ses/x": json.dumps({"eventType": "Bounce", "mail": MAIL, "bounce": bounce})}
    if name == "mailchimp":
        acts = [{"action": "bounce", "timestamp": "2026-11-10T08:00:09Z"} | ({"type": word} if word else {})]
        acts.append({"action": "click", "timestamp": "2026-11-10T08:00:10Z"})
        return {"mailchimp/email-activity1.json": json.dumps({"emails": [MEMBER | {"activity": acts}]})}
    if name == "klaviyo_events":
        data = {
            "id": "e1",
            "attributes": {
                "datetime": "2026-11-10T08:00:09Z",
                "event_properties": {"Campaign Name": "nov"} | ({"Bounce Type": word} if word else {}),
            },
            "relationships": {
                "profile": {"data": {"id": "p1"}},
                "metric": {"data": {"id": "BncEml"}},
            },
        }
        return {"klaviyo/events1.json": json.dumps({"data": [data]})}
    row = f"7,k,a@case.ee,11/10/2026 2:00:09 AM,Bounce,{word or ''}\n"
    head = "SendID,SubscriberKey,EmailAddress,EventDate,EventType,BounceCategory\n"
    return {"marketing_cloud/Bounces.csv": head + row}


@pytest.mark.parametrize(
    ("name", "word"), [(name, word) for name, words in CLASSES.items() for word in words]
)
def test_a_bounce_has_the_class_that_the_export_gives(
    name: str, word: str | None, warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    load(name, bounced(name, word), warehouse, settings, tmp_path)
    found = [event for (event,) in warehouse.execute("select event_name from raw.event_files").fetchall()]
    assert [event for event in found if event != "click"] == [CLASSES[name][word]]
    assert len(found) == (2 if name == "mailchimp" else 1)
    assert warehouse.execute("select reason from raw._quarantine").fetchall() == []


STATUSES = ("PENDING", "EXPIRED", "AUTHORIZED", "PARTIALLY_PAID", "PAID", "VOIDED", "PARTIALLY_REFUNDED")
COUNTED = [status for status in STATUSES if status not in ("PENDING", "EXPIRED")]


def test_a_shopify_order_is_one_once_its_payment_is_paid_or_reserved(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    """Voided ones come with their status, by which models count them nowhere."""
    amount = {"shopMoney": {"amount": "5.0", "currencyCode": "EUR"}}
    orders = [
        {"id": f"gid/{n}", "name": f"#{n}", "createdAt": "2026-11-01T08:00:00Z", "email": "a@case.ee"}
        | {"displayFinancialStatus": status, "test": False, "totalPriceSet": amount, "refunds": []}
        for n, status in enumerate(STATUSES)
    ]
    lines = "".join(json.dumps(order) + "\n" for order in orders)
    load("shopify_orders", {"shopify/orders.jsonl": lines}, warehouse, settings, tmp_path)
    found = "select order_status from raw.event_files order by occurred_at, order_id"
    assert warehouse.execute(found).fetchall() == [(status,) for status in COUNTED]


def test_a_shopify_order_of_the_export_is_one_once_it_is_paid(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    """A pending order of two lines, which a later export has as paid."""
    head = "Name,Email,Financial Status,Currency,Total,Created at,Cancelled at,Refunded Amount\n"
    line = "#1,a@case.ee,{},EUR,9.00,2026-05-01 09:59:00 +0200,,0.00\n"
    line += "#1,a@case.ee,,,,2026-05-01 09:59:00 +0200,,\n"
    other = "#2,b@case.ee,authorized,EUR,8.00,2026-05-01 09:59:00 +0200,,0.00\n"
    file, found = (
        "shopify/orders_export_{}.csv",
        "select order_id, order_status from raw.event_files order by all",
    )
    load(
        "shopify_orders_csv",
        {file.format(1): head + line.format("pending") + other},
        warehouse,
        settings,
        tmp_path,
    )
    assert warehouse.execute(found).fetchall() == [("#2", "authorized")]
    load("shopify_orders_csv", {file.format(2): head + line.format("paid")}, warehouse, settings, tmp_path)
    assert warehouse.execute(found).fetchall() == [("#1", "paid"), ("#2", "authorized")]


@pytest.mark.parametrize("name", CASES)
def test_what_a_tool_says_again_is_one_event(
    name: str, warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    what, files, columns, right = CASES[name]
    load(name, files, warehouse, settings, tmp_path)
    found = warehouse.execute(f"select {columns} from raw.event_files order by all").fetchall()
    assert found == right, what
    assert warehouse.execute("select reason from raw._quarantine").fetchall() == []


def load(
    name: str, files: dict[str, str], warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    for path, content in files.items():
        file = tmp_path / "event_files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    shutil.copyfile(FOLDER / f"{name}.yml", tmp_path / "event_files.yml")
    feeds = read_feeds(tmp_path / "event_files.yml")
    create_raw_tables(warehouse, [], feeds)
    for feed in feeds:
        copy_files(SOURCE_NAME, feed.name, list_files(feed), settings.landing, now)
        load_feed(warehouse, settings.landing, feed, now)


OWN = {"name": "own", "path": "x.csv", "format": "csv", "columns": {"occurred_at": "t", "email": "m"}}
FEED = OWN | {"constants": {"event_name": "visit"}}
WRITTEN = {
    "as yaml writes lists": yaml.safe_dump({"feeds": [FEED]}, sort_keys=False),
    "without feeds": "# feeds of the shop\nfeeds: []\n",
    "empty": "",
    "a bare list": yaml.safe_dump([FEED], sort_keys=False),
    "further in": "feeds:\n    - name: own\n      path: x.csv\n      format: csv\n"
    "      columns: {occurred_at: t, email: m}\n      constants: {event_name: visit}\n",
}


@pytest.mark.parametrize("case", WRITTEN)
def test_a_ready_feed_is_added_however_the_list_is_written(case: str, tmp_path: Path) -> None:
    path = tmp_path / "event_files.yml"
    path.write_text(WRITTEN[case], encoding="utf-8")
    own = [feed.name for feed in read_feeds(path)]
    add("stripe_charges", path)
    add("brevo_events", path)
    assert [feed.name for feed in read_feeds(path)] == [
        *own,
        "stripe_charges",
        "stripe_refunds",
        "brevo_events",
    ]
    with pytest.raises(ConfigurationError, match="has the feed stripe_charges already"):
        add("stripe_charges", path)
