"""The web-analytics table: one row per hit, with its identifiers and the time from which reports show it."""

from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from dagster_project.simulator.world import content
from dagster_project.simulator.world.chance import (
    DAY,
    HOUR,
    MINUTE,
    NEVER,
    Ints,
    between,
    choose,
    happens,
    spread,
)
from dagster_project.simulator.world.clock import ZONES
from dagster_project.simulator.world.codes import MICRO, MICRO_CONVERSIONS, NONE, instants, numbers, texts
from dagster_project.simulator.world.persons import DEVICE_CATEGORIES
from dagster_project.simulator.world.schema import table
from dagster_project.simulator.world.state import State
from dagster_project.simulator.world.steps import ITS_ARTICLE, ITS_CATEGORY, ITS_PRODUCT, LANDING, STEPS
from dagster_project.simulator.world.web import PURCHASE_STEP

Log: TypeAlias = dict[str, Any]

_PROVISIONAL: Final = ("(not set)", "(direct)")
_READING_TIME: Final = 30_000
_LANDING_MEANING: Final = {
    content.ABOUT: "about_page_visit",
    content.CATEGORY: "category_page_visit",
    content.PRODUCT: "product_page_visit",
    content.PRICING: "pricing_page_visit",
    content.FEATURES: "feature_page_visit",
    content.CALCULATOR: "roi_calculator_use",
}
_LANDING_VIEW = next(i for i, step in enumerate(STEPS) if step.event == "page_view")
_ENGAGEMENT = next(i for i, step in enumerate(STEPS) if step.event == "user_engagement")


def web_events(state: State) -> pa.Table:
    """All hits in chronological order."""
    rng = np.random.default_rng([state.config.seed, 1])
    visit = state.sessions.join(
        person=np.int64, start=np.int64, source=np.int32, address=np.int64, landing=np.int32, device=np.int64,
        known_from=np.int64, category=np.int16, product=np.int16, article=np.int16,
    )  # fmt: skip
    hit = state.events.join(session=np.int64, step=np.int16, at=np.int64)
    order = np.argsort(hit["at"], kind="stable")
    session, step, at = (hit[name][order] for name in ("session", "step", "at"))
    person = visit["person"][session]
    has_ids = state.population.has_consent[person]
    source = visit["source"][session]
    engagement = np.where(
        step == _ENGAGEMENT, np.clip(spread(rng, 24_000, 0.9, len(step)), 1_000, 900_000), NONE
    )
    is_purchase = step == PURCHASE_STEP
    revenue = np.where(
        is_purchase, np.maximum(20.0, np.round(62 * np.exp(0.6 * rng.standard_normal(len(step))), 2)), 0
    )
    visible, settled, provisional = _lateness(rng, session, at, len(visit["start"]))
    rows = state.traffic.rows
    return table(
        "web_events",
        {
            "event_no": np.arange(1, len(step) + 1),
            "at": instants(at),
            "person_id": person + 1,
            "client_id": texts(
                state.population.clients,
                np.where(has_ids, state.population.device_client[visit["device"]][session], NONE),
            ),
            "ga_session_id": _session_ids(visit["start"], session, has_ids),
            "contact_key": texts(state.addresses.key, _known_address(visit, session, step, at, has_ids)),
            "event_name": _constant(step, "event"),
            "page": texts(state.traffic.pages, _pages(state, visit, session, step)),
            "device_category": texts(
                DEVICE_CATEGORIES, state.population.device_category[visit["device"]][session]
            ),
            "country": texts([country for _, country, _ in ZONES], state.population.zone[person]),
            "session_source": texts([row[0] for row in rows], source),
            "session_medium": texts([row[1] for row in rows], source),
            "session_campaign": texts([row[2] for row in rows], source),
            "session_content": _contents(rows, source),
            "transaction_id": _transactions(is_purchase),
            "revenue": pa.array(revenue, mask=~is_purchase),
            "link_url": _constant(step, "link_url"),
            "file_name": _constant(step, "file_name"),
            "video_title": _constant(step, "video_title"),
            "method": _constant(step, "method"),
            "form_id": _constant(step, "form_id"),
            "engagement_ms": numbers(engagement),
            "visible_at": instants(visible),
            "duplicate_count": np.where(happens(rng, 0.004, len(step)), 2, 1),
            "provisional_campaign": texts(_PROVISIONAL, provisional),
            "settled_at": instants(settled),
            "micro_conversion": texts(MICRO_CONVERSIONS, _meaning(state, visit, session, step, engagement)),
            "is_macro": is_purchase,
        },
    )


