"""Bitly's endpoints: from a path to an answer."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request

from dagster_project.simulator.bitly import account, spans
from dagster_project.simulator.bitly.answers import gone, invalid, not_found, upgrade_required
from dagster_project.simulator.bitly.clicks import FACETS, Clicks
from dagster_project.simulator.bitly.links import GROUP, ORGANIZATION, Links, record
from dagster_project.simulator.simulation import Simulation

# What the plans leave out, by the last word of the path.
_NOT_IN_GROWTH: Final = frozenset({"cities", "devices", "group_clicks", "clicks_by_destination"})
_MOST_VALUES: Final = 1_000

Parts = dict[str, str]
Endpoint = Callable[[Request, Parts], dict[str, Any]]


class Service:
    """One account with one group. Only what had happened by the simulator's clock is shown."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._links = Links(simulation.database)
        self._clicks = Clicks(simulation.database)
        facets = "|".join(FACETS)
        group, link = r"/groups/(?P<group>[^/]+)", r"/bitlinks/(?P<link>.+?)"
        created = simulation.config.start
        # Templates by which limits are counted, patterns of decoded paths, endpoints. The first match counts.
        table: list[tuple[str, str, Endpoint]] = [
            ("/user", "/user", lambda *_: account.user(created)),
            ("/user/platform_limits", "/user/platform_limits", self._platform_limits),
            ("/organizations", "/organizations", lambda *_: account.organizations(created, self._plan)),
            (
                "/organizations/{organization_guid}/plan_limits",
                r"/organizations/(?P<organization>[^/]+)/plan_limits",
                self._plan_limits,
            ),
            ("/groups", "/groups", lambda *_: {"groups": [account.group(created)]}),
            ("/groups/{group_guid}", group, self._group),
            ("/groups/{group_guid}/bitlinks", rf"{group}/bitlinks", self._listed),
            ("/groups/{group_guid}/bitlinks/clicks", rf"{group}/bitlinks/(?P<sort>clicks)", self._sorted),
            ("/groups/{group_guid}/clicks", rf"{group}/clicks", self._group_clicks),
            ("/groups/{group_guid}/cities", rf"{group}/cities", self._cities),
            ("/groups/{group_guid}/{facet}", rf"{group}/(?P<facet>{facets})", self._facet),
            ("/bitlinks/{bitlink}/clicks/summary", rf"{link}/clicks/summary", self._summary),
            ("/bitlinks/{bitlink}/clicks", rf"{link}/clicks", self._link_clicks),
            ("/bitlinks/{bitlink}/cities", rf"{link}/cities", self._cities),
            ("/bitlinks/{bitlink}/referrers_by_domains", rf"{link}/referrers_by_domains", self._by_domain),
            ("/bitlinks/{bitlink}/{facet}", rf"{link}/(?P<facet>{_link_facets()})", self._facet),
            ("/bitlinks/{bitlink}", r"/bitlinks/(?P<link>[^/]+/[^/]+)", self._bitlink),
            ("/custom_bitlinks/{custom}/clicks", r"/custom_bitlinks/(?P<link>.+?)/clicks", self._link_clicks),
            (
                "/custom_bitlinks/{custom}/clicks_by_destination",
                r"/custom_bitlinks/(?P<link>.+?)/clicks_by_destination",
                self._by_destination,
            ),
            ("/custom_bitlinks/{custom}", r"/custom_bitlinks/(?P<link>[^/]+/[^/]+)", self._custom),
            ("/campaigns", "/campaigns", lambda *_: {"campaigns": []}),
            ("/channels", "/channels", lambda *_: {"channels": []}),
            ("/bsds", "/bsds", lambda *_: {"bsds": []}),
        ]
        self._table = [(template, re.compile(pattern), endpoint) for template, pattern, endpoint in table]
        self.templates = [
            template.replace("{facet}", facet)
            for template, _, _ in table
            for facet in (FACETS if "{facet}" in template else ("",))
        ]

    def find(self, path: str) -> tuple[str, Endpoint, Parts] | None:
        """Template, endpoint and parts of a decoded path; None where Bitly has no such route."""
        for template, pattern, endpoint in self._table:
            if match := pattern.fullmatch(path):
                parts = match.groupdict()
                return template.replace("{facet}", parts.get("facet", "")), endpoint, parts
        return None

    @property
    def _now(self) -> datetime:
        return self._simulation.clock.now

    @property
    def _plan(self) -> str:
        return self._simulation.options.bitly_plan

    def _platform_limits(self, _request: Request, _parts: Parts) -> dict[str, Any]:
        limit = self._simulation.options.bitly_requests_per_hour
        return account.platform_limits(self.templates, limit, self._simulation.bitly_hourly.count)

    def _plan_limits(self, _request: Request, parts: Parts) -> dict[str, Any]:
        if parts["organization"] != ORGANIZATION:
            raise not_found("organizations")
        limit = self._simulation.options.bitly_requests_per_month
        return account.plan_limits(limit, self._simulation.bitly_month(), ORGANIZATION)

    def _group(self, _: Request, parts: Parts) -> dict[str, Any]:
        _check_group(parts)
        return account.group(self._simulation.config.start)

    def _listed(self, request: Request, parts: Parts) -> dict[str, Any]:
        _check_group(parts)
        follows = bool(request.query_params.get("search_after"))
        shifts = follows and self._simulation.strikes(request, "duplicates", "rows_change") is not None
        return self._links.page(request, self._now, shifts)

    def _sorted(self, request: Request, parts: Parts) -> dict[str, Any]:
        _check_group(parts)
        span = spans.read(request.query_params, self._now, self._oldest())
        rows = self._clicks.by_link(self._addresses(), span, self._now)[: _size(request, 50, 100)]
        links = [record(self._links.by_id[row["id"]]) for row in rows if row["id"] in self._links.by_id]
        return {"links": links, "sorted_links": rows}

    def _bitlink(self, _: Request, parts: Parts) -> dict[str, Any]:
        return record(self._link(parts["link"]))

    def _link_clicks(self, request: Request, parts: Parts) -> dict[str, Any]:
        buckets, span = self._by_time(request, parts)
        return {"link_clicks": [{"date": start, "clicks": clicks} for start, clicks in buckets], **span}

    def _group_clicks(self, request: Request, parts: Parts) -> dict[str, Any]:
        self._check_plan("group_clicks", "groups")
        buckets, span = self._by_time(request, parts)
        return {"data": [{"ts": start, "count": clicks} for start, clicks in buckets], **span}

    def _summary(self, request: Request, parts: Parts) -> dict[str, Any]:
        ids, span = self._asked(request, parts)
        return {"total_clicks": self._clicks.total(ids, span, self._now), **self._echo(span)}

    def _facet(self, request: Request, parts: Parts) -> dict[str, Any]:
        facet = parts["facet"]
        self._check_plan(facet, "bitlinks" if "link" in parts else "groups")
        ids, span = self._asked(request, parts)
        size = _size(request, 50, _MOST_VALUES)
        metrics = self._clicks.by_facet(facet, ids, span, self._now, size)
        return {"metrics": metrics, "facet": facet, **self._echo(span)}

    def _cities(self, request: Request, parts: Parts) -> dict[str, Any]:
        self._check_plan("cities", "bitlinks" if "link" in parts else "groups")
        ids, span = self._asked(request, parts)
        size = _size(request, 50, _MOST_VALUES)
        cities = self._clicks.by_city(ids, span, self._now, size)
        return {**cities, "facet": "cities", **self._echo(span)}

    def _by_domain(self, request: Request, parts: Parts) -> dict[str, Any]:
        ids, span = self._asked(request, parts)
        echo = self._echo(span)
        echo["unit_reference"] = int(span.reference.timestamp())  # a number in recorded payloads
        domains = self._clicks.by_domain(ids, span, self._now)
        return {"referrers_by_domain": domains, "facet": "referrers_by_domain", **echo}

    def _by_destination(self, request: Request, parts: Parts) -> dict[str, Any]:
        self._check_plan("clicks_by_destination", "custom_bitlinks")
        link = self._link(parts["link"])
        ids, span = self._asked(request, parts)
        metrics = [{"value": link["id"], "clicks": self._clicks.total(ids, span, self._now)}]
        return {"metrics": metrics, "facet": "clicks_by_destination", **self._echo(span)}

    def _custom(self, _: Request, parts: Parts) -> dict[str, Any]:
        link = self._link(parts["link"])
        if parts["link"] not in link["custom_bitlinks"]:
            raise not_found("custom_bitlinks")
        return {"custom_bitlink": parts["link"], "bitlink": record(link), "bitlink_history": []}

    def _by_time(self, request: Request, parts: Parts) -> tuple[list[tuple[str, int]], dict[str, Any]]:
        ids, span = self._asked(request, parts)
        options = self._simulation.options
        is_dense = options.bitly_days == "dense"
        history = options.bitly_history_days
        return self._clicks.by_time(ids, span, self._now, is_dense, history), self._echo(span)

    def _asked(self, request: Request, parts: Parts) -> tuple[list[str], spans.Span]:
        """The addresses whose clicks count, and the span. A back-half's are not its link's."""
        if "group" in parts:
            _check_group(parts)
            return self._addresses(), spans.read(request.query_params, self._now, self._oldest())
        link = self._link(parts["link"])
        address = parts["link"].removeprefix("https://").removeprefix("http://")
        return [address], spans.read(request.query_params, self._now, link["created_at"])

    def _echo(self, span: spans.Span) -> dict[str, Any]:
        """The span as the answer states it; with sparse days -1 units stay -1."""
        units = span.units
        if units == -1 and self._simulation.options.bitly_days == "dense":
            units = len(span.starts)
        reference = spans.written(span.reference)
        return {"units": units, "unit": span.unit, "unit_reference": reference}

    def _link(self, address: str) -> dict[str, Any]:
        link = self._links.known(address, self._now)
        if link is None:
            raise not_found("bitlinks")
        if link["is_deleted"]:
            raise gone("bitlinks")
        return link

    def _addresses(self) -> list[str]:
        """Every address clicks can be counted under."""
        return [*self._links.by_id, *self._links.by_back_half]

    def _oldest(self) -> datetime:
        return self._links.all[-1]["created_at"] if self._links.all else self._now

    def _check_plan(self, facet: str, resource: str) -> None:
        if self._plan == "growth" and facet in _NOT_IN_GROWTH:
            raise upgrade_required(resource)


def _link_facets() -> str:
    """Bitly has no referring networks of a single link."""
    return "|".join(facet for facet in FACETS if facet != "referring_networks")


def _check_group(parts: Parts) -> None:
    if parts["group"] != GROUP:
        raise not_found("groups")


def _size(request: Request, default: int, most: int) -> int:
    text = request.query_params.get("size", str(default))
    if not text.isdecimal() or int(text) == 0:
        raise invalid("size")
    return min(int(text), most)
