"""Findings about known persons: funnel drop-off, completion rates, paths, stage transitions, retention."""

from collections.abc import Iterator

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import (
    EXPOSED,
    MIN_PERSONS,
    Query,
    Row,
    between,
    confidence,
    duration,
    percent,
    share,
    short,
    words,
)
from dagster_project.statistics.proportions import compare_rates, wilson_interval

# The next step counts when it comes within so many days.
NEXT_STEP_DAYS = 2
# New persons from whose number on a retention rate is known to 7 points either way.
ENOUGH_OF_THE_NEW = 200
# A path is named when so few of the paths named are expected to differ from the others by chance.
MAX_Q_VALUE = 0.05
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
    """The step at which one device loses most against another, and the steps that lose most persons."""
    yield from _by_device(query)
    rows = query(f"""
        with steps as ({STEPS})
        select steps.*, before.label as from_label, after.label as to_label
        from steps
        join marts.dim_micro_conversions as before on steps.previous = before.micro_conversion
        join marts.dim_micro_conversions as after on steps.micro_conversion = after.micro_conversion
        where entered >= {MIN_PERSONS} and reached > 0 and window_days is not null
        order by entered - reached desc, sequence_id, to_label
    """)
    lost_by_all = sum(row["entered"] - row["reached"] for row in rows) / max(
        1, sum(row["entered"] for row in rows)
    )
    for row in rows[:2]:
        lost, interval = share(row["entered"] - row["reached"], row["entered"], compared=len(rows))
        yield Finding(
            "Where do people stop?",
            f"“{row['from_label']}” → “{row['to_label']}”: of known people who came so far at first, "
            f"{lost} go no further within the {row['window_days']} days of the "
            f"{words(row['sequence_id'])}; over all {len(rows)} steps of sequences {percent(lost_by_all)}.",
            row["entered"],
            interval,
            f"“{short(row['from_label'])}” → “{short(row['to_label'])}”: {lost} go no further",
        )


def _by_device(query: Query) -> Iterator[Finding]:
    """Persons by the device on which they first took a step, and whether the next followed, on any device."""
    rows = query(f"""
        with pairs as (select distinct previous, micro_conversion from ({STEPS})),
        acts as (
            select person_key, micro_conversion, device, occurred_at, is_known
            from marts.fct_micro_conversions
            union all
            select person_key, macro_conversion, null, occurred_at, null from marts.fct_macro_conversions
        ),
        started as (
            select previous, pairs.micro_conversion, person_key, min(occurred_at) as started_at,
                min_by(device, occurred_at) as device
            from pairs join acts on pairs.previous = acts.micro_conversion
            join marts.rpt_outcome_watermarks as known_until
                on outcome_type = 'micro_conversion' and outcome = pairs.micro_conversion
            where device is not null
            group by previous, pairs.micro_conversion, person_key, watermark_at
            having min_by(is_known, occurred_at) and started_at <= watermark_at - to_days({NEXT_STEP_DAYS})
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
        order by all
    """)
    pairs = [
        (phone, desktop)
        for phone in rows
        for desktop in rows
        if phone["device"] == "mobile"
        and desktop["device"] == "desktop"
        and all(phone[column] == desktop[column] for column in ("previous", "micro_conversion"))
    ]
    worst: tuple[float, Row, Row] | None = None
    for phone, desktop in pairs:
        lower = compare_rates(
            desktop["reached"], desktop["started"], phone["reached"], phone["started"], confidence(len(pairs))
        ).lower
        if lower > 0 and (worst is None or lower > worst[0]):
            worst = lower, phone, desktop
    if worst is not None:
        _, phone, desktop = worst
        rate, interval = share(phone["reached"], phone["started"], compared=len(pairs))
        yield Finding(
            "Where do people stop?",
            f"“{phone['label']}”: of known people who first do it on phones {rate} go on to "
            f"{words(phone['micro_conversion'])} within {NEXT_STEP_DAYS} days, of those on desktops "
            f"{percent(desktop['reached'] / desktop['started'])}; the widest gap of "
            f"{_count(len(pairs), 'step')}.",
            phone["started"],
            interval,
            f"“{short(phone['label'])}”: {rate} go on from phones, from desktops "
            f"{percent(desktop['reached'] / desktop['started'])}",
        )


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def completion_rates(query: Query) -> Iterator[Finding]:
    """The most and the least completed step, of visitors and of e-mails."""
    rates = query(f"""
        select *, population = 'persons' as of_persons
        from marts.rpt_completion_rates
        join (select micro_conversion, label from marts.dim_micro_conversions where polarity = 'micro')
            using (micro_conversion)
        where slice_type = 'overall' and person_population = 'known' and eligible >= {MIN_PERSONS}
            -- What no one ever did may be what the site does not have.
            and micro_conversion in (
                select micro_conversion from marts.rpt_completion_rates where completed > 0
            )
        order by of_persons desc, rate desc, if(rate > 0, -eligible, eligible), micro_conversion
    """)
    for topic, place in (("What do people complete?", 0), ("What do they leave?", -1)):
        for of_persons in (True, False):
            rows = [row for row in rates if row["of_persons"] == of_persons]
            if rows:
                yield _completion(topic, rows, place)


