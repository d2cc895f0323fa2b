"""Orders and revenue by day against totals of vendors and shops, as published in `rpt_data_quality`."""

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import Evaluate, expect_agreement
from dagster_project.checks.populations import of_population


def _days(indicator: str) -> str:
    return f"""
        select concat_ws(', ', source, nullif(stream, 'all'), day::varchar, unit), total - affected, total
        from marts.rpt_data_quality where indicator = '{indicator}' order by all
    """


def _of_days(indicator: str, source: str, slack: float) -> Evaluate:
    """Agreement by day, among the orders of the sources that have totals."""
    return of_population(
        expect_agreement(_days(indicator), source, 0.01, 0.05, slack=slack),
        existing=f"""
            select count(*) from marts.fct_macro_conversions
            where source in (select source from marts.rpt_data_quality where indicator = '{indicator}')
        """,
        unit="orders",
    )


REVENUE = Check(
    name="revenue_equals_vendor_totals",
    asset=("marts", "rpt_data_quality"),
    severity=Status.ERROR,
    description=(
        "Revenue by day equals the vendor's total without dimensions, on the days of which it withheld "
        "nothing, and the shop's own total where a feed has `daily_totals`. Without a total there is nothing "
        "to compare."
    ),
    tolerance=(
        "WARN over 1 % of a day and 5 units of its currency: totals and rows are requested one after the "
        "other; ERROR over 5 % in sum: then orders are missing or counted twice."
    ),
    evaluate=_of_days("unreconciled_revenue", "totals of the vendors and of shops", slack=5),
)

ORDERS = Check(
    name="orders_equal_daily_totals",
    asset=("marts", "rpt_data_quality"),
    severity=Status.ERROR,
    description=(
        "Orders by day equal the shop's own number where a feed has `daily_totals`: those of its namespace "
        "by the day of its time zone, also of no known person, without voided ones."
    ),
    tolerance=(
        "WARN over 1 % of a day and one order, which a clock moves over midnight; ERROR over 5 % in sum: "
        "then a file is missing, or orders are counted twice."
    ),
    evaluate=_of_days("unreconciled_orders", "totals of shops", slack=1),
)

CHECKS = (REVENUE, ORDERS)
