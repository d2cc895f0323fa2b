"""The sender's calendar: letters, promotions, A/B tests and flows, with their variants and links."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np

from dagster_project.simulator.world.chance import DAY, HOUR, MINUTE
from dagster_project.simulator.world.clock import HOME, Clock
from dagster_project.simulator.world.config import WorldConfig
from dagster_project.simulator.world.content import LETTERS, PRODUCTS, PROMOTIONS, SITE
from dagster_project.simulator.world.effects import CTA_ODDS_RATIO

WAVE_HOURS: Final = (6, 10, 14, 20)  # of the weekly letter, drawn at random per recipient
_PROMOTION_HOURS: Final = (8, 12, 17, 10, 20, 15, 7, 13, 18)
# How often a human click goes to a link of this role, all else equal.
ROLE_WEIGHTS: Final = {
    "cta": 10.0,
    "redeem_offer": 8.0,
    "product": 2.5,
    "quick_start": 4.0,
    "pdf": 1.2,
    "footer_social": 0.5,
    "social_share": 0.5,
    "preferences": 0.5,
}
# Roles that leave the shop's own site: no visit follows.
ROLES_ELSEWHERE: Final = frozenset({"footer_social", "social_share", "preferences", "pdf"})


@dataclass(frozen=True)
class Link:
    """`path` is None for links that leave the site."""

    index: int
    href: str
    role: str
    path: str | None


@dataclass(frozen=True)
class Section:
    """One variant of an e-mail."""

    index: int
    variant: str | None
    subject: str
    wording: str
    cta_count: int
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Mailing:
    """One campaign, A/B test or flow e-mail. `open_rate` and `click_rate` hold for an average reader."""

    index: int
    name: str
    slug: str
    kind: str
    tags: tuple[str, ...]
    goal: str | None
    sections: tuple[Section, ...]
    open_rate: float
    click_rate: float  # of those who open
    day: int = 0
    sent: tuple[int, ...] = ()  # one instant, or one per wave
    completed: int = 0
    created: int = 0
    trigger: str | None = None
    click_odds_b: float = 1.0


@dataclass
class Calendar:
    """All mailings; flows by the name that starts them."""

    mailings: list[Mailing] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    flows: dict[str, Mailing] = field(default_factory=dict)

    def section(
        self,
        slug: str,
        subject: str,
        wording: str,
        ctas: int,
        paths: list[tuple[str, str]],
        variant: str | None = None,
    ) -> Section:
        """A variant whose links are `(role, path)`; every e-mail also has the footer's three."""
        links: list[Link] = []
        footer = [
            ("footer_social", "https://social.example.com/shop"),
            ("social_share", "https://share.example.com/"),
            ("preferences", f"{SITE}/preferences"),
        ]
        for role, path in [*paths, *footer]:
            content = variant if variant and role == "cta" else role
            url = path if path.startswith("https://") else SITE + path
            tagged = f"{url}?utm_source=smaily&utm_medium=email&utm_campaign={slug}&utm_content={content}"
            on_site = None if role in ROLES_ELSEWHERE else tagged.removeprefix(SITE)
            links.append(Link(len(self.links) + len(links), tagged, role, on_site))
        section = Section(len(self.sections), variant, subject, wording, ctas, tuple(links))
        self.links += links
        self.sections.append(section)
        return section

    def add(self, mailing: Mailing) -> Mailing:
        self.mailings.append(mailing)
        return mailing


