"""A small world in which every base rule has its case; addresses name the case."""

from dagster_project.sources.event_files import Feed
from tests.dbt.rows import SITE, Hit, Row, action, campaign, instant, key, link

ORDERS_FEED = Feed("orders", "orders/*.csv", "csv", "Europe/Tallinn", {})
LETTER = campaign(1, "Autumn", ["newsletter"])
OFFER = campaign(2, "Offer", ["promotion"])
WELCOME: Row = {"id": "3", "name": "Welcome", "tags": ["welcome"], "status": "ACTIVE"}
TEST = {
    **campaign(4, "Button test"),
    "sections": '[{"id": 1, "subject": "Short"}, {"id": 2, "subject": "A longer 👨‍👩‍👧"}]',
}
ARM_A, ARM_B = ({**TEST, "name": f"Button test {arm}"} for arm in "AB")
PROXY = "Mozilla/5.0; 17.58.101.4; US"
TWIN, SECOND = "twin@example.com", "second@example.com"
READER = "Apple Mail 16.0 / macOS; 203.0.113.7; EE"


def _mail() -> list[Row]:
    """The log in the order of its seq_id, which numbers the rows from 1."""
    burst = [
        ("cta", "/pricing"),
        ("product", "/product/a"),
        ("product", "/product/b"),
        ("footer_social", "/x"),
    ]
    rows: list[tuple[str, str, str, Row | None, str]] = [
        ("2026-10-01 09:00:00", "ann@example.com", "create", None, ""),
        ("2026-10-01 09:00:00", "ann@example.com", "optin", None, ""),
        ("2026-10-01 10:00:00", "ann@example.com", "send", LETTER, ""),
        ("2026-10-01 10:00:00", "proxied@example.com", "send", LETTER, ""),
        ("2026-10-01 10:00:00", "scanned@firm.example.com", "send", LETTER, ""),
        *(
            (f"2026-10-01 10:00:0{5 + number}", "scanned@firm.example.com", "click", LETTER, link(path, role))
            for number, (role, path) in enumerate(burst)
        ),
        ("2026-10-01 10:07:00", "proxied@example.com", "view", LETTER, PROXY),
        ("2026-10-01 11:00:00", "ann@example.com", "view", LETTER, READER),
        ("2026-10-01 11:00:00", "ann@example.com", "click", LETTER, link("/pricing")),
        ("2026-10-01 11:30:00", "ann@example.com", "view", LETTER, READER),
        ("2026-10-02 12:00:00", "ann@example.com", "view", OFFER, READER),
        (
            "2026-10-02 12:01:00",
            "ann@example.com",
            "click",
            WELCOME,
            link("/quick-start", "quick_start", "welcome"),
        ),
        (
            "2026-10-02 12:02:00",
            "ann@example.com",
            "click",
            WELCOME,
            link("/quick-start", "quick_start", "welcome"),
        ),
        ("2026-10-03 10:00:00", "ann@example.com", "send", ARM_B, ""),
        ("2026-10-03 10:00:00", "proxied@example.com", "send", ARM_A, ""),
        ("2026-10-03 10:00:10", "gone@example.com", "send", LETTER, ""),
        ("2026-10-03 10:00:20", "gone@example.com", "bounce", LETTER, "550"),
        (
            "2026-10-04 10:00:00",
            "forwarder@example.com",
            "click",
            OFFER,
            link("/product/a", "product", "offer"),
        ),
        # The clocks fall back from 04:00 to 03:00: the log runs on, its times repeat.
        ("2026-10-25 03:10:00", "night@example.com", "view", LETTER, READER),
        ("2026-10-25 03:50:00", "night@example.com", "view", LETTER, READER),
        ("2026-10-25 03:20:00", "night@example.com", "view", LETTER, READER),
        ("2026-10-25 04:10:00", "night@example.com", "view", LETTER, READER),
    ]
    return [action(number, *row) for number, row in enumerate(rows, 1)]


MAIL = _mail()


def _landing(day: int, hour: int, client: str, address: str) -> Hit:
    """A visit in October that starts from an e-mail to `address`."""
    return Hit(
        f"2026-10-{day:02d}T{hour:02d}:00:00Z", "page_view", "/?utm_medium=email", client, address=address
    )


