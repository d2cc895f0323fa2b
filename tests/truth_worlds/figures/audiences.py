"""The audience of each action against who truly is in the behaviour that its rule names and may be mailed.

Behaviours are stated again here or in `segments`, in a plain loop over true acts, and know no seed.
"""

from collections.abc import Callable, Iterator

import duckdb

from tests.truth_worlds.catalogue import counts_as
from tests.truth_worlds.figures.segments import ACTS, MEMBERS, Person, people, resolved, shares
from tests.truth_worlds.outcome import Outcome

# What the acts of segments lack: e-mails by whether they are read, visits from e-mails, exits, occasions.
FURTHER_ACTS = """
    select person_id, epoch(now::timestamp) / 86400 - epoch(instant) / 86400 as age, name, null as detail
    from (
        -- Two addresses of one person are one recipient. Nothing is seen of whom Apple's proxy opens for, and
        -- of who clicks and loads no images.
        select sent.person_id, min(sent."at")::timestamp as instant, 'observable_delivery' as name
        from world.email_actions as sent
        inner join world.persons using (person_id)
        where sent.action = 'send' and not uses_apple_mpp and not exists (
            select 1 from world.email_actions as bounced
            where bounced.action = 'bounce' and bounced.email = sent.email
                and bounced.section_id = sent.section_id and bounced."at" >= sent."at"
                and bounced."at" < sent."at" + interval 1 hour
        ) and sent.person_id not in (
            select actor_person_id from world.email_actions
            where action in ('view', 'click') and not is_machine and actor_person_id is not null
            group by actor_person_id having bool_and(action = 'click')
        )
        group by sent.person_id, sent.section_id, date_trunc('day', sent."at")
        union all
        select person_id, "at"::timestamp, 'bounce' from world.email_actions where action = 'bounce'
        union all
        select person_id, "at"::timestamp, 'exit' from world.email_actions
        where action in ('optout', 'complaint') or (action = 'bounce' and value like '5%')
        union all
        select person_id, "at"::timestamp, 'refusal' from others.refusals
        union all
        -- An e-mail that is opened again is no other one.
        select actor_person_id, min("at")::timestamp, 'human_open' from world.email_actions
        where action = 'view' and not is_machine and actor_person_id is not null
        group by actor_person_id, email, section_id
        union all
        select person_id, "at"::timestamp, 'category_from_email' from world.web_events
        where client_id is not null and session_medium = 'email' and micro_conversion = 'category_page_visit'
        union all
        -- What several hits of one visit report counts once.
        select hits.person_id, min(hits."at")::timestamp, 'video_visit'
        from world.web_events as hits
        inner join truth.sessions on hits.person_id = sessions.person_id
            and hits."at" between sessions.started_at and sessions.ended_at
        where hits.client_id is not null and list_contains($videos, hits.micro_conversion)
        group by hits.person_id, sessions.started_at
    ) cross join (select $now::timestamp as now)
    where instant <= now
    order by person_id, age desc
"""


def _opened_only(person: Person) -> bool:
    since_click = [age for age in person.ages.get("human_open", ()) if age < person.last("human_click")]
    return max(since_click, default=0) >= 7


def _ignores(person: Person) -> bool:
    """Five e-mails since the last that was read, the fifth a week ago."""
    read = person.last("human_open", "human_click")
    ignored = [age for age in person.ages.get("observable_delivery", ()) if age < read]
    return len(ignored) >= 5 and ignored[4] >= 7 and not person.count("bounce", within=30)


def _clicks_less(person: Person) -> bool:
    clicks, recent = person.count("human_click", within=180), person.count("human_click", within=90)
    return recent < 0.5 * (clicks - recent) and not person.count("exit")


def _prefers_videos(person: Person) -> bool:
    videos = person.count("video_visit", within=90)
    return videos >= 3 and videos >= 2 * person.count("human_click", within=90)


BEHAVIOURS: dict[str, Callable[[Person], bool]] = {
    "opened_no_click": _opened_only,
    "clicked_no_conversion": MEMBERS["clickers_without_conversion"],
    "never_opened": _ignores,
    "welcome_not_clicked": MEMBERS["new_subscribers_inactive"],
    "new_subscriber": MEMBERS["new_subscribers"],
    "cart_abandoned": MEMBERS["abandoned_cart"],
    "browsed_no_purchase": MEMBERS["product_browsers"],
    "category_drop_off": lambda person: person.left(
        "category_from_email", ["product_page_visit", "cart_add", "order"], 1, 14
    ),
    "frequent_shopper": MEMBERS["frequent_shoppers"],
    "engagement_declining": _clicks_less,
    "downloaded_resource": MEMBERS["recent_downloaders"],
    "rewards_page_no_join": lambda person: person.left("rewards_page_visit", ["loyalty_signup"], 3, 14),
    "customer_review_invitation": lambda person: (
        7 <= person.last("order") < 30 and not person.count("refusal")
    ),
    "pricing_viewed_no_step": MEMBERS["consideration_stalled"],
    "format_preference": _prefers_videos,
}
MAY_BE_MAILED = """
    with addresses as (
        select person_id, email, subscribed_at from world.persons
        union all
        select person_id, second_email, subscribed_at from world.persons where second_email is not null
    ),
    left_list as (
        select person_id from world.email_actions
        where action in ('optout', 'complaint') and "at" <= $now
        union
        select person_id from world.persons where unsubscribed_at <= $now
    ),
    bounced as (
        select email from world.email_actions where action = 'bounce' and value like '5%' and "at" <= $now
    )
    select distinct person_id
    from addresses anti join left_list using (person_id) anti join bounced using (email)
    where subscribed_at <= $now
"""


def audiences(connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Of persons whose every identifier became one person."""
    known = dict(
        connection.execute(
            "select rule_id, known_until from warehouse.staging.action_rules"
            " inner join warehouse.marts.dim_segments on segment = segment_id where is_observable"
        ).fetchall()
    )
    for rule in (rule for rule in BEHAVIOURS if rule in known):
        considered = resolved(connection) & _known(connection, known[rule])
        found = connection.execute(
            "select resolved.person_id, left_out_because from warehouse.marts.fct_audience_members"
            " inner join resolved using (person_key) where audience_id = 'action.' || ?",
            [rule],
        ).fetchall()
        true = {
            person
            for person, acts in _acts(connection, known[rule]).items()
            if person in considered and BEHAVIOURS[rule](acts)
        }
        members = {person for person, _ in found} & considered
        yield from shares(f"action.{rule}", members, true)
        allowed = {
            row[0] for row in connection.execute(MAY_BE_MAILED, {"now": known[rule]}).fetchall()
        } & considered
        mailed = {person for person, reason in found if reason is None} & considered
        yield from shares(f"action.{rule}, who may be mailed", mailed, true & allowed)


def _known(connection: duckdb.DuckDBPyConnection, until: object) -> set[int]:
    """Whose address or account a source knew; the browser of another is in no audience."""
    rows = connection.execute(
        "select person_id from truth.known_persons where known_at::timestamp <= ?", [until]
    ).fetchall()
    return {row[0] for row in rows}


def _acts(connection: duckdb.DuckDBPyConnection, until: object) -> dict[int, Person]:
    found = people(connection, ACTS, [until])
    videos = sorted(counts_as("video_view") | counts_as("image_engagement"))
    for person, further in people(connection, FURTHER_ACTS, {"now": until, "videos": videos}).items():
        found[person].ages.update(further.ages)
    return found


FIGURES = (audiences,)
