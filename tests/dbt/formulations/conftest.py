"""The macros as dbt renders them, and a store of acts to run them on."""

from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.dbt.compiled_macros import compile_macros
from tests.dbt.formulations.store import KINDS, Store

WINDOW = 86_400
ACT_POSITION = "(occurred_at, event_rank, event_id)"
STEPS = tuple((kind,) for kind in KINDS[:4])
# A step twice, and a step that is met by the one before as well.
OVERLAPPING_STEPS = (("open",), ("open", "view"), ("view",), ("open",))


def _is_kind(kinds: Sequence[str]) -> str:
    return " or ".join(f"kind = '{kind}'" for kind in kinds)


def one_step_an_act(steps: Sequence[Sequence[str]], acts: str) -> str:
    """Step events by a projection, which keeps the order of the acts."""
    numbers = " ".join(f"when {_is_kind(kinds)} then {step}" for step, kinds in enumerate(steps, start=1))
    step_number = f"case {numbers} else 0 end"
    return f"(select *, {ACT_POSITION} as act_position, {step_number} as step_number from {acts})"


def any_steps(steps: Sequence[Sequence[str]], acts: str) -> str:
    """Step events of acts that may be several steps."""
    branches = [
        f"select *, {ACT_POSITION} as act_position, {step} as step_number from {acts} where {_is_kind(kinds)}"
        for step, kinds in enumerate(steps, start=1)
    ]
    return f"({' union all '.join(branches)})"


def _funnel(step_events: str, ordered: str) -> str:
    return f'funnel_steps("{step_events}", window_seconds={WINDOW}, steps=4, is_physically_ordered={ordered})'


BOTH_WAYS = {
    "sessions": "sessionize('{acts}', is_physically_ordered={stored})",
    "sessions_unguarded": "sessionize('{acts}', is_physically_ordered={stored}, guard=false)",
    "journeys": "number_journeys('{acts}', is_physically_ordered={stored})",
    "transitions": (
        "transitions('{acts}', ['kind', 'occurred_at'], ['kind'], ['kind'], is_physically_ordered={stored})"
    ),
    "funnel": _funnel(one_step_an_act(STEPS, "{acts}"), "{stored}"),
    "overlapping": _funnel(any_steps(OVERLAPPING_STEPS, "{acts}"), "false"),
    "weeks": "active_periods('{acts}', 'week', is_physically_ordered={stored})",
    "months": "active_periods('{acts}', 'month', is_physically_ordered={stored})",
}
CALLS = {
    f"{name}_{acts}": call.replace("{acts}", acts).replace("{stored}", str(acts == "stored").lower())
    for name, call in BOTH_WAYS.items()
    for acts in ("stored", "arrived")
} | {
    "retention": "retention('masks')",
    "path": "ordered_path('kind', 'position', 'is_immediate_repeat')",
    "not_contiguous": "persons_not_contiguous('stored')",
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
