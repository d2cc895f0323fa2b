"""Size, time span and seed of the world."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dagster_project.simulator.world.effects import PURCHASE_ODDS_RATIOS

HOME_TIME_ZONE: Final = ZoneInfo("Europe/Tallinn")


@dataclass(frozen=True)
class StepConfig:
    """What persons do on the site, and what of it changes whether they buy.

    `purchase_odds_ratios` are the planted effects by micro-conversion. `step_odds` multiplies the odds of
    each step in a visit: how often it is offered. With `confounding`, each standard deviation of the interest
    in buying, which no source sees, adds it to the log odds of every step. `dropout_days` is how long a
    person stays on average. `treatment_odds_ratio` is the effect of what the holdout arm of the experiment
    `effects.HOLDOUT` goes without.
    """

    purchase_odds_ratios: tuple[tuple[str, float], ...] = tuple(PURCHASE_ODDS_RATIOS.items())
    step_odds: float = 1.0
    dropout_days: float = 170.0
    base_purchase: float = 0.068  # of engaged visits by a person of average interest, before losses on phones
    confounding: float = 0.0
    prize_hunters: float = 0.25
    treatment_odds_ratio: float = 1.0


@dataclass(frozen=True)
class Intervention:
    """An e-mail to some addresses on the morning of a day of the world, and what it changes.

    Who reads it clicks with `click_rate`, which leads to a visit of `path`. For `days` it multiplies the odds
    of a purchase in the recipients' visits by `purchase_odds_ratio`. Until its day persons do the same as
    without it; only the amounts of their orders, which are drawn last, differ.
    """

    name: str
    day: int
    addresses: tuple[str, ...]
    path: str = "/"
    open_rate: float = 0.3
    click_rate: float = 0.1  # of those who read
    purchase_odds_ratio: float = 1.0
    days: int = 14


@dataclass(frozen=True)
class WorldConfig:
    """Size, span and seed. Equal configurations make equal worlds.

    The default end date puts the end of daylight saving time (2026-10-25) inside the 90 days. Readers
    behind Apple's privacy proxy read with `proxy_read_odds` times the odds of others. Images are off in some
    reads, or with `images_off_by_person` in all reads of some persons. With a `web_first_share`, exactly
    these persons come to the site before their address is known, if it ever is; all others are on the list
    before the first day.
    """

    persons: int = 2_000
    days: int = 90
    seed: int = 7
    end_date: date = date(2026, 11, 15)
    proxy_read_odds: float = 1.0
    images_off_by_person: bool = False
    web_first_share: float | None = None
    has_shared_mailboxes: bool = True
    has_forwards: bool = True
    steps: StepConfig = field(default_factory=StepConfig)
    interventions: tuple[Intervention, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.proxy_read_odds < float("inf"):
            raise ValueError("proxy_read_odds must be a ratio above 0; 1 changes nothing.")
        if self.web_first_share is not None and not 0 <= self.web_first_share < 1:
            raise ValueError("web_first_share must be at least 0 and below 1.")
        if self.persons < 20 or self.days < 14:
            raise ValueError("A world needs at least 20 persons and 14 days; increase them.")

    @property
    def start_date(self) -> date:
        """The first day, included."""
        return self.end_date - timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        """Midnight in Europe/Tallinn at which the world begins, as UTC."""
        return self._midnight(self.start_date)

    @property
    def end(self) -> datetime:
        """Midnight in Europe/Tallinn after the last day, as UTC: nothing happens at or after it."""
        return self._midnight(self.end_date + timedelta(days=1))

    @staticmethod
    def _midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=HOME_TIME_ZONE).astimezone(UTC)
