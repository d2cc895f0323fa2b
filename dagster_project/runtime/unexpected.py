"""What a person reads of an error that no part of the project knows: a sentence, and a redacted traceback."""

import traceback
from collections.abc import Mapping

from dagster_project.sources.core.redaction import environment_redactor, excerpt, without_addresses


def sentence(subject: str, error: BaseException, environment: Mapping[str, str], log: str) -> str:
    """One sentence for an error without one of its own; `log` says where the traceback is."""
    text = excerpt(environment_redactor(environment)(str(error)))
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return (
        f"{subject} failed for a reason that Milepost has no sentence for ({what.rstrip('.')}). Run again; "
        f"if it fails again, report it with the traceback in {log}."
    )


def redacted_traceback(error: BaseException, environment: Mapping[str, str]) -> str:
    """The traceback without secrets and addresses."""
    text = "".join(traceback.format_exception(error))
    return without_addresses(environment_redactor(environment)(text))
