"""HubSpot: CRM and e-mail marketing, read through its API."""

from dagster_project.sources.core.stream import Source
from dagster_project.sources.hubspot.client import (
    SHARED_VARIABLES,
    VARIABLES,
    configure,
    connect,
    connected_account,
    verify,
)
from dagster_project.sources.hubspot.streams import STREAMS

SOURCE = Source(
    name="hubspot",
    title="HubSpot",
    streams=STREAMS,
    variables=VARIABLES,
    configure=configure,
    connect=connect,
    verify=verify,
    connected_account=connected_account,
    has_accounts=True,
    shared_variables=SHARED_VARIABLES,
)
