"""The GA4 Data API: a service account's token, reports by POST, pages checked for shifted rows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec

from dagster_project.sources.core import configuration as variables
from dagster_project.sources.core.errors import ConfigurationError, UnavailableError
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.listing import Listing
from dagster_project.sources.core.records import Split, decode, split_field
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.throttle import Throttle
from dagster_project.sources.google_analytics.authorization import ServiceAccountAuth
from dagster_project.sources.google_analytics.errors import classifier_for, registration_hint
from dagster_project.sources.google_analytics.quota import Quota, QuotaStatus
from dagster_project.sources.google_analytics.reports import MAXIMUM_ROWS, Report, custom_dimensions

TITLE = "Google Analytics 4"
BASE_URL = "https://analyticsdata.googleapis.com/v1beta"
VARIABLES = {
    "GA4_PROPERTY_ID": "Number of the property (Admin → Property settings).",
    "GOOGLE_APPLICATION_CREDENTIALS": "Path of the service account's JSON key file.",
    "GA4_BASE_URL": f"Base URL of the Data API, if not {BASE_URL}.",
}
SHARED_VARIABLES = ("GOOGLE_APPLICATION_CREDENTIALS", "GA4_BASE_URL")

PAGE_ROWS = 100_000  # about 70 MB of JSON; the API's limit is 250,000
LARGEST_PAGE = 256 << 20  # bytes; a page with long addresses has three times as many as usual
RESTARTS = 4  # of a day whose rows change between two pages

_ENVELOPE_FIELDS = {"rowCount": int, "metadata": dict[str, Any], "propertyQuota": dict[str, QuotaStatus]}


class _RowsChanged(Exception):
    """The rows of a day changed while they were read."""


class ReportPage(NamedTuple):
    """`restarts`: the day is read from the start again, and its pages before do not count."""

    split: Split
    restarts: bool


@dataclass(frozen=True)
class Configuration:
    """One property and the key file of a service account that may read it.

    `export_folders` and `export_datasets` are where BigQuery exports lie, of this property or of others.
    """

    property_id: str
    key_file: Path
    base_url: str = BASE_URL
    page_rows: int = PAGE_ROWS
    allow_http: bool = False
    export_folders: tuple[str, ...] = ()
    export_datasets: tuple[str, ...] = ()


def configure(environment: Mapping[str, str]) -> Configuration | None:
    """None without GA4_PROPERTY_ID; ConfigurationError when the key file is missing or a value is invalid."""
    if not environment.get("GA4_PROPERTY_ID", "").strip():
        return None  # the key file alone is often set for other Google services
    names = ("GA4_PROPERTY_ID", "GOOGLE_APPLICATION_CREDENTIALS")
    property_id, key_file = variables.required(TITLE, environment, names) or ("", "")
    property_id = property_id.removeprefix("properties/")
    if not property_id.isdecimal():
        raise ConfigurationError(
            "GA4_PROPERTY_ID is not a number; a G-… code is the measurement id. The property id is shown in "
            "Admin → Property settings."
        )
    return Configuration(
        property_id=property_id,
        key_file=Path(key_file),
        base_url=variables.base_url(TITLE, environment, "GA4_BASE_URL", BASE_URL),
        allow_http=variables.allows_http(environment),
        export_folders=variables.listed(environment, "GA4_EXPORT_FOLDER"),
        export_datasets=variables.listed(environment, "GA4_EXPORT_DATASETS"),
    )


def is_exported(configuration: Configuration) -> bool:
    """Whether a BigQuery export has the property's tables, or tables that do not say of which property."""
    # Imported here, as the export reads its tables with this package's authorization.
    from dagster_project.sources.google_analytics_export.files import Files
    from dagster_project.sources.google_analytics_export.tables import property_in

    found = {property_in(dataset) for dataset in configuration.export_datasets}
    if configuration.export_folders:
        found |= {table.property_id for table in Files(configuration.export_folders).tables()} or {None}
    return None in found or configuration.property_id in found


def account(configuration: Configuration) -> str:
    """A property's days have the names of any other's."""
    return f"property {configuration.property_id}"


