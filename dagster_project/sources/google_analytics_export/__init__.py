"""Google Analytics 4: web events of its BigQuery export, as files or through BigQuery's API."""

from dagster_project.sources.core.stream import Source
from dagster_project.sources.google_analytics_export.client import (
    VARIABLES,
    account,
    configure,
    connect,
    verify,
)
from dagster_project.sources.google_analytics_export.streams import STREAMS

SOURCE = Source(
    name="google_analytics_export",
    title="GA4's BigQuery export",
    streams=STREAMS,
    variables=VARIABLES,
    configure=configure,
    connect=connect,
    verify=verify,
    account=account,
)
