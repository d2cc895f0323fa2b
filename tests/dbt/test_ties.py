"""Events of one instant come in the order of their files: first and last touches, and repeat purchases."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.loaded_feeds import loaded, written_feeds

FEEDS = """
feeds:
  - name: site
    path: site.csv
    format: csv
    opens_observable: yes
    columns: {occurred_at: t, event_name: e, user_id: m, campaign: c, order_id: o, revenue: r}
    constants: {currency: EUR}
"""
HEADER = ("t", "e", "m", "c", "o", "r")
# Enough that the order of hashes is not theirs by chance.
PERSONS = 12
DAY, SECOND = "2026-10-20", "2026-10-27 09:00:00"
Row = tuple[object, ...]


def by_day(person: str) -> list[Row]:
    """From the e-mail to the order, all on one day without a time."""
    mails = [(DAY, name, person, "c1", None, None) for name in ("send", "open", "click")]
    site = [(DAY, name, person, None, None, None) for name in ("view_item", "add_to_cart", "begin_checkout")]
    return [*mails, *site, (DAY, "purchase", person, None, f"o-{person}", 40)]


def two_campaigns(person: str) -> list[Row]:
    """The second one was clicked last, in the second of the first click, a minute before the order."""
    clicks = [(SECOND, "click", person, campaign, None, None) for campaign in ("c2", "c3")]
    return [*clicks, ("2026-10-27 09:01:00", "purchase", person, None, f"o-{person}", 40)]


def two_orders(person: str) -> list[Row]:
    orders = ((f"{person}-one", 10), (f"{person}-two", 20))
    return [(SECOND, "purchase", person, None, order, amount) for order, amount in orders]


@pytest.fixture(scope="module")
def site(with_feeds: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledProject]:
    folder = tmp_path_factory.mktemp("ties")
    kinds = (by_day, two_campaigns, two_orders)
    rows = [row for kind in kinds for n in range(PERSONS) for row in kind(f"{kind.__name__}{n}")]
    feeds = written_feeds(folder, FEEDS, {"site.csv": [HEADER, *rows]})
    with loaded(with_feeds, folder, feeds, "int_attribution_paths") as built:
        yield built


def ends(site: CompiledProject, dimension: str, prefix: str) -> list[tuple[Any, ...]]:
    """First touch, last one and the one before it of the persons' orders, and of how many orders."""
    return site.rows(f"""
        with journeys as (
            select
                max(touch) filter (where position = 1) as first_touch,
                max(touch) filter (where position = touches) as last_touch,
                max(previous_touch) filter (where position = touches) as touch_before
            from intermediate.int_attribution_paths
            where dimension = '{dimension}' and journey_id in (
                select macro_conversion_id from marts.fct_macro_conversions where order_id like 'o-{prefix}%'
            )
            group by journey_id
        )
        select *, count(*) from journeys group by all order by all
    """)


def test_touches_of_one_day_are_in_the_order_of_the_file(site: CompiledProject) -> None:
    found = ends(site, "micro_conversion", "by_day")
    assert found == [("email_open", "checkout_start", "cart_add", PERSONS)]


def test_the_last_of_two_clicks_of_one_second_is_the_last_touch(site: CompiledProject) -> None:
    campaigns = ("event_files-c2", "event_files-c3", "event_files-c2")
    assert ends(site, "campaign", "two_campaigns") == [(*campaigns, PERSONS)]


def test_the_first_of_two_orders_of_one_second_is_not_the_repeat(site: CompiledProject) -> None:
    found = site.rows("""
        select macro_conversion, revenue::int, conversion_number, count(*) from marts.fct_macro_conversions
        where order_id like 'two_orders%' group by all order by all
    """)
    assert found == [("purchase", 10, 1, PERSONS), ("repeat_purchase", 20, 2, PERSONS)]
