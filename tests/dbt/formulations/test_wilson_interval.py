"""Wilson's interval and the position against a band in SQL are those of statsmodels and of Python."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from dagster_project.statistics.benchmarks import benchmark_status
from tests.dbt.compiled_macros import compile_macros
from tests.dbt.formulations.store import SMALL, Store

COUNTS = st.integers(1, 10**12).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
SHARES = st.floats(0, 1)
MINIMUM_TRIALS = 100


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    ends = {end: f"wilson_interval('successes', 'trials', '{end}')" for end in ("lower", "upper")}
    status = "benchmark_status('trials', 'lower', 'upper', 'band_lower', 'band_upper')"
    return compile_macros(tmp_path_factory.mktemp("wilson"), {**ends, "status": status})


def interval(
    compiled: Mapping[str, str], store: Store, successes: int | None, trials: int | None
) -> tuple[float | None, float | None]:
    counts = "(select cast(? as bigint) as successes, cast(? as bigint) as trials)"
    query = f"select {compiled['lower']}, {compiled['upper']} from {counts}"
    [bounds] = store.connection.execute(query, [successes, trials]).fetchall()
    return bounds


@SMALL
@given(counts=COUNTS)
def test_the_interval_is_that_of_statsmodels(
    compiled: Mapping[str, str], store: Store, counts: tuple[int, int]
) -> None:
    expected = proportion_confint(*counts, alpha=0.05, method="wilson")
    assert interval(compiled, store, *counts) == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize("trials", [1, 5, 10**12])
def test_a_bound_never_passes_the_rate(compiled: Mapping[str, str], store: Store, trials: int) -> None:
    lower, upper = interval(compiled, store, 0, trials)
    assert lower == 0
    assert upper is not None
    assert 0 < upper < 1
    lower, upper = interval(compiled, store, trials, trials)
    assert lower is not None
    assert 0 < lower < 1
    assert upper == 1


@pytest.mark.parametrize("counts", [(0, 0), (None, 5), (0, None), (None, None)])
def test_what_is_unknown_has_no_interval(
    compiled: Mapping[str, str], store: Store, counts: tuple[int | None, int | None]
) -> None:
    assert interval(compiled, store, *counts) == (None, None)


@SMALL
@given(trials=st.integers(90, 110), bounds=st.tuples(SHARES, SHARES), band=st.tuples(SHARES, SHARES))
def test_the_status_is_that_of_python(
    compiled: Mapping[str, str],
    store: Store,
    trials: int,
    bounds: tuple[float, float],
    band: tuple[float, float],
) -> None:
    values = [trials, *sorted(bounds), *sorted(band)]
    names = ("trials", "lower", "upper", "band_lower", "band_upper")
    columns = ", ".join(f"? as {name}" for name in names)
    [(status,)] = store.connection.execute(
        f"select {compiled['status']} from (select {columns})", values
    ).fetchall()
    assert status == benchmark_status(*values, minimum_trials=MINIMUM_TRIALS)


def test_without_a_band_there_is_no_status(compiled: Mapping[str, str], store: Store) -> None:
    row = "select 500 as trials, 0.1 as lower, 0.2 as upper, null as band_lower, null as band_upper"
    assert store.rows(f"select {compiled['status']} from ({row})") == [(None,)]
