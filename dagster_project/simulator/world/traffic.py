"""The traffic sources and landing pages of visits."""

from typing import Final

import numpy as np

from dagster_project.simulator.world.chance import Ints, choose
from dagster_project.simulator.world.content import ARTICLES, CATEGORIES, PLAIN_PAGES, PRODUCTS, kind_of
from dagster_project.simulator.world.mailings import Calendar

FACEBOOK, ADVERT = 2, 3  # codes of the two whose landing pages differ
_FIXED: Final = (
    ("google", "organic", "(organic)"),
    ("(direct)", "(none)", "(direct)"),
    ("facebook.com", "social", "(not set)"),
    ("google", "cpc", "brand-search"),
    ("partner.example.com", "referral", "(referral)"),
    ("bing", "organic", "(organic)"),
)
_SHARES: Final = (0.44, 0.25, 0.10, 0.10, 0.04, 0.03)
_SHARED_LINKS: Final = 0.04  # of the visits without an e-mail
EMAIL_MEDIUM: Final = "email"


class Traffic:
    """Codes of sources and pages. Source codes: the fixed ones, one per shared link, one per e-mail link."""

    def __init__(self, calendar: Calendar) -> None:
        fixed = [(*row, None) for row in _FIXED]
        self.shared = [mailing for mailing in calendar.mailings if mailing.kind != "flow"]
        shared = [("instagram", "social", mailing.slug, "social_share") for mailing in self.shared]
        slugs = {section: mailing.slug for mailing in calendar.mailings for section in mailing.sections}
        emails = [
            ("smaily", EMAIL_MEDIUM, slugs[section], _content(link.href))
            for section in calendar.sections
            for link in section.links
        ]
        self.rows: list[tuple[str, str, str, str | None]] = [*fixed, *shared, *emails]
        self.first_shared = len(fixed)
        self.first_email = len(fixed) + len(shared)
        self.pages = list(PLAIN_PAGES)
        self.categories = self._extend([f"/category/{name}" for name in CATEGORIES])
        self.products = self._extend([f"/product/{name}" for name in PRODUCTS])
        self.articles = self._extend([f"/blog/{name}" for name in ARTICLES])
        advert = "?utm_source=google&utm_medium=cpc&utm_campaign=brand-search"
        self.adverts = self._extend(
            [f"{page}{advert}" for page in ("/", "/category/garden", "/category/kitchen", "/pricing")]
        )
        self.shared_pages = self._extend([shared_path(mailing.slug) for mailing in self.shared])
        self.email_pages = self._extend([link.path or "/" for link in calendar.links])
        self.page_kind = np.array([kind_of(page) for page in self.pages], dtype=np.int64)
        self.is_email = np.array([medium == EMAIL_MEDIUM for _, medium, _, _ in self.rows])

    def _extend(self, pages: list[str]) -> Ints:
        first = len(self.pages)
        self.pages += pages
        return np.arange(first, first + len(pages), dtype=np.int64)

    def draw_sources(self, rng: np.random.Generator, size: int, newest_share: int) -> Ints:
        """Sources of visits without an e-mail; `newest_share` is the number of shared links so far."""
        weights = [*_SHARES, _SHARED_LINKS if newest_share else 0.0]
        source = choose(rng, weights, size)
        is_share = source == len(_SHARES)
        # Recent newsletters are shared most.
        age = np.minimum(rng.geometric(0.4, size) - 1, max(0, newest_share - 1))
        return np.where(is_share, self.first_shared + newest_share - 1 - age, source)

    def draw_landings(self, rng: np.random.Generator, source: Ints) -> Ints:
        """Landing page of each visit: that of the e-mail or shared link, drawn otherwise."""
        size = len(source)
        some_article = self.articles[rng.integers(0, len(self.articles), size)]
        some_category = self.categories[rng.integers(0, len(self.categories), size)]
        some_product = self.products[rng.integers(0, len(self.products), size)]
        plain = choose(rng, (1.0, 0.12), size)  # home or the about page
        drawn = np.choose(
            choose(rng, (0.5, 0.18, 0.16, 0.16), size), [plain, some_article, some_category, some_product]
        )
        landing = np.where(source == FACEBOOK, some_article, drawn)
        landing = np.where(source == ADVERT, self.adverts[rng.integers(0, len(self.adverts), size)], landing)
        is_share = (source >= self.first_shared) & (source < self.first_email)
        landing[is_share] = self.shared_pages[source[is_share] - self.first_shared]
        is_email = source >= self.first_email
        landing[is_email] = self.email_pages[source[is_email] - self.first_email]
        return landing


def shared_path(slug: str) -> str:
    """Path of the page behind a newsletter's share link."""
    return f"/blog/{slug}?utm_source=instagram&utm_medium=social&utm_campaign={slug}&utm_content=social_share"


def _content(href: str) -> str:
    return href.rpartition("utm_content=")[2]
