"""The CRM's objects as of an instant: lists, searches, reads by id, associations, pipelines."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dagster_project.simulator.hubspot.objects import Record, contact, deal, reply
from dagster_project.simulator.hubspot.responses import invalid, json_response, not_found
from dagster_project.simulator.hubspot.searching import fits, sort_value
from dagster_project.simulator.simulation import Simulation

_LONGEST_LIST: Final = 100
_LONGEST_WITH_HISTORY: Final = 50
_LONGEST_SEARCH: Final = 200
_MOST_RESULTS: Final = 10_000
_STAGES: Final = (
    ("appointmentscheduled", "Appointment scheduled", "0.2", "false"),
    ("contractsent", "Contract sent", "0.9", "false"),
    ("closedwon", "Closed won", "1.0", "true"),
    ("closedlost", "Closed lost", "0.0", "true"),
)
_DEFAULTS: Final = {
    "contacts": ("firstname", "lastname", "email"),
    "deals": ("dealname", "amount", "closedate", "pipeline", "dealstage"),
    "emails": (),
}
_MODIFIED: Final = {"contacts": "lastmodifieddate"}


class Crm:
    """Contacts, deals and e-mails as they are by the simulator's clock, made once for each instant."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._made_at: datetime | None = None
        self._objects: dict[str, dict[str, Record]] = {}

    def objects(self, kind: str) -> dict[str, Record]:
        """The objects of a kind by id, in the order of their ids."""
        now = self._simulation.clock.now
        if self._made_at != now:
            self._objects = {
                "contacts": _by_id(
                    self._rows("hubspot_contacts", "created_at"), lambda row: contact(row, now)
                ),
                "deals": _by_id(self._deal_rows(), lambda row: deal(row, now)),
                "emails": _by_id(self._rows("hubspot_replies", "written_at"), reply),
            }
            self._made_at = now
        if kind not in self._objects:
            raise not_found()
        return self._objects[kind]

    def _rows(self, table: str, since: str) -> list[dict[str, Any]]:
        query = f"select * from {table} where {since} <= $now order by id"
        return self._simulation.database.rows(query, {"now": self._simulation.clock.now})

    def _deal_rows(self) -> list[dict[str, Any]]:
        return self._rows("hubspot_deals", "created_at")

    def list(self, kind: str, request: Request) -> Response:
        query = request.query_params
        wanted = _names(query.getlist("properties"))
        history = _names(query.getlist("propertiesWithHistory"))
        is_archived = query.get("archived", "false") == "true"
        found = [each for each in self.objects(kind).values() if each["archived"] is is_archived]
        longest = _LONGEST_WITH_HISTORY if history else _LONGEST_LIST
        limit = _whole(query.get("limit", "10"), "limit")
        if limit > longest:
            raise invalid(f"limit must be at most {longest}")
        start = _whole(query.get("after", "0"), "after")
        shift = int(
            start > 0 and self._simulation.take_fault(request, "duplicates", "rows_change") is not None
        )
        page = found[max(0, start - shift) : start + limit]
        self._simulation.records_served += len(page)
        body: dict[str, Any] = {"results": [_shown(each, kind, wanted, history) for each in page]}
        if start + limit < len(found):
            after = str(start + limit)
            link = str(request.url.include_query_params(after=after))
            body["paging"] = {"next": {"after": after, "link": link}}
        return json_response(body)

    def search(self, kind: str, body: Mapping[str, Any]) -> Response:
        limit = _whole(body.get("limit", 10), "limit")
        start = _whole(body.get("after") or 0, "after")
        if limit > _LONGEST_SEARCH:
            raise invalid(f"limit must be at most {_LONGEST_SEARCH}")
        if start + limit > _MOST_RESULTS:
            raise invalid("The search results are limited to 10,000; use filters to get fewer")
        found = [
            each
            for each in self.objects(kind).values()
            if not each["archived"] and fits(each["properties"], body.get("filterGroups") or [])
        ]
        for sort in reversed(body.get("sorts") or []):
            name = sort if isinstance(sort, str) else sort["propertyName"]
            is_down = isinstance(sort, dict) and sort.get("direction") == "DESCENDING"
            found.sort(key=partial(sort_value, name), reverse=is_down)
        page = found[start : start + limit]
        self._simulation.records_served += len(page)
        wanted = body.get("properties") or []
        answer: dict[str, Any] = {
            "total": len(found),
            "results": [_shown(each, kind, wanted) for each in page],
        }
        if start + limit < len(found):
            answer["paging"] = {"next": {"after": str(start + limit)}}
        return json_response(answer)

    def read(self, kind: str, body: Mapping[str, Any]) -> Response:
        inputs = [str(each["id"]) for each in body.get("inputs", [])]
        history = body.get("propertiesWithHistory") or []
        if len(inputs) > (_LONGEST_WITH_HISTORY if history else _LONGEST_LIST):
            raise invalid("too many inputs")
        known = self.objects(kind)
        found = [known[id_] for id_ in inputs if id_ in known and not known[id_]["archived"]]
        self._simulation.records_served += len(found)
        wanted = body.get("properties") or []
        return json_response(
            {"status": "COMPLETE", "results": [_shown(each, kind, wanted, history) for each in found]},
            200 if len(found) == len(inputs) else 207,
        )

    def associations(self, kind: str, body: Mapping[str, Any], is_dated: bool) -> Response:
        """Ids are texts in the dated API and numbers in v4."""
        known = self.objects(kind)
        found = []
        for each in body.get("inputs", []):
            others = known.get(str(each["id"]), {}).get("_contacts", [])
            if others:
                to = [
                    {
                        "toObjectId": str(other) if is_dated else other,
                        "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}],
                    }
                    for other in others
                ]
                found.append({"from": {"id": str(each["id"])}, "to": to})
        return json_response({"status": "COMPLETE", "results": found}, 200 if found else 207)

    def pipelines(self) -> Response:
        stages = [
            {
                "id": id_,
                "label": label,
                "displayOrder": position,
                "metadata": {"isClosed": is_closed, "probability": probability},
                "archived": False,
            }
            for position, (id_, label, probability, is_closed) in enumerate(_STAGES)
        ]
        pipeline = {"id": "default", "label": "Sales", "displayOrder": 0, "stages": stages, "archived": False}
        return json_response({"results": [pipeline]})


def _by_id(rows: Sequence[dict[str, Any]], make: Callable[[dict[str, Any]], Record]) -> dict[str, Record]:
    return {str(row["id"]): make(row) for row in rows}


def _shown(record: Record, kind: str, wanted: Sequence[str], history: Sequence[str] = ()) -> Record:
    modified = _MODIFIED.get(kind, "hs_lastmodifieddate")
    names = [*(wanted or _DEFAULTS[kind]), *history, "createdate", modified, "hs_object_id"]
    shown = {name: value for name, value in record.items() if not name.startswith("_")}
    shown["properties"] = {name: record["properties"].get(name) for name in dict.fromkeys(names)}
    if history:
        shown["propertiesWithHistory"] = {name: record["_histories"].get(name, []) for name in history}
    return shown


def _names(texts: Sequence[str]) -> list[str]:
    """Clients send names joined by commas, or one parameter each."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def _whole(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise invalid(f"{name} {json.dumps(value)} is not a number") from None
