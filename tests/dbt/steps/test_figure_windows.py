"""Which weeks may be compared: those of which the outcome was known."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import file_row

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(("begins", "is_comparable"), [(0, True), (55, False)])
def test_a_week_before_a_shop_was_connected_is_not_compared(
    with_feeds: CompiledProject, begins: int, is_comparable: bool
) -> None:
    """Mailings go out and are clicked all the time; the shop's feed ends with them, and may begin late."""

    def daily(name: str, first: int, **values: object) -> list[dict[str, object]]:
        return [file_row(name, START + timedelta(days=day), "ann", **values) for day in range(first, 61)]

    tables = {
        "event_files__news": [*daily("send", 0, campaign="a"), *daily("click", 0, campaign="a")],
        "event_files__site": daily("purchase", begins, revenue=10.0, currency="EUR"),
    }
    with_feeds.build(tables, "int_figure_windows")
    found = dict(with_feeds.rows("select figure, is_comparable from intermediate.int_figure_windows"))
    assert found["human_click_rate"]
    assert found["conversion_rate"] is found["net_revenue"] is found["macro_conversions"] is is_comparable
