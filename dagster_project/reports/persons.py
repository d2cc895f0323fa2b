"""Findings about known persons: funnel drop-off, completion rates, paths, stage transitions, retention."""

from collections.abc import Iterator

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import (
    MIN_PERSONS,
    Query,
    Row,
    between,
    duration,
    percent,
    share,
    words,
)
from dagster_project.statistics.proportions import compare_rates

# The next step counts when it comes within so many days.
NEXT_STEP_DAYS = 2
# A path is named when so few of the paths named are expected to differ from the others by chance.
MAX_Q_VALUE = 0.05
EXPOSED = {
    "deliveries": "of e-mails delivered",
    "deliveries_with_call": "of e-mails that offer it",
    "observable_deliveries": "of e-mails delivered to people whose opens can be observed",
    "observable_deliveries_with_call": "of e-mails that offer it, to people whose opens can be observed",
    "observable_openers": "of e-mails opened by people whose opens can be observed",
    "sends": "of e-mails sent",
    "site_visit": "of site visitors",
    "first_touch": "of people",
}
# Neighbouring required steps that people can be seen to take, with what is lost between them.
STEPS = """
    select
        sequence_id, micro_conversion, window_days, reached, drop_off,
        lag(micro_conversion) over steps as previous, lag(reached) over steps as entered,
    from marts.rpt_funnels
    where is_mature and not is_optional and person_population = 'known'
    window steps as (partition by sequence_id order by step_number)
    qualify is_observable and lag(is_observable) over steps
"""


def funnel_drop_off(query: Query) -> Iterator[Finding]:
    """The step at which one device loses most against another, and the step that loses most persons."""
    yield from _by_device(query)
    for row in query(f"""
        with steps as ({STEPS})
        select steps.*, before.label as from_label, after.label as to_label
        from steps
        join marts.dim_micro_conversions as before on steps.previous = before.micro_conversion
        join marts.dim_micro_conversions as after on steps.micro_conversion = after.micro_conversion
        where entered >= {MIN_PERSONS} and reached > 0 and window_days is not null
        order by entered - reached desc
        limit 2
    """):
        lost, interval = share(row["entered"] - row["reached"], row["entered"])
        yield Finding(
            "Where do people stop?",
            f"“{row['from_label']}” → “{row['to_label']}”: of people who came so far at their first attempt, "
            f"{lost} go no further in time ({words(row['sequence_id'])}, {row['window_days']} days).",
            row["entered"],
            interval,
        )


def _by_device(query: Query) -> Iterator[Finding]:
    """Persons by the device of a step, and whether the next step followed, on whichever device."""
    rows = query(f"""
        with pairs as (select distinct previous, micro_conversion from ({STEPS})),
        acts as (
            select person_key, micro_conversion, device, occurred_at, is_known
            from marts.fct_micro_conversions
            union all
            select person_key, macro_conversion, null, occurred_at, null from marts.fct_macro_conversions
        ),
        started as (
            select previous, pairs.micro_conversion, device, person_key, min(occurred_at) as started_at
            from pairs join acts on pairs.previous = acts.micro_conversion
            where device is not null
            group by all
            having min_by(is_known, occurred_at)
                and started_at <= (select max(occurred_at) from acts) - to_days({NEXT_STEP_DAYS})
        ),
        followed as (
            select distinct previous, started.micro_conversion, started.device, started.person_key
            from started
            join marts.dim_micro_conversions as next on started.micro_conversion = next.micro_conversion
            join acts
                on started.person_key = acts.person_key
                and acts.occurred_at between started_at and started_at + to_days({NEXT_STEP_DAYS})
            join marts.dim_micro_conversions as done on acts.micro_conversion = done.micro_conversion
            where acts.micro_conversion = next.micro_conversion
                or done.parent_micro_conversion = next.micro_conversion
                or (next.polarity = 'macro' and done.polarity = 'macro')
        )
        select started.previous, named.label, started.micro_conversion, started.device,
            count(*) as started, count(followed.person_key) as reached
        from started
        left join followed using (previous, micro_conversion, device, person_key)
        join marts.dim_micro_conversions as named on started.previous = named.micro_conversion
        where started.device in ('mobile', 'desktop')
        group by all
        having count(*) >= {MIN_PERSONS}
    """)
    worst: tuple[float, Row, Row] | None = None
    for phone in [row for row in rows if row["device"] == "mobile"]:
        for desktop in [row for row in rows if row["device"] == "desktop"]:
            if all(phone[column] == desktop[column] for column in ("previous", "micro_conversion")):
                lower = compare_rates(
                    desktop["reached"], desktop["started"], phone["reached"], phone["started"]
                ).lower
                if lower > 0 and (worst is None or lower > worst[0]):
                    worst = lower, phone, desktop
    if worst is not None:
        _, phone, desktop = worst
        rate, interval = share(phone["reached"], phone["started"])
        yield Finding(
            "Where do people stop?",
            f"“{phone['label']}”: of people who first do it on phones {rate} go on to "
            f"{words(phone['micro_conversion'])} within {NEXT_STEP_DAYS} days, on desktops "
            f"{percent(desktop['reached'] / desktop['started'])}.",
            phone["started"],
            interval,
        )


