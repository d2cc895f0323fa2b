"""How a failure is reported: one sentence, and a retry only where waiting can help."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from dagster_project.landing import LandingError
from dagster_project.publishing.errors import PublishingRefused
from dagster_project.raw.errors import WarehouseError
from dagster_project.runtime.unexpected import redacted_traceback, sentence
from dagster_project.runtime.worker import WorkerDied
from dagster_project.settings import SettingError
from dagster_project.sources.core.errors import SourceError, UnavailableError
from dagster_project.sources.core.redaction import without_addresses

RETRIES_WHEN_UNAVAILABLE = 2
SECONDS_BEFORE_RETRY = 60


@contextmanager
def explained(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, patience: float = 1.0
) -> Iterator[None]:
    """Turn every error into a Failure whose description is a sentence: the error's own, or one about it.

    The source's client has retried already; an outage that outlasts that gets two more attempts, a minute
    apart (times `patience`). Bad credentials, spent quotas and the like fail at once. The traceback of an
    error that nothing in the project knows is in the run's log, redacted.
    """
    try:
        yield
    except UnavailableError as error:
        if context.retry_number < RETRIES_WHEN_UNAVAILABLE:
            seconds = SECONDS_BEFORE_RETRY * patience
            context.log.warning("%s Retrying in %.0f s.", without_addresses(str(error)), seconds)
            raise dg.RetryRequested(RETRIES_WHEN_UNAVAILABLE, seconds) from None
        raise dg.Failure(description=without_addresses(str(error)), allow_retries=False) from None
    except (
        WorkerDied,
        SettingError,
        SourceError,
        LandingError,
        WarehouseError,
        PublishingRefused,
    ) as error:
        raise dg.Failure(description=without_addresses(str(error)), allow_retries=False) from None
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:
        context.log.error("%s", redacted_traceback(error, os.environ))
        subject = context.op_execution_context.op.name.replace("__", "/")
        description = sentence(subject, error, os.environ, "the run's log")
        raise dg.Failure(description=description, allow_retries=False) from None
