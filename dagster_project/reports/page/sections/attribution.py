"""Which touch gets the credit, by each model."""

from collections import defaultdict

from dagster_project.reports.page.charts.dots import Dot, dots
from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.phrases import first, grouped
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, percent, words

ORDER = 110
MARTS = ("rpt_attribution",)
MODELS = (
    "first",
    "last",
    "linear",
    "position",
    "time_decay",
    "markov",
    "shapley_touches",
    "shapley_coalitions",
)
MOST_TOUCHES = 9


def section(reader: Reader) -> Section:
    return Section(
        "attribution",
        "Which touch gets the credit",
        "Eight models share out the same conversions. Where they agree, the choice of model does not matter.",
        [_attribution(reader)],
    )


def _attribution(reader: Reader) -> Figure:
    rows = reader.query("""
        select credits.*, case dimension when 'campaign' then campaigns.name
            when 'micro_conversion' then names.label end as named
        from marts.rpt_attribution as credits
        left join marts.dim_campaigns as campaigns on dimension = 'campaign' and touch = campaign_key
        left join marts.dim_micro_conversions as names on dimension = 'micro_conversion'
            and touch = names.micro_conversion
        order by dimension = 'channel_group' desc, dimension, conversions desc, touch, model
    """)
    for row in rows:
        row["label"] = row["named"] or row["touch"]
    channels = [row for row in rows if row["dimension"] == "channel_group"]
    touches = _touches(channels)
    kept = _kept(rows)
    shown, notes = first(kept, 240)
    return Figure(
        "attribution",
        "Conversions by channel group and model",
        _finding(channels, touches),
        Table(
            "rpt_attribution",
            "Conversions and net revenue that each model gives to a touch.",
            ("dimension", "model", "touch"),
            (
                Column("label", "Touch", is_published=False),
                Column("dimension", "By", "words", is_published=False),
                Column("model", "Model", "words", is_published=False),
                Column("conversions", "Conversions", "number"),
                Column("conversions_lower", "from", "number"),
                Column("conversions_upper", "to", "number"),
                Column("share", "Share", "percent", has_bar=True),
                Column("revenue", "Revenue", "money"),
            ),
            shown,
            Filter("dimension", "By", {row["dimension"]: words(row["dimension"]) for row in shown}),
        ),
        reader.method("rpt_attribution"),
        dots([_dot(row, touches) for row in _by_model(channels) if row["touch"] in touches], "conversions")
        if touches
        else None,
        (*_basis(channels), *notes),
    )


def _touches(rows: list[Row]) -> list[str]:
    best: dict[str, float] = defaultdict(float)
    for row in rows:
        best[row["touch"]] = max(best[row["touch"]], row["conversions"])
    return sorted(best, key=lambda touch: -best[touch])[:MOST_TOUCHES]


def _kept(rows: list[Row]) -> list[Row]:
    """Of each dimension the touches with most credit by any model."""
    return [
        row
        for found in grouped(rows, "dimension").values()
        for touches in [_touches(found)[:2]]
        for row in found
        if row["touch"] in touches
    ]


def _by_model(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: MODELS.index(row["model"]) if row["model"] in MODELS else len(MODELS))


def _dot(row: Row, touches: list[str]) -> Dot:
    return Dot(
        row["label"],
        touches.index(row["touch"]),
        words(row["model"]),
        row["conversions"],
        row["conversions_lower"],
        row["conversions_upper"],
    )


def _basis(rows: list[Row]) -> tuple[str, ...]:
    if not rows:
        return ()
    row = rows[0]
    return (
        f"n = {row['total_conversions']:,} conversions, {row['touched_conversions']:,} of them with a touch. "
        "Each mark is a model; lines are intervals.",
    )


def _finding(rows: list[Row], touches: list[str]) -> str:
    real = [touch for touch in touches if not touch.startswith("(no touch")]
    if not real:
        return "No conversion has a touch yet."
    shares = [row["share"] for row in rows if row["touch"] == real[0] and row["share"] is not None]
    least, most = percent(min(shares)), percent(max(shares))
    if least == most:
        return f"“{real[0]}” gets {most} of all conversions by every model."
    return f"“{real[0]}” gets most: {least} to {most} of all conversions, depending on the model."
