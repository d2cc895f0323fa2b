"""The macros as dbt renders them, and a store of acts to run them on."""

from collections.abc import Iterator, Mapping

import pytest

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.formulations.store import KINDS, Store

WINDOW = 86_400
STEPS = [f"kind = '{kind}'" for kind in KINDS[:4]]
# A step twice, and a step that is met by the one before as well.
OVERLAPPING_STEPS = ["kind = 'open'", "kind in ('open', 'view')", "kind = 'view'", "kind = 'open'"]
BOTH_WAYS = {
    "sessions": "sessionize('{acts}', is_physically_ordered={stored})",
    "sessions_unguarded": "sessionize('{acts}', is_physically_ordered={stored}, guard=false)",
    "journeys": "number_journeys('{acts}', is_physically_ordered={stored})",
    "transitions": (
        "transitions('{acts}', ['kind', 'occurred_at'], ['kind'], ['kind'], is_physically_ordered={stored})"
    ),
    "funnel": f"windowed_funnel('{{acts}}', {STEPS}, {WINDOW}, is_physically_ordered={{stored}})",
    "cut_funnel": (
        f"windowed_funnel('{{acts}}', {STEPS}, {WINDOW}, is_physically_ordered={{stored}}, split_at=[1, 3])"
    ),
    "overlapping": (
        f"windowed_funnel('{{acts}}', {OVERLAPPING_STEPS}, {WINDOW}, is_physically_ordered={{stored}})"
    ),
    "weeks": "active_periods('{acts}', 'week', is_physically_ordered={stored})",
    "months": "active_periods('{acts}', 'month', is_physically_ordered={stored})",
}
CALLS = {
    f"{name}_{acts}": call.format(acts=acts, stored=str(acts == "stored").lower())
    for name, call in BOTH_WAYS.items()
    for acts in ("stored", "arrived")
} | {
    "retention": "retention('masks')",
    "path": "ordered_path('kind', 'position', 'is_immediate_repeat')",
    "apart": "persons_not_contiguous('stored')",
    "out_of_order": "acts_out_of_physical_order('stored')",
}


@pytest.fixture(scope="session")
def macros(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compile_macros(tmp_path_factory.mktemp("macros"), CALLS)


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.connection.close()
