"""What a day's count is expected to be, from the days before it.

Counts of a day vary by more than Poisson's variance, the more so where campaigns drive them; the band is a
negative binomial's (variance m + a m²), its dispersion by moments over all days around their weekday's mean.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import nbinom, poisson

from dagster_project.statistics.results import VolumeBand

FEWEST_WEEKS = 4
WEEK = 7


def volume_band(counts: Sequence[int], false_alarms: float, is_scheduled: bool = False) -> VolumeBand | None:
    """Prediction interval of the day after `counts`, consecutive days of which the last is the newest.

    Compares with the same weekday only. None with fewer than four of these. What that weekday showed twice
    may come again, give or take chance: where a mailing goes out every other week, no law of one hump fits.
    Once may have been a fault. What somebody schedules (`is_scheduled`: a mailing, and what it causes) may
    come on any weekday as often as it came on another one.
    """
    history = np.asarray(counts, dtype=np.float64)
    if history.size < FEWEST_WEEKS * WEEK:
        return None
    # Weekday 0 is the one that comes next: it was 7, 14, … days before.
    weekdays = -np.arange(-history.size, 0) % WEEK
    means = np.array([history[weekdays == day].mean() for day in range(WEEK)])
    fitted = means[weekdays]
    # Each weekday's mean is taken from the same days, which uses up a seventh of a week each.
    spare = history.size / max(history.size - WEEK, 1)
    excess = float(((history - fitted) ** 2).sum() * spare - fitted.sum())
    dispersion = max(0.0, excess / float((fitted**2).sum())) if fitted.any() else 0.0
    mean = float(means[0])
    same = int((weekdays == 0).sum())
    variance = (mean + dispersion * mean**2) * (1 + 1 / same)
    tail = false_alarms / 2
    seen = np.sort(history[weekdays == 0])
    highest = np.sort(history)[-2] if is_scheduled else seen[-2]
    if mean == 0:
        # By the rule of three: zero in n days is compatible with up to 3 / n a day.
        return VolumeBand(0.0, 0.0, float(poisson.ppf(1 - tail, max(3 / same, highest))))
    law = nbinom(mean**2 / (variance - mean), mean / variance)
    return VolumeBand(
        mean,
        min(float(law.ppf(tail)), float(poisson.ppf(tail, seen[1]))),
        max(float(law.ppf(1 - tail)), float(poisson.ppf(1 - tail, highest))),
    )
