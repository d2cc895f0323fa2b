"""A vendor's classifier returns an error, a retry or None for any response, and never raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.sources.bitly.errors import classify as classify_bitly
from dagster_project.sources.core.errors import SourceError
from dagster_project.sources.core.responses import ErrorClassifier, Response, Retry
from dagster_project.sources.google_analytics.errors import classifier_for
from dagster_project.sources.hubspot.errors import classify as classify_hubspot
from dagster_project.sources.smaily.errors import classify as classify_smaily
from dagster_project.sources.trustpilot.errors import classifier_for as classifier_of_trustpilot

CLASSIFIERS = {
    "smaily": classify_smaily,
    "google_analytics": classifier_for("a@example.com", "1"),
    "bitly": classify_bitly,
    "hubspot": classify_hubspot,
    "trustpilot": classifier_of_trustpilot(lambda: None, lambda: False),
}

KEYS = st.sampled_from(["code", "message", "error", "status", "resource", "description", "details", "data"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
BODIES = st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode())


@pytest.mark.parametrize("classify", CLASSIFIERS.values(), ids=CLASSIFIERS)
@given(
    status=st.sampled_from([200, 204, 301, 400, 401, 402, 403, 404, 410, 417, 422, 429, 500, 503]),
    body=BODIES,
)
def test_every_response_is_classified_without_an_exception(
    classify: ErrorClassifier, status: int, body: bytes
) -> None:
    outcome = classify(Response(status, {}, body))
    assert outcome is None or isinstance(outcome, SourceError | Retry)
