"""Orders of several systems: ids that collide, and amounts that cannot be summed."""

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_share, wilson
from dagster_project.sources.registry import SOURCES

# Two shops that both number from 1000 share nearly all; two systems of one shop none whose buyers differ.
COLLIDING_SHARE = 0.05

_NAMESAKES = """
    with orders as (
        select order_namespace, order_id, person_key, occurred_at, names_person, match_rule
        from marts.fct_macro_conversions where order_id is not null
    ),
    sizes as (select order_namespace, count(*) as orders from orders group by all),
    namesakes as (
        select a.order_namespace as one, b.order_namespace as other, count(*) as colliding
        from orders as a inner join orders as b
            on a.order_id = b.order_id and a.order_namespace < b.order_namespace
        where a.names_person and b.names_person and a.person_key <> b.person_key
            and abs(epoch(a.occurred_at - b.occurred_at)) <= 86400
            and not exists (
                from staging.stg_event_files__feeds
                where orders_are_separate and order_namespace in (a.order_namespace, b.order_namespace)
            )
        group by all
    )
    select one, other, least(sizes.orders, others.orders), colliding
    from namesakes
    inner join sizes on one = sizes.order_namespace
    inner join sizes as others on other = others.order_namespace
    order by all
"""


def _feed_first(row: tuple[str, str, int, int]) -> tuple[str, str, int, int]:
    """Of a feed and a source the feed comes first, as only a feed has settings."""
    one, other, orders, colliding = row
    is_source = one in {source.name for source in SOURCES}
    return (other, one, orders, colliding) if is_source else row


def _evaluate_namesakes(context: CheckContext) -> CheckOutcome:
    rows = [_feed_first(row) for row in context.rows(_NAMESAKES)]
    over = [row for row in rows if row[3] >= COLLIDING_SHARE * row[2]]
    [(n,)] = context.rows("""
        select if(count(distinct order_namespace) > 1, count(*), 0)
        from marts.fct_macro_conversions as orders
        where order_id is not null and not exists (
            from staging.stg_event_files__feeds as feeds
            where orders_are_separate and feeds.order_namespace = orders.order_namespace
        )
    """)
    advice = "".join(
        f" {colliding:,} of {orders:,} order ids of {one} and {other} belong to different persons: add to "
        f"the feed {one} `same_orders_as: [{other}]` where both report the same orders, else "
        "`same_orders_as: separate`."
        for one, other, orders, colliding in over
    )
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
        "say whether they report the same orders (`same_orders_as`)."
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
