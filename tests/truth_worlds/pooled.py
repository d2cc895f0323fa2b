"""What the marts on steps and experiments recover over many worlds, pooled and clustered by world."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any, Final

from scipy.stats import t

Row = dict[str, Any]
FOUND: Final = ("matters", "harmful")
# Popular steps that change nothing in any world.
DISTRACTORS: Final = ("feature_page_visit", "foundational_blog_read")
ESTIMANDS: Final = ("person_time", "landmark_1", "landmark_3", "landmark_7", "net_revenue")
BUTTON_TEST, SUBJECT_TEST = "Calculator", "New in"  # names of the world's split tests: a winner, no effect


@dataclass(frozen=True)
class Share:
    """A share over the rows of several worlds, with the 95 % interval that clustering by world gives."""

    hits: int
    n: int
    lower: float
    upper: float

    @property
    def value(self) -> float:
        return self.hits / self.n if self.n else 0.0

    def __str__(self) -> str:
        if not self.n:
            return "none"
        return f"{self.value:.1%} ({self.lower:.1%} to {self.upper:.1%}), {self.hits} of {self.n}"


def share(by_world: Sequence[tuple[int, int]]) -> Share:
    """From (hits, rows) of each world: the ratio estimator, Student's t with one degree fewer than worlds."""
    hits, n = (sum(column) for column in zip(*by_world, strict=True)) if by_world else (0, 0)
    worlds = len(by_world)
    if not n or worlds < 2:
        return Share(hits, n, 0.0, 1.0)
    value = hits / n
    squares = sum((of_world - value * rows) ** 2 for of_world, rows in by_world)
    spread = float(t(worlds - 1).ppf(0.975)) * sqrt(worlds / (worlds - 1) * squares) / n
    return Share(hits, n, max(value - spread, 0.0), min(value + spread, 1.0))


def by_world(rows: Sequence[Row], is_hit: Any) -> list[tuple[int, int]]:
    worlds = sorted({row["world"] for row in rows})
    grouped = [[row for row in rows if row["world"] == world] for world in worlds]
    return [(sum(bool(is_hit(row)) for row in group), len(group)) for group in grouped]


def covers(row: Row) -> bool:
    return bool(row["lower"] <= row["truth"] <= row["upper"])


def steps(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Figures of `rpt_step_impact`; the worlds with an unmeasured confounder stand alone."""
    estimated = [row for row in rows if row["estimate"] is not None]
    measured = [row for row in estimated if not row["is_confounded"]]
    for estimand in ESTIMANDS:
        own = [row for row in measured if row["estimand"] == estimand]
        yield f"coverage, {estimand}", str(share(by_world(own, covers)))
    primary = [row for row in measured if row["estimand"] == "person_time"]
    nulls = [row for row in primary if not row["is_planted"]]
    planted = [row for row in primary if row["is_planted"]]
    yield "true nulls and effects tested", f"{len(nulls)} and {len(planted)}"
    for name, family in (("true nulls", nulls), ("true effects", planted)):
        yield f"coverage, person_time, {name}", str(share(by_world(family, covers)))
    found = [row for row in primary if row["verdict"] in FOUND]
    yield "false discoveries", str(share(by_world(found, lambda row: not row["is_planted"])))
    yield "power", str(share(by_world(planted, _is_found_rightly)))
    strong = [row for row in planted if abs(log(row["truth"])) >= log(1.5)]
    yield "power, true ratio beyond 1.5", str(share(by_world(strong, _is_found_rightly)))
    popular = [row for row in primary if row["micro_conversion"] in DISTRACTORS]
    yield (
        "popular steps without effect called distractor or without effect",
        str(share(by_world(popular, lambda row: row["verdict"] in ("distractor", "no relevant effect")))),
    )
    yield (
        "popular steps without effect called matters",
        str(share(by_world(popular, lambda row: row["verdict"] == "matters"))),
    )
    yield from _misses("person-time", primary, "estimate")
    yield from _misses("naive", [row for row in primary if row["naive"]], "naive")
    yield from _confounded([row for row in estimated if row["is_confounded"]])


def _is_found_rightly(row: Row) -> bool:
    return bool(row["verdict"] == ("matters" if row["truth"] > 1 else "harmful"))


def _misses(name: str, rows: Sequence[Row], column: str) -> Iterator[tuple[str, str]]:
    """The ratio over the truth, on average on the log scale, of true nulls and of true effects."""
    for kind, wanted in (("true nulls", False), ("true effects", True)):
        logs = [log(row[column] / row["truth"]) for row in rows if row["is_planted"] == wanted]
        if logs:
            bias = exp(sum(logs) / len(logs))
            error = exp(sqrt(sum(value**2 for value in logs) / len(logs)))
            yield f"{name} over truth, {kind}", f"{bias:.2f} on average, typically by a factor of {error:.2f}"


def _confounded(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    primary = [row for row in rows if row["estimand"] == "person_time"]
    wrong = [row for row in primary if row["verdict"] in FOUND and not row["is_planted"]]
    yield (
        "with an unmeasured confounder: true nulls called matters or harmful",
        str(share(by_world([row for row in primary if not row["is_planted"]], lambda row: row in wrong))),
    )
    if wrong:
        yield (
            "with an unmeasured confounder: largest E-value of their intervals",
            f"{max(row['e_value_of_interval'] for row in wrong):.2f}",
        )


def experiments(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Figures of `rpt_experiments`, by world."""
    primary = [row for row in rows if row["role"] == "primary"]
    for name, of, verdict in (
        ("A/B winner found", lambda row: row["campaign_name"] == BUTTON_TEST, "ship B"),
        ("test without effect has no winner", lambda row: row["campaign_name"] == SUBJECT_TEST, "no winner"),
        ("broken assignment found", lambda row: row["experiment"] == "broken_test", "broken"),
        ("holdout: treatment shipped", lambda row: row["experiment"] == "holdout", "ship treatment"),
    ):
        own = [row for row in primary if of(row)]
        yield name, f"{sum(row['verdict'] == verdict for row in own)} of {len(own)}"
    for metric in ("conversion", "net_revenue"):
        own = [
            row
            for row in rows
            if row["metric"] == metric and row["truth"] is not None and row["lower"] is not None
        ]
        yield f"holdout: coverage of the lift in {metric}", str(share(by_world(own, covers)))


def findings(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """What else is planted, by world."""
    for figure in dict.fromkeys(row["figure"] for row in rows):
        own = [row["is_found"] for row in rows if row["figure"] == figure]
        yield figure, f"{sum(own)} of {len(own)}"
