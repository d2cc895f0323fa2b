"""The statistics of a campaign or of an A/B test's section, counted from the action log."""

from datetime import datetime
from typing import Any, Final

from dagster_project.simulator.cache import Cache
from dagster_project.simulator.database import Database, local_text
from dagster_project.simulator.smaily.account import SmailyOptions
from dagster_project.simulator.smaily.sendings import Sending, format_id, ids_of, local_time, template

ADDRESSES_PAGE: Final = 10_000

# Machine opens and scanner clicks are in the vendor's counts: it does not filter them.
_COUNTS: Final = """
select
    campaign_id,
    section_id,
    count(*) filter (where action = 'send') as total_count,
    count(*) filter (where action = 'bounce') as bounce_count,
    count(*) filter (where action = 'click') as click_count,
    count(distinct email) filter (where action = 'click') as unique_click_count,
    count(*) filter (where action = 'view') as view_count,
    count(distinct email) filter (where action = 'view') as unique_view_count,
    count(distinct email) filter (where action in ('click', 'view')) as opened_count,
    count(distinct email) filter (where action = 'optout') as unsubscribe_count,
    count(distinct email) filter (where action = 'complaint') as complaint_count
from action_log
where "at" <= $now and campaign_id is not null
group by campaign_id, section_id
"""

# `opens` includes clicks; a link has the time of its first visit only.
_ADDRESSES: Final = f"""
with acts as (
    select * from action_log where "at" <= $now and campaign_id = $campaign and section_id = $section
),

links as (
    select email, value as href, min("at") as visit_at, count(*) as visits
    from acts
    where action = 'click'
    group by email, value
),

link_lists as (
    select
        email,
        list(
            {{'href': href, 'visit_at': {local_text("visit_at")}, 'count': visits}} order by visit_at, href
        ) as links
    from links
    group by email
),

addresses as (
    select
        email,
        min("at") filter (where action = 'send') as sent_at,
        count(*) filter (where action in ('click', 'view')) as opens,
        count(*) filter (where action = 'click') as clicks
    from acts
    group by email
    having sent_at is not null
)

select to_json({{
    'email': addresses.email,
    'sent_at': {local_text("addresses.sent_at")},
    'opens': addresses.opens,
    'clicks': addresses.clicks,
    'links': coalesce(link_lists.links, [])
}})::varchar || ',' as record
from addresses
left join link_lists using (email)
order by addresses.email
limit $limit offset $skip
"""


class Statistics:
    """Counts of every section as of an instant, computed once per instant."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Cache[dict[tuple[int, int], dict[str, int]]] = Cache(4)
        self._forwards = {row["campaign_id"]: row["forward_count"] for row in database.rows("from forwards")}

    def of_section(
        self, sending: Sending, position: int, now: datetime, options: SmailyOptions
    ) -> dict[str, Any]:
        """The object that `campaign.php?id=` and `split.php?id=` return."""
        section, ids = sending.sections[position], ids_of(sending.fields["kind"], options.smaily_ids)
        counts = self._counts(now, lambda: self._count(now)).get((sending.id, section["section_id"]), {})
        total, bounces = counts.get("total_count", 0), counts.get("bounce_count", 0)
        delivered = total - bounces
        completed = sending.fields["completed_at"]
        # Forwards of an A/B test are counted for the whole test; the first section has them.
        forwards = self._forwards.get(sending.id, 0) if position == 0 and total else 0
        numbers = {
            name: counts.get(name, 0)
            for name in (
                "click_count",
                "unique_click_count",
                "view_count",
                "unique_view_count",
                "opened_count",
            )
        }
        return {
            "id": format_id(sending.id, ids),
            "name": _section_name(sending, section, options.smaily_sections),
            "from": {"name": "Simulator shop", "email": "news@shop.example.com"},
            "reply_to": "news@shop.example.com",
            "subject": section["subject"],
            "template": template(section, ids),
            "google_analytics_tracking": {
                "utm_source": "smaily",
                "utm_medium": "email",
                "utm_campaign": sending.fields["slug"],
            },
            "status": sending.status(now),
            "created_at": local_time(sending.fields["created_at"]),
            "completed_at": local_time(completed) if completed and completed <= now else None,
            "total_count": total,
            "delivered_count": delivered,
            "bounce_count": bounces,
            **numbers,
            "click_percent": _percent(numbers["unique_click_count"], delivered),
            "view_percent": _percent(numbers["unique_view_count"], delivered),
            "opened_percent": _percent(numbers["opened_count"], delivered),
            "unsubscribe_count": counts.get("unsubscribe_count", 0),
            "complaint_count": counts.get("complaint_count", 0),
            "forward_count": forwards,
        }

    def addresses(self, sending: Sending, position: int, now: datetime, limit: int, page: int) -> bytes:
        """The recipients of a section as JSON, joined by commas; `page` counts pages from 0."""
        limit = min(limit or ADDRESSES_PAGE, ADDRESSES_PAGE)
        parameters = {
            "now": now,
            "campaign": sending.id,
            "section": sending.sections[position]["section_id"],
            "limit": limit,
            "skip": page * limit,
        }
        rendered = self._database.render(_ADDRESSES, parameters)
        return rendered.between(0, len(rendered))

    def _count(self, now: datetime) -> dict[tuple[int, int], dict[str, int]]:
        rows = self._database.rows(_COUNTS, {"now": now})
        return {(row.pop("campaign_id"), row.pop("section_id")): row for row in rows}


def _section_name(sending: Sending, section: dict[str, Any], whose: str) -> str:
    """The variant's name, which the action log has too, or that of the whole A/B test, or the subject."""
    names = {"test": sending.fields["name"], "subject": section["subject"]}
    is_test = sending.fields["kind"] == "ab_test"
    return str(names.get(whose, section["campaign_name"]) if is_test else section["campaign_name"])


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0
