"""The negative control holds 1 where rows are persons, and does not where one person is most rows."""

import numpy as np

from dagster_project.statistics.controls import Control, shuffled_control


def control(persons: np.ndarray, micro: np.ndarray, converted: np.ndarray) -> Control | None:
    return shuffled_control(persons, micro, converted, landmark=7, horizon=30, seed=3)


def independent(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Persons whose micro-conversion doubles their conversion."""
    random = np.random.default_rng(4)
    micro = np.where(random.random(n) < 0.4, random.uniform(0, 7, n), np.nan)
    converts = random.random(n) < np.where(np.isnan(micro), 0.05, 0.1)
    return np.arange(n), micro, np.where(converts, random.uniform(8, 30, n), np.nan)


def test_shuffled_among_independent_persons_there_is_no_effect() -> None:
    found = control(*independent(3000))
    assert found is not None
    assert found.covering / found.shuffles >= 0.9
    assert found.lower < 1 < found.upper


def test_one_person_with_most_rows_is_noticed() -> None:
    persons, micro, converted = independent(500)
    found = control(
        np.concatenate([persons, np.zeros(2000, dtype=int)]),
        np.concatenate([micro, np.full(2000, np.nan)]),
        np.concatenate([converted, np.full(2000, 20.0)]),
    )
    assert found is not None
    assert found.covering / found.shuffles < 0.5


def test_too_few_outcomes_say_nothing() -> None:
    persons, micro, converted = independent(100)
    assert control(persons, micro, np.full_like(converted, np.nan)) is None
    assert control(persons[:0], micro[:0], converted[:0]) is None
