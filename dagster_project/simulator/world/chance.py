"""Vectorised random draws that the whole world shares."""

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NEVER: Final = np.int64(2**62)  # milliseconds: later than anything


def choose(rng: np.random.Generator, weights: Any, size: int) -> Ints:
    """`size` indices drawn with probabilities proportional to `weights`."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").astype(np.int64)


def happens(rng: np.random.Generator, chance: Any, size: int) -> Flags:
    """`size` independent Bernoulli draws; `chance` is one probability or one per draw."""
    drawn: Flags = rng.random(size) < chance
    return drawn


def sigmoid(logit: Any) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(logit, dtype=np.float64))))


def logit(chance: float) -> float:
    return float(np.log(chance / (1.0 - chance)))


def spread(rng: np.random.Generator, median_ms: Any, sigma: float, size: int) -> Ints:
    """Log-normal durations in milliseconds, at least one millisecond."""
    drawn: Floats = np.maximum(1.0, median_ms * np.exp(sigma * rng.standard_normal(size)))
    return drawn.astype(np.int64)


def between(rng: np.random.Generator, low_ms: int, high_ms: int, size: int) -> Ints:
    return rng.integers(low_ms, high_ms, size, dtype=np.int64)


def is_first_of(group: Ints) -> Flags:
    """Whether a row is the first of its group in this batch."""
    first = np.zeros(len(group), dtype=np.bool_)
    first[np.unique(group, return_index=True)[1]] = True
    return first


class Columns:
    """Rows collected in chunks of numpy arrays; scalars are broadcast to the chunk's length."""

    def __init__(self) -> None:
        self._chunks: list[dict[str, NDArray[Any]]] = []

    def add(self, length: int, **columns: Any) -> None:
        if length:
            self._chunks.append({name: np.broadcast_to(value, length) for name, value in columns.items()})

    def join(self, **kinds: Any) -> dict[str, NDArray[Any]]:
        """All chunks as one array per column; `kinds` gives the columns and their numpy types."""
        return {
            name: (
                np.concatenate([chunk[name] for chunk in self._chunks]).astype(kind, copy=False)
                if self._chunks
                else np.empty(0, dtype=kind)
            )
            for name, kind in kinds.items()
        }
