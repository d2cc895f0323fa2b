"""Nothing configured, nothing landed: everything still builds, and is empty."""

from pathlib import Path

from tests.dbt.harness import BASE, Warehouse


def test_every_base_model_builds_on_empty_raw_tables(home: Path) -> None:
    warehouse = Warehouse(home)
    warehouse.build(*BASE)
    for table in (
        "fct_events",
        "fct_email_sends",
        "fct_link_clicks_daily",
        "dim_persons",
        "dim_campaigns",
        "dim_links",
    ):
        assert warehouse.value(f"select count(*) from marts.{table}") == 0
    assert warehouse.value("select count(*) from marts.dim_micro_conversions") == 101
