"""What to do next: whom to mail, what to fix in which campaign, what to test."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, words

ORDER = 15
MARTS = ("rpt_actions", "dim_audiences")
MOST_DRAWN = 12


def section(reader: Reader) -> Section:
    rows = reader.query("""
        select actions.*, coalesce(segments.name, subject_name) as named
        from marts.rpt_actions as actions
        left join marts.dim_segments as segments
            on actions.level = 'segment' and actions.subject = segments.segment_id
        order by actions.priority nulls last, actions.status, actions.rule_id, actions.subject
    """)
    return Section(
        "actions",
        "Who to mail now, and what to do next",
        "Each person is kept for one action, and each campaign gets one; a guardrail comes before any other.",
        [_audiences(reader), _actions(reader, rows)],
    )


def _audiences(reader: Reader) -> Figure:
    rows = reader.query("""
        select audiences.*, segments.name as segment
        from marts.dim_audiences as audiences
        left join marts.dim_segments as segments using (segment_id)
        where audiences.persons > 0
        order by audiences.kind, priority nulls last, to_mail desc, audience_id
    """)
    drawn = [row for row in rows if row["kind"] == "action" and row["to_mail"]]
    drawn = sorted(drawn, key=lambda row: row["status"] != "recommended")[:MOST_DRAWN]
    most = max((row["to_mail"] for row in drawn), default=1)
    shown, notes = first(rows)
    return Figure(
        "audiences",
        "People to mail, by action",
        _who(drawn),
        Table(
            "dim_audiences",
            "Audiences of actions by priority, then of segments; `milepost audience export` writes a file.",
            ("audience_id",),
            (
                Column("audience_id", "Audience"),
                Column("segment", "Segment", is_published=False),
                Column("status", "Status"),
                Column("persons", "In it", "count"),
                Column("to_mail", "To mail", "count"),
                Column("other_action", "For another action", "count"),
                Column("unsubscribed", "Unsubscribed", "count"),
                Column("hard_bounced", "Bounced", "count"),
                Column("complained", "Complained", "count"),
                Column("consent_denied", "Denied", "count"),
                Column("unknown_consent", "Consent unknown", "count"),
                Column("no_address", "No address", "count"),
                Column("holdout_share", "Holdout", "percent"),
                Column("held_out", "Held out", "count"),
            ),
            shown,
        ),
        reader.method("dim_audiences"),
        intervals(
            [
                Interval(
                    row["segment"], row["to_mail"], None, None, f"{row['to_mail']:,} of {row['persons']:,}"
                )
                for row in drawn
            ],
            "people",
            (0, most),
            format="~s",
        )
        if drawn
        else None,
        (*_known(rows), *notes),
    )


def _known(rows: list[Row]) -> tuple[str, ...]:
    """Until when unsubscribes and complaints are known; empty where no source reports them."""
    until = max((row["known_until"] for row in rows if row["known_until"]), default=None)
    if until is None:
        return ()
    return (
        f"Unsubscribes and complaints are known until {until:%Y-%m-%d %H:%M} UTC: who left since is not "
        "left out.",
    )


def _who(drawn: list[Row]) -> str:
    if not drawn:
        return "None may be mailed now for any action."
    top = drawn[0]
    to_try = sum(row["to_mail"] for row in drawn if row["status"] != "recommended")
    total = sum(row["to_mail"] for row in drawn) - to_try
    if not total:
        return (
            f"No action is shown to bring anything; {to_try:,} people may be mailed to find out, with a "
            f"holdout, {top['to_mail']:,} of them in “{top['segment']}”."
        )
    more = f" {to_try:,} more may be mailed with a holdout, to find out what it brings." if to_try else ""
    return (
        f"{total:,} people may be mailed now, {top['to_mail']:,} of them in “{top['segment']}”, "
        f"the action of the highest priority.{more}"
    )


def _actions(reader: Reader, rows: list[Row]) -> Figure:
    todo = [row for row in rows if row["status"] == "recommended"]
    drawn = [_mark(row) for row in todo if row["gain"] is not None][:MOST_DRAWN]
    low = min((mark.lower or 0 for mark in drawn), default=0)
    high = max((mark.upper or 0 for mark in drawn), default=1) or 1
    shown, notes = first(rows)
    return Figure(
        "actions",
        "What actions may bring, in conversions",
        _what(rows, todo),
        Table(
            "rpt_actions",
            "Rules on segments and campaigns, guardrails and tests, by priority; then others, and why.",
            ("rule_id", "subject"),
            (
                Column("priority", "No.", "count"),
                Column("named", "Who or what", is_published=False),
                Column("recommended_action", "What to do"),
                Column("status", "Status"),
                Column("persons", "People", "count"),
                Column("to_mail", "To mail", "count"),
                Column("evidence_persons", "n", "count"),
                Column("rate", "Rate", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("target", "Target", "percent"),
                Column("gain", "May bring", "number"),
                Column("gain_lower", "from", "number"),
                Column("gain_upper", "to", "number"),
                Column("gain_is", "Which is"),
                Column("detectable_difference", "A holdout finds", "percent"),
                Column("sample_per_arm", "Test: per arm", "count"),
                Column("test_days", "days", "count"),
                Column("reason", "Why not"),
            ),
            shown,
            Filter("level", "About", {row["level"]: words(row["level"]) for row in shown}),
        ),
        reader.method("rpt_actions"),
        intervals(drawn, "macro-conversions", (low, high), format="~s", reference=0) if drawn else None,
        (
            "Where no holdout measured it the upper end is what it stays below if all came to the goal.",
            *notes,
        ),
    )


def _what(rows: list[Row], todo: list[Row]) -> str:
    if not todo:
        return (
            f"None of {len(rows)} rules has the data to recommend anything." if rows else "There is no rule."
        )
    guards = [row for row in todo if row["level"] == "guardrail"]
    if guards:
        return (
            f"{len(guards)} campaigns are over a line of mailbox providers, “{guards[0]['named']}” most: "
            f"{guards[0]['recommended_action'].rstrip('.')}."
        )
    top = todo[0]
    return (
        f"{len(todo)} of {len(rows)} are recommended, first for “{top['named']}”: "
        f"{top['recommended_action'].rstrip('.')}."
    )


def _mark(row: Row) -> Interval:
    kind = "" if row["level"] == "segment" else f"{words(row['level']).capitalize()}: "
    return Interval(
        f"{kind}{row['named']}",
        row["gain"],
        row["gain_lower"],
        row["gain_upper"],
        f"{row['gain']:.1f} ({row['gain_lower']:.0f} to {row['gain_upper']:.0f})",
        row["gain_is"] == "measured",
    )
