"""Every name dispatched by engine has one textbook, and a test that runs it."""

from collections import Counter

import pytest

from tests.dbt.formulations import relations, values
from tests.dbt.formulations.dispatched import DUCKDB, SPARK, dispatched_names, formulated_names

TRIED = {key.partition("/")[0] for key in (*values.CASES, *relations.CALLS)}
TRIED |= relations.STATEMENTS | relations.OF_BUILDS


@pytest.mark.parametrize("name", dispatched_names())
def test_a_dispatched_name_has_one_textbook_and_is_tried(name: str) -> None:
    assert Counter(formulated_names("default"))[name] == 1
    assert name in TRIED


def test_formulations_are_where_they_belong_and_of_dispatched_names() -> None:
    dispatched = dispatched_names()
    assert dispatched
    assert len(set(dispatched)) == len(dispatched)
    assert set(formulated_names("default")) == set(dispatched)
    for engine, folder in (("duckdb", DUCKDB), ("spark", SPARK)):
        assert formulated_names(engine) == formulated_names(engine, folder)
        assert not formulated_names("default", folder)
        assert set(formulated_names(engine)) <= set(dispatched)
