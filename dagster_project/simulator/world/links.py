"""Links of the e-mails, the short links behind some of them, and the clicks that the shortener counts."""

from typing import Final

import numpy as np
import pyarrow as pa

from dagster_project.simulator.world.chance import DAY, HOUR, Columns, Ints, between, choose, happens, spread
from dagster_project.simulator.world.clock import ZONES
from dagster_project.simulator.world.codes import CLICK, instants, texts
from dagster_project.simulator.world.content import SITE
from dagster_project.simulator.world.mail_tables import FIRST_CAMPAIGN_ID, FIRST_LINK_ID, FIRST_SECTION_ID
from dagster_project.simulator.world.mailings import Mailing
from dagster_project.simulator.world.persons import DEVICE_CATEGORIES
from dagster_project.simulator.world.schema import TEXTS, table
from dagster_project.simulator.world.state import State
from dagster_project.simulator.world.traffic import shared_path

_REFERRERS: Final = ("direct", "Instagram", "https://www.facebook.com/", "http://t.co/", "Bitly QR Code")
_DEVICES: Final = ("Mobile", "Desktop", "Tablet")
_CITIES: Final = ("Tallinn", "Helsinki", "Riga", "Berlin", "London", "New York")
_COUNTRIES: Final = tuple(country for _, country, _ in ZONES)
_SHARE, _BUTTON = 0, 1
_CUSTOM_SHARE: Final = 0.35  # of the clicks on a shared link that has a custom back-half


