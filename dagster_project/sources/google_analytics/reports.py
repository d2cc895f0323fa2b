"""The GA4 reports behind the streams: column names mapped to the API's dimensions and metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

MAXIMUM_ROWS = 250_000  # the API's maximum for `limit`

_KEY = {
    "client_id": "customEvent:client_id",
    "session_id": "customEvent:session_id",
    "hit_ts": "customEvent:hit_ts",
    "event_name": "eventName",
}
_EVENT_COUNT = {"event_count": ("eventCount", "BIGINT")}


@dataclass(frozen=True)
class Report:
    """One report: columns to dimensions, columns to (metric, DuckDB type), event names it is filtered to."""

    dimensions: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    event_names: Sequence[str] = ()

    def body(self, day: date, limit: int, offset: int) -> dict[str, Any]:
        """The `runReport` request for one day (property time zone).

        Pages are stable only when rows are ordered by their full key. int64 values are JSON strings.
        """
        body: dict[str, Any] = {
            "dateRanges": [{"startDate": day.isoformat(), "endDate": day.isoformat()}],
            "dimensions": [{"name": name} for name in self.dimensions.values()],
            "metrics": [{"name": name} for name, _ in self.metrics.values()],
            "orderBys": [{"dimension": {"dimensionName": name}} for name in self.dimensions.values()],
            "limit": str(limit),
            "offset": str(offset),
            "returnPropertyQuota": True,
        }
        if self.event_names:
            in_list = {"values": list(self.event_names), "caseSensitive": True}
            body["dimensionFilter"] = {"filter": {"fieldName": "eventName", "inListFilter": in_list}}
        return body


EVENTS_REPORT = Report(
    dimensions={
        "date_hour_minute": "dateHourMinute",
        "event_name": "eventName",
        "client_id": "customEvent:client_id",
        "session_id": "customEvent:session_id",
        "hit_ts": "customEvent:hit_ts",
        "contact_key": "customEvent:contact_key",
        "page": "pagePathPlusQueryString",
        "device_category": "deviceCategory",
        "country": "country",
    },
    metrics={**_EVENT_COUNT, "engagement_seconds": ("userEngagementDuration", "DOUBLE")},
)

EVENT_ATTRIBUTES_REPORT = Report(
    dimensions={
        **_KEY,
        "session_source": "sessionSource",
        "session_medium": "sessionMedium",
        "session_campaign": "sessionCampaignName",
        "session_content": "sessionManualAdContent",
        "transaction_id": "transactionId",
    },
    metrics={**_EVENT_COUNT, "purchase_revenue": ("purchaseRevenue", "DOUBLE")},
)

EVENT_PARAMETERS_REPORT = Report(
    dimensions={
        **_KEY,
        "link_url": "linkUrl",
        "file_name": "fileName",
        "video_title": "videoTitle",
        "method": "customEvent:method",
        "form_id": "customEvent:form_id",
    },
    metrics=_EVENT_COUNT,
    event_names=(
        "blog_comment",
        "click",
        "file_download",
        "form_start",
        "form_submit",
        "generate_lead",
        "login",
        "share",
        "sign_up",
        "video_complete",
        "video_progress",
        "video_start",
    ),
)

DAILY_TOTALS_REPORT = Report(
    metrics={
        **_EVENT_COUNT,
        "sessions": ("sessions", "BIGINT"),
        "total_users": ("totalUsers", "BIGINT"),
        "transactions": ("transactions", "BIGINT"),
        "purchase_revenue": ("purchaseRevenue", "DOUBLE"),
    },
)

REPORTS = (EVENTS_REPORT, EVENT_ATTRIBUTES_REPORT, EVENT_PARAMETERS_REPORT, DAILY_TOTALS_REPORT)


def custom_dimensions() -> tuple[str, ...]:
    """The `customEvent:…` dimensions that must be registered in the property."""
    names = {name for report in REPORTS for name in report.dimensions.values()}
    return tuple(sorted(name for name in names if name.startswith("customEvent:")))
