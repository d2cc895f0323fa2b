"""Orders that two properties of Google Analytics report: of two shops, unless one gathers the other's."""

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import stamp
from tests.dbt.rows import Hit, Row

Order = tuple[str, float, float, str | None]  # id, amount above the case's, minutes, person
DAY = "2026-10-06"

# The order of the first property, that of the second, and how many they are.
CASES: dict[str, tuple[Order, Order, int]] = {
    "one person, id and amount": (("1", 0, 0, "ann"), ("1", 0, 3, "ann"), 1),
    "one person and id, another amount": (("1", 0, 0, "ann"), ("1", 900, 3, "ann"), 2),
    "one id and amount of two persons": (("1", 0, 0, "ann"), ("1", 0, 3, "bob"), 2),
    "one id and amount of unnamed visitors": (("1", 0, 0, None), ("1", 0, 3, None), 2),
    "one id and amount, one of them unnamed": (("1", 0, 0, "ann"), ("1", 0, 3, None), 2),
    "one person and amount, two ids": (("1", 0, 0, "ann"), ("2", 0, 3, "ann"), 2),
    "one person and amount, no id in the second": (("1", 0, 0, "ann"), ("(not set)", 0, 3, "ann"), 1),
    "one person, id and amount, a day and a half later": (("1", 0, 0, "ann"), ("1", 0, 2160, "ann"), 2),
}


def hits(number: int, order: Order, property_: str) -> dict[str, list[Row]]:
    id_, more, minutes, person = order
    known = {"address": f"{person}{number}@shop.example"} if person else {}
    name = id_ if id_.startswith("(") else f"{number}-{id_}"
    bought = Hit(
        stamp(minutes), "purchase", "/thanks", f"{property_}-{number}", order=name,
        revenue=1000.0 * number + more, **known,
    )  # fmt: skip
    place = {
        "property_id": property_,
        "_partition": ("EE/" if property_ == "200" else "") + bought.at.date().isoformat(),
    }
    return {
        "google_analytics__events": [bought.event | place],
        "google_analytics__event_attributes": [bought.attributes | place],
    }


@pytest.fixture(scope="module")
def orders(compiled: CompiledProject) -> dict[int, int]:
    """How many orders each case has, which its amount says."""
    raw: dict[str, list[Row]] = {}
    for number, (first, second, _) in enumerate(CASES.values(), 1):
        for order, property_ in ((first, "100"), (second, "200")):
            for table, rows in hits(number, order, property_).items():
                raw.setdefault(table, []).extend(rows)
    compiled.build(raw, "fct_macro_conversions")
    found = compiled.rows("""
        select floor(revenue / 1000)::integer, count(*) from marts.fct_macro_conversions group by all
    """)
    return dict(found)


@pytest.mark.parametrize("case", CASES)
def test_orders_of_two_properties(orders: dict[int, int], case: str) -> None:
    assert orders[list(CASES).index(case) + 1] == CASES[case][2]
