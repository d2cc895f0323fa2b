"""Revenue of events that no rule of the catalogue matches."""

from dataclasses import replace

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_violations

NAMED = 5


def _unmatched(context: CheckContext) -> CheckOutcome:
    found = context.rows("""
        select
            left(regexp_replace(
                coalesce(feed, source::varchar) || ': ' || event_name::varchar, '[[:cntrl:]]', ' ', 'g'
            ), 80) as name,
            sum(event_count)::bigint,
            coalesce(sum(event_count) filter (where micro_conversion is null), 0)::bigint as unmatched,
            coalesce(sum(revenue) filter (where micro_conversion is null), 0) as revenue
        from marts.fct_events as events
        where revenue > 0 and not exists (
            from staging.event_kinds as kinds
            where kinds.source = events.source::varchar and kinds.event_name = events.event_name::varchar
                and order_role = 'refund'
        )
            -- what the shop voided does not count as a conversion, so that no rule matches it
            and event_id not in (select event_id from intermediate.int_order_events where is_voided)
        group by all order by revenue desc, name
    """)
    outcome = evaluate_violations([row[:3] for row in found], "seed catalogue_rules", Status.WARN)
    names = [f"{name} ({events:,} events, {revenue:,.2f})" for name, _, events, revenue in found if events]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    text = f"{outcome.summary} No rule matches {', '.join(names[:NAMED])}{more}."
    return replace(outcome, summary=text) if names else outcome


EVERY_REVENUE_IS_MATCHED = Check(
    name="every_event_with_revenue_is_matched",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description=(
        "Every event that carries revenue is matched by a rule of catalogue_rules; event names are matched "
        "as they are written."
    ),
    tolerance="None: revenue without a rule is counted nowhere.",
    evaluate=_unmatched,
)

CHECKS = (EVERY_REVENUE_IS_MATCHED,)
