"""Orders of several systems: ids that collide, and amounts that cannot be summed."""

from collections.abc import Mapping

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_share, wilson

# Two shops that both number from 1000 share nearly all; two systems of one shop none whose buyers differ.
COLLIDING_SHARE = 0.05

# Pairs of namespaces whose equal ids could be one order: not those that a feed declares separate, nor ids of
# bookings and subscriptions, which are compared with no other system's.
_COMPARED = """
    with orders as (
        select order_namespace, order_namespaces, order_id, person_key, occurred_at, names_person
        from marts.fct_macro_conversions
        where order_id is not null and macro_conversion_id in (
            select matched_order_key from intermediate.int_matched_orders where not is_separate
        )
    ),
    namespaces as (
        select distinct order_namespace
        from orders
        where order_namespace not in (
            select order_namespace from staging.stg_event_files__feeds
            where orders_are_separate and order_namespace is not null
        )
    ),
    compared as (
        select a.order_namespace as one, b.order_namespace as other
        from namespaces as a inner join namespaces as b on a.order_namespace <> b.order_namespace
        anti join staging.stg_event_files__separate_orders as separate
            on a.order_namespace = separate.order_namespace
            and b.order_namespace = separate.other_namespace
    )
"""

# An order that several systems report is separate from whatever one of them is separate from.
_NAMESAKES = f"""
    {_COMPARED},
    reporters as (
        select distinct order_namespaces, unnest(string_split(order_namespaces, ', ')) as reporter from orders
    ),
    separate as (
        select distinct a.order_namespaces as one, b.order_namespaces as other
        from reporters as a
        inner join staging.stg_event_files__separate_orders as declared
            on a.reporter = declared.order_namespace
        inner join reporters as b on b.reporter = declared.other_namespace
    ),
    sizes as (select order_namespace, count(*) as orders from orders group by all),
    colliding as (
        select a.order_namespace as one, b.order_namespace as other
        from orders as a inner join orders as b
            on a.order_id = b.order_id and a.order_namespace < b.order_namespace
        semi join compared on a.order_namespace = one and b.order_namespace = other
        anti join separate on a.order_namespaces = separate.one and b.order_namespaces = separate.other
        where a.names_person and b.names_person and a.person_key <> b.person_key
            and abs(epoch(a.occurred_at - b.occurred_at)) <= 86400
    )
    select one, other, least(any_value(sizes.orders), any_value(others.orders)), count(*)
    from colliding
    inner join sizes on one = sizes.order_namespace
    inner join sizes as others on other = others.order_namespace
    group by one, other
    order by all
"""


def _advice(row: tuple[str, str, int, int], feeds: Mapping[str, str]) -> str:
    """What to add to which feed; of a feed and a source to the feed, as only a feed has settings."""
    one, other, orders, colliding = row
    feed, reporter = (one, other) if one in feeds else (other, one)
    named = feeds.get(reporter, reporter)
    return (
        f" {colliding:,} of {orders:,} order ids of {one} and {other} belong to different persons: add to "
        f"the feed {feeds.get(feed, feed)} `same_orders_as: [{named}]` where both report the same orders, "
        f"`separate_from: [{named}]` where each has its own; `same_orders_as: separate` where no other feed "
        "or source reports its orders either."
    )


def _evaluate_namesakes(context: CheckContext) -> CheckOutcome:
    rows = context.rows(_NAMESAKES)
    over = [row for row in rows if row[3] >= COLLIDING_SHARE * row[2]]
    [(n,)] = context.rows(f"""
        {_COMPARED}
        select count(*) from orders where order_namespace in (select one from compared)
    """)
    feeds = dict(
        context.rows("select order_namespace, min(feed) from staging.stg_event_files__feeds group by all")
    )
    advice = "".join(_advice(row, feeds) for row in over)
    colliding = max((row[3] for row in over), default=0)
    orders = max((row[2] for row in over), default=0)
    return CheckOutcome(
        status=Status.ERROR if over else Status.PASSED,
        summary=f"{len(over)} pairs of namespaces share order ids.{advice}",
        n=n,
        figure=colliding / orders if orders else 0.0,
        interval=wilson(colliding, orders) if orders else None,
        band=(0.0, COLLIDING_SHARE),
        band_source="two numberings of one shop",
        chart=charts.table(
            ["namespaces", "order ids", "of different persons"],
            [(f"{one}, {other}", f"{orders:,}", f"{colliding:,}") for one, other, orders, colliding in rows],
        ),
    )


NAMESAKES = Check(
    name="order_ids_of_two_shops_do_not_collide",
    asset=("marts", "fct_macro_conversions"),
    severity=Status.ERROR,
    description=(
        "Order ids that occur in two namespaces within 24 hours belong to the same persons, or the feeds "
        "say whether they report the same orders (`same_orders_as`) or others (`separate_from`)."
    ),
    tolerance="Under 5 % of the ids of the smaller namespace: a shared mailbox, an order for somebody else.",
    evaluate=_evaluate_namesakes,
)


def _evaluate_unconverted(context: CheckContext) -> CheckOutcome:
    rows = context.rows("""
        select
            order_namespace || ', ' || case
                when revenue is null then 'no amount' when currency is null then 'no currency' else currency
            end,
            count(*), count(*) filter (where converted_revenue is null)
        from marts.fct_macro_conversions where is_order and person_key is not null
        group by all order by all
    """)
    return evaluate_share([(str(name), n, hits) for name, n, hits in rows], 0.01, "sums that mean something")


UNCONVERTED = Check(
    name="few_orders_are_left_out_of_revenue",
    asset=("marts", "fct_macro_conversions"),
    severity=Status.WARN,
    description=(
        "Orders of known persons have an amount in the reporting currency. Where the currency is missing, "
        "give it in the feed's `constants`; where it has no rate, add its rates to seed exchange_rates."
    ),
    tolerance="WARN when certainly over 1 % of a namespace's orders in a currency are left out of every sum.",
    evaluate=_evaluate_unconverted,
)

CHECKS = (NAMESAKES, UNCONVERTED)
