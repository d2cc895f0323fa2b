"""Findings that ask for a decision: what to fix first, which test to ship, which step to push or to leave."""

from collections.abc import Iterator, Sequence

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Query, Row, percent, points, short
from dagster_project.statistics.multiplicity import chosen_ratio_interval

# What persons of an arm did, in a sentence.
DONE = {
    "human_click": "clicked",
    "conversion": "converted",
    "unsubscribe": "unsubscribed",
    "spam_complaint": "complained",
}
POPULATIONS = {"known": "known people", "device": "browsers of unknown people"}
# Where a target is from.
TARGETS = {
    "benchmark": "as is published",
    "campaign": "as with the better campaigns",
    "device": "as on the better devices",
    "landing_page": "as from the better landing pages",
}
# With whom completers of a step are compared, in every sentence about one.
COMPARABLE = (
    "comparable known people who were offered it and have not (week by week since their first activity)"
)


def to_fix(query: Query) -> Iterator[Finding]:
    """The step of a sequence that is worth most to improve, and what that is worth."""
    for row in query("""
        select rows.*, coalesce(begun.label, from_step) as from_label,
            coalesce(next.label, to_step) as to_label,
            (select any_value(revenue_currency) from marts.dim_persons) as currency,
            (
                select count(*) from marts.rpt_bottlenecks
                where transition_kind = 'sequence' and opportunity_rank is not null
            ) as ranked
        from marts.rpt_bottlenecks as rows
        left join marts.dim_micro_conversions as begun on from_step = begun.micro_conversion
        left join marts.dim_micro_conversions as next on to_step = next.micro_conversion
        where transition_kind = 'sequence' and opportunity_rank = 1
    """):
        is_money = row["opportunity"] is not None
        bounds = ("opportunity", ",.0f") if is_money else ("further_conversions", ",.1f")
        lower, upper = (format(row[f"{bounds[0]}_{end}"], bounds[1]) for end in ("lower", "upper"))
        yield Finding(
            f"What to fix first? ({'worth' if is_money else 'conversions'})",
            f"“{row['from_label']}” → “{row['to_label']}”: {percent(row['rate'])} of {row['persons']:,} "
            f"{POPULATIONS[row['person_population']]} get there{_within(row)}{_weakest(row)}"
            f"{_left_truncated(row)}. {_worth(row)}. "
            f"{row['hypothesis'] or 'No known cause shows in the data.'}{_largest(row)}",
            row["persons"],
            f"{lower}–{upper}",
            *_fix_first(row),
        )


def _fix_first(row: Row) -> tuple[str, str]:
    """In a line, and what to do."""
    is_money = row["opportunity"] is not None
    worth = (
        f"{row['opportunity_upper']:,.0f} {row['currency']}"
        if is_money
        else f"{row['further_conversions_upper']:.0f} conversions more"
    )
    passage = f"“{short(row['from_label'])}” → “{short(row['to_label'])}”: {percent(row['rate'])} go on"
    if row["opportunity_is"] == "tested":
        return f"{passage}; the test “{short(row['tested_by'])}” is worth at most {worth}", "ship it"
    headline = f"{passage}; reaching {percent(row['target_rate'])} is worth at most {worth}"
    if not row["weakest_persons"]:
        return headline, "fix this first"
    rate = percent(row["weakest_reached"] / row["weakest_persons"])
    return headline, f"begin with “{short(row['weakest_slice'])}” ({rate})"


def _largest(row: Row) -> str:
    """Its interval is that of the transition alone: no distribution of the largest is at hand."""
    if row["ranked"] < 2:
        return ""
    return f" It is the largest of {row['ranked']}, which its interval does not allow for."


def _worth(row: Row) -> str:
    """Of a transition without an order to value it by, the conversions only."""
    more = f"{row['further_conversions']:.0f} conversions more"
    worth = more
    if row["opportunity"] is not None:
        worth = f"about {row['opportunity']:,.0f} {row['currency']}"
    if row["opportunity_is"] == "tested":
        rest = f", {more}" if worth != more else ""
        return f"What the test “{row['tested_by']}” says to ship would be worth {worth}{rest}"
    target = f"At {percent(row['target_rate'])}, {TARGETS[row['target_basis']]}, it would be worth {worth}"
    if worth == more:
        return f"{target} and at most {row['further_conversions_upper']:.0f}"
    return f"{target} and at most {row['opportunity_upper']:,.0f}, {more}"


