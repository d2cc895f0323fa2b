"""Mailings (e-mails in one or two variants, with links) and the calendar of all mailings."""

from dataclasses import dataclass, field
from typing import Final

from dagster_project.simulator.world.content import SITE

# Relative frequency of human clicks on a link by its role.
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
# Roles of links that leave the shop's site: no visit follows.
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
    """All mailings; flows also by their key."""

    mailings: list[Mailing] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    flows: dict[str, Mailing] = field(default_factory=dict)

    def section(
        self,
        slug: str,
        subject: str,
        wording: str,
        paths: list[tuple[str, str]],
        variant: str | None = None,
    ) -> Section:
        """A variant with the links `(role, path)` and the three links of the footer."""
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
        section = Section(len(self.sections), variant, subject, wording, len(paths), tuple(links))
        self.links += links
        self.sections.append(section)
        return section

    def add(self, mailing: Mailing) -> Mailing:
        self.mailings.append(mailing)
        return mailing
