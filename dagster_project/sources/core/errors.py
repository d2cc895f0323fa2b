"""What can go wrong at a source, each a sentence that says what happened, where, and what to do."""


class SourceError(Exception):
    """A source could not be read. The message is one sentence for a person and never holds a secret."""


class ConfigurationError(SourceError):
    """The configuration is incomplete or contradictory; nothing was asked of the source."""


class AuthenticationError(SourceError):
    """The source refused the credentials or a missing scope; retrying cannot help."""


class QuotaExhaustedError(SourceError):
    """A daily or monthly quota is spent; retrying before its reset cannot help."""


class PlanRequiredError(SourceError):
    """The account's plan does not include this stream; the stream is skipped and said so."""


class ProtocolError(SourceError):
    """The answer is not what the contract promises (HTML, a truncated or malformed body)."""


class UnavailableError(SourceError):
    """The source stayed unreachable or kept failing after every permitted retry."""


class NotFoundError(ProtocolError):
    """The source knows no such endpoint or object; some streams take that for an empty answer."""
