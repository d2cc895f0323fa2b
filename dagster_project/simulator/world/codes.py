"""The meanings of the world's integer codes."""

from typing import Any, Final

import numpy as np
import pyarrow as pa

from dagster_project.simulator.world.chance import NEVER, Ints
from dagster_project.simulator.world.clock import ZONES
from dagster_project.simulator.world.mailings import Calendar, Link, Mailing
from dagster_project.simulator.world.schema import INSTANT

ACTIONS: Final = ("send", "view", "click", "bounce", "complaint", "optout", "optin", "create", "modify")
(SEND, VIEW, CLICK, BOUNCE, COMPLAINT, OPTOUT, OPTIN, CREATE, MODIFY) = range(len(ACTIONS))
BOUNCE_CODES: Final = ("550", "452")
HARD, SOFT = 0, 1

MICRO_CONVERSIONS: Final = (
    "email_open", "promotional_offer_open", "repeat_email_open", "email_click", "cta_click",
    "product_link_click", "welcome_email_click", "cart_recovery_click", "review_invitation_click",
    "onboarding_tutorial_click", "offer_redeem_click", "social_follow", "social_share_click",
    "preference_center_visit", "resource_download", "newsletter_signup", "unsubscribe", "spam_complaint",
    "hard_bounce", "soft_bounce", "about_page_visit", "landing_page_visit", "category_page_visit",
    "product_page_visit", "pricing_page_visit", "feature_page_visit", "roi_calculator_use",
    "rewards_page_visit", "content_reading_time", "foundational_blog_read", "brand_story_video_view",
    "product_demo_video_view", "video_view", "video_completion", "comparison_guide_download",
    "case_study_download", "interactive_content_engagement", "contest_entry", "survey_completion",
    "solution_assessment_completion", "preference_survey_completion", "blog_comment",
    "webinar_registration", "form_submission", "demo_request", "information_request", "wishlist_add",
    "cart_add", "checkout_start", "exclusive_offer_redemption", "purchase",
)  # fmt: skip
MICRO: Final = {key: code for code, key in enumerate(MICRO_CONVERSIONS)}
NONE: Final = -1

_MPP_AGENTS: Final = tuple(
    f"Mozilla/5.0; 17.58.{a}.{b}; US" for a in (96, 101, 102, 117) for b in range(3, 43, 5)
)
_PROXY_AGENTS: Final = tuple(
    f"Gmail (GoogleImageProxy); 66.249.{a}.{b}; US" for a in (84, 88, 93) for b in (1, 9, 32)
)
_OWN_CLIENTS: Final = (
    "Apple Mail 16.0 / macOS",
    "iOS Mail 18 / iPhone",
    "Outlook 16 / Windows 11",
    "Samsung Email / Android",
)
_OWN_ADDRESSES: Final = 12
_OWN_AGENTS: Final = tuple(
    f"{client}; 203.0.113.{5 + 20 * number + zone}; {country}"
    for zone, (_, country, _) in enumerate(ZONES)
    for client in _OWN_CLIENTS
    for number in range(_OWN_ADDRESSES)
)
AGENTS: Final = _MPP_AGENTS + _PROXY_AGENTS + _OWN_AGENTS


def mpp_agents(rng: np.random.Generator, size: int) -> Ints:
    return rng.integers(0, len(_MPP_AGENTS), size)


def reader_agents(rng: np.random.Generator, provider: Ints, zone: Ints) -> Ints:
    """Gmail's image proxy hides its readers; the other mail clients identify themselves."""
    proxy = len(_MPP_AGENTS) + rng.integers(0, len(_PROXY_AGENTS), len(zone))
    per_zone = len(_OWN_CLIENTS) * _OWN_ADDRESSES
    own = len(_MPP_AGENTS) + len(_PROXY_AGENTS) + zone * per_zone + rng.integers(0, per_zone, len(zone))
    return np.where(provider == 0, proxy, own)


class Values:
    """Codes of the action log's `value`: agents, then hrefs, then bounce codes, then profile changes."""

    def __init__(self, calendar: Calendar) -> None:
        self._fixed = [*AGENTS, *(link.href for link in calendar.links), *BOUNCE_CODES]
        self._first_link = len(AGENTS)
        self._first_bounce = len(AGENTS) + len(calendar.links)
        self._changes: list[str] = []

    def of_links(self, link: Ints) -> Ints:
        return self._first_link + link

    def of_bounce(self, code: int) -> int:
        return self._first_bounce + code

    def of_changes(self, texts: list[str]) -> Ints:
        first = len(self._fixed) + len(self._changes)
        self._changes += texts
        return np.arange(first, first + len(texts), dtype=np.int64)

    def vocabulary(self) -> list[str]:
        return self._fixed + self._changes


def click_meaning(mailing: Mailing, link: Link, is_first: bool) -> str:
    """The most specific catalogue key of a human click."""
    elsewhere = {
        "footer_social": "social_follow",
        "social_share": "social_share_click",
        "preferences": "preference_center_visit",
        "pdf": "resource_download",
    }
    if link.role in elsewhere:
        return elsewhere[link.role]
    if "welcome" in mailing.tags and is_first:
        return "welcome_email_click"
    if "cart_reminder" in mailing.tags:
        return "cart_recovery_click"
    if "review_request" in mailing.tags:
        return "review_invitation_click"
    by_role = {
        "quick_start": "onboarding_tutorial_click",
        "redeem_offer": "offer_redeem_click",
        "product": "product_link_click",
        "cta": "cta_click",
    }
    return by_role[link.role]


def texts(vocabulary: Any, codes: Any) -> pa.Array:
    """Codes as strings; negative codes are null."""
    codes = np.asarray(codes)
    indices = pa.array(np.maximum(codes, 0).astype(np.int32), mask=codes < 0)
    dictionary = pa.array(list(vocabulary) or [""], pa.string())
    return pa.DictionaryArray.from_arrays(indices, dictionary).dictionary_decode()


def instants(at: Any) -> pa.Array:
    """Milliseconds as UTC instants; NEVER is null."""
    at = np.asarray(at, dtype=np.int64)
    never = at >= NEVER
    return pa.array(np.where(never, 0, at) * 1_000, mask=never).cast(INSTANT)


def numbers(values: Any) -> pa.Array:
    """Whole numbers; negative ones are null."""
    values = np.asarray(values, dtype=np.int64)
    return pa.array(values, mask=values < 0)
