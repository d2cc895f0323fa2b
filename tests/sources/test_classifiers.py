"""Whatever a vendor answers, its judge has an opinion or none, and never fails itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.sources.bitly.errors import judge as judge_bitly
from dagster_project.sources.core.errors import SourceError
from dagster_project.sources.core.responses import Again, Answer, Judge
from dagster_project.sources.google_analytics.errors import judge_for
from dagster_project.sources.smaily.errors import judge as judge_smaily

JUDGES = {"smaily": judge_smaily, "google_analytics": judge_for("a@example.com", "1"), "bitly": judge_bitly}

KEYS = st.sampled_from(["code", "message", "error", "status", "resource", "description", "details", "data"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
BODIES = st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode())


@pytest.mark.parametrize("judge", JUDGES.values(), ids=JUDGES)
@given(
    status=st.sampled_from([200, 204, 301, 400, 401, 402, 403, 404, 410, 417, 422, 429, 500, 503]),
    body=BODIES,
)
def test_no_answer_confuses_a_judge(judge: Judge, status: int, body: bytes) -> None:
    verdict = judge(Answer(status, {}, body))
    assert verdict is None or isinstance(verdict, SourceError | Again)
