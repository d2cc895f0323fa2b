"""A history in which reports have rows that random ones leave empty: what is always empty is equal, too."""

from pathlib import Path

from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import File, at
from tests.dbt.histories.world import hold

COLUMNS = ("mail", "customer", "browser", "order", "id", "campaign", "amount")
DAY = 24 * 60


def row(day: int, name: str, **values: str) -> dict[str, str]:
    return {"ts": at(day * DAY).isoformat(), "event": name, **dict.fromkeys(COLUMNS, ""), **values}


def test_cohorts_and_velocities_of_some_persons_follow_the_others(
    project: CompiledProject, tmp_path: Path
) -> None:
    """Data begin long before Ann and Bob; the last build has Bob's rows only, and Ann's stay counted."""
    before = File("a.csv", (row(-30, "page_view", browser="kiosk"),))
    ann, bob = "ann@example.com", "bob@example.com"
    steps = File(
        "b.csv",
        (
            row(0, "add_to_cart", mail=ann),
            row(1, "order", mail=ann, order="T-1", amount="20.2", id="o1"),
            row(8, "add_to_cart", mail=ann),
        ),
    )
    later = File("c.csv", (row(2, "add_to_cart", mail=bob), row(9, "page_view", mail=bob)))
    filled = hold(project, tmp_path, ([[before, steps], [later]], [later, before, steps]))
    assert {"rpt_cohorts", "rpt_velocity"} <= filled
