"""Completers of a step against others who were offered it, by person-time, at landmarks and naively.

Counts have one array element per stratum (for amounts: per stratum and bucket). Names without a prefix count
everybody eligible, completers included; others are the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dagster_project.statistics.exact_tests import exact_rate_p_value, exact_share_p_value
from dagster_project.statistics.rate_ratios import (
    Estimate,
    mean_difference,
    rate_difference,
    rate_ratio,
    risk_difference,
    risk_ratio,
)

# Orders without a rate, whose amounts are in no sum, and orders with one.
ORDERS = ("unconverted_orders", "rated_orders")
Counts = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Comparison:
    """One step by one method: persons, their outcomes (conversions or an amount) and days at risk.

    An amount, and the difference of amounts, is None where there are orders and none of them has a rate;
    `unconverted_orders` are those without one.
    """

    method: str
    is_primary: bool
    completers: int
    others: int
    completers_outcome: float | None
    others_outcome: float | None
    completers_days: float | None = None
    others_days: float | None = None
    converting_visit_share: float | None = None
    identifying_share: float | None = None
    ratio: Estimate | None = None
    difference: Estimate | None = None
    exact_p_value: float | None = None
    unconverted_orders: int | None = None

    @property
    def p_value(self) -> float | None:
        """Of the ratio; without one exact, for an amount of the difference."""
        if self.ratio:
            return self.ratio.p_value
        if self.exact_p_value is not None:
            return self.exact_p_value
        return self.difference.p_value if self.difference else None


# A step that this share of converters take in the visit in which they convert is a part of converting, as a
# cart is of a purchase. In the simulated shop these are cart, checkout and product page, by 0.96 and more; no
# other step is above 0.47. A step by which this share of completers become known, as a sign-up, has no others
# who are comparable: they are known by something else.
TOO_LARGE_SHARE = 0.5


@dataclass(frozen=True)
class Shares:
    """Of converters, who takes the step in the converting visit; of completers, who becomes known by it."""

    converting_visit: float
    identifying: float

    @property
    def are_comparable(self) -> bool:
        return max(self.converting_visit, self.identifying) < TOO_LARGE_SHARE


def by_person_time(counts: Counts, completers: int, eligible: int, shares: Shares) -> Comparison:
    """Conversions per day at risk; a person is among the others until the end of the visit with the step.

    Without a ratio where the step is a part of converting or makes persons known.
    """
    after, days_after = counts["conversions_after"], counts["days_after"]
    before, days_before = counts["conversions"] - after, counts["days"] - days_after
    groups = (after, days_after, before, days_before)
    ratio = rate_ratio(*groups) if shares.are_comparable else None
    return Comparison(
        "person_time",
        True,
        completers,
        eligible - completers,
        float(after.sum()),
        float(before.sum()),
        float(days_after.sum()),
        float(days_before.sum()),
        shares.converting_visit,
        shares.identifying,
        ratio,
        rate_difference(*groups) if shares.are_comparable else None,
        exact_rate_p_value(*groups) if shares.are_comparable and not ratio else None,
    )


def at_landmark(counts: Counts, days: int) -> Comparison:
    """Conversion from the landmark to the outcome day of those who had not converted by the landmark."""
    done, all_ = counts["completers"], counts["persons"]
    hits, all_hits = counts["completers_converted"], counts["converted"]
    groups = (hits, done, all_hits - hits, all_ - done)
    ratio = risk_ratio(*groups)
    return Comparison(
        f"landmark_{days}",
        False,
        int(done.sum()),
        int((all_ - done).sum()),
        float(hits.sum()),
        float((all_hits - hits).sum()),
        ratio=ratio,
        difference=risk_difference(*groups),
        exact_p_value=None if ratio else exact_share_p_value(*groups),
    )


def revenue_at_landmark(counts: Counts, strata: NDArray[np.int64], buckets: int, days: int) -> Comparison:
    """Net revenue per person from the landmark to the outcome day; `counts` by stratum and bucket."""

    def spread(name: str) -> NDArray[np.float64]:
        table = np.zeros((int(strata.max()) + 1, buckets))
        np.add.at(table, (strata, counts["bucket"].astype(np.int64)), counts[name])
        return table

    done, all_ = spread("completers"), spread("persons")
    revenue, all_revenue = spread("completers_revenue"), spread("revenue")
    amounts = (
        _amount(revenue, *(counts[f"completers_{name}"] for name in ORDERS)),
        _amount(all_revenue - revenue, *(counts[name] - counts[f"completers_{name}"] for name in ORDERS)),
    )
    difference = mean_difference(revenue, done, all_revenue - revenue, all_ - done)
    return Comparison(
        f"landmark_{days}",
        True,
        int(done.sum()),
        int((all_ - done).sum()),
        *amounts,
        difference=None if None in amounts else difference,
        unconverted_orders=int(counts["unconverted_orders"].sum()),
    )


def _amount(
    sums: NDArray[np.float64], unconverted_orders: NDArray[np.float64], rated_orders: NDArray[np.float64]
) -> float | None:
    return None if unconverted_orders.any() and not rated_orders.any() else float(sums.sum())


def naive(completers: int, completers_converted: int, eligible: int, converted: int) -> Comparison:
    """Who ever completes the step against who never does: a plain count, wrong by immortal time."""
    groups = (
        [completers_converted],
        [completers],
        [converted - completers_converted],
        [eligible - completers],
    )
    ratio = risk_ratio(*groups)
    return Comparison(
        "naive",
        False,
        completers,
        eligible - completers,
        completers_converted,
        converted - completers_converted,
        ratio=ratio,
        difference=risk_difference(*groups),
        exact_p_value=None if ratio else exact_share_p_value(*groups),
    )