def _left_truncated(row: Row) -> str:
    """Said where they are most."""
    count = row["left_truncated_persons"]
    if 2 * count <= row["persons"]:
        return ""
    return f" ({count:,} of the {row['persons']:,} may have been customers before the data begin)"


def _within(row: Row) -> str:
    return "" if row["window_days"] is None else f" within {row['window_days']:g} days"


def _weakest(row: Row) -> str:
    if not row["weakest_persons"]:
        return ""
    rate = percent(row["weakest_reached"] / row["weakest_persons"])
    return f", {rate} of the {row['weakest_persons']:,} of “{row['weakest_slice']}”"


def experiments(query: Query) -> Iterator[Finding]:
    """The verdict on each arm of each test, by its primary metric."""
    for row in query("""
        select
            arms.*, controls.variant as control, controls.mean as control_mean,
            controls.mature_persons as control_persons, coalesce(label, arms.metric) as label
        from marts.rpt_experiments as arms
        join marts.rpt_experiments as controls
            on arms.experiment = controls.experiment and arms.metric = controls.metric and controls.is_control
        left join marts.dim_micro_conversions on arms.metric = micro_conversion
        where arms.role = 'primary' and not arms.is_control
        order by
            starts_with(arms.verdict, 'ship') desc, arms.last_assigned_at desc, arms.experiment, arms.variant
    """):
        name = row["campaign_name"] or row["experiment"]
        if row["difference"] is None:
            yield Finding(
                "Which test to ship or stop?",
                f"“{name}”: {row['verdict']}.",
                row["persons"],
                "",
                f"“{short(name)}”",
                row["verdict"],
            )
            continue
        is_money = row["metric"] == "net_revenue"
        yield Finding(
            "Which test pays?" if is_money else "Which test to ship or stop? (points)",
            f"“{name}”: {_means(row)}, all counted as they were assigned; {_decision(row)}.",
            row["mature_persons"] + row["control_persons"],
            f"{row['difference_lower']:+,.2f} to {row['difference_upper']:+,.2f}"
            if is_money
            else points(row["difference_lower"], row["difference_upper"]),
            f"“{short(name)}”: {_means(row)}",
            "no winner, stop it" if row["verdict"] == "no winner" else row["verdict"],
        )


def _means(row: Row) -> str:
    arms = (row["variant"], row["mean"]), (row["control"], row["control_mean"])
    if row["metric"] == "net_revenue":
        return " and ".join(f"{mean:,.2f} a person from {arm}" for arm, mean in arms)
    done = DONE.get(row["metric"], f"came to “{row['label']}”")
    return " and ".join(f"{percent(mean)} of {arm}" for arm, mean in arms) + f" {done}"


def _decision(row: Row) -> str:
    if row["verdict"] != "no winner":
        return str(row["verdict"])
    least = row["minimum_detectable_effect"]
    if least is None or row["metric"] == "net_revenue":
        return "no winner, stop it"
    return f"no winner, stop it: only a difference of {100 * least:.1f} points would be found at this size"


def steps_to_push(query: Query) -> Iterator[Finding]:
    """The surest of the steps that matter, and the others; without one, how many persons would show it."""
    steps = _compared(query)
    mattering = sorted(
        (step for step in steps if step["verdict"] == "matters" and not _is_less_after_a_week(step)),
        key=lambda row: row["ratio_lower"],
        reverse=True,
    )
    if mattering:
        first, *others = mattering
        yield _finding(
            "Which step to push? (times)",
            first,
            f"the surest of {first['compared']} comparisons, q = {first['q_value']:.2g}: push it"
            f"{_also(others)}. {_corrected(first, len(mattering))}. To explain it away, something unmeasured "
            f"would have to make both the step and converting {first['e_value_of_interval']:.1f} times as "
            "likely.",
            f"push it{f', and {len(others)} more' if others else ''}",
            len(mattering),
        )
        return
    nearest = min(steps, key=lambda row: row["persons_needed"] or float("inf"), default=None)
    if nearest and nearest["persons_needed"]:
        yield _finding(
            "Which step to push? (times)",
            nearest,
            f"none of {len(steps)} steps is shown to matter yet: it would take about "
            f"{nearest['persons_needed']:,} people to show that this one adds a quarter. "
            f"{_corrected(nearest, 1)}.",
            f"not shown yet: wait for about {nearest['persons_needed']:,} people",
            1,
        )