def completion_rates(query: Query) -> Iterator[Finding]:
    """The most and the least completed step, of visitors and of e-mails."""
    rates = query(f"""
        select *, population = 'persons' as of_persons
        from marts.rpt_completion_rates
        join (select micro_conversion, label from marts.dim_micro_conversions where polarity = 'micro')
            using (micro_conversion)
        where slice_type = 'overall' and person_population = 'known'
            and eligible >= {MIN_PERSONS} and completed > 0
        order by of_persons desc, rate desc
    """)
    for topic, place in (("What do people complete?", 0), ("What do they leave?", -1)):
        for of_persons in (True, False):
            rows = [row for row in rates if row["of_persons"] == of_persons]
            if rows:
                yield _completion(topic, rows[place])


def _completion(topic: str, row: Row) -> Finding:
    exposed = EXPOSED.get(row["exposure"] or row["population"], f"after {words(row['exposure'] or '')}")
    statement = f"“{row['label']}”: {percent(row['rate'])} {exposed}."
    return Finding(topic, statement, row["eligible"], between(row["lower"], row["upper"]))


def converting_paths(query: Query) -> Iterator[Finding]:
    """First steps whose rate differs from that of all people with as many steps by more than chance."""
    rows = query(f"""
        select *, shrunken_rate > overall_rate as is_better
        from marts.rpt_micro_conversion_paths
        where person_population = 'known' and is_mature and not is_remainder
            and mature_persons >= {MIN_PERSONS} and q_value < {MAX_Q_VALUE}
        order by is_better desc, if(is_better, shrunken_rate, mature_persons) desc, path
    """)
    better, worse = [row for row in rows if row["is_better"]], [row for row in rows if not row["is_better"]]
    for topic, chosen in (("Which paths convert?", better[:3]), ("Which do not?", worse[:2])):
        for row in chosen:
            steps = (
                "this first step" if row["path_length"] == 1 else f"these first {row['path_length']} steps"
            )
            yield Finding(
                topic,
                f"{words(row['path']).replace(' > ', ' → ')}: of people with {steps} "
                f"{percent(row['shrunken_rate'])} buy within {row['horizon_days']} days of the last, "
                f"of all people with as many steps {percent(row['overall_rate'])}.",
                row["mature_persons"],
                between(row["lower"], row["upper"]),
            )


def stage_transitions(query: Query) -> Iterator[Finding]:
    """How many persons reach the next stage and how soon, those still in between counted."""
    for row in query(f"""
        from marts.rpt_stage_transitions
        where person_population = 'known' and reached >= {MIN_PERSONS} and lower is not null
        order by persons_at_risk desc
        limit 3
    """):
        yield Finding(
            "How fast?",
            f"Of people who come to {row['from_stage']}, {percent(row['probability'])} reach "
            f"{row['to_stage']} within {duration(row['longest_follow_up_seconds'])}, half of these within "
            f"{duration(row['median_seconds'])}; {percent(row['exit_probability'])} leave the list before.",
            row["persons_at_risk"],
            between(row["lower"], row["upper"]),
        )


def retention(query: Query) -> Iterator[Finding]:
    """Retention four weeks on, mature cohorts only."""
    [row] = query("""
        select sum(active) as active, sum(cohort_size) as persons
        from marts.rpt_cohorts
        where cohort_grain = 'week' and person_population = 'known' and period_number = 4 and is_mature
    """)
    if row["persons"] and row["persons"] >= MIN_PERSONS:
        rate, interval = share(int(row["active"]), int(row["persons"]))
        statement = f"{rate} are active again in the fourth week after their first activity (opens are none)."
        yield Finding("Who stays?", statement, int(row["persons"]), interval)
