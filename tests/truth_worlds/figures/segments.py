"""Current members of segments against who truly is one, by what persons did and sources can show.

Each segment is stated again here, in a plain loop over a person's true acts, and knows no seed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

import duckdb

from dagster_project.simulator.journey_truth import stage_of
from tests.truth_worlds.outcome import Outcome

# Shares of members who truly are one, and of true ones who are found, at least.
LEAST = 0.95
# Of fewer one person decides.
FEWEST = 20
ACTS = """
    select person_id, epoch(now::timestamp) / 86400 - epoch(instant) / 86400 as age, name, detail
    from (
        select person_id, "at"::timestamp as instant, micro_conversion as name, null as detail
        from truth.micro_conversions where has_ids
        union all
        select person_id, "at"::timestamp, 'order', revenue::varchar from truth.macro_conversions
        where has_ids
        union all
        select person_id, started_at::timestamp, 'visit', null from truth.sessions where not is_opens_only
        union all
        select actor_person_id, min("at")::timestamp, 'human_click', null from world.email_actions
        where action = 'click' and not is_machine and not is_forwarded
        group by actor_person_id, email, section_id
        union all
        select person_id, "at"::timestamp, 'delivery', null from world.email_actions as sent
        where action = 'send' and not exists (
            select 1 from world.email_actions as bounced
            where action = 'bounce' and bounced.email = sent.email and bounced.section_id = sent.section_id
        )
        union all
        -- Google starts a session at every campaign; a visit lasts until half an hour without an act.
        select hits.person_id, min(hits."at")::timestamp, 'topic',
            regexp_extract(hits.page, '^/(category|product)/([a-z]+)', 2)
        from world.web_events as hits
        inner join truth.sessions on hits.person_id = sessions.person_id
            and hits."at" between sessions.started_at and sessions.ended_at
        where hits.client_id is not null
            and hits.micro_conversion in ('product_page_visit', 'category_page_visit')
        group by hits.person_id, sessions.started_at, 4
    ) cross join (select ?::timestamp as now)
    where instant <= now
    order by person_id, age desc
"""


@dataclass
class Person:
    """Ages in days of what a person did, by name and from the oldest on, as of one instant."""

    ages: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    topics: list[tuple[str, float]] = field(default_factory=list)
    spent: list[tuple[float, float]] = field(default_factory=list)

    def count(self, *names: str, within: float = float("inf")) -> int:
        return sum(age < within for name in names for age in self.ages.get(name, ()))

    def last(self, *names: str) -> float:
        return min((age for name in names for age in self.ages.get(name, ())), default=float("inf"))

    def left(self, name: str, ends: Sequence[str], wait: float, stay: float) -> bool:
        """Whether an act, `wait` days ago or up to `stay` longer, was followed by none of `ends`."""
        end = self.last(*ends)
        return any(wait <= age < wait + stay and end > age for age in self.ages.get(name, ()))

    def first(self, name: str) -> float:
        return max(self.ages.get(name, ()), default=-1.0)


ACTIVITY = ("visit", "human_click", "order")
DOWNLOADS = ("resource_download", "comparison_guide_download", "case_study_download")


def _follows_a_topic(person: Person) -> bool:
    visits = Counter(topic for topic, age in person.topics if topic and age < 60)
    return max(visits.values(), default=0) >= 3


def _stalls(person: Person) -> bool:
    decided = ["order", *(name for name in person.ages if stage_of(name) == "decision")]
    return person.left("pricing_page_visit", decided, 0, 14)


def _abandons(person: Person) -> bool:
    """A cart begins with what is added more than eight days after the last addition, or after an order."""
    since_order = [age for age in person.ages.get("cart_add", ()) if age < person.last("order")]
    return any(
        1 <= age < 31
        for age, before in zip(since_order, [float("inf"), *since_order], strict=False)
        if before - age > 8
    )


def _clicked_only(person: Person) -> bool:
    since_order = [age for age in person.ages.get("human_click", ()) if age < person.last("order")]
    return max(since_order, default=0) >= 7


MEMBERS: dict[str, Callable[[Person], bool]] = {
    "active": lambda person: person.last(*ACTIVITY) < 30,
    "cooling": lambda person: 30 <= person.last(*ACTIVITY) < 90,
    "never_active": lambda person: not person.count(*ACTIVITY) and bool(person.count("delivery")),
    "prospects": lambda person: not person.count("order"),
    "new_customers": lambda person: person.count("order") == 1 and person.last("order") < 30,
    "repeat_customers": lambda person: person.count("order") > 1 and person.last("order") < 90,
    "one_time_customers": lambda person: person.count("order") == 1 and 30 <= person.last("order") < 180,
    "frequent_shoppers": lambda person: person.count("order", within=180) >= 3,
    "new_subscribers": lambda person: (
        bool(person.count("newsletter_signup", within=14)) and not person.count("order")
    ),
    "new_subscribers_inactive": lambda person: person.left(
        "newsletter_signup", ["welcome_email_click"], 14, 30
    ),
    "abandoned_cart": _abandons,
    "product_browsers": lambda person: person.left("product_page_visit", ["cart_add", "order"], 1, 14),
    "recent_downloaders": lambda person: any(
        person.left(name, ["survey_completion"], 0, 7) for name in DOWNLOADS
    ),
    "consideration_stalled": _stalls,
    "clickers_without_conversion": _clicked_only,
    "product_interest": _follows_a_topic,
}
# Of who was there before the data begin no first act is known.
OF_NEWCOMERS = {"new_customers"}


def segments(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Of persons whose every identifier became one person."""
    known = dict(
        connection.execute(
            "select segment_id, known_until from warehouse.marts.dim_segments where is_observable"
        ).fetchall()
    )
    found = defaultdict(set)
    for segment, person in connection.execute(
        "select segment_id, resolved.person_id from warehouse.marts.fct_person_segments"
        " inner join resolved using (person_key) where is_current"
    ).fetchall():
        found[segment].add(person)
    for until in sorted({known[segment] for segment in MEMBERS if segment in known}):
        acts = people(connection, ACTS, [until])
        rules = MEMBERS | _of_spenders(acts, until.day - 1 + (until.hour + until.minute / 60) / 24)
        for segment in (name for name in rules if known.get(name) == until):
            members = {person for person, of_person in acts.items() if rules[segment](of_person)}
            considered = resolved(connection)
            if segment in OF_NEWCOMERS:
                considered &= _newcomers(connection)
            yield from shares(segment, found[segment] & considered, members & considered)


