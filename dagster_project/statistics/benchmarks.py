"""Where a rate stands against a published band."""

from typing import Literal

Status = Literal["below", "within", "above", "insufficient"]


def benchmark_status(
    trials: int, lower: float, upper: float, band_lower: float, band_upper: float, minimum_trials: int
) -> Status:
    """Compare the interval (lower, upper) of a rate with the band.

    `below` or `above` only when the whole interval lies outside; `insufficient` under `minimum_trials`.
    Raises ValueError when the band is upside down.
    """
    if band_lower > band_upper:
        raise ValueError(f"The benchmark band from {band_lower} to {band_upper} is upside down.")
    if trials < minimum_trials:
        return "insufficient"
    if upper < band_lower:
        return "below"
    if lower > band_upper:
        return "above"
    return "within"
