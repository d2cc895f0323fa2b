"""Where people are in flows, and the moments of a customer's life that these sources report."""

from dataclasses import dataclass

from dagster_project.reports.page.charts.intervals import intervals, upper_end
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first, rate, rate_mark
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, words

ORDER = 22
MARTS = (
    "rpt_automations",
    "rpt_carts",
    "rpt_deliverability",
    "rpt_loyalty",
    "rpt_milestones",
    "rpt_referrals",
    "rpt_replies",
    "rpt_reviews",
    "rpt_trials",
)
MOST_DRAWN = 12
NOT_OBSERVABLE = "not observable"


@dataclass(frozen=True)
class Rates:
    """A mart of rates: what names its rows, and which counts the rate is made of."""

    mart: str
    title: str
    keys: tuple[str, ...]
    label: str
    of: tuple[str, str]
    hits: tuple[str, str]
    caption: str
    where: str = "true"


RATES = (
    Rates(
        "rpt_carts", "Abandoned carts and reminders", ("reminder",), "reminder", ("carts", "Carts"),
        ("recovered", "Ordered after all"), "Carts by the last reminder before the order.",
    ),
    Rates(
        "rpt_reviews", "From the invitation to the review", ("row_type", "row_name"), "row_name",
        ("persons", "People"), ("reached", "Did it"), "Steps of the people who were invited.",
        "row_type = 'step'",
    ),
    Rates(
        "rpt_trials", "Trials that became paid", ("trial_model",), "trial_model", ("trials", "Trials"),
        ("paid", "Paid"), "Trials by model; only opt-out trials have a published rate.",
    ),
    Rates(
        "rpt_loyalty", "From the rewards page into the programme", ("channel",), "channel",
        ("visitors", "Visitors"), ("joined", "Joined"), "Visitors of the rewards page by how they came.",
    ),
    Rates(
        "rpt_replies", "Replies to e-mails", ("campaign_key",), "campaign_key", ("delivered", "Delivered"),
        ("replied", "Replied"), "Recipients who replied, by campaign.",
    ),
)  # fmt: skip


def section(reader: Reader) -> Section:
    rates = [(declared, _rows(reader, declared)) for declared in RATES]
    shown = [_rates(reader, declared, rows) for declared, rows in rates if _measured(rows)]
    unknown = [declared.title for declared, rows in rates if not _measured(rows)]
    return Section(
        "lifecycle",
        "Lifecycle",
        "Known people in sequences and automations, and what came of trials, carts, reviews and referrals.",
        [_flows(reader, unknown), *shown, _milestones(reader), _referrals(reader), _deliverability(reader)],
    )


def _rows(reader: Reader, declared: Rates) -> list[Row]:
    rows = reader.query(f"from marts.{declared.mart} where {declared.where}")
    return sorted(rows, key=lambda row: (-(row[declared.of[0]] or 0), row[declared.label]))


def _measured(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["status"] == "measured" and row["rate"] is not None]


