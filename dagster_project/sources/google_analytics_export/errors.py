"""Classification of BigQuery's errors."""

from typing import Any

from dagster_project.sources.core.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.responses import ErrorClassifier, Response, Retry

TITLE = "GA4's BigQuery export"
_TRANSIENT = ("rateLimitExceeded", "backendError", "internalError", "jobRateLimitExceeded")


def classifier_for(account: str) -> ErrorClassifier:
    """The classifier of one account's errors; its messages name the account that lacks a permission."""

    def classify(response: Response) -> SourceError | Retry | None:
        if response.status < 400:
            return None
        message, reasons = _stated(response)
        if response.status in (403, 429) and any(reason in _TRANSIENT for reason in reasons):
            return Retry("BigQuery limits the rate of requests")
        if response.status == 401:
            return AuthenticationError(
                f"BigQuery refused the token of {account} (401), also after renewing it. Check the key file "
                "and this machine's clock."
            )
        if response.status == 403:
            return _forbidden(message, reasons, account)
        if response.status == 404:
            return NotFoundError(
                f"BigQuery has no such data set or table (404) in {TITLE}; check GA4_EXPORT_DATASETS, "
                "written like project.analytics_123456."
            )
        return None

    return classify


def _stated(response: Response) -> tuple[str, list[str]]:
    error: Any = response.fields().get("error")
    error = error if isinstance(error, dict) else {}
    listed = error.get("errors")
    reasons = [
        str(each.get("reason"))
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    ]
    return str(error.get("message", "")), reasons


def _forbidden(message: str, reasons: list[str], account: str) -> SourceError:
    if "quotaExceeded" in reasons:
        return QuotaExhaustedError(
            "BigQuery's quota for reading tables is exhausted (403); run again after it resets, within a "
            "day. Landed days are kept."
        )
    if (
        "accessNotConfigured" in reasons
        or "has not been used in project" in message
        or "is disabled" in message
    ):
        return ConfigurationError(
            "The BigQuery API is disabled in the service account's Google Cloud project; enable it (APIs & "
            "Services → Library → BigQuery API) and try again later."
        )
    return AuthenticationError(
        f"{account} may not read the data set of {TITLE} (403). Give it the role BigQuery Data Viewer there."
    )
