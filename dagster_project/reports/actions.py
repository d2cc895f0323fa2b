"""Findings on what to do next: who to mail now, and which campaigns to fix before anything else."""

from collections.abc import Iterator, Sequence

from dagster_project.reports.finding import Finding
from dagster_project.reports.wording import Query, Row, percent, short, words

# How many others a sentence names after the first.
MOST_NAMED = 3


def who_to_mail(query: Query) -> Iterator[Finding]:
    """The audience of the highest priority with its size, and those that follow."""
    rows = query("""
        select actions.*, audiences.to_mail as now, audiences.persons as members, segments.name as segment,
            coalesce(labels.label, actions.metric) as goal_label
        from marts.rpt_actions as actions
        join marts.dim_audiences as audiences on actions.audience_id = audiences.audience_id
        left join marts.dim_segments as segments on actions.subject = segments.segment_id
        left join marts.dim_micro_conversions as labels on actions.metric = labels.micro_conversion
        where actions.status = 'recommended' and audiences.to_mail > 0
        order by actions.priority
    """)
    if not rows:
        return
    first, *others = rows
    yield Finding(
        "Who to mail now? (conversions)",
        f"“{first['segment']}”: {first['now']:,} of {first['members']:,} people may be mailed"
        f" ({first['recommended_action'].rstrip('.')}). {_evidence(first)}{_gain(first)}{_others(others)}",
        first["now"],
        "" if first["gain"] is None else f"{first['gain_lower']:+,.1f} to {first['gain_upper']:+,.1f}",
        f"“{short(first['segment'])}”: {first['now']:,} of {first['members']:,} people may be mailed",
        short_advice(first["recommended_action"]),
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
        f"“{words(row['goal_label'])}” within {row['window_days']} days by themselves. "
    )


def _gain(row: Row) -> str:
    if row["gain"] is None:
        return "Nothing tells yet what mailing them brings: hold out a part."
    if row["gain_is"] == "measured":
        return f"By its holdout it brings about {row['gain']:.1f} conversions."
    return (
        f"It may bring about {row['gain']:.1f} conversions, and can bring {row['gain_upper']:.0f} at most: "
        "hold out a part to know."
    )


def _others(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    named = ", ".join(f"“{row['segment']}” ({row['now']:,})" for row in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    return f" Next: {named}{more}."
