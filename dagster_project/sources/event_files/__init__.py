"""Event files: CSV, JSON lines or Parquet in a folder or bucket, described by a YAML file.

Each feed is a stream of the source `event_files`. This package reads the configuration and lists files; it
opens them only for the landing zone, which copies them byte by byte.
"""

from dagster_project.sources.event_files.configuration import feeds_from_environment, read_feeds
from dagster_project.sources.event_files.feeds import EVENT_COLUMNS, SOURCE_NAME, Feed
from dagster_project.sources.event_files.listing import Changes, FeedFile, compare, list_files

__all__ = [
    "EVENT_COLUMNS",
    "SOURCE_NAME",
    "Changes",
    "Feed",
    "FeedFile",
    "compare",
    "feeds_from_environment",
    "list_files",
    "read_feeds",
]