def _constant(step: Ints, name: str) -> pa.Array:
    """A property that depends on the step only."""
    values = [getattr(item, name) for item in STEPS]
    words = sorted({value for value in values if value is not None})
    code = np.array([NONE if value is None else words.index(value) for value in values])
    return texts(words, code[step])


def _session_ids(start: Ints, session: Ints, has_ids: Any) -> pa.Array:
    seconds = pa.array(start // 1_000).cast(pa.string())
    indices = pa.array(session.astype(np.int32), mask=~has_ids)
    return pa.DictionaryArray.from_arrays(indices, seconds).dictionary_decode()


def _known_address(visit: Log, session: Ints, step: Ints, at: Ints, has_ids: Any) -> Ints:
    """A landing from an e-mail identifies the recipient; log-in, sign-up and purchase the visitor."""
    landed = np.where(step <= _LANDING_VIEW, visit["address"][session], NONE)
    is_identified = at >= visit["known_from"][session]
    return np.where(has_ids, np.where(is_identified, visit["person"][session], landed), NONE)


def _pages(state: State, visit: Log, session: Ints, step: Ints) -> Ints:
    traffic = state.traffic
    fixed = {page: code for code, page in reversed(list(enumerate(traffic.pages)))}
    plain = np.array([fixed.get(item.page, NONE) for item in STEPS])
    page = plain[step]
    landing = visit["landing"][session]
    landing_kind = traffic.page_kind[landing]
    for name, kind, pages in (
        (ITS_CATEGORY, content.CATEGORY, traffic.categories),
        (ITS_PRODUCT, content.PRODUCT, traffic.products),
        (ITS_ARTICLE, content.BLOG, traffic.articles),
    ):
        here = np.array([item.page == name for item in STEPS])[step]
        column = {ITS_CATEGORY: "category", ITS_PRODUCT: "product", ITS_ARTICLE: "article"}[name]
        drawn = pages[visit[column][session]]
        page = np.where(here, np.where(landing_kind == kind, landing, drawn), page)
    # A landing page keeps its query while the visitor stays on it.
    without_query = np.array([fixed.get(page.partition("?")[0], NONE) for page in traffic.pages])[landing]
    page = np.where((page == without_query) & (page != NONE), landing, page)
    at_landing = np.array([item.page == LANDING for item in STEPS])[step]
    return np.where(at_landing, landing, page)


def _meaning(state: State, visit: Log, session: Ints, step: Ints, engagement: Ints) -> Ints:
    """The most specific catalogue key of each hit."""
    meaning = np.array([NONE if item.micro is None else MICRO[item.micro] for item in STEPS])[step]
    kind = state.traffic.page_kind[visit["landing"][session]]
    is_email = state.traffic.is_email[visit["source"][session]]
    by_kind = np.full(int(state.traffic.page_kind.max()) + 1, NONE)
    for page_kind, key in _LANDING_MEANING.items():
        by_kind[page_kind] = MICRO[key]
    landed = by_kind[kind]
    from_email = np.where(kind == content.REWARDS, MICRO["rewards_page_visit"], MICRO["landing_page_visit"])
    landed = np.where((landed == NONE) & is_email, from_email, landed)
    meaning = np.where(step == _LANDING_VIEW, landed, meaning)
    reads = (step == _ENGAGEMENT) & is_email & (engagement >= _READING_TIME)
    return np.where(reads, MICRO["content_reading_time"], meaning)


def _lateness(rng: np.random.Generator, session: Ints, at: Ints, visits: int) -> tuple[Ints, Ints, Ints]:
    """When a row becomes visible, and until when its visit's campaign is reported wrongly."""
    n = len(at)
    speed = choose(rng, (0.93, 0.06, 0.01), n)
    wait = np.choose(
        speed,
        [
            between(rng, 30 * MINUTE, 4 * HOUR, n),
            between(rng, 4 * HOUR, DAY, n),
            between(rng, DAY, 2 * DAY, n),
        ],
    )
    restated = happens(rng, 0.03, visits)
    settles = between(rng, 20 * HOUR, 60 * HOUR, visits)
    wrong = np.where(restated, rng.integers(0, len(_PROVISIONAL), visits), NONE)
    settled = np.where(restated[session], at + settles[session], NEVER)
    return at + wait, settled, wrong[session]


def _contents(rows: Any, source: Ints) -> pa.Array:
    words = sorted({row[3] for row in rows if row[3]})
    code = np.array([words.index(row[3]) if row[3] else NONE for row in rows])
    return texts(words, code[source])


def _transactions(is_purchase: Any) -> pa.Array:
    number = np.cumsum(is_purchase)
    words = [f"T{100_000 + index}" for index in range(1, int(is_purchase.sum()) + 1)]
    return texts(words, np.where(is_purchase, number - 1, NONE))
