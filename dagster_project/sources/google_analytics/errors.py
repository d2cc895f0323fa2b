"""What Google's errors mean and what to do about them."""

import re

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.responses import Again, Answer, Judge

CONCURRENT_REQUESTS_WAIT = 30.0  # seconds

_CUSTOM_DIMENSION = re.compile(r"Field (customEvent:\w+) is not a valid dimension")


def registration_hint(dimension: str) -> str:
    """How a person registers a missing `customEvent:` dimension."""
    parameter = dimension.partition(":")[2]
    return (
        f"{dimension} (Admin → Data display → Custom definitions → Create custom dimension, scope Event, "
        f"event parameter `{parameter}`)"
    )


def judge_for(account: str, property_id: str) -> Judge:
    """The judge of one property's answers; messages name the account that lacks a right."""

    def judge(answer: Answer) -> SourceError | Again | None:
        if answer.status < 400:
            return None
        error = answer.fields().get("error")
        error = error if isinstance(error, dict) else {}
        message = str(error.get("message", ""))
        if answer.status == 400 and (found := _CUSTOM_DIMENSION.search(message)):
            return ConfigurationError(
                f"Property {property_id} has no custom dimension {registration_hint(found[1])}; register it. "
                "Data is collected from then on, not backwards."
            )
        if answer.status == 401:
            return AuthenticationError(
                f"Google Analytics 4 refused the token of {account} (401), even a fresh one. Check the key "
                "file and this machine's clock."
            )
        if answer.status == 403:
            return _forbidden(message, account, property_id)
        if answer.status == 429:
            return _exhausted(message)
        return None

    return judge


def _forbidden(message: str, account: str, property_id: str) -> SourceError:
    if "SERVICE_DISABLED" in message or "has not been used in project" in message or "is disabled" in message:
        return ConfigurationError(
            "The Google Analytics Data API is switched off in the service account's Google Cloud project; "
            "enable it (APIs & Services → Library → Google Analytics Data API) and try again later."
        )
    if "insufficient authentication scopes" in message:
        return AuthenticationError(
            f"The token of {account} lacks the scope analytics.readonly (403). Use the account's own key."
        )
    return AuthenticationError(
        f"{account} may not read property {property_id} (403). Add the service account as Viewer: Admin → "
        "Property access management."
    )


def _exhausted(message: str) -> SourceError | Again:
    if "concurrent requests" in message:
        return Again("too many requests at once", seconds=CONCURRENT_REQUESTS_WAIT)
    when = "at midnight, Pacific time" if "per day" in message else "within the hour"
    return QuotaExhaustedError(
        f"Google Analytics 4's quota is spent ({message.split('.')[0] or 'RESOURCE_EXHAUSTED'}). It fills up "
        f"{when}; run again then, landed days stay."
    )
