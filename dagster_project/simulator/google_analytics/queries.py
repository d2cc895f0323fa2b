"""From a report request to SQL over the hits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dagster_project.simulator.database import quoted
from dagster_project.simulator.google_analytics.account import GoogleAnalyticsOptions
from dagster_project.simulator.google_analytics.catalogue import Catalogue
from dagster_project.simulator.google_analytics.dialects import SAMPLE_SHARE, Dialect, dialect_of
from dagster_project.simulator.google_analytics.fields import PROPERTY_TIME_ZONE, Dimension, Metric
from dagster_project.simulator.google_analytics.filters import Filters
from dagster_project.simulator.google_analytics.requests import ORDER_TYPES, date_ranges, enum, page
from dagster_project.simulator.google_analytics.responses import invalid


@dataclass(frozen=True)
class Query:
    """A report ready to run. Columns of `grouped` are d0, d1, … and m0, m1, …"""

    dimensions: Sequence[Dimension]
    metrics: Sequence[Metric]
    ranges: Sequence[tuple[str, date, date]]
    dialect: Dialect
    where: str
    having: str
    order: str
    parameters: Mapping[str, Any]
    filter_count: int

    def grouped(self, with_dimensions: bool = True, having: str | None = None) -> str:
        """SQL of one row per combination of dimension values, or per date range."""
        dimensions = [self.dialect.dimension(dimension) for dimension in self.dimensions]
        if not with_dimensions:
            dimensions = ["range_name" if d.name == "dateRange" else "''" for d in self.dimensions]
        columns = [f"{sql} as d{at}" for at, sql in enumerate(dimensions)]
        columns += [f"{self._metric(metric)} as m{at}" for at, metric in enumerate(self.metrics)]
        grouping = "group by " + ", ".join(f"d{at}" for at in range(len(dimensions))) if dimensions else ""
        having = self.having if having is None else having
        return f"""
            with date_ranges as (
                select * from (values {self._values()}) as date_ranges(range_name, first_day, last_day)
            ),

            visible_hits as (
                select
                    hits.*,
                    date_ranges.range_name,
                    -- Attribution is restated until the hit has settled.
                    case
                        when hits.settled_at > $now then hits.provisional_campaign else hits.session_campaign
                    end as shown_campaign
                from hits
                inner join date_ranges on hits.day between date_ranges.first_day and date_ranges.last_day
                where hits.visible_at <= $now and {self.dialect.visible(bool(self.dimensions))}
            )

            select {", ".join(columns)} from visible_hits where {self.where} {grouping} having {having}
        """

    def records(self) -> str:
        """SQL of the rows as JSON, in order."""
        dimensions = " || '},{\"value\":' || ".join(quoted(f"d{at}") for at in range(len(self.dimensions)))
        metrics = ' || \'"},{"value":"\' || '.join(_number(f"m{at}") for at in range(len(self.metrics)))
        parts = []
        if self.dimensions:
            parts.append(f"""'"dimensionValues":[{{"value":' || {dimensions} || '}}]'""")
        if self.metrics:
            parts.append(f"""'"metricValues":[{{"value":"' || {metrics} || '"}}]'""")
        record = " || ',' || ".join(parts)
        return f"select '{{' || {record} || '}},' as record from ({self.grouped()}) order by {self.order}"

    def space(self) -> str:
        """SQL of the number of hits that a sample is drawn from."""
        return (
            f"select count(*) as hits from hits inner join (values {self._values()}) "
            "as date_ranges(range_name, first_day, last_day) "
            "on hits.day between date_ranges.first_day and date_ranges.last_day where hits.visible_at <= $now"
        )

    def _values(self) -> str:
        return ", ".join(
            f"('{name.replace(chr(39), chr(39) * 2)}', date '{first}', date '{last}')"
            for name, first, last in self.ranges
        )

    def _metric(self, metric: Metric) -> str:
        if self.dialect.revenue == "restricted" and metric.type == "TYPE_CURRENCY":
            return "0"
        if not self.dialect.has("sampling") or metric.is_ratio:
            return f"({metric.sql})"
        scaled = f"({metric.sql}) / {SAMPLE_SHARE}"
        return f"round({scaled})" if metric.type == "TYPE_INTEGER" else scaled


def plan(
    report: Mapping[str, Any],
    catalogue: Catalogue,
    now: datetime,
    options: GoogleAnalyticsOptions,
    faults: frozenset[str],
) -> Query:
    """Raises the API's ErrorResponse when the request is not valid."""
    ranges = date_ranges(report, now)
    today = now.astimezone(ZoneInfo(PROPERTY_TIME_ZONE)).date()
    dialect = dialect_of(options, faults, ranges, today)
    dimensions = [catalogue.dimension(str(entry.get("name"))) for entry in report.get("dimensions") or []]
    metrics = [
        catalogue.metric(str(entry.get("name")), str(entry.get("expression") or ""))
        for entry in report.get("metrics") or []
    ]
    if not dimensions and not metrics:
        raise invalid("A report needs at least one dimension or metric.")
    if len(ranges) > 1 and "dateRange" not in [dimension.name for dimension in dimensions]:
        dimensions.append(catalogue.dimension("dateRange"))
    filters = Filters()
    where = filters.condition(
        report.get("dimensionFilter"), lambda name: dialect.dimension(catalogue.dimension(name))
    )
    catalogue.check(dimensions, metrics, filters.names)
    positions = {metric.name: f"m{at}" for at, metric in enumerate(metrics)}
    having = filters.condition(report.get("metricFilter"), lambda name: _position(positions, name, "metric"))
    if metrics and not report.get("keepEmptyRows"):
        having = f"({having}) and ({' or '.join(f'{column} <> 0' for column in positions.values())})"
    return Query(
        dimensions=dimensions,
        metrics=metrics,
        ranges=ranges,
        dialect=dialect,
        where=where,
        having=having,
        order=_order(report.get("orderBys") or [], dimensions, metrics, page(report)[1]),
        parameters=filters.parameters,
        filter_count=len(filters.names),
    )


