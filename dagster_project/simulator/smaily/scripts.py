"""The scripts behind `/smaily/api/`, each from a request to a response."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.smaily import sendings
from dagster_project.simulator.smaily.account import SmailyOptions
from dagster_project.simulator.smaily.actions import Actions
from dagster_project.simulator.smaily.contacts import Contacts
from dagster_project.simulator.smaily.parameters import number, page_of, text_list
from dagster_project.simulator.smaily.responses import error, json_response, raw
from dagster_project.simulator.smaily.sendings import Sending, Sendings
from dagster_project.simulator.smaily.statistics import Statistics

_MAX_LIST: Final = 1_000_000
Script = Callable[[Request], Response]


class Scripts:
    """One account's scripts. Shows only what has happened by the simulator's clock."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._sendings = Sendings(simulation.database)
        self._actions = Actions(simulation)
        self._contacts = Contacts(simulation)
        self._statistics = Statistics(simulation.database)

    def by_name(self) -> Mapping[str, Script]:
        return {
            "campaign.php": self._campaigns,
            "split.php": self._split_tests,
            "autoresponder.php": self._automations,
            "workflows.php": self._workflows,
            "list.php": self._contacts.lists,
            "contact.php": self._contacts.contacts,
            "history.php": self._actions.history,
            "message/action/log.php": self._actions.messages,
            "templates.php": self._templates,
            "organizations/users.php": self._users,
        }

    @property
    def _now(self) -> datetime:
        return self._simulation.clock.now

    @property
    def _options(self) -> SmailyOptions:
        return self._simulation.options.of(SmailyOptions)

    @property
    def _ids(self) -> str:
        return self._options.smaily_ids

    def _campaigns(self, request: Request) -> Response:
        query = request.query_params
        if "id" not in query:
            return self._list(request, "campaign", sendings.campaign, "page")
        sending = self._sendings.find("campaign", query["id"], self._now)
        if sending is None:
            return error(216, "Could not find campaign matching provided ID")
        if number(query, "detailed", 0) != 1:
            return json_response(self._statistics.of_section(sending, 0, self._now, self._options))
        return raw(self._detailed(request, sending, 0))

    def _split_tests(self, request: Request) -> Response:
        query = request.query_params
        if "id" not in query:
            return self._list(request, "ab_test", sendings.split_test, "offset")
        sending = self._sendings.find("ab_test", query["id"], self._now)
        if sending is None:
            return error(216, "Could not find campaign matching provided ID")
        positions = range(len(sending.sections))
        if number(query, "detailed", 0) == 1:
            return raw(b"[" + b",".join(self._detailed(request, sending, at) for at in positions) + b"]")
        return json_response(
            [self._statistics.of_section(sending, at, self._now, self._options) for at in positions]
        )

    def _detailed(self, request: Request, sending: Sending, position: int) -> bytes:
        query = request.query_params
        totals = bytes(
            json_response(self._statistics.of_section(sending, position, self._now, self._options)).body
        )
        limit, page = number(query, "limit", 0), number(query, "offset", 0)
        addresses = self._statistics.addresses(sending, position, self._now, limit, page)
        return totals[:-1] + b',"addresses":[' + addresses + b"]}"

    def _automations(self, request: Request) -> Response:
        return self._list(request, "flow", sendings.automation, "page")

    def _workflows(self, _: Request) -> Response:
        return json_response(
            [sendings.workflow(flow, self._ids) for flow in self._sendings.of_kind("flow", self._now)]
        )

    def _templates(self, request: Request) -> Response:
        templates = [
            {
                "id": section["template_id"],
                "name": section["template_name"],
                "type": "HTML",
                "created_at": _rfc_3339(sending.fields["created_at"]),
                "modified_at": _rfc_3339(sending.fields["created_at"] + timedelta(minutes=5)),
                "preview_url": f"https://simulator.sendsmaily.net/preview/{section['template_id']}",
            }
            for kind in ("flow", "campaign", "ab_test")
            for sending in self._sendings.of_kind(kind, self._now)
            for section in sending.sections
            if sendings.template(section, self._ids) != "DELETED"
        ]
        return self._page(request, templates, "page", 1_000)

    def _users(self, request: Request) -> Response:
        user = {
            "id": 1,
            "email": "owner@shop.example.com",
            "first_name": "Olivia",
            "last_name": "Owner",
            "is_owner": True,
            "role": {"id": 1, "name": "Owner"},
        }
        return self._page(request, [user], "page", 250)

    def _list(
        self,
        request: Request,
        kind: str,
        to_record: Callable[[Sending, datetime, str], dict[str, Any]],
        page_name: str,
    ) -> Response:
        """The sendings of a kind, filtered by status and tags, sorted and paged."""
        query = request.query_params
        statuses, tags = text_list(query, "status"), text_list(query, "tags")
        rows = [
            to_record(sending, self._now, self._ids)
            for sending in self._sendings.of_kind(kind, self._now)
            if (not statuses or sending.status(self._now) in statuses)
            and (not tags or set(tags) & set(sending.fields["tags"]))
        ]
        if query.get("sort_order", "ASC").upper() == "DESC":
            rows.reverse()
        return self._page(request, rows, page_name, _MAX_LIST)

    def _page(self, request: Request, rows: list[dict[str, Any]], page_name: str, maximum: int) -> Response:
        page = number(request.query_params, page_name, 0)
        shifts = page > 0 and self._simulation.take_fault(request, "duplicates", "rows_change") is not None
        listed = page_of(rows, request.query_params, page_name, maximum, shifts, self._options)
        return error(203, "Invalid limit.") if listed is None else json_response(listed)


def _rfc_3339(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
