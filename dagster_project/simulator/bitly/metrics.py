"""The endpoints that count clicks: by time, by one dimension, of a link or of the group."""

from datetime import datetime
from typing import Any, Final

from starlette.requests import Request

from dagster_project.simulator.bitly import spans
from dagster_project.simulator.bitly.clicks import Clicks
from dagster_project.simulator.bitly.links import GROUP, Links, record
from dagster_project.simulator.bitly.responses import gone, invalid, not_found, upgrade_required
from dagster_project.simulator.bitly.usage import BitlyOptions
from dagster_project.simulator.simulation import Simulation

# What the smallest plan does not include.
_NOT_IN_GROWTH: Final = frozenset({"cities", "devices", "group_clicks", "clicks_by_destination"})
_MAX_VALUES: Final = 1_000

Parts = dict[str, str]


class Metrics:
    """The endpoints, called with the request and the parts of its path: `link` or `group`, and `facet`."""

    def __init__(self, simulation: Simulation, links: Links) -> None:
        self._simulation = simulation
        self._links = links
        self._clicks = Clicks(simulation.database)

    def of_links(self, request: Request, parts: Parts) -> dict[str, Any]:
        """The group's links, sorted by clicks."""
        ids, span = self._selection(request, parts)
        rows = self._clicks.by_link(ids, span, self._now)[: _size(request, 100)]
        links = [record(self._links.by_id[row["id"]]) for row in rows if row["id"] in self._links.by_id]
        return {"links": links, "sorted_links": rows}

    def link_clicks(self, request: Request, parts: Parts) -> dict[str, Any]:
        buckets, span = self._by_time(request, parts)
        return {"link_clicks": [{"date": start, "clicks": clicks} for start, clicks in buckets], **span}

    def group_clicks(self, request: Request, parts: Parts) -> dict[str, Any]:
        self._check_plan("group_clicks", parts)
        buckets, span = self._by_time(request, parts)
        return {"data": [{"ts": start, "count": clicks} for start, clicks in buckets], **span}

    def summary(self, request: Request, parts: Parts) -> dict[str, Any]:
        ids, span = self._selection(request, parts)
        return {"total_clicks": self._clicks.total(ids, span, self._now), **self._echo(span)}

    def facet(self, request: Request, parts: Parts) -> dict[str, Any]:
        facet = parts["facet"]
        self._check_plan(facet, parts)
        ids, span = self._selection(request, parts)
        metrics = self._clicks.by_facet(facet, ids, span, self._now, _size(request, _MAX_VALUES))
        return {"metrics": metrics, "facet": facet, **self._echo(span)}

    def cities(self, request: Request, parts: Parts) -> dict[str, Any]:
        self._check_plan("cities", parts)
        ids, span = self._selection(request, parts)
        cities = self._clicks.by_city(ids, span, self._now, _size(request, _MAX_VALUES))
        return {**cities, "facet": "cities", **self._echo(span)}

    def by_domain(self, request: Request, parts: Parts) -> dict[str, Any]:
        ids, span = self._selection(request, parts)
        reference = int(span.reference.timestamp())  # a number in recorded payloads
        domains = self._clicks.by_domain(ids, span, self._now)
        echo = {**self._echo(span), "unit_reference": reference}
        return {"referrers_by_domain": domains, "facet": "referrers_by_domain", **echo}

    def by_destination(self, request: Request, parts: Parts) -> dict[str, Any]:
        self._check_plan("clicks_by_destination", parts)
        ids, span = self._selection(request, parts)
        total = self._clicks.total(ids, span, self._now)
        metrics = [{"value": self.link(parts["link"])["id"], "clicks": total}]
        return {"metrics": metrics, "facet": "clicks_by_destination", **self._echo(span)}

    def link(self, address: str, is_dimension: bool = False) -> dict[str, Any]:
        """The link of an address; raises Bitly's ErrorResponse when it does not exist or was deleted."""
        link = self._links.find(address, self._now)
        if link is None:
            raise not_found("bitlinks")
        if link["is_deleted"]:
            answer = self._simulation.options.of(BitlyOptions).bitly_deleted
            is_gone = answer == "gone" or (answer == "by_path" and is_dimension)
            raise (gone if is_gone else not_found)("bitlinks")
        return link

    @property
    def _now(self) -> datetime:
        return self._simulation.clock.now

    def _by_time(self, request: Request, parts: Parts) -> tuple[list[tuple[str, int]], dict[str, Any]]:
        ids, span = self._selection(request, parts)
        options = self._simulation.options.of(BitlyOptions)
        is_dense = options.bitly_days == "dense"
        buckets = self._clicks.by_time(ids, span, self._now, is_dense, options.bitly_history_days)
        return buckets, self._echo(span)

    def _selection(self, request: Request, parts: Parts) -> tuple[list[str], spans.Span]:
        """The addresses whose clicks are counted, and the span. Clicks of a back-half are not its link's."""
        if "group" in parts:
            check_group(parts)
            every = [*self._links.by_id, *self._links.by_back_half]
            return every, spans.read(request.query_params, self._now, self._links.first_created(self._now))
        path = request.path_params["path"]
        link = self.link(parts["link"], is_dimension="facet" in parts or path.rstrip("/").endswith("/cities"))
        address = parts["link"].removeprefix("https://").removeprefix("http://")
        is_elsewhere = self._simulation.options.of(BitlyOptions).bitly_back_halves == "own_endpoint"
        if is_elsewhere and address != link["id"] and not path.startswith("custom_bitlinks/"):
            raise not_found("bitlinks")
        return [address], spans.read(request.query_params, self._now, link["created_at"])

    def _echo(self, span: spans.Span) -> dict[str, Any]:
        """The span as the response states it; with sparse days -1 units stay -1."""
        units = span.units
        if units == -1 and self._simulation.options.of(BitlyOptions).bitly_days == "dense":
            units = len(span.starts)
        return {"units": units, "unit": span.unit, "unit_reference": spans.format_instant(span.reference)}

    def _check_plan(self, facet: str, parts: Parts) -> None:
        if self._simulation.options.of(BitlyOptions).bitly_plan == "growth" and facet in _NOT_IN_GROWTH:
            raise upgrade_required("groups" if "group" in parts else "bitlinks")


def check_group(parts: Parts) -> None:
    if parts["group"] != GROUP:
        raise not_found("groups")


def _size(request: Request, maximum: int) -> int:
    text = request.query_params.get("size", "50")
    if not text.isdecimal() or int(text) == 0:
        raise invalid("size")
    return min(int(text), maximum)
