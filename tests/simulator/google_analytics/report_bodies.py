"""Parts of report requests and filters, and the values of their responses."""

OCTOBER_25 = [{"startDate": "2026-10-25", "endDate": "2026-10-25"}]
OCTOBER_31 = [{"startDate": "yesterday", "endDate": "yesterday"}]
COUNT = [{"name": "eventCount"}]


def names(*fields):
    return [{"name": field} for field in fields]


def values(report):
    return [
        tuple(entry["value"] for entry in (*row.get("dimensionValues", []), *row.get("metricValues", [])))
        for row in report.get("rows", [])
    ]


def by_event(field, **condition):
    return {"filter": {"fieldName": field, **condition}}
