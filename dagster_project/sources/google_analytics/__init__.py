"""Google Analytics 4: web events, read through its Data API."""

from dagster_project.sources.core.stream import Source
from dagster_project.sources.google_analytics.client import (
    SHARED_VARIABLES,
    VARIABLES,
    account,
    configure,
    connect,
    verify,
)
from dagster_project.sources.google_analytics.streams import STREAMS

SOURCE = Source(
    name="google_analytics",
    title="Google Analytics 4",
    streams=STREAMS,
    variables=VARIABLES,
    configure=configure,
    connect=connect,
    verify=verify,
    account=account,
    has_accounts=True,
    shared_variables=SHARED_VARIABLES,
)
