"""What the feeds of a history say of their events, for its whole length: another word makes a build full."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from hypothesis import strategies as st

from dagster_project.sources.event_files import Feed
from dagster_project.sources.event_files.feeds import NOTHING_DECLARED, ActRules, Completeness, OrderRules
from tests.dbt.histories.story import FILES

COLUMNS = {
    "occurred_at": "ts",
    "event_name": "event",
    "email": "mail",
    "user_id": "customer",
    "client_id": "browser",
    "order_id": "order",
    "event_id": "id",
    "campaign": "campaign",
    "url": "url",
    "revenue": "amount",
    "currency": "currency",
    "order_status": "status",
    "analytics_consent": "analytics",
    "marketing_consent": "marketing",
}


@dataclass(frozen=True)
class Declared:
    """One feed's settings; without a namespace its orders are in one of its own."""

    completeness: Completeness = NOTHING_DECLARED
    namespace: str | None = None
    same_as: tuple[str, ...] = ()
    is_separate: bool = False
    revenue_is: str = "order_total"
    act_rules: ActRules = ActRules()  # noqa: RUF009


# By feed.
Declarations = Mapping[str, Declared]


def feeds(home: Path, declared: Declarations | None = None) -> list[Feed]:
    return [
        _feed(home, name, (declared or {}).get(name, Declared())) for name in dict.fromkeys(FILES.values())
    ]


def _feed(home: Path, name: str, declared: Declared) -> Feed:
    return Feed(
        name,
        f"{home}/in/{name}/*.csv",
        "csv",
        "Europe/Tallinn",
        COLUMNS,
        exclude=("exported_at",),
        order_rules=OrderRules(
            declared.namespace or name,
            () if declared.is_separate else declared.same_as,
            declared.is_separate,
            declared.revenue_is,
        ),
        act_rules=declared.act_rules,
        completeness=declared.completeness,
    )


declarations = st.builds(
    Declared,
    st.sampled_from(
        (
            Completeness(),
            Completeness(complete_through=datetime(2026, 10, 24, 21)),
            Completeness(retired_on=date(2026, 10, 25)),
        )
    ),
    # Two tills of one shop, or of two.
    st.sampled_from((None, None, "shop")),
    st.sampled_from(((), (), ("google_analytics",), ("orders", "till", "google_analytics"))),
    st.sampled_from((False, False, False, True)),
    st.sampled_from(("order_total", "line_amount")),
    st.sampled_from(
        (
            ActRules(),
            ActRules(actions=("call",)),
            ActRules(not_actions=("order", "click")),
            ActRules(every_name=True),
        )
    ),
)
