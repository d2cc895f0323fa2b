"""Everything that is read where it lies: small files that a person or another program keeps."""

from collections.abc import Mapping, Sequence

import duckdb

from dagster_project.raw.audience_assignments import load_audience_assignments
from dagster_project.raw.campaign_costs import load_campaign_costs
from dagster_project.raw.email_contents import load_email_contents
from dagster_project.raw.exchange_rates import load_exchange_rates
from dagster_project.raw.order_totals import load_order_totals
from dagster_project.settings import Settings
from dagster_project.sources.event_files import Feed


def load_kept_files(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    environment: Mapping[str, str],
    feeds: Sequence[Feed],
) -> None:
    """Load those that changed; the ledgers must be there."""
    for load in (load_exchange_rates, load_campaign_costs, load_email_contents):
        load(connection, environment, settings.now())
    load_order_totals(connection, feeds, settings.now())
    load_audience_assignments(connection, settings.landing, settings.now())
