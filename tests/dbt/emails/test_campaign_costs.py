"""What campaigns cost."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.emails.mailings import NEWS, OFFER, Log, build, cost
from tests.dbt.rows import Row


def costs(project: CompiledProject) -> dict[str, tuple[Any, ...]]:
    rows = project.rows(
        "select campaign_key, cost, cost_rows, unconverted_costs from intermediate.int_campaign_costs"
    )
    return {row[0]: row[1:] for row in rows}


def test_costs_are_summed_and_converted(compiled: CompiledProject) -> None:
    given = [
        cost("smaily-1", "10"), cost("News", "2.5", "USD"), cost("NEWS", "1"),
        cost("Offer", "4"), cost("offer", "1", "XTS"),
        cost("Nothing", "3"), cost("Nobody", "4"),
        cost("News", "100", day=date(2027, 3, 1)),
    ]  # fmt: skip
    rates = [{"rate_date": date(2026, 10, 1), "base_currency": "EUR", "currency": "USD", "rate": 1.25}]
    build(
        compiled,
        Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann"),
        "int_campaign_costs",
        **{"raw._campaign_costs": given, "raw._exchange_rates": rates},
    )
    assert costs(compiled) == {
        "smaily-1": (Decimal("13.0000"), 3, 0),
        "smaily-2": (None, 2, 1),
        "(unknown campaign)": (Decimal("7.0000"), 2, 0),
    }


def test_what_a_vendor_says_was_spent_is_added(compiled: CompiledProject) -> None:
    def spent(id_: str, name: str, amount: int, **values: Any) -> Row:
        return {"campaign_id": id_, "campaign_name": name, "spend_total": str(amount), **values}

    spend = [
        spent("a", "Print", 7, campaign_slug="News", currency_code="EUR"),
        spent("b", "OFFER", 4, currency_code="EUR"),
        spent("c", "Fair", 3, currency_code="EUR"),
        spent("d", "Offer", 5, currency_code="SEK"),
    ]
    build(
        compiled,
        Log().sent(0, NEWS, "ann").sent(0, OFFER, "ann"),
        "int_campaign_costs",
        **{"raw._campaign_costs": [cost("smaily-1", "10")], "hubspot__campaign_spend": spend},
    )
    assert costs(compiled) == {
        "smaily-1": (Decimal("17.0000"), 2, 0),
        "smaily-2": (None, 2, 1),
        "(unknown campaign)": (Decimal("3.0000"), 1, 0),
    }
