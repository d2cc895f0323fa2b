"""Reports of orders and orders as the models of a step hand them to the next."""

from typing import Any

from tests.dbt.steps.put_rows import START


def report(number: int, **values: Any) -> dict[str, Any]:
    """A report of the order 1 of the shop, by default of 10 EUR by a person."""
    return {
        "event_id": number,
        "person_key": 1,
        "occurred_at": START,
        "event_rank": 35,
        "source": "event_files",
        "reporter": "shop",
        "order_namespace": "shop",
        "order_id": "1",
        "revenue": 10,
        "currency": "EUR",
        "names_person": True,
        "is_purchase": True,
        "is_refund": False,
        "is_refund_event": False,
        **dict.fromkeys(("is_separate", "is_tracking", "is_copy", "names_order", "is_line_amount"), False),
        **values,
    }


def order(key: int, namespace: str, **values: Any) -> dict[str, Any]:
    """An order of 100 EUR by a person of its own."""
    left_out = ("event_rank", "is_purchase", "is_refund", "is_refund_event", "is_line_amount")
    named = {name: value for name, value in report(key).items() if name not in left_out}
    of = {"order_key": key, "order_namespace": namespace, "reporter": namespace, "person_key": key}
    states = {"is_voided": False, "is_refunded_by_status": False, "revenue": 100}
    return {**named, **of, **states, **values}
