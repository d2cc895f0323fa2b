"""Claims of articles on e-mail marketing, on one's own data."""

from dagster_project.reports.page.elements import Column, Figure, Filter, Section, Table
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Row, words

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
    for row in rows:
        row["claimed"] = _claimed(row)
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
                Column("claimed", "Claimed", is_published=False),
                Column("estimate", "Found", "figure"),
                Column("lower", "from", "figure"),
                Column("upper", "to", "figure"),
                Column("n", "n", "count"),
            ),
            rows,
            Filter("verdict", "Verdict", {v: v for v in VERDICTS if counts[v]}),
            is_open=True,
            details=(
                Column("reason", "Why"),
                Column("n_of", "n counts"),
                Column("evidence", "Evidence"),
                Column("caveat", "Mind"),
                Column("source", "Said by"),
            ),
        ),
        reader.method("rpt_claims"),
    )


def _claimed(row: Row) -> str:
    """The span with its unit, which is that of what was found, too."""
    low, high, unit = row["expected_low"], row["expected_high"], words(row["unit"])
    if low is None and high is None:
        return unit
    if low == high:
        return f"{low:g} ({unit})"
    if low is None or high is None:
        return f"{'at most' if low is None else 'at least'} {high if low is None else low:g} ({unit})"
    return f"{low:g} to {high:g} ({unit})"
