"""Marketing campaigns: a list, the spend of each with its items, and the e-mails that belong to it."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dagster_project.simulator.hubspot.responses import invalid, json_response, not_found
from dagster_project.simulator.simulation import Simulation

_LONGEST_PAGE: Final = 100
_PROPERTIES: Final = ("hs_name", "hs_utm", "hs_currency_code", "hs_spend_items_sum_amount")
_CAMPAIGNS: Final = """
    select campaigns.*, list(events.campaign_id order by events.campaign_id)
        filter (where events.campaign_id is not null) as sent_emails
    from hubspot_campaigns as campaigns
    left join (select distinct campaign_id from hubspot_email_events where "at" <= $now) as events
        on list_contains(campaigns.emails, events.campaign_id)
    where campaigns.created_at <= $now
    group by all order by campaigns.created_at, campaigns.id
"""
_ITEMS: Final = """
    select * from hubspot_spend where campaign = $campaign and "at" <= $now order by "at", id
"""


class Campaigns:
    """`/marketing/campaigns/2026-09/…`, which v3 has under `/marketing/v3/campaigns/…`."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._database = simulation.database

    def respond(self, request: Request, parts: Sequence[str]) -> Response:
        known = {row["id"]: row for row in self._database.rows(_CAMPAIGNS, self._now())}
        if not parts:
            wanted = request.query_params.getlist("properties")
            names = [name for text in wanted for name in text.split(",") if name]
            if unknown := set(names) - set(_PROPERTIES):
                raise invalid(f"unknown properties: {', '.join(sorted(unknown))}")
            return self._page(request, [self._shown(row, names) for row in known.values()])
        campaign = known.get(parts[0])
        if campaign is None:
            raise not_found()
        if not parts[1:]:
            return json_response(self._shown(campaign, []))
        if list(parts[1:]) == ["budget", "totals"]:
            return json_response(self._totals(campaign))
        if list(parts[1:]) == ["assets", "MARKETING_EMAIL"]:
            emails = campaign["sent_emails"] or []
            return self._page(request, [{"id": str(id_), "name": f"E-mail {id_}"} for id_ in emails])
        raise not_found()

    def _now(self) -> dict[str, Any]:
        return {"now": self._simulation.clock.now}

    def _page(self, request: Request, found: list[dict[str, Any]]) -> Response:
        query = request.query_params
        start, limit = int(query.get("after", "0")), int(query.get("limit", "10"))
        if limit > _LONGEST_PAGE:
            raise invalid(f"limit must be at most {_LONGEST_PAGE}")
        shift = int(
            start > 0 and self._simulation.take_fault(request, "duplicates", "rows_change") is not None
        )
        page = found[max(0, start - shift) : start + limit]
        self._simulation.records_served += len(page)
        body: dict[str, Any] = {"total": len(found), "results": page}
        if start + limit < len(found):
            after = str(start + limit)
            body["paging"] = {
                "next": {"after": after, "link": str(request.url.include_query_params(after=after))}
            }
        return json_response(body)

    def _items(self, campaign: dict[str, Any]) -> list[dict[str, Any]]:
        return self._database.rows(_ITEMS, self._now() | {"campaign": campaign["id"]})

    def _shown(self, campaign: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
        spent = sum(item["amount"] for item in self._items(campaign))
        every = dict(
            zip(_PROPERTIES, (campaign["name"], campaign["slug"], "EUR", f"{spent:.2f}"), strict=True)
        )
        created = campaign["created_at"].isoformat().replace("+00:00", "Z")
        return {
            "id": campaign["id"],
            "properties": {name: every[name] for name in names},
            "businessUnits": [{"id": 0}],
            "createdAt": created,
            "updatedAt": created,
        }

    def _totals(self, campaign: dict[str, Any]) -> dict[str, Any]:
        items = self._items(campaign)
        spent, budget = sum(item["amount"] for item in items), campaign["budget"]
        return {
            "currencyCode": "EUR",
            "budgetItems": [_item(0, "Budget", budget, campaign["created_at"])],
            "spendItems": [
                _item(order, item["name"], item["amount"], item["at"]) for order, item in enumerate(items)
            ],
            "budgetTotal": float(budget),
            "spendTotal": float(spent),
            "remainingBudget": float(budget - spent),
        }


def _item(order: int, name: str, amount: Any, at: Any) -> dict[str, Any]:
    entered = round(at.timestamp() * 1000)
    return {
        "id": str(31 + order),
        "name": name,
        "amount": float(amount),
        "order": order,
        "createdAt": entered,
        "updatedAt": entered,
    }