def _position(positions: Mapping[str, str], name: str, what: str) -> str:
    if name not in positions:
        raise invalid(f"The {what} {name} is used but not among the request's {what}s.")
    return positions[name]


def _order(
    orders: Sequence[Mapping[str, Any]],
    dimensions: Sequence[Dimension],
    metrics: Sequence[Metric],
    offset: int,
) -> str:
    """SQL of orderBys; without any, the first metric, descending.

    Ties come in a different order on every page: paging is stable only when rows are ordered by all
    dimensions.
    """
    by_dimension = {dimension.name: f"d{at}" for at, dimension in enumerate(dimensions)}
    by_metric = {metric.name: f"m{at}" for at, metric in enumerate(metrics)}
    terms = []
    for entry in orders:
        if "dimension" in entry:
            column = _position(by_dimension, str(entry["dimension"].get("dimensionName")), "dimension")
            kind = enum(entry["dimension"].get("orderType"), ORDER_TYPES, "ALPHANUMERIC")
            column = f"lower({column})" if kind.startswith("CASE_INSENSITIVE") else column
            column = f"try_cast({column} as double)" if kind == "NUMERIC" else column
        elif "metric" in entry:
            column = _position(by_metric, str(entry["metric"].get("metricName")), "metric")
        else:
            raise invalid("An orderBy needs a dimension or a metric.")
        terms.append(f"{column} {'desc' if entry.get('desc') else 'asc'}")
    if not terms and metrics:
        terms.append("m0 desc")
    ties = [
        column for column in by_dimension.values() if not {f"{column} asc", f"{column} desc"} & set(terms)
    ]
    if ties:
        terms.append(f"hash({offset}, {', '.join(by_dimension.values())})")
    return ", ".join(terms)


def _number(column: str) -> str:
    """SQL of a metric's text: whole numbers without a decimal point."""
    value = f"{column}::double"
    whole = f"({value})::bigint::varchar"
    return f"case when {value} = trunc({value}) then {whole} else round({value}, 6)::varchar end"
