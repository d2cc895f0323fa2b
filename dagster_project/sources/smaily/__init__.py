"""Smaily: e-mail marketing, read through its API."""

from dagster_project.sources.core.stream import Source
from dagster_project.sources.smaily.client import (
    SHARED_VARIABLES,
    VARIABLES,
    account,
    configure,
    connect,
    verify,
)
from dagster_project.sources.smaily.streams import STREAMS

SOURCE = Source(
    name="smaily",
    title="Smaily",
    streams=STREAMS,
    variables=VARIABLES,
    configure=configure,
    connect=connect,
    verify=verify,
    account=account,
    has_accounts=True,
    shared_variables=SHARED_VARIABLES,
)