def steps_to_leave(query: Query) -> Iterator[Finding]:
    """The surest of the steps that go with fewer conversions and of the popular ones that lead nowhere."""
    steps = _compared(query)
    is_found = False
    for verdict, advice, briefly in (
        ("harmful", "do not lead people there without a test", "do not lead people there"),
        ("distractor", "many take it and it leads nowhere: leave it", "leave it"),
    ):
        found = sorted(
            (step for step in steps if step["verdict"] == verdict), key=lambda row: row["ratio_upper"]
        )
        if found:
            is_found = True
            first, *others = found
            more = f", and {len(others)} more" if others else ""
            yield _finding(
                "Which step to leave? (times)",
                first,
                f"{advice}{_also(others)}. {_corrected(first, len(found))}.",
                f"{briefly}{more}",
                len(found),
            )
    if steps and not is_found:
        lowest = min(steps, key=lambda row: row["ratio_upper"])
        yield _finding(
            "Which step to leave? (times)",
            lowest,
            f"the lowest of {len(steps)} steps, of which none is shown to harm or to lead nowhere yet. "
            f"{_corrected(lowest, 1)}.",
            f"leave none yet: the lowest of {len(steps)} may be chance",
            1,
        )


def _is_less_after_a_week(step: Row) -> bool:
    """Whether those who took the step in their first seven days convert less often after these."""
    return step["week_upper"] is not None and step["week_upper"] < 1


def _compared(query: Query) -> Sequence[Row]:
    return query("""
        select steps.*, naive.ratio as naive_ratio, coalesce(label, steps.micro_conversion) as label,
            week.ratio_upper as week_upper,
            (select count(q_value) from marts.rpt_step_impact) as compared
        from marts.rpt_step_impact as steps
        left join marts.rpt_step_impact as naive
            on steps.micro_conversion = naive.micro_conversion and steps.outcome = naive.outcome
            and naive.method = 'naive'
        left join marts.rpt_step_impact as week
            on steps.micro_conversion = week.micro_conversion and steps.outcome = week.outcome
            and week.method = 'landmark_7'
        left join marts.dim_micro_conversions as names on steps.micro_conversion = names.micro_conversion
        where steps.is_primary and steps.outcome = 'conversion' and steps.ratio is not null
        order by steps.micro_conversion
    """)


def _corrected(step: Row, chosen: int) -> str:
    """What the interval that is printed allows for."""
    return f"The interval allows for choosing {chosen} of {max(step['compared'], chosen)}"


def _finding(topic: str, step: Row, advice: str, briefly: str, chosen: int) -> Finding:
    """With the interval of one of so many steps that are named, of all that were compared."""
    lower, upper = chosen_ratio_interval(
        step["ratio_lower"], step["ratio_upper"], chosen, max(step["compared"], chosen)
    )
    naive = step["naive_ratio"]
    simply = "" if naive is None else f"; simply against all others it looks like {naive:.1f}"
    return Finding(
        topic,
        f"After “{step['label']}” people convert {step['ratio']:.1f} times as often as {COMPARABLE}{simply}; "
        f"{advice}",
        step["completers"] + step["others"],
        f"{lower:.2f}–{upper:.2f}",
        f"“{short(step['label'], 30)}”: people convert {step['ratio']:.1f} times as often as others "
        "like them",
        briefly,
    )


def _also(steps: Sequence[Row]) -> str:
    named = ", ".join(f"“{step['label']}” ({step['ratio']:.1f})" for step in steps)
    return f", likewise {named}" if named else ""