def _identifier(number: int) -> str:
    """A short link with a back-half in base 36."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    rest, text = 46_656 + number * 7_919, ""
    while rest:
        rest, digit = divmod(rest, 36)
        text = digits[digit] + text
    return f"bit.ly/3{text}"


def short_links(state: State) -> dict[tuple[int, int], str]:
    """Short links by (mailing, target): a share link for all but flows, a button link for newsletters."""
    dated = [mailing for mailing in state.calendar.mailings if mailing.kind != "flow"]
    wanted = [(mailing.index, _SHARE) for mailing in dated]
    wanted += [
        (mailing.index, _BUTTON)
        for mailing in dated
        if "newsletter" in mailing.tags and mailing.kind == "campaign"
    ]
    return {key: _identifier(number) for number, key in enumerate(sorted(wanted))}


def _custom(mailing: Mailing) -> list[str]:
    return [f"go.example.com/{mailing.slug}"] if mailing.index % 5 == 0 else []


def tables(state: State) -> dict[str, pa.Table]:
    """The tables `links`, `bitlinks` and `bitlink_clicks`."""
    short = short_links(state)
    return {
        "links": _links(state, short),
        "bitlinks": _bitlinks(state, short),
        "bitlink_clicks": _clicks(state, short),
    }


def _button(mailing: Mailing) -> int:
    return mailing.sections[0].links[0].index


def _links(state: State, short: dict[tuple[int, int], str]) -> pa.Table:
    rows = [
        (mailing, section, link)
        for mailing in state.calendar.mailings
        for section in mailing.sections
        for link in section.links
    ]
    rows.sort(key=lambda row: row[2].index)

    def bitlink(mailing: Mailing, link: int, role: str) -> str | None:
        if role == "social_share":
            return short.get((mailing.index, _SHARE))
        return short.get((mailing.index, _BUTTON)) if link == _button(mailing) else None

    return table(
        "links",
        {
            "link_id": [FIRST_LINK_ID + link.index for _, _, link in rows],
            "campaign_id": [FIRST_CAMPAIGN_ID + mailing.index for mailing, _, _ in rows],
            "section_id": [FIRST_SECTION_ID + section.index for _, section, _ in rows],
            "href": [link.href for _, _, link in rows],
            "role": [link.role for _, _, link in rows],
            "bitlink": [bitlink(mailing, link.index, link.role) for mailing, _, link in rows],
        },
    )


def _bitlinks(state: State, short: dict[tuple[int, int], str]) -> pa.Table:
    mailings = state.calendar.mailings
    keys = sorted(short)
    long_urls = [
        SITE + shared_path(mailings[index].slug)
        if what == _SHARE
        else state.calendar.links[_button(mailings[index])].href
        for index, what in keys
    ]
    return table(
        "bitlinks",
        {
            "id": [short[key] for key in keys],
            "long_url": long_urls,
            "title": [f"{mailings[index].name}: {('share', 'button')[what]}" for index, what in keys],
            "tags": pa.array(
                [[*mailings[index].tags, ("share", "button")[what]] for index, what in keys], TEXTS
            ),
            "created_at": instants([mailings[index].created + HOUR for index, _ in keys]),
            "archived": [position % 9 == 8 for position in range(len(keys))],
            "custom_bitlinks": pa.array(
                [_custom(mailings[index]) if what == _SHARE else [] for index, what in keys], TEXTS
            ),
            "campaign_id": [FIRST_CAMPAIGN_ID + index for index, _ in keys],
            "is_deleted": [position == len(keys) - 2 for position in range(len(keys))],
        },
    )


def _clicks(state: State, short: dict[tuple[int, int], str]) -> pa.Table:
    """Clicks on buttons in e-mails, visits through shared links, and clicks of people outside the world."""
    rng = np.random.default_rng([state.config.seed, 2])
    code = {key: number for number, key in enumerate(sorted(short))}
    customs = [custom for mailing in state.traffic.shared for custom in _custom(mailing)]
    identifiers = [short[key] for key in sorted(short)] + customs
    clicks = Columns()
    _from_emails(state, code, clicks, rng)
    _from_visits(state, code, clicks, rng)
    _from_strangers(state, code, clicks, rng)
    rows = clicks.join(link=np.int64, at=np.int64, zone=np.int64, referrer=np.int64, device=np.int64)
    for mailing in state.traffic.shared:
        for custom in _custom(mailing):
            is_custom = (rows["link"] == code[mailing.index, _SHARE]) & happens(
                rng, _CUSTOM_SHARE, len(rows["at"])
            )
            rows["link"][is_custom] = identifiers.index(custom)
    inside = np.flatnonzero(rows["at"] < state.clock.end)
    order = inside[np.argsort(rows["at"][inside], kind="stable")]
    rows = {name: column[order] for name, column in rows.items()}
    return table(
        "bitlink_clicks",
        {
            "id": texts(identifiers, rows["link"]),
            "at": instants(rows["at"] // 1_000 * 1_000),
            "country": texts(_COUNTRIES, rows["zone"]),
            "referrer": texts(_REFERRERS, rows["referrer"]),
            "device_type": texts(_DEVICES, rows["device"]),
            "city": texts(_CITIES, rows["zone"]),
        },
    )


def _from_emails(
    state: State, code: dict[tuple[int, int], int], clicks: Columns, rng: np.random.Generator
) -> None:
    """Every click on a shortened button passes the shortener, including those of machines."""
    by_link = np.full(len(state.calendar.links), -1)
    for mailing in state.calendar.mailings:
        if (mailing.index, _BUTTON) in code:
            by_link[_button(mailing)] = code[mailing.index, _BUTTON]
    log = state.actions.join(at=np.int64, address=np.int64, action=np.int8, link=np.int32)
    chosen = np.flatnonzero((log["action"] == CLICK) & (log["link"] >= 0))
    chosen = chosen[by_link[log["link"][chosen]] >= 0]
    n = len(chosen)
    clicks.add(
        n,
        link=by_link[log["link"][chosen]],
        at=log["at"][chosen],
        zone=state.population.zone[state.addresses.person[log["address"][chosen]]],
        referrer=0,
        device=choose(rng, (0.56, 0.40, 0.04), n),
    )


def _from_visits(
    state: State, code: dict[tuple[int, int], int], clicks: Columns, rng: np.random.Generator
) -> None:
    visit = state.sessions.join(person=np.int64, start=np.int64, source=np.int32, device=np.int64)
    number = visit["source"] - state.traffic.first_shared
    chosen = np.flatnonzero((number >= 0) & (number < len(state.traffic.shared)))
    by_number = np.array([code[mailing.index, _SHARE] for mailing in state.traffic.shared] or [0])
    category = state.population.device_category[visit["device"][chosen]]
    assert len(DEVICE_CATEGORIES) == len(_DEVICES)
    clicks.add(
        len(chosen),
        link=by_number[number[chosen]],
        at=visit["start"][chosen] - between(rng, 300, 3_000, len(chosen)),
        zone=state.population.zone[visit["person"][chosen]],
        referrer=1,
        device=category,
    )


def _from_strangers(
    state: State, code: dict[tuple[int, int], int], clicks: Columns, rng: np.random.Generator
) -> None:
    """Clicks of people outside the world, proportional to the list, mostly within days of the mailing."""
    for mailing in state.traffic.shared:
        n = int(rng.poisson(4 + 0.004 * len(state.population)))
        at: Ints = mailing.completed + spread(rng, DAY, 1.2, n)
        clicks.add(
            n,
            link=code[mailing.index, _SHARE],
            at=at,
            zone=choose(rng, (0.5, 0.12, 0.1, 0.1, 0.1, 0.08), n),
            referrer=choose(rng, (0.25, 0.35, 0.25, 0.1, 0.05), n),
            device=choose(rng, (0.7, 0.26, 0.04), n),
        )
