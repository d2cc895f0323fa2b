"""Triggered e-mails, sent to one person at a time: welcome, cart reminder, review request."""

from dataclasses import dataclass
from typing import Final

from dagster_project.simulator.world.chance import DAY
from dagster_project.simulator.world.clock import Clock
from dagster_project.simulator.world.mailings import Calendar, Mailing


@dataclass(frozen=True)
class _Flow:
    key: str
    tag: str
    name: str
    subject: str
    wording: str
    goal: str
    links: tuple[tuple[str, str], ...]
    open_rate: float
    click_rate: float
    trigger: str


_FLOWS: Final = (
    _Flow(
        "welcome_1", "welcome", "Welcome 1", "Welcome! Start here", "Open the quick start",
        "welcome_email_click", (("cta", "/"), ("quick_start", "/quick-start")), 0.38, 0.17, "subscribed",
    ),
    _Flow(
        "welcome_2", "welcome", "Welcome 2", "How our regulars choose", "See the features",
        "feature_page_visit", (("cta", "/features"), ("product", "/product/kitchen-01")),
        0.28, 0.14, "subscribed",
    ),
    _Flow(
        "welcome_3", "welcome", "Welcome 3", "A guide for your first order", "Get the guide",
        "resource_download", (("cta", "/blog/gift-guide"), ("pdf", "/files/first-order-guide.pdf")),
        0.25, 0.13, "subscribed",
    ),
    _Flow(
        "cart_reminder", "cart_reminder", "Cart reminder", "You left something in your cart",
        "Back to my cart", "cart_recovery_click", (("cta", "/cart"),), 0.40, 0.26, "cart_abandoned",
    ),
    _Flow(
        "review_request", "review_request", "Review request", "How did it go? Your review helps others",
        "Write a review", "trustpilot_review", (("cta", "/forms/review"),), 0.33, 0.18, "purchased",
    ),
)  # fmt: skip


def add_flows(calendar: Calendar, clock: Clock) -> None:
    """Add each e-mail of a flow as a separate mailing, created long before the first day."""
    for number, flow in enumerate(_FLOWS):
        slug = flow.key.replace("_", "-")
        section = calendar.section(slug, flow.subject, flow.wording, list(flow.links))
        calendar.flows[flow.key] = calendar.add(
            Mailing(
                index=len(calendar.mailings),
                name=flow.name,
                slug=slug,
                kind="flow",
                tags=(flow.tag,),
                goal=flow.goal,
                sections=(section,),
                open_rate=flow.open_rate,
                click_rate=flow.click_rate,
                created=clock.start - (200 - number) * DAY,
                trigger=flow.trigger,
            )
        )
