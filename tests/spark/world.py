"""One world in which the engines could differ: what is made up here, and simulated persons before it."""

from datetime import date, timedelta
from functools import cache

import pyarrow as pa

from dagster_project.simulator.world import WorldConfig, make_world
from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.feeds import OrderRules
from tests.dbt import world
from tests.dbt.harness import Warehouse
from tests.dbt.identity.test_identified_events import fill
from tests.dbt.rows import Hit, Row, file_row, instant, key
from tests.truth_worlds.raw_rows import raw_rows

APP_FEED = Feed(
    "app",
    "app/*.ndjson",
    "ndjson",
    "UTC",
    {"occurred_at": "t"},
    order_rules=OrderRules("app", separate_from=("orders",)),
    user_namespace="app",
)
FEEDS = (world.ORDERS_FEED, APP_FEED)
# Nested, with a dotted key, a key twice, numbers in every spelling, an emoji family, and escapes.
PROPERTIES = (
    '{"list": "moving", "a.b": "dotted", "c d": {"e": [1, {"f": "ü"}]}, "list.name": "x"}',
    '{"family": "👨‍👩‍👧 🇪🇪", "said": "\\"hi\\" \\\\ \\n\\t", "it\'s": "o\'clock", "$": "dollar"}',
    '{"a": "1", "a": "2"}',
    '{"big": 12345678901234567890, "small": 1.10, "exponent": 1e5, "none": null, "yes": true}',
    '{"list": ["a", "b"]}',
    '{"list": "with \\u00e4 and \\ud83d\\ude00", "url": "https://x.ee/?q=%F0%9F%91%8D&r=a+b"}',
)

HITS, *OF_HITS = (f"google_analytics__{name}" for name in ("events", "event_attributes", "event_parameters"))


def _unsettled() -> list[Hit]:
    """Hits of one instant, of which one lacks the page by which the others are numbered."""
    return [
        Hit("2026-10-09T10:00:00Z", "page_view", page, "unsettled-pc", session="unsettled")
        for page in ("/product/1", "(not set)", "/product/2")
    ]


def _awake() -> list[Hit]:
    """A visit that goes on for 27 hours without a gap, which the cap cuts; its end is a purchase."""
    start = instant("2026-10-10T05:00:00Z")
    hits = [
        Hit(
            (start + timedelta(minutes=25 * number)).isoformat(),
            "page_view",
            f"/product/{number % 3}",
            "awake-pc",
            address="awake@example.com",
            session="awake",
        )
        for number in range(65)
    ]
    bought = (start + timedelta(minutes=25 * 65)).isoformat()
    return [*hits, Hit(bought, "purchase", "/thank-you", "awake-pc", order="T-3", revenue=0.1)]


def _shop() -> list[Row]:
    """Orders in two currencies and one without a rate, one given back, one that the site reports, too."""
    orders = [
        ("2026-10-05T08:00:05Z", "order", "T-2", "ann", 70.0, "EUR"),
        ("2026-10-11T08:00:00Z", "order", "A-1", "bea", 12.345, "USD"),
        ("2026-10-12T08:00:00Z", "order", "A-2", "bea", 19.99, "EUR"),
        ("2026-10-13T08:00:00.999999Z", "refund", "A-1", "bea", -12.345, "USD"),
        ("2026-10-14T23:59:59.5Z", "order", "A-3", "cia", 7.0, "SEK"),
        ("2026-10-25T00:30:00Z", "order", "A-4", "cia", 0.125, "USD"),
        ("2026-10-25T01:30:00Z", "order", "A-4", "cia", 0.125, "USD"),
    ]
    return [
        file_row(
            name, instant(at), person, order_id=order, revenue=revenue, currency=currency, event_id=f"s{n}"
        )
        for n, (at, name, order, person, revenue, currency) in enumerate(orders)
    ]


def _other_shop() -> list[Row]:
    """An order with the number of one that the site and the app report, and with which it is not one."""
    return [
        file_row(
            "order", instant("2026-10-05T09:00:00Z"), "dan", order_id="T-2", revenue=60.0, currency="EUR"
        )
    ]


