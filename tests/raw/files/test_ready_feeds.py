"""Every ready feed on a sample as the tool writes it, and the events that are right."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.landing.copies import copy_files
from dagster_project.raw.files.load import load_feed
from dagster_project.raw.schema import create_raw_tables
from dagster_project.settings import Settings
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files import SOURCE_NAME, list_files, read_feeds
from dagster_project.sources.event_files.ready import FOLDER, add, ready_feeds
from tests.landing.streams import now

PROJECT = Path(__file__).parents[3]
SAMPLES = Path(__file__).parent / "ready" / "event_files"
MAIL = "event_name, strftime(occurred_at, '%d %H:%M:%S'), campaign, url, properties ->> 'is_machine'"
ORDER = "event_name, strftime(occurred_at, '%d %H:%M:%S'), order_id, revenue, currency, order_status"
LINK = "https://shop.ee/"
RIGHT: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "shopify_orders": (
        f"{ORDER}, medium, campaign",
        [
            ("purchase", "01 08:14:58", "#1001", 50.0, "EUR", "PAID", "email", "autumn"),
            ("purchase", "02 09:14:58", "#1002", 2000.0, "SEK", "PARTIALLY_REFUNDED", None, None),
            ("refund", "05 10:00:00", "#1002", 500.0, "SEK", None, None, None),
        ],
    ),
    "shopify_orders_csv": (
        f"{ORDER}, contact_key is not null",
        [
            ("purchase", "01 07:59:00", "#1050", 100.9, "EUR", "paid", True),
            ("purchase", "02 07:59:00", "#1051", 20.0, "EUR", "refunded", True),
            ("purchase", "03 07:59:00", "#1052", 15.0, "EUR", "paid", False),
            ("refund", "03 07:00:00", "#1051", 20.0, "EUR", None, True),
        ],
    ),
    "mailchimp": (
        MAIL,
        [
            ("hard_bounce", "10 08:00:30", "42694e9e57", None, None),
            ("click", "10 08:02:00", "42694e9e57", "https://shop.ee/?a=1,2", None),
            ("open", "10 08:00:05", "42694e9e57", None, "true"),
            ("open", "10 08:01:00", "42694e9e57", None, "false"),
            ("unsubscribe", "11 07:00:00", "42694e9e57", None, None),
        ],
    ),
    "klaviyo_events": (
        f"{MAIL}, user_id",
        [
            ("click", "10 08:01:40", "LyZ7re", LINK, "false", "01GDDK"),
            ("delivered", "10 08:00:00", "Autumn", None, None, "01GDDK"),
            ("open", "10 08:00:05", "Autumn", None, "true", "01GDDK"),
            ("soft_bounce", "10 08:00:01", "Autumn", None, None, "01GDDL"),
        ],
    ),
    "sendgrid_events": (
        MAIL.replace("properties ->> 'is_machine'", "properties ->> 'sg_machine_open'"),
        [
            ("click", "10 08:01:40", "autumn", LINK, None),
            ("complaint", "10 08:03:20", "autumn", None, None),
            ("delivered", "10 08:00:01", "autumn", None, None),
            ("open", "10 08:00:10", "autumn", None, "true"),
            ("send", "10 08:00:00", "autumn", None, None),
        ],
    ),
    "amazon_ses_events": (
        f"{MAIL}, properties ->> 'ip_address'",
        [
            ("click", "10 08:06:00", "autumn", LINK, None, "198.51.100.7"),
            ("delivered", "10 08:00:03", "news", None, None, None),
            ("open", "10 08:05:00", "autumn", None, None, "198.51.100.7"),
            ("send", "10 08:00:00", "autumn", None, None, None),
            ("send", "10 08:00:00", "autumn", None, None, None),
        ],
    ),
    "brevo_events": (
        MAIL,
        [
            ("click", "10 08:09:30", "autumn", LINK, None),
            ("delivered", "10 08:00:02", "autumn", None, None),
            ("hard_bounce", "10 08:20:00", "autumn", None, None),
            ("open", "10 08:00:05", "autumn", None, "true"),
            ("open", "10 08:09:00", "autumn", None, "false"),
            ("send", "10 08:00:00", "autumn", None, None),
        ],
    ),
    "woocommerce_orders": (
        f"{ORDER}, user_id, properties ->> 'country'",
        [
            ("purchase", "01 08:00:00", "501", 25.0, "EUR", "completed", "7", "EE"),
            ("purchase", "02 08:00:00", "502", 35.0, "EUR", "cancelled", "0", "LV"),
            ("refund", "04 09:30:00", "501", -5.0, "EUR", None, None, None),
        ],
    ),
    "stripe_charges": (
        f"{ORDER}, contact_key is not null, user_id",
        [
            ("purchase", "10 08:00:00", "pi_1", 49.9, "eur", None, True, "cus_7"),
            ("purchase", "10 08:01:40", "W-77", 5000.0, "jpy", None, True, None),
            ("purchase", "10 08:03:20", "ch_3", 12.345, "kwd", None, False, "cus_9"),
            ("refund", "10 08:01:40", "W-77", 1500.0, "jpy", None, True, None),
        ],
    ),
    "link_mobility": (
        MAIL,
        [
            ("click", "10 08:05:30", "Autumn", LINK, None),
            ("open", "10 08:00:00", "Autumn", None, None),
            ("send", "10 08:00:00", "Autumn", None, None),
            ("unsubscribe", "10 08:00:00", "Autumn", None, None),
        ],
    ),
    "salesforce_marketing_cloud": (
        f"{MAIL}, user_id",
        [
            ("hard_bounce", "10 08:00:05", "77", None, None, "k-8"),
            ("click", "10 20:04:00", "77", LINK, None, "k-7"),
            ("open", "10 08:03:00", "77", None, None, "k-7"),
            ("send", "10 08:00:00", "77", None, None, "k-7"),
        ],
    ),
    "smaily_forwards": (MAIL, [("forward", "10 08:30:00", "Autumn", None, None)]),
    "inbox_placement": (
        "event_name, campaign, properties ->> 'mailbox_provider', properties ->> 'folder'",
        [("inbox_placement", "Autumn", "Gmail", "Inbox"), ("inbox_placement", "Autumn", "Outlook", "Spam")],
    ),
    "help_desk_replies": (MAIL, [("reply", "10 09:00:00", "Autumn", None, None)]),
}


def test_every_ready_feed_is_tried() -> None:
    assert set(RIGHT) == set(ready_feeds())


@pytest.mark.parametrize("name", RIGHT)
def test_a_sample_gives_the_right_events(
    name: str, warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    columns, right = RIGHT[name]
    shutil.copytree(SAMPLES, tmp_path / "event_files")
    shutil.copyfile(FOLDER / f"{name}.yml", tmp_path / "event_files.yml")
    feeds = read_feeds(tmp_path / "event_files.yml")
    create_raw_tables(warehouse, [], feeds)
    for feed in feeds:
        copy_files(SOURCE_NAME, feed.name, list_files(feed), settings.landing, now)
        load_feed(warehouse, settings.landing, feed, now)
    found = warehouse.execute(f"select {columns} from raw.event_files order by all nulls last").fetchall()
    assert sorted(found, key=repr) == sorted(right, key=repr)
    assert warehouse.execute("select reason, record from raw._quarantine").fetchall() == []
    assert "@" not in repr(warehouse.execute("select * from raw.event_files").fetchall())


SAID = {
    "send": "sends",
    "delivered": "deliveries",
    "open": "opens",
    "click": "clicks",
    "bounce": "bounces",
    "complaint": "complaints",
    "unsubscribe": "unsubscribes",
    "purchase": "orders",
    "refund": "refunds",
    "forward": "forwards",
    "reply": "replies",
    "inbox_placement": "inbox placement",
}


def test_the_table_of_ready_feeds_says_which_events_each_gives() -> None:
    text = (PROJECT / "docs" / "event_feeds.md").read_text(encoding="utf-8").split("## Ready feeds")[1]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    said = {cells[0].strip("`"): {kind for kind, word in SAID.items() if word in cells[2]} for cells in rows}
    assert said == {name: kinds_of(name) for name in ready_feeds()}
    cannot = {cells[0]: {kind for kind, word in SAID.items() if word in cells[3]} for cells in rows}
    assert set().union(*cannot.values()) == set(), "what a feed gives is said in one cell"


def kinds_of(name: str) -> set[str]:
    """The kinds of events that a ready feed translates to, and those of its sample."""
    kinds = {row[0] for row in RIGHT[name][1]}
    for feed in read_feeds(FOLDER / f"{name}.yml"):
        kinds |= {*feed.file_format.event_names.values(), feed.constants.get("event_name", "")}
    kinds = {kind.removeprefix("hard_").removeprefix("soft_") for kind in kinds}
    return kinds & set(SAID) | ({"bounce", "unsubscribe"} if name == "sendgrid_events" else set())


def test_ready_feeds_can_be_added_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "event_files.yml"
    for name in ready_feeds():
        add(name, path)
    names = [feed.name for feed in read_feeds(path)]
    assert len(names) >= len(ready_feeds())
    before = path.read_text(encoding="utf-8")
    with pytest.raises(ConfigurationError, match="has the feed brevo_events already"):
        add("brevo_events", path)
    assert path.read_text(encoding="utf-8") == before


def test_an_unknown_ready_feed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="brevo is not a ready feed; those are"):
        add("brevo", tmp_path / "event_files.yml")
    assert not (tmp_path / "event_files.yml").exists()
