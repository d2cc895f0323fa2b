"""Bitly: short links and their clicks, read through its API."""

from dagster_project.sources.bitly.client import VARIABLES, configure, connect, verify
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
)
