"""The landing zone: pages in, compressed files and a manifest out; lossless and replayable."""

from dagster_project.landing.errors import LandingError
from dagster_project.landing.manifest import (
    Entry,
    LandedFile,
    current_entries,
    landed_partitions,
    last_cursor,
    read_manifest,
)
from dagster_project.landing.pull import pull, pull_stream

__all__ = [
    "Entry",
    "LandedFile",
    "LandingError",
    "current_entries",
    "landed_partitions",
    "last_cursor",
    "pull",
    "pull_stream",
    "read_manifest",
]
