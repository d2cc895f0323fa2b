"""Orders of which a feed has several amounts: those of the lines, perhaps, of which one would count."""

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.mapping.columns import named_outcome

# An order that was changed after an export has two amounts, too.
TOLERATED = 0.05


def _one_amount(context: CheckContext) -> CheckOutcome:
    rows = context.rows(f"""
        with orders as (
            select feed, order_id, count(distinct revenue) as amounts
            from marts.fct_events
            where feed is not null and order_id is not null and revenue > 0
            group by feed, order_id
        )
        select
            'feed ' || feed || ': orders have rows of several amounts, of which the largest counts; say '
                || 'revenue_is: line_amount where each row is a line' as subject,
            count(*),
            if(
                count(*) filter (where amounts > 1) > {TOLERATED} * count(*),
                count(*) filter (where amounts > 1),
                0
            )
        from orders
        join raw._feed_settings using (feed)
        where setting = 'revenue_is' and value = 'order_total'
        group by feed
        order by feed
    """)
    return named_outcome(rows, "the feeds' configuration")


ORDERS_HAVE_ONE_AMOUNT = Check(
    name="orders_of_feeds_have_one_amount",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description="All rows of an order have one amount, in feeds whose amounts are those of orders.",
    tolerance=(
        f"{TOLERATED:.0%} of a feed's orders: amounts of lines, taken for those of orders, are lost but for "
        "the largest."
    ),
    evaluate=_one_amount,
)

CHECKS = (ORDERS_HAVE_ONE_AMOUNT,)
