"""Two accounts that send a campaign of one name, as agencies do: neither has what the other one earns."""

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import ANN, BOB, CID, stamp
from tests.dbt.rows import Hit, Row, action, campaign

MODELS = ("fct_sessions", "fct_macro_conversions", "int_campaign_slugs")
SPRING, SUMMER, AUTUMN = campaign(103, "Spring"), campaign(104, "Summer"), campaign(105, "Autumn")
LINK = "https://shop.example.com/?utm_campaign={}"


def of(account: str, *actions: Row) -> list[Row]:
    return [{**row, "_partition": f"{account}/2026-10-06" if account else "2026-10-06"} for row in actions]


def mailed(number: int, address: str, what: Row, slug: str) -> list[Row]:
    """A send, and a click on a link with that utm_campaign at a quarter past eleven."""
    return [
        action(number, "2026-10-06 11:00:00", address, "send", what),
        action(number + 1, "2026-10-06 11:15:00", address, "click", what, LINK.format(slug)),
    ]


def bought(address: str, client: str, slug: str, order: str) -> Hit:
    """A quarter of an hour after a click, in a session of that campaign."""
    values = {"source": "smaily", "medium": "email", "campaign": slug}
    return Hit(
        stamp(30), "purchase", "/thanks", client, address=address, order=order, revenue=100.0, **values
    )


def test_a_visit_of_a_shared_campaign_is_of_the_one_that_the_person_clicked(
    compiled: CompiledProject,
) -> None:
    """Ann clicks first, in the first account's e-mail; Bob's are the other one's; Cid clicks none."""
    hits = [
        bought(ANN, "c1", "spring", "1001"),
        bought(BOB, "c2", "spring", "1002"),
        bought(CID, "c3", "spring", "1003"),
    ]
    compiled.build(
        {
            "smaily__campaigns": [
                *of("", SPRING, SUMMER, AUTUMN),
                *of("LV", SPRING, SUMMER, campaign(106, "Winter")),
            ],
            "smaily__actions": [
                *of("", *mailed(1, ANN, SPRING, "spring"), *mailed(3, ANN, AUTUMN, "cold")),
                *of("LV", *mailed(1, BOB, SPRING, "spring")),
            ],
            "google_analytics__events": [hit.event for hit in hits],
            "google_analytics__event_attributes": [hit.attributes for hit in hits],
        },
        *MODELS,
    )
    assert dict(compiled.rows("select * from intermediate.int_campaign_slugs")) == {
        "spring": None,
        "Spring": None,
        # By name only, and in both.
        "summer": None,
        "Summer": None,
        "autumn": "smaily-105",
        "Autumn": "smaily-105",
        "cold": "smaily-105",
        "winter": "smaily-LV/106",
        "Winter": "smaily-LV/106",
    }
    assert compiled.rows("""
        select orders.order_id, sessions.campaign, sessions.campaign_key
        from marts.fct_macro_conversions as orders
        left join marts.fct_sessions as sessions using (session_id)
        order by all
    """) == [("1001", "spring", "smaily-103"), ("1002", "spring", "smaily-LV/103"), ("1003", "spring", None)]


def test_of_one_account_the_earlier_campaign_has_a_shared_name(compiled: CompiledProject) -> None:
    compiled.build(
        {
            "smaily__campaigns": [SPRING, {**SUMMER, "name": "Spring"}],
            "smaily__actions": [
                *mailed(1, ANN, SUMMER, "sale"),
                action(3, "2026-10-06 11:30:00", BOB, "click", SPRING, LINK.format("sale")),
            ],
        },
        "int_campaign_slugs",
    )
    found = dict(compiled.rows("select * from intermediate.int_campaign_slugs"))
    assert (found["sale"], found["spring"]) == ("smaily-104", "smaily-103")


def test_a_tag_that_two_accounts_share_is_not_of_a_campaign_called_alike(compiled: CompiledProject) -> None:
    """Links of both have it as it is written, whatever another name's words are."""
    hit = bought(CID, "c3", "Spring_Sale", "1003")
    compiled.build(
        {
            "smaily__campaigns": [*of("", SPRING, campaign(106, "Spring sale")), *of("LV", SPRING)],
            "smaily__actions": [
                *of("", *mailed(1, ANN, SPRING, "Spring_Sale")),
                *of("LV", *mailed(1, BOB, SPRING, "Spring_Sale")),
            ],
            "google_analytics__events": [hit.event],
            "google_analytics__event_attributes": [hit.attributes],
        },
        *MODELS,
    )
    assert compiled.rows(
        "select sessions.campaign, sessions.campaign_key from marts.fct_macro_conversions as orders"
        " left join marts.fct_sessions as sessions using (session_id)"
    ) == [("Spring_Sale", None)]