class Client:
    """A connection to one property."""

    def __init__(
        self, configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self.now = now
        self.totals_only = is_exported(configuration)
        self.property = f"properties/{configuration.property_id}"
        self._quota = Quota()
        self._page_rows = min(configuration.page_rows, MAXIMUM_ROWS)
        redactor = Redactor()
        self._auth = ServiceAccountAuth(configuration.key_file, redactor, configuration.allow_http)
        self.http = Http(
            title=TITLE,
            base_url=configuration.base_url,
            auth=self._auth,
            classify=classifier_for(self._auth.account, configuration.property_id),
            throttle=Throttle(sleep=sleep),
            redactor=redactor,
            # Google blocks a project after ten server errors in an hour: few retries, far apart.
            retry=RetryPolicy(4, backoff_factor=4.0, backoff_max=120.0, pause=sleep),
            largest_body=LARGEST_PAGE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._auth.close()
        self.http.__exit__()

    def run(self, report: Report, day: date) -> Iterator[ReportPage]:
        """The report's pages for one day, each with `rowCount` and `metadata` in its envelope.

        The rows of a day change while Google processes it: when the count differs from one page to the
        next, or a page begins with the row the last one ended with, the day is read again from the start.
        """
        for attempt in range(RESTARTS + 1):
            try:
                for number, page in enumerate(self._pages(report, day)):
                    yield ReportPage(page, restarts=attempt > 0 and number == 0)
            except _RowsChanged:
                continue
            return
        raise UnavailableError(
            f"{TITLE} changed the rows of {day} in each of {RESTARTS + 1} attempts to read them; run again "
            "once Google has processed the day."
        )

    def peek(self, report: Report, day: date) -> Split:
        """The report's first row, for the flags in its envelope."""
        return self._page(report, day, limit=1, offset=0)

    def _pages(self, report: Report, day: date) -> Iterator[Split]:
        """Every page of a day; raises _RowsChanged when its rows change in between."""
        listing = Listing(f"Google Analytics 4's report of {day}")
        page = self._page(report, day, self._page_rows, 0)
        announced, offset = row_count(page), len(page.records)
        listing.add(page.records)
        last_row = page.records[-1] if page.records else b""
        yield page
        while offset < announced:
            page = self._page(report, day, self._page_rows, offset)
            if row_count(page) != announced or not page.records or page.records[0] == last_row:
                raise _RowsChanged
            listing.add(page.records)
            offset += len(page.records)
            last_row = page.records[-1]
            yield page

    def _page(self, report: Report, day: date, limit: int, offset: int) -> Split:
        self._quota.check()
        body = report.body(day, limit, offset)
        page = self.http.post(f"{self.property}:runReport", _split, body, endpoint="runReport")
        self._quota.update(page.envelope["propertyQuota"] or {})
        return page


def row_count(page: Split) -> int:
    """Rows of the whole report, not of the page; an empty report omits the field."""
    return page.envelope["rowCount"] or 0


def _split(body: bytes) -> Split:
    return split_field(body, "rows", _ENVELOPE_FIELDS, optional=True)


def connect(
    configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Client:
    """A client, to be used as a context manager."""
    return Client(configuration, now, sleep)


def verify(client: Client) -> None:
    """Request the property's metadata and check that it has every custom dimension the reports read.

    Totals have no dimensions.
    """
    listed = client.http.get(f"{client.property}/metadata", _dimensions, endpoint="metadata")
    missing = [name for name in custom_dimensions() if name not in listed]
    if missing and not client.totals_only:
        raise ConfigurationError(
            f"{client.property} lacks custom dimensions: {'; '.join(map(registration_hint, missing))}. "
            "Register them; Google fills them from then on, not for earlier events."
        )


def _dimensions(body: bytes) -> set[str]:
    return {dimension.apiName for dimension in decode(body, _Metadata).dimensions}


class _Dimension(msgspec.Struct):
    apiName: str


class _Metadata(msgspec.Struct):
    dimensions: list[_Dimension] = []
