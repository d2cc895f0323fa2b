"""What Bitly's errors mean and what to do about them."""

from dagster_project.sources.core.errors import (
    AuthenticationError,
    NotFoundError,
    PlanRequiredError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.responses import Again, Answer

RATE_LIMIT_WAIT = 60.0  # seconds: limits are counted by the minute, no header says for how long

_MONTHLY = ("API_USAGE_LIMIT_EXCEEDED", "MONTHLY")


def judge(answer: Answer) -> SourceError | Again | None:
    """Bitly's 403 is a rate limit or a refusal, its 429 a rate limit or the end of the month's allowance."""
    if answer.status < 400:
        return None
    fields = answer.fields()
    message = str(fields.get("message", "")).upper()
    resource = str(fields.get("resource") or "resource")
    if answer.status == 429 and any(word in message for word in _MONTHLY):
        return QuotaExhaustedError(
            "Bitly's monthly allowance of API calls is spent (429 API_USAGE_LIMIT_EXCEEDED). It starts anew "
            "on the first of the month; wait or upgrade the plan."
        )
    limited = "RATE_LIMIT" in message or "X-Ratelimit-Reason" in answer.headers
    if answer.status == 429 or (answer.status == 403 and limited):
        return Again(f"Bitly's rate limit ({answer.status})", seconds=RATE_LIMIT_WAIT)
    if answer.status == 402:
        return PlanRequiredError(
            f"The Bitly plan does not include {resource} (402 UPGRADE_REQUIRED); the stream is left out "
            "until the plan is upgraded."
        )
    if answer.status in (401, 403):
        return AuthenticationError(
            f"Bitly refused the token or its access to {resource} ({answer.status}). Check "
            "BITLY_ACCESS_TOKEN and the groups its user belongs to."
        )
    if answer.status in (404, 410):
        return NotFoundError(f"Bitly has no such {resource} ({answer.status}); it may be deleted.")
    return None
