"""The other dialects of the vendors were spoken."""

import duckdb

from tests.end_to_end.conftest import Refreshed


def test_the_other_dialects_were_spoken(refreshed_in_other_dialects: Refreshed) -> None:
    """Each leaves a trace in what was landed; without one the comparison above would compare the usual."""
    warehouse = refreshed_in_other_dialects.installation.home / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        traces = connection.execute("""
            select
                (select count(*) > 100 from raw.smaily__actions where action = 'view' and value like '{%'),
                (select bool_and(name not like '% (_)') from raw.smaily__split_test_statistics),
                (select count(distinct list_id) = 2 from raw.smaily__contacts),
                (select count(*) = 0 from (
                    select contact_key from raw.smaily__contacts group by all having count(*) > 1)),
                (select count(*) > 0 from raw.smaily__actions where action = 'delete'),
                (select count(*) > 0 from raw.bitly__bitlinks where is_deleted = 'true'),
                (select bool_and(clicks > 0) from raw.bitly__link_clicks),
                (select count(*) > 5 from marts.fct_macro_conversions where order_namespaces like '%till%'),
                (select count(*) > 0 from marts.fct_refunds)
        """).fetchall()
    assert traces == [(True,) * 9]
    requested = refreshed_in_other_dialects.simulator.state()["requests"]
    assert any(path.startswith("/bitly/v4/custom_bitlinks/") for path in requested)
    assert refreshed_in_other_dialects.result.success