def _completion(topic: str, rows: list[Row], place: int) -> Finding:
    row, median = rows[place], rows[len(rows) // 2]
    exposed = EXPOSED.get(
        row["exposure"] or row["population"], f"known people after {words(row['exposure'] or '')}"
    )
    rate, interval = share(row["completed"], row["eligible"], compared=len(rows))
    what = "people's" if row["of_persons"] else "e-mails'"
    return Finding(
        topic,
        f"“{row['label']}”: {rate} of {exposed}, within {row['window_days']} days; the "
        f"{'highest' if place == 0 else 'lowest'} of {len(rows)} {what} rates of steps that anyone takes, "
        f"whose median is {percent(median['rate'])}.",
        row["eligible"],
        interval,
    )


def converting_paths(query: Query) -> Iterator[Finding]:
    """First steps whose rate differs from that of all people with as many steps by more than chance."""
    rows = query(f"""
        select *, shrunken_rate > overall_rate as is_better, count(q_value) over () as compared
        from marts.rpt_micro_conversion_paths
        where person_population = 'known'
        qualify is_mature and not is_remainder and mature_persons >= {MIN_PERSONS} and q_value < {MAX_Q_VALUE}
        order by is_better desc, if(is_better, shrunken_rate, mature_persons) desc, path
    """)
    better, worse = [row for row in rows if row["is_better"]], [row for row in rows if not row["is_better"]]
    for topic, chosen in (("Which paths convert?", better[:3]), ("Which do not?", worse[:2])):
        for row in chosen:
            steps = (
                "this first step" if row["path_length"] == 1 else f"these first {row['path_length']} steps"
            )
            lower, upper = wilson_interval(
                row["converted"], row["mature_persons"], confidence(row["compared"])
            )
            yield Finding(
                topic,
                f"{words(row['path']).replace(' > ', ' → ')}: of known people with {steps} "
                f"{percent(row['shrunken_rate'])} convert within {row['horizon_days']} days of the last, "
                f"of all people with as many steps {percent(row['overall_rate'])} "
                f"({row['compared']} paths compared).",
                row["mature_persons"],
                between(float(lower), float(upper)),
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
            f"Of known people who come to {row['from_stage']} after the data begin, "
            f"{percent(row['probability'])} are seen to reach {row['to_stage']} or beyond within "
            f"{duration(row['longest_follow_up_seconds'])}, "
            f"half of these within {duration(row['median_seconds'])}; {percent(row['exit_probability'])} "
            "leave the list before.",
            row["persons_at_risk"],
            between(row["lower"], row["upper"]),
        )


def retention(query: Query) -> Iterator[Finding]:
    """Retention four weeks on against the week after the first, of cohorts old enough for both.

    Of the new where they are enough, else of all: what the others did first is what was seen first of them.
    """
    rows = query("""
        with cohorts as (
            select is_left_truncated, cohort_start, cohort_size, active, period_number,
                lead(active, 3) over periods as active_later,
                lead(is_mature, 3) over periods as is_mature_later
            from marts.rpt_cohorts
            where cohort_by = 'first_touch' and cohort_grain = 'week' and person_population = 'known'
            window periods as (partition by cohort_start, is_left_truncated order by period_number)
        ),
        followed as (from cohorts where period_number = 1 and is_mature_later)
        select chosen.are_new, sum(active_later) as active, sum(active) as active_at_first,
            sum(cohort_size) as persons, count(distinct cohort_start) as weeks,
            coalesce(sum(cohort_size) filter (is_left_truncated), 0) as from_before,
            any_value(lowest_rate) as lowest, any_value(highest_rate) as highest
        from (select unnest([true, false]) as are_new) as chosen
        join followed on not (are_new and is_left_truncated)
        left join marts.rpt_identity_quality as bounds
            on bounds.report = 'rpt_cohorts' and bounds.figure = 'active in week 4' and not are_new
        group by are_new order by are_new desc
    """)
    row = next((row for row in rows if row["persons"] >= ENOUGH_OF_THE_NEW), rows[-1] if rows else None)
    if row is None or row["persons"] < MIN_PERSONS:
        return
    rate, interval = share(int(row["active"]), int(row["persons"]))
    whom = (
        f"Of known people new in {_count(row['weeks'], 'week')} (those from before the data left out)"
        if row["are_new"]
        else f"Of known people first seen active in {_count(row['weeks'], 'week')} "
        f"({row['from_before']:,} of {row['persons']:,} may have been before the data begin)"
    )
    linked = (
        ""
        if row["lowest"] is None
        else f"; with every browser linked it may be {between(row['lowest'], row['highest'])}"
    )
    yield Finding(
        "Who stays?",
        f"{whom}, {rate} are seen active in the fourth week after that of their first activity, in the first "
        f"week after it {percent(row['active_at_first'] / row['persons'])}{linked}.",
        int(row["persons"]),
        interval,
    )
