"""Smaily's API: HTTP Basic with an API user, JSON labelled as HTML, errors inside HTTP 200."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from requests.auth import HTTPBasicAuth
from requests_ratelimiter import Rate

from dagster_project.sources.core import configuration as variables
from dagster_project.sources.core.errors import ConfigurationError, NotFoundError
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.records import split_list
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.throttle import MARGIN, SECOND, Throttle
from dagster_project.sources.smaily.errors import classify
from dagster_project.sources.smaily.paging import pages, whole_list, within_limit

TITLE = "Smaily"
VARIABLES = {
    "SMAILY_SUBDOMAIN": "The account's subdomain: `acme` of acme.sendsmaily.net.",
    "SMAILY_USERNAME": "API user (Account settings → Integrations → API), not the login.",
    "SMAILY_PASSWORD": "Password of the API user.",
    "SMAILY_BASE_URL": "Base URL of the API, if not https://{SMAILY_SUBDOMAIN}.sendsmaily.net/api/.",
    "SMAILY_REQUESTS_PER_SECOND": "Maximum requests per second (default 5, the documented limit).",
}
SHARED_VARIABLES = ("SMAILY_REQUESTS_PER_SECOND",)
DOMAIN = "sendsmaily.net"
REQUESTS_PER_SECOND = 5
# Smaily's pages of help word a page as 10,000 records whatever the limit: less than that could skip records.
# A smaller limit is asked for only where the larger one is refused.
LIST_LIMITS = (10_000, 1_000, 500, 100)
CONTACT_LIMITS = (25_000, 10_000, 2_500, 1_000, 500, 100)

_CREDENTIALS = ("SMAILY_SUBDOMAIN", "SMAILY_USERNAME", "SMAILY_PASSWORD")


@dataclass(frozen=True)
class Configuration:
    """One account. The base URL is the folder of Smaily's scripts."""

    base_url: str
    username: str
    password: str = field(repr=False)
    requests_per_second: int = REQUESTS_PER_SECOND


def configure(environment: Mapping[str, str]) -> Configuration | None:
    """None without SMAILY_* credentials; ConfigurationError when some are missing or invalid."""
    if not any(environment.get(name, "").strip() for name in _CREDENTIALS):
        return None
    # A base URL replaces the subdomain, but does not make Smaily configured by itself.
    host = "SMAILY_BASE_URL" if environment.get("SMAILY_BASE_URL", "").strip() else "SMAILY_SUBDOMAIN"
    names = (host, "SMAILY_USERNAME", "SMAILY_PASSWORD")
    values = variables.required(TITLE, environment, names)
    if values is None:
        return None
    subdomain, username, password = values
    default = f"https://{subdomain}.{DOMAIN}/api/"
    if host == "SMAILY_SUBDOMAIN" and not subdomain.replace("-", "").isalnum():
        raise ConfigurationError("SMAILY_SUBDOMAIN is not a subdomain; write `acme` for acme.sendsmaily.net.")
    return Configuration(
        base_url=variables.base_url(TITLE, environment, "SMAILY_BASE_URL", default),
        username=username,
        password=password,
        requests_per_second=variables.positive(
            TITLE, environment, "SMAILY_REQUESTS_PER_SECOND", REQUESTS_PER_SECOND
        ),
    )


def account(configuration: Configuration) -> str | None:
    """The log goes on after the last number read, whose ever it was; behind a base URL that is not known."""
    host = urlsplit(configuration.base_url).hostname or ""
    subdomain, _, domain = host.partition(".")
    return f"account {subdomain}" if domain == DOMAIN else None


class Client:
    """A connection to one account."""

    def __init__(
        self, configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self.now = now
        self._listed: dict[str, Sequence[Sequence[bytes]]] = {}
        self._contact_lists: Sequence[bytes] | None = None
        rate = Rate(configuration.requests_per_second, SECOND + MARGIN)
        self.http = Http(
            title=TITLE,
            base_url=configuration.base_url,
            auth=HTTPBasicAuth(configuration.username.encode(), configuration.password.encode()),
            classify=classify,
            throttle=Throttle(shared=[rate], sleep=sleep),
            redactor=Redactor([configuration.password, f"{configuration.username}:{configuration.password}"]),
            retry=RetryPolicy(5, backoff_factor=1.0, backoff_max=60.0, pause=sleep),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.__exit__()

    def list_pages(self, script: str, page_name: str) -> Sequence[Sequence[bytes]]:
        """Every page of campaigns, A/B tests or automations, requested once per client.

        `page_name` is the parameter that counts pages; where Smaily calls it `offset`, it still does.
        """
        if script not in self._listed:

            def fetch(query: Mapping[str, Any]) -> Sequence[bytes]:
                return self.http.get(script, split_list, query)

            what = f"Smaily's {script}, paged by `{page_name}`,"
            self._listed[script] = whole_list(fetch, page_name, LIST_LIMITS, what)
        return self._listed[script]

    def contact_lists(self, *, again: bool = False) -> Sequence[bytes]:
        """The contact lists and their sizes, requested once per client or `again`."""
        if self._contact_lists is None or again:
            self._contact_lists = self.http.get("list.php", split_list)
        return self._contact_lists

    def contact_pages(self, list_: int, fields: str) -> Iterator[Sequence[bytes]]:
        """The contacts of a list, sorted by address, page by page."""

        def fetch(at: int, limit: int) -> Sequence[bytes]:
            query = {"list": list_, "fields": fields, "limit": limit, "offset": at}
            return self.http.get("contact.php", split_list, query)

        limit, first = within_limit(CONTACT_LIMITS, lambda limit: fetch(0, limit))
        what = f"Smaily's contact.php of list {list_}, paged by `offset`,"
        yield from pages(lambda at, limit: fetch(at, limit) if at else first, limit, what)


def connect(
    configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Client:
    """A client, to be used as a context manager."""
    return Client(configuration, now, sleep)


def verify(client: Client) -> None:
    """Request the contact lists, the cheapest call: raises when credentials or account are invalid."""
    try:
        client.contact_lists(again=True)
    except NotFoundError:
        raise ConfigurationError(
            "Smaily does not have this account (404). Check SMAILY_SUBDOMAIN or SMAILY_BASE_URL."
        ) from None
