"""Errors of a source; each message says what happened, where, and what to do."""


class SourceError(Exception):
    """A source could not be read. The message is written for the operator and never contains a secret."""


class ConfigurationError(SourceError):
    """The configuration is incomplete or contradictory; no request was sent for data."""


class AuthenticationError(SourceError):
    """The source refused the credentials or a missing scope; retrying cannot help."""


class QuotaExhaustedError(SourceError):
    """An hourly, daily or monthly quota is exhausted; retrying before its reset cannot help."""


class PlanRequiredError(SourceError):
    """The account's plan does not include this stream; the stream is skipped and reported as skipped."""


class ProtocolError(SourceError):
    """The response violates the API's contract (HTML, a truncated or malformed body)."""


class UnreadableDayError(ProtocolError):
    """One day is damaged and the others are not: it is left out, named, and read again by the next run."""


class UnavailableError(SourceError):
    """The source stayed unreachable or kept failing after every permitted retry."""


class WaitedTooLongError(SourceError):
    """The run has waited for the source as long as it may; it is left to the next run."""


class NotFoundError(ProtocolError):
    """The endpoint or object does not exist; some streams treat that as an empty response."""