def _goods(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    return [("product", f"/product/{PRODUCTS[i]}") for i in rng.choice(len(PRODUCTS), count, replace=False)]


def plan(config: WorldConfig, clock: Clock, rng: np.random.Generator) -> Calendar:
    """The whole calendar. Flows come first in the id sequence: they were set up before the first day."""
    calendar = Calendar()
    _add_flows(calendar, clock)
    dated: list[tuple[int, int, str]] = []
    for day in range(config.days):
        date = config.start_date + timedelta(days=day)
        if date.weekday() == 1:
            dated.append((day, 0, "letter"))
        if date.weekday() == 4 and (date.isocalendar().week + config.seed) % 4 != 0:
            dated.append((day, 1, "promotion"))
    dated += [(round(config.days * 0.35), 2, "button_test"), (round(config.days * 0.6), 2, "subject_test")]
    dated.append((round(config.days * 0.5), 3, "survey"))
    if clock.repeated_hour:
        dated.append((clock.repeated_hour[0], 4, "night"))
    numbers = {"letter": 0, "promotion": 0}
    for day, _, what in sorted(dated):
        number = numbers.get(what, 0)
        numbers[what] = number + 1
        _add_dated(calendar, clock, rng, day, what, number)
    return calendar


def _add_dated(
    calendar: Calendar, clock: Clock, rng: np.random.Generator, day: int, what: str, number: int
) -> None:
    index = len(calendar.mailings)

    def at(hour: int) -> int:
        return int(clock.local(HOME, day, hour * HOUR))

    def put(
        name: str,
        slug: str,
        kind: str,
        tags: tuple[str, ...],
        goal: str,
        sections: tuple[Section, ...],
        open_rate: float,
        click_rate: float,
        sent: tuple[int, ...],
        click_odds_b: float = 1.0,
    ) -> None:
        made = sent[0] - 2 * DAY - 17 * MINUTE
        calendar.add(
            Mailing(
                index,
                name,
                slug,
                kind,
                tags,
                goal,
                sections,
                open_rate,
                click_rate,
                day,
                sent,
                sent[-1] + 20 * MINUTE,
                made,
                None,
                click_odds_b,
            )
        )

    if what == "letter":
        subject, wording, path = LETTERS[number % len(LETTERS)]
        slug = f"letter-{number + 1:02d}"
        links = [("cta", path), *_goods(rng, 1 + number % 3)]
        if number % 3 == 1:
            links.append(("pdf", "/files/season-guide.pdf"))
        section = calendar.section(slug, subject, wording, len(links), links)
        tags = ("newsletter", "asks_question") if number % 5 == 4 else ("newsletter",)
        goal = "foundational_blog_read" if "/blog/" in path else "product_page_visit"
        waves = tuple(at(hour) for hour in WAVE_HOURS)
        put(f"Weekly letter {number + 1}", slug, "campaign", tags, goal, (section,), 0.17, 0.115, waves)
    elif what == "promotion":
        subject, wording, path = PROMOTIONS[number % len(PROMOTIONS)]
        slug = f"offer-{number + 1:02d}"
        links = [("redeem_offer", path), *_goods(rng, 2 * (number % 2))]
        section = calendar.section(slug, subject, wording, len(links), links)
        hour = _PROMOTION_HOURS[number % len(_PROMOTION_HOURS)]
        put(
            f"Offer {number + 1}",
            slug,
            "campaign",
            ("promotion",),
            "purchase",
            (section,),
            0.16,
            0.13,
            (at(hour),),
        )
    elif what == "button_test":
        both = tuple(
            calendar.section(
                "button-test", "A calculator for your home", wording, 1, [("cta", "/roi-calculator")], arm
            )
            for arm, wording in (("A", "Learn more"), ("B", "Calculate your saving"))
        )
        tags = ("newsletter", "cta_test")
        put(
            "Calculator",
            "button-test",
            "ab_test",
            tags,
            "roi_calculator_use",
            both,
            0.26,
            0.15,
            (at(11),),
            CTA_ODDS_RATIO,
        )
    elif what == "subject_test":
        both = tuple(
            calendar.section("subject-test", subject, "See what is new", 1, [("cta", "/category/gifts")], arm)
            for arm, subject in (
                ("A", "New this week"),
                ("B", "The gifts that came in this week, all in one place"),
            )
        )
        put(
            "New in",
            "subject-test",
            "ab_test",
            ("newsletter",),
            "category_page_visit",
            both,
            0.18,
            0.12,
            (at(9),),
        )
    elif what == "survey":
        section = calendar.section(
            "survey", "Two questions for you", "Answer two questions", 1, [("cta", "/forms/survey")]
        )
        tags = ("feedback_request",)
        put(
            "Reader survey",
            "survey",
            "campaign",
            tags,
            "survey_completion",
            (section,),
            0.18,
            0.12,
            (at(16),),
        )
    else:
        # Sent in the hour that the clock repeats, so that its local times are ambiguous.
        repeated = clock.repeated_hour
        assert repeated is not None
        links = [("redeem_offer", "/category/outdoor")]
        section = calendar.section(
            "extra-hour", "One more hour: an offer for night owls", "Use the hour", 1, links
        )
        sent = (repeated[1] - 30 * MINUTE, repeated[1] + 30 * MINUTE)
        put("Extra hour", "extra-hour", "campaign", ("promotion",), "purchase", (section,), 0.14, 0.12, sent)


def _add_flows(calendar: Calendar, clock: Clock) -> None:
    flows: tuple[tuple[str, str, str, str, str, list[tuple[str, str]], float, float, str], ...] = (
        (
            "welcome_1", "Welcome 1", "Welcome! Start here", "Open the quick start", "welcome_email_click",
            [("cta", "/"), ("quick_start", "/quick-start")], 0.38, 0.17, "subscribed",
        ),
        (
            "welcome_2", "Welcome 2", "How our regulars choose", "See the features", "feature_page_visit",
            [("cta", "/features"), ("product", "/product/kitchen-01")], 0.28, 0.14, "subscribed",
        ),
        (
            "welcome_3", "Welcome 3", "A guide for your first order", "Get the guide",
            "comparison_guide_download",
            [("cta", "/blog/gift-guide"), ("pdf", "/files/first-order-guide.pdf")], 0.25, 0.13, "subscribed",
        ),
        (
            "cart_reminder", "Cart reminder", "You left something in your cart", "Back to my cart",
            "cart_recovery_click", [("cta", "/cart")], 0.40, 0.26, "cart_abandoned",
        ),
        (
            "review_request", "Review request", "How did it go? Your review helps others", "Write a review",
            "trustpilot_review", [("cta", "/forms/review")], 0.33, 0.18, "purchased",
        ),
    )  # fmt: skip
    for number, (key, name, subject, wording, goal, links, opens, clicks, trigger) in enumerate(flows):
        slug = key.replace("_", "-")
        section = calendar.section(slug, subject, wording, len(links), links)
        tag = "welcome" if key.startswith("welcome") else key
        made = clock.start - (200 - number) * DAY
        calendar.flows[key] = calendar.add(
            Mailing(
                len(calendar.mailings),
                name,
                slug,
                "flow",
                (tag,),
                goal,
                (section,),
                opens,
                clicks,
                created=made,
                trigger=trigger,
            )
        )