def _rates(reader: Reader, declared: Rates, rows: list[Row]) -> Figure:
    drawn = [rate_mark(words(row[declared.label]), row, "rate") for row in _measured(rows)[:MOST_DRAWN]]
    top = _measured(rows)[0]
    shown, notes = first(rows)
    reasons = {row["reason"] for row in rows if row["reason"]}
    return Figure(
        f"lifecycle-{declared.mart.removeprefix('rpt_')}",
        declared.title,
        f"{words(top[declared.label]).capitalize()}: {top[declared.hits[0]]:,} of {top[declared.of[0]]:,}, "
        f"{rate(top['rate'], top['lower'], top['upper'])}.",
        Table(
            declared.mart,
            declared.caption,
            declared.keys,
            (
                Column(declared.label, "Of what"),
                Column(declared.of[0], declared.of[1], "count"),
                Column(declared.hits[0], declared.hits[1], "count"),
                Column("rate", "Rate", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
                Column("status", "Status"),
            ),
            shown,
        ),
        reader.method(declared.mart),
        intervals(drawn, "share", (0, upper_end(drawn))),
        (*sorted(reasons), *notes),
    )


def _flows(reader: Reader, unknown: list[str]) -> Figure:
    rows = reader.query("""
        from marts.rpt_automations where row_type in ('flow', 'step')
        order by flow_kind, flow_id, row_type, step_number
    """)
    flows = [row for row in rows if row["row_type"] == "flow" and row["entered"]]
    running = [row for row in flows if row["in_progress"]]
    most = max(running, key=lambda row: row["in_progress"], default=None)
    drawn = [
        rate_mark(f"{words(row['flow_id'])} ({row['flow_kind']})", row, "rate")
        for row in sorted(flows, key=lambda row: -row["entered"])
        if row["rate"] is not None
    ][:MOST_DRAWN]
    for row in rows:
        row["flow"] = f"{words(row['flow_id'])}, {row['flow_kind']}"
    kept = [row for row in rows if row["entered"]]
    shown, notes = first(kept)
    return Figure(
        "lifecycle-flows",
        "Who is where in each flow",
        f"{most['in_progress']:,} people are on their way in “{words(most['flow_id'])}”, the most of "
        f"{len(running)} flows that anybody is in."
        if most
        else "No person is in any flow now.",
        Table(
            "rpt_automations",
            "Flows and their steps; a person counts at the furthest step.",
            ("flow_kind", "flow_id", "row_type", "step_number", "outcome"),
            (
                Column("flow", "Flow", is_published=False),
                Column("step_number", "Step", "count"),
                Column("step", "What"),
                Column("entered", "Came to it", "count"),
                Column("in_progress", "There now", "count"),
                Column("completed", "Completed", "count"),
                Column("exited", "Ended", "count"),
                Column("rate", "Converted, or went on", "percent", has_bar=True),
                Column("lower", "from", "percent"),
                Column("upper", "to", "percent"),
            ),
            shown,
            Filter("flow", "Flow", {row["flow"]: row["flow"] for row in shown}),
        ),
        reader.method("rpt_automations"),
        intervals(drawn, "share that converted after entering", (0, upper_end(drawn))) if drawn else None,
        (
            "It describes who enters, and does not measure an effect of the flow.",
            *((f"Nothing to show yet, or no source reports it: {', '.join(unknown)}.",) if unknown else ()),
            *notes,
        ),
    )


def _milestones(reader: Reader) -> Figure:
    rows = reader.query("from marts.rpt_milestones order by due_soon desc nulls last, milestone")
    known = [row for row in rows if row["reached"] or row["due"]]
    due = [row for row in rows if row["due_soon"]]
    return Figure(
        "lifecycle-milestones",
        "Milestones reached and due",
        f"Due within {due[0]['due_days']} days, most: {due[0]['name'].lower()} ({due[0]['due_soon']:,})."
        if due
        else "No person is known to be due for a milestone soon.",
        Table(
            "rpt_milestones",
            "Milestones; who was mailed was not chosen by chance.",
            ("milestone",),
            (
                Column("name", "Milestone"),
                Column("reached", "Reached", "count"),
                Column("due_soon", "Due soon", "count"),
                Column("median_days", "Median days of deals", "number"),
                Column("mailed", "Mailed", "count"),
                Column("others", "Others", "count"),
                Column("lift", "Lift, points", "points"),
                Column("lift_lower", "from", "points"),
                Column("lift_upper", "to", "points"),
                Column("lift_verdict", "Verdict"),
            ),
            known,
        ),
        reader.method("rpt_milestones"),
        None,
        _not_observable([row["name"] for row in rows if row["status"] == NOT_OBSERVABLE]),
    )


def _referrals(reader: Reader) -> Figure:
    rows = reader.query("from marts.rpt_referrals order by measure, of_whom")
    measured = [row for row in rows if row["status"] == "measured"]
    known = next((row for row in measured if row["measure"] == "known_referrals"), None)
    return Figure(
        "lifecycle-referrals",
        "Who brings whom",
        f"{known['total']:,} referrals are known, of {known['persons']:,} people who were referred."
        if known and known["total"]
        else "No source shows who referred whom.",
        Table(
            "rpt_referrals",
            "Measures of referral; counts have no rate.",
            ("measure", "of_whom"),
            (
                Column("measure", "Measure"),
                Column("of_whom", "Of"),
                Column("persons", "People", "count"),
                Column("total", "Total", "count"),
                Column("estimate", "Figure", "figure"),
                Column("lower", "from", "figure"),
                Column("upper", "to", "figure"),
            ),
            measured,
        ),
        reader.method("rpt_referrals"),
        None,
        _not_observable([words(row["measure"]) for row in rows if row["status"] == NOT_OBSERVABLE]),
    )


def _not_observable(names: list[str]) -> tuple[str, ...]:
    return (f"No source reports: {', '.join(dict.fromkeys(names))}.",) if names else ()


def _deliverability(reader: Reader) -> Figure:
    rows = reader.query("""
        from marts.rpt_deliverability
        where 'over' in (hard_bounce_status, spam_complaint_status)
            or 'may be chance' in (hard_bounce_status, spam_complaint_status)
        order by day desc, mailbox_provider
    """)
    over = [row for row in rows if "over" in (row["hard_bounce_status"], row["spam_complaint_status"])]
    shown, notes = first(rows)
    return Figure(
        "lifecycle-deliverability",
        "Days over a line of mailbox providers",
        f"{len(over)} providers' days are shown to be over a line, the latest {over[0]['day']:%Y-%m-%d} at "
        f"{over[0]['mailbox_provider']}."
        if over
        else f"No provider's day is shown to be over a line; {len(rows)} may be, by chance.",
        Table(
            "rpt_deliverability",
            "Providers and days whose rate is at or over a line.",
            ("mailbox_provider", "day"),
            (
                Column("mailbox_provider", "Provider"),
                Column("day", "Day", "date"),
                Column("sent", "Sent", "count"),
                Column("hard_bounce_rate", "Hard bounces", "percent"),
                Column("hard_bounce_status", "which is"),
                Column("spam_complaint_rate", "Complaints", "percent"),
                Column("spam_complaint_status", "which is"),
                Column("ratio_to_highest_before", "Volume to the highest before", "number"),
            ),
            shown,
        ),
        reader.method("rpt_deliverability"),
        None,
        notes,
    )
