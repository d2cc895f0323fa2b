"""Clicks of a link or of the whole group, by time or by one dimension."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from dagster_project.simulator.bitly.spans import Span, format_instant
from dagster_project.simulator.countries import COUNTRY_NAMES
from dagster_project.simulator.database import Database

_HOST: Final = "regexp_replace(referrer, '^https?://(www\\.)?', '')"
_NETWORK: Final = f"regexp_replace({_HOST}, '[./].*$', '')"

# Facet name in the path: SQL of the value it groups by.
FACETS: Final = {
    "countries": "country",
    "referrers": "referrer",
    "referrer_name": "referrer",
    "referring_domains": f"regexp_replace({_HOST}, '/.*$', '')",
    "referring_networks": _NETWORK,
    "devices": "device_type",
}
_SPAN: Final = '"at" >= $start and "at" < $end and "at" <= $now and list_contains($ids, id)'


class Clicks:
    """Counts of links' clicks up to the simulator's current time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def total(self, ids: Sequence[str], span: Span, now: datetime) -> int:
        query = f"select count(*) as clicks from bitlink_clicks where {_SPAN}"
        return int(self._rows(query, ids, span, now)[0]["clicks"])

    def by_link(self, ids: Sequence[str], span: Span, now: datetime) -> list[dict[str, Any]]:
        query = (
            f"select id, count(*) as clicks from bitlink_clicks where {_SPAN} "
            "group by id order by clicks desc, id"
        )
        return self._rows(query, ids, span, now)

    def by_time(
        self, ids: Sequence[str], span: Span, now: datetime, is_dense: bool, history_days: float
    ) -> list[tuple[str, int]]:
        """Start of each bucket and its clicks, newest first; only buckets with clicks unless dense.

        With a limited history, older clicks come as one total.
        """
        rows = self._rows(f'select "at" from bitlink_clicks where {_SPAN} order by "at"', ids, span, now)
        starts = sorted(span.starts)
        if history_days:
            starts = [start for start in starts if start >= now - timedelta(days=history_days)] or starts[-1:]
        counts = dict.fromkeys(reversed(starts), 0)
        for row in rows:
            counts[starts[max(0, bisect_right(starts, row["at"]) - 1)]] += 1
        return [(format_instant(start), clicks) for start, clicks in counts.items() if is_dense or clicks]

    def by_facet(
        self, facet: str, ids: Sequence[str], span: Span, now: datetime, size: int
    ) -> list[dict[str, Any]]:
        """Clicks by one dimension, most first, under `device_type` for devices and `value` for all others."""
        name = "device_type" if facet == "devices" else "value"
        query = (
            f"select {FACETS[facet]} as {name}, count(*) as clicks from bitlink_clicks where {_SPAN} "
            f"group by {name} order by clicks desc, {name} limit {size}"
        )
        return self._rows(query, ids, span, now)

    def by_city(self, ids: Sequence[str], span: Span, now: datetime, size: int) -> dict[str, Any]:
        """Clicks by city, and the clicks of other cities and without a city."""
        query = (
            f"select city, country, count(*) as clicks from bitlink_clicks where {_SPAN} "
            "group by city, country order by clicks desc, city"
        )
        rows = self._rows(query, ids, span, now)
        cities = [row for row in rows if row["city"]]
        return {
            "metrics": [
                {
                    "city": row["city"],
                    "subregion": "",
                    "region": "",
                    "country": COUNTRY_NAMES.get(row["country"], row["country"]),
                    "clicks": row["clicks"],
                }
                for row in cities[:size]
            ],
            "other_metrics": {
                "other_city_clicks": sum(row["clicks"] for row in cities[size:]),
                "no_city_clicks": sum(row["clicks"] for row in rows if not row["city"]),
            },
        }

    def by_domain(self, ids: Sequence[str], span: Span, now: datetime) -> list[dict[str, Any]]:
        query = (
            f"select {_NETWORK} as network, referrer as value, count(*) as clicks "
            f"from bitlink_clicks where {_SPAN} group by network, value order by clicks desc, value"
        )
        grouped: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows(query, ids, span, now):
            grouped.setdefault(row["network"], []).append({"value": row["value"], "clicks": row["clicks"]})
        return [{"network": network, "referrers": rows} for network, rows in grouped.items()]

    def _rows(self, query: str, ids: Sequence[str], span: Span, now: datetime) -> list[dict[str, Any]]:
        parameters = {"ids": list(ids), "start": span.start, "end": span.end, "now": now}
        return self._database.rows(query, parameters)