def _app() -> list[Row]:
    """Rows whose texts are awkward: nested properties, escapes, blanks, accents, template leftovers."""
    texts = [
        "Campaign 'A' \\ \"B\"",
        "naïve\u00a0café ",
        "  ",
        "tab\tand\nline",
        "{{user.id}}",
        "100% [x] $1",
    ]
    rows = [
        file_row(
            "checklist_ticked", instant(f"2026-10-1{n}T10:00:00Z"), "dan", properties=text, campaign=texts[n]
        )
        for n, text in enumerate(PROPERTIES)
    ]
    rows += [
        file_row(
            name,
            instant("2026-10-16T10:00:00Z") + timedelta(minutes=n),
            "eve",
            campaign=text,
            url=f"https://Shop.example.com/Product/A?utm_campaign={text}&utm_source=%C3%A4&fbclid=1#x",
            user_id=text,
        )
        for n, (name, text) in enumerate((name, text) for text in texts for name in ("page_view", "click"))
    ]
    return rows


@cache
def _simulated() -> dict[str, pa.Table]:
    """Before the clocks go back and before the made rows, so that the log stays in order."""
    return raw_rows(make_world(WorldConfig(persons=40, days=30, seed=5, end_date=date(2026, 9, 30))))


def fill_world(warehouse: Warehouse) -> None:
    """Put all rows into a new warehouse."""
    fill(warehouse, first_action=10**6)
    for table, rows in _simulated().items():
        warehouse.insert(table, rows, partition="simulated")
    hits = [*_unsettled(), *_awake()]
    warehouse.insert("google_analytics__events", [hit.event for hit in hits], partition="awake")
    warehouse.insert(
        "google_analytics__event_attributes", [hit.attributes for hit in hits], partition="awake"
    )
    warehouse.insert("event_files__app", [*_shop(), *_app()], partition="app.ndjson")
    warehouse.insert("event_files__orders", _other_shop(), partition="other_shop.csv")
    warehouse.insert(
        "smaily__contacts",
        [
            {"list_id": "1", "contact_key": key_of, "country": "EE"}
            for key_of in map(_raw, ("ann", "bea", "cia"))
        ],
        partition="made",
    )
    with warehouse.connect() as connection:
        connection.execute(
            "insert into raw._exchange_rates (rate_date, base_currency, currency, rate)"
            " values ('2026-10-01', 'EUR', 'USD', 1.0837), ('2026-10-12', 'EUR', 'USD', 1.0913)"
        )
    _lay_hits_by_day(warehouse)


def _lay_hits_by_day(warehouse: Warehouse) -> None:
    """A partition a day, as they are pulled: rows of other streams on the first day of what they describe."""
    key = ("client_id", "session_id", "hit_ts", "event_name")
    with warehouse.connect() as connection:
        day = "strftime(strptime(left(date_hour_minute, 8), '%Y%m%d'), '%Y-%m-%d')"
        connection.execute(f"update raw.{HITS} set _partition = {day}")
        for table in OF_HITS:
            connection.execute(f"""
                update raw.{table} as described set _partition = days.day
                from (select {", ".join(key)}, min(_partition) as day from raw.{HITS} group by all) as days
                where {" and ".join(f"described.{name} = days.{name}" for name in key)}
            """)
        for table in (HITS, *OF_HITS):
            stream = table.removeprefix("google_analytics__")
            connection.execute(
                f"delete from raw._loads where source = 'google_analytics' and stream = '{stream}'"
            )
            connection.execute(f"""
                insert into raw._loads by name
                select 'google_analytics' as source, '{stream}' as stream, _partition as partition,
                    md5(string_agg(rows::varchar, ' ' order by rows::varchar)) as content_sha256,
                    count(*) as loaded, max(_extracted_at) as extracted_at
                from raw.{table} as rows group by _partition
            """)


def _raw(name: str) -> bytes:
    return bytes.fromhex(key(f"{name}@shops.ee"))
