"""Whether customers are invited to reviews by what they may think."""

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status

_SIGNS = """
    select
        replace(row_name, '_', ' '), persons + other_persons, difference, difference_lower, difference_upper,
        verdict = 'not neutral'
    from marts.rpt_reviews
    where row_type = 'neutrality' and verdict <> 'insufficient'
        and row_name in ('earlier_refund', 'earlier_low_rating', 'order_refunded')
    order by abs(difference) desc, row_name
"""


def _evaluate(context: CheckContext) -> CheckOutcome:
    rows = context.rows(_SIGNS)
    selected = [row for row in rows if row[5]]
    subject, n, figure, lower, upper, _ = (selected or rows or [("all", 0, None, None, None, False)])[0]
    said = "".join(
        f" With {name} the share invited differs by {difference * 100:+.1f} points."
        for name, _, difference, _, _, _ in selected
    )
    advice = " Invite every customer: review sites forbid to ask only satisfied ones." if selected else ""
    return CheckOutcome(
        status=Status.WARN if selected else Status.PASSED,
        summary=(
            f"{len(selected)} of {len(rows)} signs of discontent go with other invitations.{said}{advice}"
        ),
        subject=subject,
        n=n,
        figure=figure,
        interval=None if lower is None else (lower, upper),
        band=(0.0, 0.0),
        band_source="an invitation of every customer",
        chart=charts.table(
            ["customers with", "customers", "share invited, less that of others", "95 % interval"],
            [
                (
                    name,
                    f"{count:,}",
                    f"{difference * 100:+.1f} points",
                    f"{low * 100:+.1f} to {high * 100:+.1f}",
                )
                for name, count, difference, low, high, _ in rows
            ],
        ),
    )


NEUTRAL_INVITATIONS = Check(
    name="review_invitations_are_neutral",
    asset=("marts", "rpt_reviews"),
    severity=Status.WARN,
    description=(
        "Customers with a refund or a low rating are invited to a review as often as others (rpt_reviews)."
    ),
    tolerance=(
        "WARN where the interval of the difference leaves out 0, with action_minimum_persons on each side."
    ),
    evaluate=_evaluate,
)

CHECKS = (NEUTRAL_INVITATIONS,)
