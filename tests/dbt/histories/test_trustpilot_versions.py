"""Versions of a review come in other partitions, also of no person: each build follows as a full one does."""

from pathlib import Path

from tests.dbt.histories.project import CompiledProject
from tests.dbt.histories.story import Change, Step, at, web_day
from tests.dbt.histories.world import worlds
from tests.dbt.rows import Hit, Row, raw_key

ANN, BOB = "ann@example.com", "bob@example.com"
MARTS = ("fct_events", "fct_micro_conversions", "fct_sessions", "fct_journeys", "dim_persons")


def review(id_: str, address: str | None = None, **values: object) -> Row:
    return {
        "id": id_,
        "created_at": at(5),
        "stars": 5,
        "status": "active",
        "source": "AFSv2" if address else "Organic",
        "contact_key": raw_key(address) if address else None,
        **values,
    }


def pull(number: int, *rows: Row) -> Change:
    return Change({"trustpilot__reviews": rows}, f"{number:08}")


BOUGHT = Hit(at(1).isoformat(), "purchase", client="laptop", address=ANN, order="T-1", revenue=20.2)
BEFORE: list[Step] = [
    web_day("2026-10-24", [BOUGHT]),
    pull(1, review("invited", ANN), review("organic"), review("referred", None, reference_id="T-1")),
]
CHANGES: tuple[tuple[str, Step], ...] = (
    ("the stars of one without a person are edited", pull(2, review("organic", stars=2))),
    ("others of its day come again with it", pull(3, review("organic", stars=1), review("invited", ANN))),
    ("it is taken down", pull(4, review("organic", stars=1, status="deleted"))),
    ("an address is given later", pull(5, review("referred", BOB, reference_id="T-1"))),
    ("an address is taken back", pull(6, review("invited", None, source="AFSv2", stars=4))),
    ("it is shown again", pull(7, review("organic", stars=1))),
    ("the order is gone", web_day("2026-10-24", [])),
)


def test_each_new_version_is_built_incrementally_as_in_full(project: CompiledProject, tmp_path: Path) -> None:
    state: dict[object, Step] = {}
    for step in BEFORE:
        state[(step.partition, *step.tables)] = step
    with worlds(project, tmp_path, ("grown", *(str(n) for n, _ in enumerate(CHANGES)))) as (grown, *whole):
        grown.take(BEFORE)
        grown.build()
        for (change, step), fresh in zip(CHANGES, whole, strict=True):
            before = grown.mart("fct_events")
            state[(step.partition, *step.tables)] = step
            grown.take([step])
            grown.build()
            fresh.take(list(state.values()))
            fresh.build()
            for mart in MARTS:
                assert grown.mart(mart) == fresh.mart(mart), f"{mart}: {change}"
            assert grown.mart("fct_events") != before, f"nothing changes: {change}"
            fresh.connection.close()
