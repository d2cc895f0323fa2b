"""Bitly: short links and their clicks, read through its API."""

from dagster_project.sources.bitly.client import (
    SHARED_VARIABLES,
    VARIABLES,
    configure,
    connect,
    connected_account,
    verify,
)
from dagster_project.sources.bitly.streams import STREAMS
from dagster_project.sources.core.stream import Source

SOURCE = Source(
    name="bitly",
    title="Bitly",
    streams=STREAMS,
    variables=VARIABLES,
    configure=configure,
    connect=connect,
    verify=verify,
    connected_account=connected_account,
    has_accounts=True,
    shared_variables=SHARED_VARIABLES,
)
