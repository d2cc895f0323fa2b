"""What is sent on which day: newsletters, promotions, A/B tests, a survey, an offer in the repeated hour."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from dagster_project.simulator.world.chance import DAY, HOUR, MINUTE
from dagster_project.simulator.world.clock import HOME, Clock
from dagster_project.simulator.world.config import WorldConfig
from dagster_project.simulator.world.content import NEWSLETTERS, PRODUCTS, PROMOTIONS
from dagster_project.simulator.world.effects import CTA_ODDS_RATIO
from dagster_project.simulator.world.flows import add_flows
from dagster_project.simulator.world.mailings import Calendar, Mailing

WAVE_HOURS: Final = (6, 10, 14, 20)  # of the weekly newsletter, drawn at random per recipient
_PROMOTION_HOURS: Final = (8, 12, 17, 10, 20, 15, 7, 13, 18)
_TUESDAY, _FRIDAY = 1, 4


@dataclass(frozen=True)
class _Slot:
    """One place in the calendar; `number` counts the mailings of the same kind."""

    calendar: Calendar
    clock: Clock
    rng: np.random.Generator
    day: int
    number: int

    def at(self, hour: int) -> int:
        return int(self.clock.local(HOME, self.day, hour * HOUR))

    def product_links(self, count: int) -> list[tuple[str, str]]:
        chosen = self.rng.choice(len(PRODUCTS), count, replace=False)
        return [("product", f"/product/{PRODUCTS[index]}") for index in chosen]

    def put(self, sent: tuple[int, ...], **properties: Any) -> None:
        self.calendar.add(
            Mailing(
                index=len(self.calendar.mailings),
                day=self.day,
                sent=sent,
                completed=sent[-1] + 20 * MINUTE,
                created=sent[0] - 2 * DAY - 17 * MINUTE,
                **properties,
            )
        )


def plan(config: WorldConfig, clock: Clock, rng: np.random.Generator) -> Calendar:
    """The whole calendar. Flows come first in the id sequence."""
    calendar = Calendar()
    add_flows(calendar, clock)
    dated: list[tuple[int, Callable[[_Slot], None]]] = []
    for day in range(config.days):
        date = config.start_date + timedelta(days=day)
        if date.weekday() == _TUESDAY:
            dated.append((day, _newsletter))
        if date.weekday() == _FRIDAY and date.isocalendar().week % 4 != 0:
            dated.append((day, _promotion))
    dated += [
        (round(config.days * 0.35), _button_test),
        (round(config.days * 0.5), _survey),
        (round(config.days * 0.6), _subject_test),
    ]
    if clock.repeated_hour:
        dated.append((clock.repeated_hour[0], _night_offer))
    numbers: dict[str, int] = {}
    for day, add in sorted(dated, key=lambda entry: entry[0]):
        number = numbers.get(add.__name__, 0)
        numbers[add.__name__] = number + 1
        add(_Slot(calendar, clock, rng, day, number))
    return calendar


def _newsletter(slot: _Slot) -> None:
    subject, wording, path = NEWSLETTERS[slot.number % len(NEWSLETTERS)]
    slug = f"letter-{slot.number + 1:02d}"
    links = [("cta", path), *slot.product_links(1 + slot.number % 3)]
    if slot.number % 3 == 1:
        links.append(("pdf", "/files/season-guide.pdf"))
    slot.put(
        tuple(slot.at(hour) for hour in WAVE_HOURS),
        name=f"Weekly letter {slot.number + 1}",
        slug=slug,
        kind="campaign",
        tags=("newsletter", "asks_question") if slot.number % 5 == 4 else ("newsletter",),
        goal="foundational_blog_read" if "/blog/" in path else "product_page_visit",
        sections=(slot.calendar.section(slug, subject, wording, links),),
        open_rate=0.17,
        click_rate=0.115,
    )


def _promotion(slot: _Slot) -> None:
    subject, wording, path = PROMOTIONS[slot.number % len(PROMOTIONS)]
    slug = f"offer-{slot.number + 1:02d}"
    links = [("redeem_offer", path), *slot.product_links(2 * (slot.number % 2))]
    slot.put(
        (slot.at(_PROMOTION_HOURS[slot.number % len(_PROMOTION_HOURS)]),),
        name=f"Offer {slot.number + 1}",
        slug=slug,
        kind="campaign",
        tags=("promotion",),
        goal="purchase",
        sections=(slot.calendar.section(slug, subject, wording, links),),
        open_rate=0.16,
        click_rate=0.13,
    )


def _button_test(slot: _Slot) -> None:
    """The A/B test with a planted winner: the button that names the action."""
    subject, links = "A calculator for your home", [("cta", "/roi-calculator")]
    slot.put(
        (slot.at(11),),
        name="Calculator",
        slug="button-test",
        kind="ab_test",
        tags=("newsletter", "cta_test"),
        goal="roi_calculator_use",
        sections=tuple(
            slot.calendar.section("button-test", subject, wording, links, arm)
            for arm, wording in (("A", "Learn more"), ("B", "Calculate your saving"))
        ),
        open_rate=0.36,
        click_rate=0.15,
        click_odds_b=CTA_ODDS_RATIO,
    )


def _subject_test(slot: _Slot) -> None:
    """The A/B test without an effect: a short subject against a long one."""
    links = [("cta", "/category/gifts")]
    subjects = (("A", "New this week"), ("B", "The gifts that came in this week, all in one place"))
    slot.put(
        (slot.at(9),),
        name="New in",
        slug="subject-test",
        kind="ab_test",
        tags=("newsletter",),
        goal="category_page_visit",
        sections=tuple(
            slot.calendar.section("subject-test", subject, "See what is new", links, arm)
            for arm, subject in subjects
        ),
        open_rate=0.18,
        click_rate=0.12,
    )


def _survey(slot: _Slot) -> None:
    links = [("cta", "/forms/survey")]
    slot.put(
        (slot.at(16),),
        name="Reader survey",
        slug="survey",
        kind="campaign",
        tags=("survey",),
        goal="survey_completion",
        sections=(slot.calendar.section("survey", "Two questions for you", "Answer two questions", links),),
        open_rate=0.18,
        click_rate=0.12,
    )


def _night_offer(slot: _Slot) -> None:
    """Sent in the repeated hour, before and after daylight-saving time ends: ambiguous local times."""
    repeated = slot.clock.repeated_hour
    put_back = repeated[1] if repeated else slot.at(3)
    links = [("redeem_offer", "/category/outdoor")]
    slot.put(
        (put_back - 30 * MINUTE, put_back + 30 * MINUTE),
        name="Extra hour",
        slug="extra-hour",
        kind="campaign",
        tags=("promotion",),
        goal="purchase",
        sections=(
            slot.calendar.section("extra-hour", "One more hour: for night owls", "Use the hour", links),
        ),
        open_rate=0.14,
        click_rate=0.12,
    )
