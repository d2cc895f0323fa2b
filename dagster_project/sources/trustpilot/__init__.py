"""Trustpilot: reviews of a company, read through its business API."""

from dagster_project.sources.core.stream import Source
from dagster_project.sources.trustpilot.client import (
    SHARED_VARIABLES,
    VARIABLES,
    account,
    configure,
    connect,
    verify,
)
from dagster_project.sources.trustpilot.streams import STREAMS

SOURCE = Source(
    name="trustpilot",
    title="Trustpilot",
    streams=STREAMS,
    variables=VARIABLES,
    configure=configure,
    connect=connect,
    verify=verify,
    account=account,
    has_accounts=True,
    shared_variables=SHARED_VARIABLES,
)
