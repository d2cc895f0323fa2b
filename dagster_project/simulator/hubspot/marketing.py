"""The older API of e-mails: events, campaigns with counters, changes of subscriptions."""

import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dagster_project.simulator.cache import Cache
from dagster_project.simulator.database import Rendered
from dagster_project.simulator.hubspot.account import PORTAL
from dagster_project.simulator.hubspot.responses import invalid, json_response, not_found, raw
from dagster_project.simulator.hubspot.tables import CONFIRMATION, SUBJECTS, SURVEY
from dagster_project.simulator.simulation import Simulation

_CHUNK: Final = 50_000
_LONGEST_PAGE: Final = 1_000

_RECORDS: Final = """
    select record from hubspot_email_events
    where position >= $first and position < $first + $count order by position
"""
_SPAN: Final = """
    select coalesce(min(position), 0) as first, count(*) as events from hubspot_email_events
    where created >= $start and created <= $end and "at" <= $now
"""
_CAMPAIGNS: Final = """
    select
        campaign_id,
        coalesce(sum(n) filter (where type = 'SENT'), 0)::bigint as sent,
        max(created) as finished_at,
        map_from_entries(list((type, n))) as counts
    from (
        select campaign_id, type, max(created) as created, count(*) as n
        from hubspot_email_events where "at" <= $now group by all
    )
    group by campaign_id order by campaign_id
"""
_CHANGES: Final = """
    select epoch_ms(unsubscribed_at) as changed_at, email
    from hubspot_contacts
    where unsubscribed_at <= $now and epoch_ms(unsubscribed_at) between $start and $end
    order by all
"""
_NAMES: Final = {CONFIRMATION: "Order confirmation", SURVEY: "Survey"}
_COUNTERS: Final = {
    "sent": "SENT",
    "delivered": "DELIVERED",
    "processed": "PROCESSED",
    "open": "OPEN",
    "click": "CLICK",
    "bounce": "BOUNCE",
    "spamreport": "SPAMREPORT",
    "statuschange": "STATUSCHANGE",
}


class Marketing:
    """`/email/public/v1/…`. Offsets are opaque to clients: here they are positions."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._database = simulation.database
        self._chunks: Cache[Rendered] = Cache(64)

    def events(self, request: Request) -> Response:
        query = request.query_params
        if "campaignId" in query and "appId" not in query:
            raise invalid("campaignId must be specified together with appId")
        bounds = {
            "start": _number(query, "startTimestamp", 0),
            "end": _number(query, "endTimestamp", 2**53),
            "now": self._simulation.clock.now,
        }
        [span] = self._database.rows(_SPAN, bounds)
        limit = min(max(_number(query, "limit", 10), 1), _LONGEST_PAGE)
        start = _number(query, "offset", 0)
        shift = int(
            start > 0 and self._simulation.take_fault(request, "duplicates", "rows_change") is not None
        )
        stop = min(start + limit, span["events"])
        first = span["first"]
        self._simulation.records_served += max(0, stop - start + shift)
        body = self._between(first + start - shift, first + stop)
        more = b"true" if stop < span["events"] else b"false"
        return raw(b'{"hasMore":%s,"offset":"%d","events":[%s]}' % (more, stop, body))

    def campaigns(self, request: Request) -> Response:
        found = [
            {
                "id": row["campaign_id"],
                "appId": 20053,
                "appName": "Batch",
                "lastUpdatedTime": row["finished_at"],
            }
            for row in self._campaign_rows()
        ]
        start = _number(request.query_params, "offset", 0)
        stop = start + min(max(_number(request.query_params, "limit", 10), 1), _LONGEST_PAGE)
        page = found[start:stop]
        return json_response({"hasMore": stop < len(found), "offset": str(stop), "campaigns": page})

    def campaign(self, request: Request, id_: str) -> Response:
        row = next((row for row in self._campaign_rows() if str(row["campaign_id"]) == id_), None)
        if row is None or "appId" not in request.query_params:
            raise not_found()
        counts = dict(row["counts"])
        name = _NAMES.get(row["campaign_id"], f"E-mail {row['campaign_id']}")
        return json_response(
            {
                "id": row["campaign_id"],
                "appId": 20053,
                "appName": "Batch",
                "contentId": row["campaign_id"],
                "name": name,
                "subject": SUBJECTS.get(row["campaign_id"], name),
                "type": "AUTOMATED_EMAIL" if row["campaign_id"] == CONFIRMATION else "BATCH_EMAIL",
                "numIncluded": row["sent"],
                "processingState": "processed",
                "lastProcessingFinishedAt": row["finished_at"],
                "counters": {ours: counts[theirs] for ours, theirs in _COUNTERS.items() if theirs in counts},
            }
        )

    def timeline(self, request: Request) -> Response:
        query = request.query_params
        rows = self._database.rows(
            _CHANGES,
            {
                "start": _number(query, "startTimestamp", 0),
                "end": _number(query, "endTimestamp", 2**53),
                "now": self._simulation.clock.now,
            },
        )
        start = _number(query, "offset", 0)
        stop = start + min(max(_number(query, "limit", 10), 1), _LONGEST_PAGE)
        timeline = [_change(row["changed_at"], row["email"]) for row in rows[start:stop]]
        return json_response({"hasMore": stop < len(rows), "offset": str(stop), "timeline": timeline})

    def _campaign_rows(self) -> list[dict[str, Any]]:
        return self._database.rows(_CAMPAIGNS, {"now": self._simulation.clock.now})

    def _between(self, first: int, last: int) -> bytes:
        parts = []
        for chunk in range(first // _CHUNK, -(-last // _CHUNK)):
            start = chunk * _CHUNK
            parts.append(self._chunk(chunk).between(first - start, last - start))
        return b",".join(part for part in parts if part)

    def _chunk(self, chunk: int) -> Rendered:
        span = {"first": chunk * _CHUNK, "count": _CHUNK}
        return self._chunks(chunk, lambda: self._database.render(_RECORDS, span))


def _change(at: int, email: str) -> dict[str, Any]:
    change = {
        "change": "UNSUBSCRIBED",
        "changeType": "PORTAL_STATUS",
        "source": "SOURCE_RECIPIENT",
        "portalId": PORTAL,
        "timestamp": at,
    }
    return {"timestamp": at, "portalId": PORTAL, "recipient": email, "changes": [change]}


def _number(query: Any, name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        raise invalid(f"{name} {json.dumps(query[name])} is not a number") from None
