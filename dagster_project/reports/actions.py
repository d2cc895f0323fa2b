"""Findings on what to do next: who to mail now, and which campaigns to fix before anything else."""

from collections.abc import Iterator, Sequence

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Query, Row, percent, short, words

# How many others a sentence names after the first.
MOST_NAMED = 3


def who_to_mail(query: Query) -> Iterator[Finding]:
    """The audience of the highest priority with its size, and those that follow.

    Where nothing is recommended, the audience with the most expected conversions to test with a holdout.
    """
    rows = query("""
        select actions.*, segments.name as segment, coalesce(labels.label, actions.metric) as goal_label,
            audiences.known_until
        from marts.rpt_actions as actions
        left join marts.dim_audiences as audiences using (audience_id)
        left join marts.dim_segments as segments on actions.subject = segments.segment_id
        left join marts.dim_micro_conversions as labels on actions.metric = labels.micro_conversion
        where actions.level = 'segment' and actions.to_mail > 0
            and (
                actions.status = 'recommended'
                or (actions.status = 'no gain shown' and actions.detectable_difference is not null)
            )
        order by actions.priority nulls last, actions.to_mail * actions.conversion_rate desc nulls last,
            actions.rule_id
    """)
    recommended = [row for row in rows if row["status"] == "recommended"]
    if recommended:
        yield _to_mail(*recommended)
    elif rows:
        yield _to_try(*rows)


def _to_mail(first: Row, *others: Row) -> Finding:
    return Finding(
        "Who to mail now? (conversions)",
        f"“{first['segment']}”: {first['to_mail']:,} of {first['persons']:,} people may be mailed"
        f" ({first['recommended_action'].rstrip('.')}). {_evidence(first)}{_gain(first)}{_others(others)}"
        f"{_known(first)}",
        first["to_mail"],
        f"{first['gain_lower']:+,.1f} to {first['gain_upper']:+,.1f}",
        f"“{short(first['segment'])}”: {first['to_mail']:,} of {first['persons']:,} people may be mailed",
        short_advice(first["recommended_action"]),
    )


def _to_try(first: Row, *others: Row) -> Finding:
    """The audience to test with a holdout, and the difference that the test can find."""
    return Finding(
        "Who to mail now?",
        "No action is shown to bring conversions yet. To find out, mail half of "
        f"“{first['segment']}”, {first['to_mail']:,} of {first['persons']:,} people, and hold out the others "
        f"({first['recommended_action'].rstrip('.')}; `{first['audience_id']},0.5` in seed action_holdouts). "
        f"{_converted(first)}such a test finds a difference of {100 * first['detectable_difference']:.1f} "
        f"points or more in four of five cases, a smaller one more rarely.{_others(others)}{_known(first)}",
        first["to_mail"],
        "",
        f"“{short(first['segment'])}”, {first['to_mail']:,} people: no gain is shown yet",
        "mail half of them, hold out the others",
    )


def _known(row: Row) -> str:
    until = row["known_until"]
    return f" Unsubscribes and complaints are known until {until:%Y-%m-%d}." if until else ""


def _converted(row: Row) -> str:
    return (
        f"Of {row['evidence_persons']:,} who were there before, {percent(row['conversion_rate'])} converted "
        f"within {row['window_days']} days without it; "
    )


def deliverability(query: Query) -> Iterator[Finding]:
    """Campaigns at or over a line of mailbox providers, the furthest first."""
    rows = query("""
        select *, rate / target as excess
        from marts.rpt_actions
        where level = 'guardrail' and status = 'recommended'
        order by priority
    """)
    for row in rows[:1]:
        more = f" So are {len(rows) - 1} more." if len(rows) > 1 else ""
        yield Finding(
            "What to fix before the next e-mail? (points)",
            f"“{row['subject_name'] or row['subject']}”: {row['reached']:,} {words(row['goal'])}s are "
            f"{percent(row['rate'])} of {row['evidence_persons']:,} e-mails, at or over the line of "
            f"{percent(row['target'])}.{more} {row['recommended_action']}.",
            row["evidence_persons"],
            f"{100 * row['lower']:.1f} to {100 * row['upper']:.1f}",
            f"“{short(row['subject_name'] or row['subject'])}”: {percent(row['rate'])} of "
            f"{row['evidence_persons']:,} e-mails are {words(row['goal'])}s, over {percent(row['target'])}",
            short_advice(row["recommended_action"]),
        )


def short_advice(action: str) -> str:
    """The first thing that an action says to do."""
    return action.split(";")[0].split(",")[0].rstrip(".").lower()


def _evidence(row: Row) -> str:
    if not row["evidence_persons"]:
        return ""
    return (
        f"Of {row['evidence_persons']:,} who were there before, {percent(row['rate'])} came to "
        f"“{words(row['goal_label'])}” within {row['window_days']} days without it. "
    )


def _gain(row: Row) -> str:
    if row["gain_is"] == "measured":
        return (
            f"By its holdout it brings about {row['gain']:.1f} conversions "
            f"({row['gain_lower']:.0f} to {row['gain_upper']:.0f})."
        )
    return (
        f"No holdout has measured what it brings: about {row['gain']:.1f} conversions if it goes half the "
        f"way to its target, {row['gain_upper']:.0f} at most; hold out a part to know."
    )


def _others(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    named = ", ".join(f"“{row['segment']}” ({row['to_mail']:,})" for row in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    return f" Next: {named}{more}."
