"""Classification of Bitly's errors."""

from dagster_project.sources.core.errors import (
    AuthenticationError,
    NotFoundError,
    PlanRequiredError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.responses import Response, Retry

RATE_LIMIT_WAIT = 60.0  # seconds: limits are counted per minute, and no header says how long to wait

_MONTHLY = ("API_USAGE_LIMIT_EXCEEDED", "MONTHLY")


def classify(response: Response) -> SourceError | Retry | None:
    """A 403 is a rate limit or a refused permission, a 429 a rate limit or an exhausted monthly quota."""
    if response.status < 400:
        return None
    fields = response.fields()
    message = str(fields.get("message", "")).upper()
    resource = str(fields.get("resource") or "resource")
    if response.status == 429 and any(word in message for word in _MONTHLY):
        return QuotaExhaustedError(
            "Bitly's monthly quota of API calls is exhausted (429 API_USAGE_LIMIT_EXCEEDED). It resets on "
            "the first of the month; wait or upgrade the plan."
        )
    limited = "RATE_LIMIT" in message or "X-Ratelimit-Reason" in response.headers
    if response.status == 429 or (response.status == 403 and limited):
        return Retry(f"Bitly's rate limit ({response.status})", seconds=RATE_LIMIT_WAIT)
    if response.status == 402:
        return PlanRequiredError(
            f"The Bitly plan does not include {resource} (402 UPGRADE_REQUIRED); the stream is skipped "
            "until the plan is upgraded."
        )
    if response.status in (401, 403):
        return AuthenticationError(
            f"Bitly refused the token or its access to {resource} ({response.status}). Check "
            "BITLY_ACCESS_TOKEN and the groups its user belongs to."
        )
    if response.status in (404, 410):
        return NotFoundError(f"Bitly does not have this {resource} ({response.status}); it may be deleted.")
    return None
