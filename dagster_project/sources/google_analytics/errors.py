"""Classification of the GA4 Data API's errors."""

import re

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.responses import ErrorClassifier, Response, Retry

CONCURRENT_REQUESTS_WAIT = 30.0  # seconds

_CUSTOM_DIMENSION = re.compile(r"Field (customEvent:\w+) is not a valid dimension")


def registration_hint(dimension: str) -> str:
    """How a person registers a missing `customEvent:` dimension."""
    parameter = dimension.partition(":")[2]
    return (
        f"{dimension} (Admin → Data display → Custom definitions → Create custom dimension, scope Event, "
        f"event parameter `{parameter}`)"
    )


def classifier_for(account: str, property_id: str) -> ErrorClassifier:
    """The classifier of one property's errors; its messages name the account that lacks a permission."""

    def classify(response: Response) -> SourceError | Retry | None:
        if response.status < 400:
            return None
        error = response.fields().get("error")
        error = error if isinstance(error, dict) else {}
        message = str(error.get("message", ""))
        if response.status == 400 and (found := _CUSTOM_DIMENSION.search(message)):
            return ConfigurationError(
                f"Property {property_id} has no custom dimension {registration_hint(found[1])}; register it. "
                "Google fills it from then on, not for earlier events."
            )
        if response.status == 401:
            return AuthenticationError(
                f"Google Analytics 4 refused the token of {account} (401), also after renewing it. Check the "
                "key file and this machine's clock."
            )
        if response.status == 403:
            return _forbidden(message, account, property_id)
        if response.status == 429:
            return _exhausted(message)
        return None

    return classify


def _forbidden(message: str, account: str, property_id: str) -> SourceError:
    if "SERVICE_DISABLED" in message or "has not been used in project" in message or "is disabled" in message:
        return ConfigurationError(
            "The Google Analytics Data API is disabled in the service account's Google Cloud project; "
            "enable it (APIs & Services → Library → Google Analytics Data API) and try again later."
        )
    if "insufficient authentication scopes" in message:
        return AuthenticationError(
            f"The token of {account} lacks the scope analytics.readonly (403). Use the service account's own "
            "key file."
        )
    return AuthenticationError(
        f"{account} may not read property {property_id} (403). Add the service account as Viewer: Admin → "
        "Property access management."
    )


def _exhausted(message: str) -> SourceError | Retry:
    if "concurrent requests" in message:
        return Retry("too many requests at once", seconds=CONCURRENT_REQUESTS_WAIT)
    when = "at midnight, Pacific time" if "per day" in message else "within the hour"
    return QuotaExhaustedError(
        f"Google Analytics 4's quota is exhausted ({message.split('.')[0] or 'RESOURCE_EXHAUSTED'}). It "
        f"resets {when}; run again then, landed days are kept."
    )
