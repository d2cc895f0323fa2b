"""Bitly's API: a bearer token, rate limits by endpoint, paging links."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self, TypeVar
from urllib.parse import quote

import msgspec
from requests_ratelimiter import Rate

from dagster_project.sources.bitly.errors import classify
from dagster_project.sources.bitly.links import Link
from dagster_project.sources.core import configuration as variables
from dagster_project.sources.core.bearer import BearerAuth
from dagster_project.sources.core.errors import (
    AuthenticationError,
    NotFoundError,
    PlanRequiredError,
    ProtocolError,
)
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.records import decode
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.throttle import HOUR, MARGIN, MINUTE, Throttle

TITLE = "Bitly"
BASE_URL = "https://api-ssl.bitly.com/v4"
VARIABLES = {
    "BITLY_ACCESS_TOKEN": "Generic access token (Settings → Developer settings → API).",
    "BITLY_BASE_URL": f"Base URL of the API, if not {BASE_URL}.",
}
SHARED_VARIABLES = ("BITLY_BASE_URL",)

HOURLY_LIMIT = 1000  # requests per endpoint, where Bitly does not state the account's limit

T = TypeVar("T")


@dataclass(frozen=True)
class Configuration:
    """One account."""

    access_token: str = field(repr=False)
    base_url: str = BASE_URL


def configure(environment: Mapping[str, str]) -> Configuration | None:
    """None without BITLY_ACCESS_TOKEN; ConfigurationError when it or the base URL is invalid."""
    values = variables.required(TITLE, environment, ("BITLY_ACCESS_TOKEN",))
    if values is None:
        return None
    token = variables.token(TITLE, "BITLY_ACCESS_TOKEN", values[0])
    return Configuration(token, variables.base_url(TITLE, environment, "BITLY_BASE_URL", BASE_URL))


class Client:
    """A connection to one account."""

    def __init__(
        self, configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self.now = now
        self.links: list[Link] | None = None  # after the first listing
        self.links_confirmed = False  # listed a second time
        self._limits_known = False
        self.http = Http(
            title=TITLE,
            base_url=configuration.base_url,
            auth=BearerAuth(configuration.access_token),
            classify=classify,
            throttle=Throttle(each=_rates(HOURLY_LIMIT), sleep=sleep),
            redactor=Redactor([configuration.access_token]),
            retry=RetryPolicy(5, backoff_factor=1.0, backoff_max=120.0, pause=sleep),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.__exit__()

    def read(
        self,
        endpoint: str,
        names: Mapping[str, str],
        parameters: Mapping[str, Any],
        parse: Callable[[bytes], T],
    ) -> T:
        """Request an endpoint such as `/bitlinks/{bitlink}/clicks`, ids quoted; return its parsed body."""
        if not self._limits_known:
            self._limits_known = True
            self.http.throttle.allow(self._stated_limits())
        path = endpoint.format(**{name: quote(value, safe="") for name, value in names.items()})
        return self.http.get(path.lstrip("/"), parse, parameters, endpoint)

    def _stated_limits(self) -> dict[str, list[Rate]]:
        """The account's hourly limits by endpoint; empty where Bitly does not state them."""
        try:
            limits = self.http.get("user/platform_limits", lambda body: decode(body, _Limits))
        except (NotFoundError, PlanRequiredError, AuthenticationError, ProtocolError):
            return {}
        return {
            limit.endpoint.removeprefix("/v4"): _rates(method.limit)
            for limit in limits.platform_limits
            for method in limit.methods
            if method.name.upper() == "GET" and method.limit > 0
        }


def _rates(hourly: int) -> list[Rate]:
    """An hourly limit, and the tenth of it that Bitly allows per minute."""
    return [Rate(max(1, hourly // 10), MINUTE + MARGIN), Rate(hourly, HOUR + MARGIN)]


class _Method(msgspec.Struct):
    name: str
    limit: int


class _Limit(msgspec.Struct):
    endpoint: str
    methods: list[_Method] = []


class _Organization(msgspec.Struct):
    guid: str = ""


class _Organizations(msgspec.Struct):
    organizations: list[_Organization] = []


class _Limits(msgspec.Struct):
    platform_limits: list[_Limit] = []


def connect(
    configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Client:
    """A client, to be used as a context manager."""
    return Client(configuration, now, sleep)


def verify(client: Client) -> None:
    """Request the token's user: raises when the token is invalid."""
    client.read("/user", {}, {}, lambda body: decode(body, dict[str, Any]))


def connected_account(client: Client) -> str | None:
    """The organizations whose links a token reads; None where Bitly says of none.

    Two users of one organization read the same links, and a token of another user may follow on theirs. A
    user's default group is a preference, which may change any day.
    """
    try:
        found = client.read("/organizations", {}, {}, lambda body: decode(body, _Organizations)).organizations
    except (NotFoundError, PlanRequiredError, AuthenticationError, ProtocolError):
        return None
    guids = sorted(organization.guid for organization in found if organization.guid)
    return f"organization {', '.join(guids)}" if guids else None
