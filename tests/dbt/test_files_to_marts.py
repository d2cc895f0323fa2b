"""Event files from the loader to the marts: samples of all ready feeds, and small files from the field."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_project.sources.event_files import Feed, read_feeds
from dagster_project.sources.event_files.ready import FOLDER, ready_feeds
from tests.dbt.compiled_project import CompiledProject
from tests.dbt.loaded_feeds import loaded

FILES = Path(__file__).parents[1] / "raw" / "files"
MODELS = ("dim_campaigns", "fct_email_sends", "fct_macro_conversions", "fct_sessions", "dim_persons")
CASES = (
    "address-spellings",
    "order-id-hash-sign",
    "order-id-not-set",
    "refunds",
    "two-shops-one-numbering",
    "user-id-undefined",
    "utm-encodings",
)
# Cases of a tool that a ready feed is for.
READY_CASES = {"shopify-line-items": "shopify_orders_csv"}


def feeds_of_files(folder: Path) -> list[Feed]:
    """The ready feeds on their samples; those of the cases, whose names are made unique."""
    found = [feed for name in ready_feeds() for feed in read_ready(name, folder)]
    for case in CASES:
        found += [named(case, feed) for feed in read_feeds(FILES / "cases" / case / "feeds.yml")]
    for case, name in READY_CASES.items():
        for feed in read_ready(name, folder):
            path = str(FILES / "cases" / case / "orders_export*.csv")
            found.append(named(case, replace(feed, path=path)))
    return found


def read_ready(name: str, folder: Path) -> list[Feed]:
    feeds = read_feeds(FOLDER / f"{name}.yml")
    return [replace(feed, path=feed.path.replace(str(FOLDER), str(folder))) for feed in feeds]


def named(case: str, feed: Feed) -> Feed:
    prefix = case.replace("-", "_")
    rules = feed.order_rules
    assert rules is not None
    namespace = prefix if rules.namespace == "shopify" else f"{prefix}_{rules.namespace}"
    same_as = tuple(f"{prefix}_{other}" for other in rules.same_as)
    return replace(
        feed,
        name=f"{prefix}_{feed.name}",
        order_rules=replace(rules, namespace=namespace, same_as=same_as),
    )


def samples(folder: Path) -> Path:
    """The samples, each tool's campaign with the tool's name: it is sent once."""
    shutil.copytree(FILES / "ready", folder / "ready")
    for path in (folder / "ready" / "event_files").glob("*/*"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub("(?i)autumn", f"{path.parent.name} autumn", text), encoding="utf-8")
    return folder / "ready"


@pytest.fixture(scope="module")
def files(with_feeds: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledProject]:
    """All of them in one warehouse, built once."""
    folder = tmp_path_factory.mktemp("files")
    with loaded(with_feeds, folder, feeds_of_files(samples(folder)), *MODELS) as project:
        yield project


# Of each tool's campaign: sends, opens, persons' opens, clicks, persons' clicks, bounced, unsubscribed,
# complained.
MAILINGS = {
    "brevo autumn": (1, 2, 1, 1, 1, 1, 0, 0),
    "klaviyo autumn": (0, 1, 0, 0, 0, 1, 0, 0),
    "link_mobility autumn": (1, 1, 0, 1, 1, 0, 1, 0),
    "sendgrid autumn": (1, 1, 0, 1, 1, 0, 0, 1),
    "ses autumn": (2, 1, 1, 1, 1, 0, 0, 0),
    "42694e9e57": (0, 2, 1, 1, 1, 1, 1, 0),  # Mailchimp
    "77": (1, 1, 0, 1, 1, 1, 0, 0),  # Salesforce Marketing Cloud
    "LyZ7re": (0, 0, 0, 1, 1, 0, 0, 0),  # Klaviyo's message, where an event names no campaign
}


def test_mailings_of_ready_feeds_have_their_figures(files: CompiledProject) -> None:
    rows = files.rows("""
        select
            name, sum(sends), sum(opens), sum(human_opens), sum(clicks), sum(human_clicks), count(bounced_at),
            count(unsubscribed_at), count(complained_at)
        from marts.fct_email_sends inner join marts.dim_campaigns using (campaign_key)
        group by name having max(sends + opens + clicks) > 0
    """)
    assert {name: figures for name, *figures in rows} == {
        name: list(figures) for name, figures in MAILINGS.items()
    }


# Of each order: its id, amount, currency, refunds in the reporting currency, and what is left of it there.
ORDERS: dict[str, list[tuple[str | None, float, str, float, float | None]]] = {
    "shopify": [
        ("1001", 50, "EUR", 0, 50),
        ("1002", 2000, "SEK", 0, None),
        ("1050", 100.9, "EUR", 0, 100.9),
        ("1051", 20, "EUR", 20, 0),
        ("1052", 15, "EUR", 0, 15),
    ],
    "stripe": [
        ("W-77", 5000, "JPY", 0, None),
        ("ch_3", 12.345, "KWD", 0, None),
        ("pi_1", 49.9, "EUR", 0, 49.9),
    ],
    "woocommerce": [("501", 25, "EUR", 5, 20)],
    # a voided order is none, and items of an order have no amount
    "shopify_line_items": [("1001", 50, "EUR", 0, 50), ("1002", 20, "EUR", 20, 0)],
    "order_id_hash_sign_web": [("2001", 55, "EUR", 0, 55)],
    "order_id_not_set_web": [(None, 100, "EUR", 0, 100)] * 7,
    "refunds_web": [("E1", 80, "EUR", 0, 80), ("E2", 80, "EUR", 80, 0)],
    "two_shops_one_numbering_shop_a": [(f"100{n}", n * 100, "EUR", 0, n * 100) for n in (1, 2, 3)],
    "two_shops_one_numbering_shop_b": [(f"100{n}", n * 100, "EUR", 0, n * 100) for n in (1, 2, 3)],
}


@pytest.mark.parametrize("namespace", ORDERS)
def test_orders_of_files_have_their_figures(namespace: str, files: CompiledProject) -> None:
    rows = files.rows(
        "select order_id, revenue::double, currency, converted_refunds::double, net_revenue::double "
        f"from marts.fct_macro_conversions where order_namespace = '{namespace}' order by all"
    )
    assert rows == ORDERS[namespace]


def test_there_are_no_other_orders(files: CompiledProject) -> None:
    found = files.rows("select distinct order_namespace from marts.fct_macro_conversions")
    assert {namespace for (namespace,) in found} == set(ORDERS)


# Of each person of a case, in order: kind, addresses, devices, acts, and what the person brought.
PERSONS = {
    "address_spellings": [("contact", 1, 0, 8, 0.0)],
    "user_id_undefined": [("contact", 1, 1, 1, 0.0)] * 6,
    "order_id_not_set": [("contact", 1, 0, 1, 100.0)] * 7,
    "order_id_hash_sign": [("contact", 1, 1, 3, 55.0)],
    "refunds": [("contact", 1, 0, 1, 0.0)] * 2,
}


@pytest.mark.parametrize("case", PERSONS)
def test_persons_of_files_are_who_they_are(case: str, files: CompiledProject) -> None:
    rows = files.rows(f"""
        select person_kind, addresses, devices, acts, lifetime_net_revenue::double from marts.dim_persons
        where person_key in (select person_key from marts.fct_events where starts_with(feed, '{case}'))
        order by all
    """)
    assert rows == PERSONS[case]


EMAIL = ("newsletter", "email", None, "Email")
# In the order of the case's hours.
TRAFFIC = [
    ("news letter", "email", "Spring Sale", "Email"),
    ("newsletter", "email", "Spring Sale", "Email"),
    ("newsletter", "email", "x", "Email"),
    ("newsletter", "email", "x", "Email"),
    EMAIL,
    ("newsletter", "e-mail", None, "Email"),
    ("%E4", "email", None, "Email"),  # no UTF-8
    (None, "email", None, "Email"),
    ("newsletter", "Email", None, "Email"),
    EMAIL,
    EMAIL,
    ("google", "cpc", None, "Paid Search"),
]


def test_addresses_of_files_say_their_traffic(files: CompiledProject) -> None:
    rows = files.rows("""
        select source, medium, campaign, channel_group from marts.fct_sessions
        where session_id in (select session_id from marts.fct_events where feed = 'utm_encodings_web')
        order by started_at
    """)
    assert rows == TRAFFIC


def test_events_of_ready_feeds_reach_the_facts(files: CompiledProject) -> None:
    """What is neither a mailing's nor an order: forwards and replies are acts, test mails not."""
    rows = files.rows("""
        select feed, event_name, event_count, is_person_action from marts.fct_events
        where feed in ('smaily_forwards', 'help_desk_replies', 'inbox_placement') order by all
    """)
    assert rows == [
        ("help_desk_replies", "reply", 1, True),
        ("inbox_placement", "inbox_placement", 1, False),
        ("inbox_placement", "inbox_placement", 1, False),
        ("smaily_forwards", "forward", 1, True),
    ]
