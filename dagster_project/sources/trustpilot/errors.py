"""Classification of Trustpilot's errors, by status alone: no JSON body of an error has been documented."""

from collections.abc import Callable

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    PlanRequiredError,
    SourceError,
)
from dagster_project.sources.core.responses import ErrorClassifier, Response, Retry

TITLE = "Trustpilot"
KEY, SECRET, DOMAIN = "TRUSTPILOT_API_KEY", "TRUSTPILOT_API_SECRET", "TRUSTPILOT_DOMAIN"
CREDENTIALS = f"{KEY} and {SECRET}"

THROTTLED = 60.0  # seconds; the limit counts five minutes, and no header says how long to wait
BLOCKED = 30.0


def classifier_for(prove: Callable[[], object], forget: Callable[[], bool]) -> ErrorClassifier:
    """`prove` notes that the token was accepted, `forget` drops one that was and says whether it had been.

    An expired token may be answered with 401 or with 403, a lack of rights with 403, and the network in front
    of Trustpilot answers 403 with a page of HTML.
    """

    def classify(response: Response) -> SourceError | Retry | None:
        if response.status < 300:
            prove()
            return None
        if response.status in (429, 503):
            return Retry(f"more requests than Trustpilot allows ({response.status})", seconds=THROTTLED)
        if response.status == 401:
            return AuthenticationError(f"{TITLE} refused the token (401). Check {CREDENTIALS}.")
        if response.status == 403:
            if response.body.lstrip()[:1] == b"<":
                return Retry("the network in front of Trustpilot answered 403", seconds=BLOCKED)
            if forget():
                return Retry("the token is not accepted any more (403)")
            return PlanRequiredError(
                f"{TITLE} refused this call (403): private reviews need the API module of the plan, and the "
                f"application behind {KEY} access to the business unit. The stream is left out."
            )
        return None

    return classify


def unknown_unit(domain: str) -> ConfigurationError:
    return ConfigurationError(
        f"{TITLE} has no business unit of the name {domain}. Check {DOMAIN}: it is the part behind "
        "trustpilot.com/review/."
    )
