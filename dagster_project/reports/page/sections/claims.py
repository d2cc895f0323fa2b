"""Claims of articles on e-mail marketing, on one's own data."""

from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.reader import Reader

ORDER = 96
MARTS = ("rpt_claims",)
VERDICTS = ("supported", "contradicted", "insufficient")


def section(reader: Reader) -> Section:
    return Section(
        "claims",
        "What is said, and what holds here",
        "Claims of articles on e-mail marketing, each held against these data.",
        [_claims(reader)],
    )


def _claims(reader: Reader) -> Figure:
    rows = reader.query("from marts.rpt_claims")
    rows.sort(key=lambda row: (VERDICTS.index(row["verdict"]), row["claim_id"]))
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
    return Figure(
        "claims-verdicts",
        "Verdicts on claims",
        f"Of {len(rows)} claims {counts['supported']} are supported here, "
        f"{counts['contradicted']} contradicted; for {counts['insufficient']} the data do not suffice."
        if rows
        else "No claim is listed.",
        Table(
            "rpt_claims",
            "The claimed span against the interval found here.",
            ("claim_id",),
            (
                Column("claim", "Claim"),
                Column("verdict", "Verdict"),
                Column("reason", "Reason"),
                Column("n", "n", "count"),
                Column("n_of", "of"),
                Column("expected_low", "Claimed from", "figure"),
                Column("expected_high", "to", "figure"),
                Column("estimate", "Found", "figure"),
                Column("lower", "from", "figure"),
                Column("upper", "to", "figure"),
                Column("unit", "Unit", "words", is_published=False),
            ),
            rows,
            Filter("verdict", "Verdict", {v: v for v in VERDICTS if counts[v]}),
            is_open=True,
        ),
        reader.method("rpt_claims"),
    )