def people(connection: duckdb.DuckDBPyConnection, query: str, values: object) -> dict[int, Person]:
    """Persons by the acts that a query like ACTS selects."""
    found: dict[int, Person] = defaultdict(Person)
    for person, age, name, detail in connection.execute(query, values).fetchall():
        if name == "topic":
            found[person].topics.append((detail, age))
            continue
        found[person].ages[name].append(age)
        if name == "order":
            found[person].spent.append((age, float(detail)))
    return found


def _of_spenders(people: dict[int, Person], month: float) -> dict[str, Callable[[Person], bool]]:
    """Segments with a threshold from before the month, which began so many days ago."""
    before = sorted(
        sum(amount for age, amount in person.spent if age > month)
        for person in people.values()
        if any(age > month for age, _ in person.spent)
    )

    def threshold(share: float) -> float:
        return before[ceil(share * len(before)) - 1] if len(before) >= FEWEST else float("inf")

    def spent(person: Person) -> float:
        return sum(amount for _, amount in person.spent)

    top, upper = threshold(0.9), threshold(0.8)
    return {
        "big_spenders": lambda person: spent(person) > top - 0.001,
        "champions": lambda person: (
            person.count("order") > 1 and person.last("order") < 60 and spent(person) > upper - 0.001
        ),
    }


def resolved(connection: duckdb.DuckDBPyConnection) -> set[int]:
    return {row[0] for row in connection.execute("select person_id from resolved").fetchall()}


def _newcomers(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """Who came so long after the data begin that no one can take them for older."""
    rows = connection.execute("""
        select person_id from world.persons where created_at >= (
            select date_trunc('day', min("at")) + interval 7 day from world.email_actions
        )
    """).fetchall()
    return {row[0] for row in rows}


def shares(segment: str, found: set[int], true: set[int]) -> Iterator[Outcome]:
    both = len(found & true)
    for name, of in (("members who truly are", found), ("true members who are found", true)):
        if len(of) >= FEWEST:
            yield Outcome(f"{segment}: {name}", len(of), 1.0, both / len(of), LEAST, 1.0)


FIGURES = (segments,)
