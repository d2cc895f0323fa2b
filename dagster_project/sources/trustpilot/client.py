"""Trustpilot's API: a business unit found by its name, reviews page by page, a limited rate."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import msgspec
from requests_ratelimiter import Rate

from dagster_project.sources.core import configuration as variables
from dagster_project.sources.core.errors import (
    ConfigurationError,
    NotFoundError,
    PlanRequiredError,
    ProtocolError,
)
from dagster_project.sources.core.http import Http
from dagster_project.sources.core.records import fields_of, split_field, split_object
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.retrying import RetryPolicy
from dagster_project.sources.core.throttle import MARGIN, MINUTE, Throttle
from dagster_project.sources.trustpilot.authorization import TokenAuth
from dagster_project.sources.trustpilot.errors import (
    DOMAIN,
    KEY,
    SECRET,
    TITLE,
    classifier_for,
    unknown_unit,
)

BASE_URL = "https://api.trustpilot.com/v1"
NAMESPACE = "TRUSTPILOT_ORDER_NAMESPACE"
VARIABLES = {
    KEY: "API key of an application (Trustpilot Business → Integrations → APIs).",
    SECRET: "Its secret.",
    DOMAIN: "Name of the business unit: example.com of trustpilot.com/review/example.com.",
    NAMESPACE: (
        "Whose order ids the references of reviews are: a source or a feed, several by commas, like "
        "google_analytics."
    ),
    "TRUSTPILOT_BASE_URL": f"Base URL of the API, if not {BASE_URL}.",
}
SHARED_VARIABLES = (KEY, SECRET, "TRUSTPILOT_BASE_URL")
REQUESTS, MINUTES = 833, 5  # Trustpilot's guidance, which keeps its 10,000 an hour too
PAGE_LIMIT = 100  # Trustpilot's maximum per page
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # Trustpilot began in 2007
LARGEST_CLOCK_SKEW = timedelta(days=1)


@dataclass(frozen=True)
class Configuration:
    """One business unit."""

    key: str
    secret: str = field(repr=False)
    domain: str
    base_url: str = BASE_URL
    order_namespace: str | None = None


def configure(environment: Mapping[str, str]) -> Configuration | None:
    """None without TRUSTPILOT_* credentials; ConfigurationError when some are missing or invalid."""
    values = variables.required(TITLE, environment, (KEY, SECRET, DOMAIN))
    if values is None:
        return None
    key, secret, domain = values
    if not domain.isascii() or any(character in domain for character in "/:@?# "):
        raise ConfigurationError(
            f"{DOMAIN} is not the name of a business unit; write `example.com` for "
            "https://www.trustpilot.com/review/example.com."
        )
    return Configuration(
        key=variables.token(TITLE, KEY, key),
        secret=secret,
        domain=domain.lower(),
        base_url=variables.base_url(TITLE, environment, "TRUSTPILOT_BASE_URL", BASE_URL),
        order_namespace=_names(environment.get(NAMESPACE, "")),
    )


def _names(text: str) -> str | None:
    return ", ".join(name.strip() for name in text.split(",") if name.strip()) or None


def account(configuration: Configuration) -> str:
    """The reviews of another business unit would be mixed with these."""
    return f"business unit {configuration.domain}"


class _Identified(msgspec.Struct):
    id: str


class _Created(msgspec.Struct):
    id: str
    createdAt: Any = None


class Client:
    """A connection to one business unit."""

    def __init__(
        self, configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
    ) -> None:
        self.now = now
        self.domain = configuration.domain
        self.order_namespace = configuration.order_namespace
        self._unit: Sequence[bytes] | None = None
        redactor = Redactor([configuration.secret, configuration.key])
        self._auth = TokenAuth(configuration.base_url, configuration.key, configuration.secret, redactor)
        self.http = Http(
            title=TITLE,
            base_url=configuration.base_url,
            auth=self._auth,
            classify=classifier_for(self._auth.prove, self._auth.forget_proven_token),
            throttle=Throttle(shared=[Rate(REQUESTS, MINUTES * MINUTE + MARGIN)], sleep=sleep),
            redactor=redactor,
            retry=RetryPolicy(5, backoff_factor=1.0, backoff_max=120.0, pause=sleep),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._auth.close()
        self.http.__exit__()

    def written_at(self, value: Any) -> datetime | None:
        """A time of Trustpilot, with or without fraction and zone (UTC without one).

        None when it is unreadable, or one at which no review was written: reading must not go on from there.
        """
        try:
            read = datetime.fromisoformat(str(value).strip())
            at = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return at if EARLIEST < at <= self.now() + LARGEST_CLOCK_SKEW else None

    def business_unit(self, *, again: bool = False) -> Sequence[bytes]:
        """The business unit with its totals, requested once per client or `again`."""
        if self._unit is None or again:
            try:
                self._unit = self.http.get("business-units/find", split_object, {"name": self.domain})
            except NotFoundError:
                raise unknown_unit(self.domain) from None
        return self._unit

    def review_page(self, parameters: Mapping[str, Any]) -> Sequence[bytes]:
        """One page of the private reviews."""
        [record] = self.business_unit()
        unit = fields_of(record, _Identified, f"The business unit of {TITLE}").id
        path = f"private/business-units/{unit}/reviews"
        return self.http.get(path, lambda body: split_field(body, "reviews"), parameters, "reviews").records

    def reviews(self, since: datetime | None) -> Iterator[bytes]:
        """Every review that was written since then, the oldest first.

        Pages by number shift when a review before them is taken down, and one would be passed over. So
        the next page is asked for by the time of the last review, less a second in case the bound is
        exclusive; by number only among reviews of one time. An empty page is the end: a server may give fewer
        than asked.
        """
        number, seen, repeated = 1, dict[str, datetime](), 0
        latest = since or EARLIEST
        while True:
            bound = {"startDateTime": f"{since:%Y-%m-%dT%H:%M:%SZ}"} if since else {}
            parameters = {"orderBy": "createdat.asc", "perPage": PAGE_LIMIT, "page": number, **bound}
            records = self.review_page(parameters)
            if not records:
                return
            before = len(seen)
            for record in records:
                review = fields_of(record, _Created, f"A review of {TITLE}")
                at = self.written_at(review.createdAt) or latest
                if review.id not in seen and (since is None or at >= since.replace(microsecond=0)):
                    latest = max(latest, at)
                    seen[review.id] = latest
                    yield record
            repeated = 0 if len(seen) > before else repeated + len(records)
            if repeated > len(seen):
                raise ProtocolError(
                    f"{TITLE}'s reviews do not move on after page {number}, which repeats those before; "
                    "reading was stopped. Run again later, and check whether the vendor changed how it pages."
                )
            following = latest - timedelta(seconds=1)
            if len(seen) > before and latest > EARLIEST and (since is None or following > since):
                since, number, repeated = following, 1, 0
                seen = {id_: at for id_, at in seen.items() if at >= following.replace(microsecond=0)}
            else:
                number += 1


def connect(
    configuration: Configuration, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Client:
    """A client, to be used as a context manager."""
    return Client(configuration, now, sleep)


def verify(client: Client) -> None:
    """Find the business unit and request one review; a plan may do without private reviews."""
    client.business_unit(again=True)
    try:
        client.review_page({"perPage": 1})
    except PlanRequiredError:
        return
