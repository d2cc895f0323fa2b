"""Reviews of the world's buyers, and the business unit's public totals, as of an instant.

Who writes what is decided by digests of the world's own numbers, so that the world stays what it was before
this vendor was there. Who clicked on the invitation writes more often; some write unasked.
"""

from typing import Any, Final

from dagster_project.simulator.database import Database
from dagster_project.simulator.trustpilot.account import DOMAIN, UNIT

TABLE: Final = "trustpilot_reviews"


def _chance(what: str) -> str:
    """SQL of a number from 0 to 1 that follows from `number`."""
    return f"(('0x' || left(md5('{what}' || number), 7))::bigint / 268435456.0)"


# One row per review: with the stars before and after an edit, and when it was taken down.
_REVIEWS: Final = f"""
create table {TABLE} as
with invitations as (
    select actions.seq_id as number, actions.person_id, actions.email, actions."at" as sent_at
    from email_actions as actions
    semi join (select campaign_id from campaigns where list_contains(tags, 'review_request')) as requests
        on actions.campaign_id = requests.campaign_id
    where actions.action = 'send'
),

clicks as (
    select actions.person_id, min(actions."at") as clicked_at
    from email_actions as actions
    semi join (select campaign_id from campaigns where list_contains(tags, 'review_request')) as requests
        on actions.campaign_id = requests.campaign_id
    where actions.action = 'click' and not actions.is_machine
    group by all
),

purchases as (
    select event_no, person_id, "at", transaction_id from web_events
    where event_name = 'purchase' and transaction_id is not null
),

invited as (
    select
        invitations.number, invitations.person_id, invitations.email, purchases.transaction_id,
        coalesce(clicked_at, sent_at + interval 20 hour)
        + to_minutes(({_chance("delay")} * 600)::int) as "at",
        {_chance("stars")} as mood, 'invited' as kind
    from invitations
    asof join purchases
        on invitations.person_id = purchases.person_id
        and invitations.sent_at - interval 6 day >= purchases."at"
    left join clicks
        on invitations.person_id = clicks.person_id and clicks.clicked_at >= invitations.sent_at
    where {_chance("writes")} < case when clicked_at is null then 0.06 else 0.7 end
),

organic as (
    select
        event_no as number, person_id, null::varchar as email, null::varchar as transaction_id,
        "at" + interval 9 day + to_minutes(({_chance("delay")} * 6000)::int) as "at",
        {_chance("stars")} * 0.75 + 0.25 as mood, 'organic' as kind
    from (select *, event_no as number from purchases)
    where {_chance("unasked")} < 0.05
),

numbered as (
    select *, row_number() over (order by "at", kind, number) as place
    from (from invited union all from organic)
)

select
    place,
    left(md5('review' || kind || number), 24) as id,
    person_id,
    kind,
    date_trunc('second', "at") as created_at,
    case
        when mood < 0.6 then 5 when mood < 0.8 then 4 when mood < 0.88 then 3 when mood < 0.94 then 2 else 1
    end as stars,
    -- A few are edited after three days, some taken down after five.
    case when place % 9 = 4 then date_trunc('second', "at") + interval 3 day end as edited_at,
    case when mood < 0.6 then 3 else 5 end as edited_stars,
    case when place % 11 = 5 then date_trunc('second', "at") + interval 5 day end as removed_at,
    case when place % 7 = 3 then null else email end as referral_email,
    case
        when kind = 'invited' and place % 13 = 6 then 'unknown-' || place else transaction_id
    end as reference_id,
    transaction_id,
    case
        when kind = 'organic' then 'Organic' when place % 7 = 3 then 'BasicLink' else 'AFSv2'
    end as source
from numbered
"""

# As of an instant.
STATE: Final = f"""
select
    *,
    edited_at is not null and edited_at <= $now as is_edited,
    removed_at is not null and removed_at <= $now as is_removed,
    case when edited_at is not null and edited_at <= $now then edited_stars else stars end as stars_now
from {TABLE}
where created_at <= $now
"""
TIMES: Final = {
    "zulu": "%Y-%m-%dT%H:%M:%SZ",
    "naive": "%Y-%m-%dT%H:%M:%S",
    "milliseconds": "%Y-%m-%dT%H:%M:%S.000Z",
}
ORDERS: Final = {
    "createdat.desc": "created_at desc, place desc",
    "createdat.asc": "created_at, place",
    "stars.asc": "stars_now, place",
    "stars.desc": "stars_now desc, place",
}


def create(database: Database) -> None:
    """Create the table of reviews from the world's."""
    database.execute(_REVIEWS)


def as_served(row: dict[str, Any], times: str) -> dict[str, Any]:
    """A review as Trustpilot writes it on the private endpoint."""

    def written(at: Any) -> str | None:
        return at.strftime(TIMES[times]) if at is not None else None

    is_invited = row["kind"] == "invited"
    return {
        "links": [],
        "id": row["id"],
        "stars": row["stars_now"],
        "title": "My order",
        "text": "As promised." if row["stars_now"] > 3 else "Not what I had hoped for.",
        "language": "en",
        "createdAt": written(row["created_at"]),
        "experiencedAt": written(row["created_at"]),
        "updatedAt": written(row["edited_at"]) if row["is_edited"] else None,
        "consumer": {
            "id": row["id"][::-1],
            "displayName": "A customer",
            "displayLocation": None,
            "numberOfReviews": 1,
            "links": [],
        },
        "businessUnit": {"id": UNIT, "identifyingName": DOMAIN, "displayName": "Shop", "links": []},
        "location": None,
        "referralEmail": row["referral_email"],
        "referenceId": row["reference_id"],
        "source": row["source"],
        "companyReply": None,
        "tags": [],
        "findReviewer": {"isEligible": False, "requests": []},
        "isVerified": is_invited,
        "numberOfLikes": 0,
        "status": "deleted" if row["is_removed"] else "active",
        "reportData": None,
        "complianceLabels": [],
        "countsTowardsTrustScore": not row["is_removed"],
        "countsTowardsLocationTrustScore": None,
        "invitation": {"businessUnitId": UNIT} if is_invited else None,
        "businessUnitHistory": [],
        "reviewVerificationLevel": "verified" if is_invited else "not-verified",
    }


def unit_as_served(counts: dict[int, int]) -> dict[str, Any]:
    """The business unit with its totals by stars."""
    total = sum(counts.values())
    average = sum(stars * count for stars, count in counts.items()) / total if total else 0.0
    names = ("oneStar", "twoStars", "threeStars", "fourStars", "fiveStars")
    return {
        "id": UNIT,
        "displayName": "Shop",
        "name": {"identifying": DOMAIN, "referring": [DOMAIN]},
        "websiteUrl": f"https://{DOMAIN}",
        "country": "EE",
        "numberOfReviews": {
            "total": total,
            "usedForTrustScoreCalculation": total,
            **{name: counts.get(stars, 0) for stars, name in enumerate(names, 1)},
        },
        "status": "active",
        "score": {"stars": round(average * 2) / 2, "trustScore": round(average, 1)},
        "badFit": False,
        "links": [],
    }
