"""Every source there is; to add one is to write its module and to name it here."""

from dagster_project.sources.bitly import SOURCE as BITLY
from dagster_project.sources.core.stream import Source
from dagster_project.sources.google_analytics import SOURCE as GOOGLE_ANALYTICS
from dagster_project.sources.smaily import SOURCE as SMAILY

SOURCES: tuple[Source, ...] = (SMAILY, GOOGLE_ANALYTICS, BITLY)


def source(name: str) -> Source:
    """The source of that name; raises KeyError when there is none."""
    return {known.name: known for known in SOURCES}[name]
