"""Names of events that nothing declares to be acts of a person, or to be none."""

from dataclasses import replace

from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import evaluate_violations

NAMED = 5


def _undeclared(context: CheckContext) -> CheckOutcome:
    found = context.rows("""
        with names as (
            select
                coalesce(feed, source::varchar) as reporter,
                source::varchar as source,
                event_name::varchar as event_name,
                sum(event_count)::bigint as events,
                bool_or(is_person_action) as is_action,
            from marts.fct_events group by all
        ),
        known as (select * from intermediate.int_event_name_kinds where is_person_action is not null)
        select
            left(regexp_replace(names.reporter || ': ' || event_name, '[[:cntrl:]]', ' ', 'g'), 80) as name,
            events,
            if(is_action or exists (
                from known
                where known.event_name = names.event_name and known.reporter in (names.reporter, names.source)
            ), 0, events) as undeclared
        from names order by undeclared desc, name
    """)
    outcome = evaluate_violations(found, "seeds event_kinds and catalogue_rules, the feeds", Status.WARN)
    names = [f"{name} ({events:,} events)" for name, _, events in found if events]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    text = (
        f"{outcome.summary} Taken for no act of a person: {', '.join(names[:NAMED])}{more}; add these names "
        "to `actions` or `not_actions` of their feed, or to seed event_kinds."
    )
    return replace(outcome, summary=text) if names else outcome


EVERY_NAME_IS_DECLARED = Check(
    name="every_event_name_is_declared",
    asset=("marts", "fct_events"),
    severity=Status.WARN,
    description=(
        "Of every event name it is known whether it is an act of the person: by its feed, seed event_kinds "
        "or a rule of the catalogue. Unknown names are no acts."
    ),
    tolerance="None: events of an unknown name are in no session, journey or cohort.",
    evaluate=_undeclared,
)

CHECKS = (EVERY_NAME_IS_DECLARED,)
