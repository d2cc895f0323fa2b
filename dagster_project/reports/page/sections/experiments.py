"""A/B tests and holdouts."""

from dagster_project.reports.page.charts.intervals import Interval, intervals
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, points

ORDER = 70
MARTS = ("rpt_experiments",)
MOST_DRAWN = 20


def section(reader: Reader) -> Section:
    return Section(
        "tests",
        "Which test won",
        "Each arm against its control, counted as assigned. A verdict waits until its metric is mature.",
        [_experiments(reader)],
    )


def _experiments(reader: Reader) -> Figure:
    rows = reader.query("""
        select arms.*, coalesce(arms.campaign_name, arms.experiment) as test,
            coalesce(names.label, replace(arms.metric, '_', ' ')) as label
        from marts.rpt_experiments as arms
        left join marts.dim_micro_conversions as names on arms.metric = names.micro_conversion
        order by
            arms.last_assigned_at desc, arms.experiment, arms.role <> 'primary', arms.metric, arms.variant
    """)
    primary = [row for row in rows if row["role"] == "primary" and not row["is_control"]]
    drawn = [row for row in primary if row["metric"] != "net_revenue" and row["difference"] is not None]
    marks = [_interval(row) for row in drawn[:MOST_DRAWN]]
    reach = max((abs(v) for mark in marks for v in (mark.lower, mark.upper) if v is not None), default=0.05)
    shown, notes = first(
        [row for row in rows if row["role"] != "secondary" or row["difference"] is not None], 50
    )
    ships = [row for row in primary if (row["verdict"] or "").startswith("ship")]
    return Figure(
        "experiments",
        "Difference to the control, primary metric",
        f"{_plural(len(ships), 'arm')} of {len(primary)} to ship: "
        + ", ".join(f"{row['variant']} of “{row['test']}”" for row in ships[:3])
        + "."
        if ships
        else (
            f"Of {_plural(len(primary), 'arm')} none is to be shipped yet."
            if primary
            else "No test was run yet."
        ),
        Table(
            "rpt_experiments",
            "Arms by metric; intervals of primary metrics hold for all arms of a test at once.",
            ("experiment", "variant", "metric"),
            (
                Column("test", "Test", is_published=False),
                Column("variant", "Arm"),
                Column("label", "Metric", is_published=False),
                Column("role", "Role"),
                Column("verdict", "Verdict"),
                Column("persons", "Persons", "count"),
                Column("mature_persons", "Mature", "count"),
                Column("mean", "Mean", "mean"),
                Column("difference", "Difference", "difference"),
                Column("difference_lower", "from", "difference"),
                Column("difference_upper", "to", "difference"),
                Column("minimum_detectable_effect", "Least detectable", "mean"),
            ),
            shown,
            Filter("experiment", "Test", {row["experiment"]: row["test"] for row in shown}),
        ),
        reader.method("rpt_experiments"),
        intervals(marks, "points against the control", (-reach, reach), format="+.1%", reference=0)
        if marks
        else None,
        ("Hollow and dotted: no winner, or not yet mature. Never a winner by opens.", *notes),
    )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _interval(row: Row) -> Interval:
    return Interval(
        f"{row['test']}: {row['variant']}, {row['label']}",
        row["difference"],
        row["difference_lower"],
        row["difference_upper"],
        points(row["difference_lower"], row["difference_upper"]),
        (row["verdict"] or "").startswith("ship"),
    )
