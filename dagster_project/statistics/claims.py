"""Whether a claimed span of a figure holds on one's own data."""

from dagster_project.statistics.rate_ratios import Estimate

SUPPORTED, CONTRADICTED, INSUFFICIENT = "supported", "contradicted", "insufficient"


def verdict_on_multiplier(found: Estimate | None, lowest: float, highest: float) -> str:
    """supported where the interval overlaps the claimed span and excludes 1: what may be 1 shows nothing.

    contradicted where it lies wholly outside of the span, else insufficient.
    """
    if found is None:
        return INSUFFICIENT
    if found.upper < lowest or found.lower > highest:
        return CONTRADICTED
    return SUPPORTED if found.lower > 1 else INSUFFICIENT
