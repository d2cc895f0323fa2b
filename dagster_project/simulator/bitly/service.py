"""Bitly's endpoints by path, with those of the account and its links."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request

from dagster_project.simulator.bitly import account
from dagster_project.simulator.bitly.clicks import FACETS
from dagster_project.simulator.bitly.links import ORGANIZATION, Links, record
from dagster_project.simulator.bitly.metrics import Metrics, Parts, check_group
from dagster_project.simulator.bitly.responses import not_found
from dagster_project.simulator.bitly.usage import BitlyOptions, Usage
from dagster_project.simulator.simulation import Simulation

Endpoint = Callable[[Request, Parts], dict[str, Any]]


class Service:
    """One account with one group. Shows only what has happened by the simulator's clock."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._options = simulation.options.of(BitlyOptions)
        self._usage = simulation.account(Usage)
        self._links = Links(simulation.database)
        self._metrics = metrics = Metrics(simulation, self._links)
        facets = "|".join(FACETS)
        # Bitly has no referring networks for a single link.
        link_facets = "|".join(facet for facet in FACETS if facet != "referring_networks")
        # Endpoints in Bitly's notation, by which limits are counted; the first that matches a path is used.
        table: dict[str, Endpoint] = {
            "/user": lambda *_: account.user(self._created),
            "/user/platform_limits": self._platform_limits,
            "/organizations": lambda *_: account.organizations(self._created, self._options.bitly_plan),
            "/organizations/{organization}/plan_limits": self._plan_limits,
            "/organizations/{organization}/webhooks": self._webhooks,
            "/groups": lambda *_: {"groups": [account.group(self._created)]},
            "/groups/{group}": self._group,
            "/groups/{group}/bitlinks": self._bitlinks,
            "/groups/{group}/bitlinks/clicks": metrics.of_links,
            "/groups/{group}/clicks": metrics.group_clicks,
            "/groups/{group}/cities": metrics.cities,
            f"/groups/{{group}}/{{facet:{facets}}}": metrics.facet,
            "/bitlinks/{link}/clicks/summary": metrics.summary,
            "/bitlinks/{link}/clicks": metrics.link_clicks,
            "/bitlinks/{link}/cities": metrics.cities,
            "/bitlinks/{link}/referrers_by_domains": metrics.by_domain,
            f"/bitlinks/{{link}}/{{facet:{link_facets}}}": metrics.facet,
            "/bitlinks/{link}": self._bitlink,
            "/custom_bitlinks/{link}/clicks": metrics.link_clicks,
            "/custom_bitlinks/{link}/clicks_by_destination": metrics.by_destination,
            "/custom_bitlinks/{link}": self._custom,
            "/campaigns": lambda *_: {"campaigns": []},
            "/channels": lambda *_: {"channels": []},
            "/bsds": lambda *_: {"bsds": []},
        }
        self._table = [(path, _pattern(path), endpoint) for path, endpoint in table.items()]

    def find(self, path: str) -> tuple[str, Endpoint, Parts] | None:
        """Name, endpoint and parts of a decoded path; None where Bitly has no route."""
        for template, pattern, endpoint in self._table:
            if match := pattern.fullmatch(path):
                parts = match.groupdict()
                return _name(template, parts.get("facet", "")), endpoint, parts
        return None

    @property
    def _now(self) -> datetime:
        return self._simulation.clock.now

    @property
    def _created(self) -> datetime:
        return self._simulation.config.start

    def _platform_limits(self, _request: Request, _parts: Parts) -> dict[str, Any]:
        limit = self._options.bitly_requests_per_hour
        names = [
            _name(template, facet)
            for template, _, _ in self._table
            for facet in (FACETS if "{facet:" in template else ("",))
        ]
        return account.platform_limits(names, limit, self._usage.hourly.count)

    def _plan_limits(self, _request: Request, parts: Parts) -> dict[str, Any]:
        if parts["organization"] != ORGANIZATION:
            raise not_found("organizations")
        limit = self._options.bitly_requests_per_month
        used = self._usage.in_month(self._simulation.clock.running)
        return account.plan_limits(limit, used, ORGANIZATION)

    def _webhooks(self, _request: Request, parts: Parts) -> dict[str, Any]:
        if parts["organization"] != ORGANIZATION:
            raise not_found("organizations")
        return {"webhooks": [account.webhook(self._created)]}

    def _group(self, _: Request, parts: Parts) -> dict[str, Any]:
        check_group(parts)
        return account.group(self._created)

    def _bitlinks(self, request: Request, parts: Parts) -> dict[str, Any]:
        check_group(parts)
        follows = bool(request.query_params.get("search_after"))
        shifts = follows and self._simulation.take_fault(request, "duplicates", "rows_change") is not None
        return self._links.page(request, self._now, shifts, self._options.bitly_deleted != "unlisted")

    def _bitlink(self, _: Request, parts: Parts) -> dict[str, Any]:
        return record(self._metrics.link(parts["link"]))

    def _custom(self, _: Request, parts: Parts) -> dict[str, Any]:
        link = self._metrics.link(parts["link"])
        if parts["link"] not in link["custom_bitlinks"]:
            raise not_found("custom_bitlinks")
        return {"custom_bitlink": parts["link"], "bitlink": record(link), "bitlink_history": []}


def _pattern(template: str) -> re.Pattern[str]:
    """Ids of links contain a slash, all others do not; a facet is one of those listed after its colon."""
    text = re.sub(r"\{facet:([^}]+)\}", r"(?P<facet>\1)", template)
    text = text.replace("{link}", "(?P<link>(?:https?://)?[^/]+/[^/]+)")
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", text))


def _name(template: str, facet: str) -> str:
    """The endpoint in Bitly's notation, one for each facet."""
    named = re.sub(r"\{facet:[^}]+\}", facet, template)
    for ours, theirs in (
        ("{link}", "{bitlink}"),
        ("{group}", "{group_guid}"),
        ("{organization}", "{organization_guid}"),
    ):
        named = named.replace(ours, theirs)
    return named.replace("/custom_bitlinks/{bitlink}", "/custom_bitlinks/{custom_bitlink}")
