"""Revenue against the vendors' own totals, as published in `rpt_data_quality` by source and day."""

from dagster_project.checks.check import Check, Status
from dagster_project.checks.evaluators import expect_agreement
from dagster_project.checks.populations import of_population

_DAYS = """
    select source || ', ' || day::varchar, total - affected, total
    from marts.rpt_data_quality where indicator = 'unreconciled_revenue' order by all
"""

REVENUE = Check(
    name="revenue_equals_vendor_totals",
    asset=("marts", "rpt_data_quality"),
    severity=Status.ERROR,
    description=(
        "Revenue by day equals the vendor's total without dimensions, on the days of which it withheld "
        "nothing. Without a total there is nothing to compare."
    ),
    tolerance=(
        "WARN over 1 % of a day and 5 units of its currency: totals and rows are requested one after the "
        "other; ERROR over 5 % in sum: then orders are missing or counted twice."
    ),
    evaluate=of_population(
        expect_agreement(_DAYS, "the vendors' totals without dimensions", 0.01, 0.05, slack=5),
        existing="""
            select count(*) from marts.fct_macro_conversions
            where source in (
                select source from marts.rpt_data_quality where indicator = 'unreconciled_revenue'
            )
        """,
        unit="orders",
    ),
)

CHECKS = (REVENUE,)