FROM_EMAIL = {"source": "smaily", "medium": "email"}
WEB = [
    Hit(
        "2026-10-01T08:00:01.500Z",
        "page_view",
        link("/pricing").removeprefix(SITE),
        "ann-laptop",
        address="ann@example.com",
        campaign="autumn",
        **FROM_EMAIL,
    ),
    Hit("2026-10-01T08:05:00Z", "file_download", "/features", "ann-laptop", file_name="Comparison-Guide.pdf"),
    Hit("2026-10-05T08:00:00Z", "purchase", "/thank-you", "ann-laptop", order="T-1", revenue=60.0, count=2),
    Hit("2026-10-06T08:00:00Z", "purchase", "/thank-you", "ann-laptop", order="T-2", revenue=70.0),
    # The friend is known on the device by two visits of their own; the forwarder's key comes once.
    Hit("2026-10-02T08:00:00Z", "login", "/", "friend-phone", address="friend@example.com", session="f1"),
    Hit("2026-10-03T08:00:00Z", "login", "/", "friend-phone", address="friend@example.com", session="f2"),
    Hit(
        "2026-10-04T07:00:02Z",
        "page_view",
        link("/product/a", "product", "offer").removeprefix(SITE),
        "friend-phone",
        address="forwarder@example.com",
        session="f3",
        campaign="offer",
        **FROM_EMAIL,
    ),
    Hit("2026-10-04T07:01:00Z", "add_to_cart", "/product/a", "friend-phone", session="f3"),
    # One person, two addresses, both again and again on the one device they have.
    *(_landing(day, 6, "twin-phone", address) for day, address in enumerate([TWIN, SECOND, TWIN, SECOND], 1)),
    # A borrower's own device is another one.
    *(_landing(day, 5, "lender-pc", "lender@example.com") for day in (1, 2, 3)),
    *(_landing(day, 5, "lender-pc", "borrower@example.com") for day in (4, 5)),
    *(_landing(day, 5, "borrower-pc", "borrower@example.com") for day in (6, 7, 8)),
    Hit("2026-10-04T05:10:00Z", "add_to_wishlist", "/product/b", "lender-pc"),
    # A mailbox of twelve devices is an office, not a person.
    *(_landing(7, 4, f"office-{number}", "office@example.com") for number in range(12)),
    Hit("2026-10-08T05:00:30Z", "page_view", "/blog/a", count=3),
    Hit("2026-10-25T00:30:00Z", "page_view", "/about", "night-phone"),
    Hit("2026-10-25T01:30:00Z", "page_view", "/about", "night-phone"),
]
BITLINKS = [{
    "id": "bit.ly/3abc", "link": "https://bit.ly/3abc", "long_url": "https://shop.example.com/?utm_campaign=autumn",
    "tags": [], "custom_bitlinks": ["shop.example/autumn"], "campaign_ids": [], "archived": "false",
    "created_at": "2026-10-01T00:00:00+0000", "is_deleted": "false",
}]  # fmt: skip
BITLINK_CLICKS = [
    {
        "bitlink": "bit.ly/3abc",
        "clicked_bitlink": clicked,
        "date": "2026-10-02T00:00:00+0000",
        "clicks": clicks,
    }
    for clicked, clicks in (("bit.ly/3abc", 5), ("shop.example/autumn", 2))
]
ORDERS: list[Row] = [
    {
        "event_id": "1",
        "occurred_at": instant("2026-10-05T08:00:05Z"),
        "event_name": "order",
        "order_id": "T-1",
        "contact_key": key("ann@example.com"),
        "revenue": 60.0,
        "currency": "eur",
    },
    {
        "event_id": "2",
        "occurred_at": instant("2026-10-09T08:00:00Z"),
        "event_name": "order",
        "order_id": "T-9",
        "user_id": "crm-9",
        "client_id": "web-9",
        "revenue": 5.0,
        "currency": "EUR",
    },
    {"occurred_at": instant("2026-10-09T09:00:00Z"), "event_name": "demo_request", "user_id": "crm-9"},
    {
        "occurred_at": instant("2026-10-09T09:01:00Z"),
        "event_name": "checklist_ticked",
        "user_id": "crm-9",
        "properties": '{"list": "moving"}',
    },
]
