"""Classification of HubSpot's errors: JSON with a `category`, throttling with the name of the policy."""

from dagster_project.sources.core.errors import (
    AuthenticationError,
    PlanRequiredError,
    QuotaExhaustedError,
    SourceError,
)
from dagster_project.sources.core.responses import Response, Retry

TITLE = "HubSpot"
TOKEN = "HUBSPOT_SERVICE_KEY"

TEN_SECONDS = 10.0
SECOND = 1.0

_NO_SUCH_ACCESS = 530  # seen by other connectors where the account behind the token is gone


def classify(response: Response) -> SourceError | Retry | None:
    """A 403 is a scope that the key lacks: its streams are left out. 477 asks to wait for a moving portal."""
    if response.status < 400:
        return None
    fields = response.fields()
    if response.status == 429:
        return _throttled(str(fields.get("policyName") or ""), str(fields.get("message") or ""))
    if response.status == 477:
        return Retry("the portal is being moved (477)", seconds=TEN_SECONDS)
    if response.status in (401, _NO_SUCH_ACCESS):
        return AuthenticationError(
            f"HubSpot refused the key ({response.status}). Check {TOKEN}: it must be that of a service key "
            "(Settings → Integrations → Service Keys) or of a private app that still exists."
        )
    if response.status == 403:
        return PlanRequiredError(
            f"{TOKEN} lacks a scope for this, or the portal's subscription does not include it (403); the "
            "stream is left out. README lists the scopes; add it to the service key to have the stream."
        )
    return None


def _throttled(policy: str, message: str) -> SourceError | Retry:
    """HubSpot names the limit; not every answer says how long to wait."""
    words = f"{policy} {message}".upper()
    if "DAILY" in words:
        return QuotaExhaustedError(
            "HubSpot's daily limit of requests is spent (429 DAILY). It resets at midnight in the portal's "
            "time zone; run again after that, or leave other integrations fewer requests."
        )
    is_ten = "TEN_SECONDLY" in words
    return Retry(
        f"HubSpot's limit per {'ten seconds' if is_ten else 'second'} (429)",
        seconds=TEN_SECONDS if is_ten else SECOND,
    )
