"""HubSpot's API: a service key as bearer token, dated paths, limits of requests and of searches."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar

import msgspec
from requests_ratelimiter import Rate

from dagster_project.sources.core import configuration as variables
from dagster_project.sources.core.bearer import BearerAuth
from dagster_project.sources.core.errors import ConfigurationError, NotFoundError, PlanRequiredError
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.records import Split, fields_of, split_field, split_object
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.throttle import MARGIN, SECOND, Throttle
from dagster_project.sources.hubspot.errors import TITLE, TOKEN, classify

BASE_URL = "https://api.hubapi.com"
VERSION = "2026-09"  # of the dated API; each is supported for 18 months
ORDER_ID = "HUBSPOT_ORDER_ID_PROPERTY"
CURRENCY = "HUBSPOT_CURRENCY"
REQUESTS = "HUBSPOT_REQUESTS_PER_10_SECONDS"
SEARCHES = "HUBSPOT_SEARCHES_PER_SECOND"
VARIABLES = {
    TOKEN: "Service key (Settings → Integrations → Service Keys), or the token of a private app.",
    ORDER_ID: "Internal name of the deal property that holds the shop's order id, if there is one.",
    CURRENCY: "Currency of deals that name none, as those of a portal of one currency, like EUR.",
    "HUBSPOT_BASE_URL": f"Base URL of the API, if not {BASE_URL}.",
    REQUESTS: "Maximum requests per ten seconds (default 100, the limit of the smallest plans).",
    SEARCHES: "Maximum searches per second (default 4, the limit of every plan).",
}
SHARED_VARIABLES = ("HUBSPOT_BASE_URL", REQUESTS, SEARCHES)
REQUESTS_PER_TEN_SECONDS = 100
SEARCHES_PER_SECOND = 4
SEARCH = "CRM search"  # one limit for the searches of all objects together

T = TypeVar("T")


@dataclass(frozen=True)
class Configuration:
    """One portal."""

    service_key: str = field(repr=False)
    base_url: str = BASE_URL
    order_id_property: str | None = None
    home_currency: str | None = None
    requests_per_ten_seconds: int = REQUESTS_PER_TEN_SECONDS
    searches_per_second: int = SEARCHES_PER_SECOND


def configure(environment: Mapping[str, str]) -> Configuration | None:
    """None without a service key; ConfigurationError when it or another variable is invalid."""
    values = variables.required(TITLE, environment, (TOKEN,))
    if values is None:
        return None
    name = environment.get(ORDER_ID, "").strip()
    if name and not (name.isascii() and name.replace("_", "").isalnum() and name == name.lower()):
        raise ConfigurationError(
            f"{ORDER_ID} of {TITLE} is not the internal name of a property, which has lower-case letters, "
            "digits and underscores; copy it from Settings → Properties → Deal properties."
        )
    currency = environment.get(CURRENCY, "").strip()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise ConfigurationError(f"{CURRENCY} of {TITLE} is not an ISO 4217 code; write it like EUR.")
    return Configuration(
        service_key=variables.token(TITLE, TOKEN, values[0]),
        base_url=variables.base_url(TITLE, environment, "HUBSPOT_BASE_URL", BASE_URL),
        order_id_property=name or None,
        home_currency=currency or None,
        requests_per_ten_seconds=variables.positive(TITLE, environment, REQUESTS, REQUESTS_PER_TEN_SECONDS),
        searches_per_second=variables.positive(TITLE, environment, SEARCHES, SEARCHES_PER_SECOND),
    )


class Client:
    """A connection to one portal."""

    def __init__(
        self, configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self.now = now
        self.order_id_property = configuration.order_id_property
        self.home_currency = configuration.home_currency
        throttle = Throttle(
            shared=[Rate(configuration.requests_per_ten_seconds, 10 * SECOND + MARGIN)], sleep=sleep
        )
        throttle.allow({SEARCH: [Rate(configuration.searches_per_second, SECOND + MARGIN)]})
        self.http = Http(
            title=TITLE,
            base_url=configuration.base_url,
            auth=BearerAuth(configuration.service_key),
            classify=classify,
            throttle=throttle,
            redactor=Redactor([configuration.service_key]),
            retry=RetryPolicy(5, backoff_factor=1.0, backoff_max=60.0, pause=sleep),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.__exit__()

    def list_objects(self, kind: str, parameters: Mapping[str, Any]) -> Split:
        """A page of contacts, deals, …: records and `paging`."""
        return self.http.get(f"crm/objects/{VERSION}/{kind}", results, parameters, f"{kind} list")

    def search_objects(self, kind: str, body: Mapping[str, Any]) -> Split:
        return self.http.post(f"crm/objects/{VERSION}/{kind}/search", results, body, SEARCH)

    def read_objects(self, kind: str, body: Mapping[str, Any]) -> Sequence[bytes]:
        """Objects by id; those that are gone since are missing from the answer."""
        path = f"crm/objects/{VERSION}/{kind}/batch/read"
        return self.http.post(path, results, body, f"{kind} batch").records

    def read_associations(self, kind: str, others: str, ids: Sequence[str]) -> Sequence[bytes]:
        path = f"crm/associations/{VERSION}/{kind}/{others}/batch/read"
        body = {"inputs": [{"id": id_} for id_ in ids]}
        return self.http.post(path, results, body, f"{kind} {others}").records

    def list_of_campaigns(self, path: str, parameters: Mapping[str, Any]) -> Split:
        """A page of the marketing campaigns, or of what belongs to one of them."""
        return self.http.get(f"marketing/campaigns/{VERSION}{path}", results, parameters, "campaigns")

    def has_campaign(self, campaign: str) -> bool:
        try:
            self.http.get(
                f"marketing/campaigns/{VERSION}/{campaign}", split_object, endpoint="campaigns/{id}"
            )
        except NotFoundError:
            return False
        return True

    def read_budget(self, campaign: str) -> Sequence[bytes]:
        path = f"marketing/campaigns/{VERSION}/{campaign}/budget/totals"
        return self.http.get(path, split_object, endpoint="campaigns/{id}/budget")


def results(body: bytes) -> Split:
    """The records of an answer of the CRM; the last page has no `paging`."""
    return split_field(body, "results", {"paging": dict[str, Any]})


def connect(
    configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Client:
    """A client, to be used as a context manager."""
    return Client(configuration, now, sleep)


def verify(client: Client) -> None:
    """Request one contact: raises when the key is invalid. A key may do without the scope of contacts."""
    try:
        client.list_objects("contacts", {"limit": 1})
    except PlanRequiredError:
        return


class _Account(msgspec.Struct):
    portalId: int | str


def connected_account(client: Client) -> str | None:
    """The portal that the key is of; None where the key may not ask.

    Ids of contacts and deals, and the time up to which they have been read, are those of one portal.
    """
    try:
        [record] = client.http.get(
            f"account-info/{VERSION}/details", split_object, endpoint="account details"
        )
    except (NotFoundError, PlanRequiredError):
        return None
    return f"portal {fields_of(record, _Account, f'The account of {TITLE}').portalId}"
