"""The action log in memory: positions by binary search, records rendered once and then sliced."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from dagster_project.simulator.cache import Cache
from dagster_project.simulator.database import Database, Rendered

_CHUNK: Final = 50_000  # records rendered together, about 12 MB
_CHUNKS_KEPT: Final = 128


class ActionLog:
    """Positions count from 0 in the order of seq_id, which is also chronological."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.execute(
            "create table action_log as "
            "select *, row_number() over (order by seq_id) - 1 as position from email_actions order by seq_id"
        )
        columns = database.arrow('select seq_id, epoch_us("at") as us from action_log order by position')
        self._seq_ids: npt.NDArray[np.int64] = columns["seq_id"].to_numpy()
        self._times: npt.NDArray[np.int64] = columns["us"].to_numpy()
        self._chunks: Cache[Rendered] = Cache(_CHUNKS_KEPT)

    def before(self, at: datetime) -> int:
        """The position of the first action at or after an instant."""
        return int(np.searchsorted(self._times, round(at.timestamp() * 1_000_000), side="left"))

    def after(self, seq_id: int) -> int:
        """Position of the first action after `seq_id`."""
        return int(np.searchsorted(self._seq_ids, seq_id, side="right"))

    def records(self, first: int, last: int, form: str) -> bytes:
        """The records from position `first` up to `last`, joined by commas; `form` is their SQL."""
        parts = []
        for chunk in range(first // _CHUNK, -(-last // _CHUNK)):
            start = chunk * _CHUNK
            parts.append(self._chunk(chunk, form).between(first - start, last - start))
        return b",".join(part for part in parts if part)

    def records_of(
        self, actions: Sequence[str], first: int, last: int, form: str, skip: int, limit: int
    ) -> bytes:
        """The same for some kinds of actions only, rendered for this request."""
        rendered = self._database.render(
            f"select {form} as record from action_log where position >= $first and position < $last "
            "and list_contains($actions, action) order by position limit $limit offset $skip",
            {"first": first, "last": last, "actions": list(actions), "limit": limit, "skip": skip},
        )
        return rendered.between(0, len(rendered))

    def prerender(self, form: str) -> None:
        """Render every chunk now, so that no request waits for it."""
        for chunk in range(-(-len(self._seq_ids) // _CHUNK)):
            self._chunk(chunk, form)

    def _chunk(self, chunk: int, form: str) -> Rendered:
        def make() -> Rendered:
            span = {"first": chunk * _CHUNK, "last": (chunk + 1) * _CHUNK}
            return self._database.render(
                f"select {form} as record from action_log where position >= $first and position < $last "
                "order by position",
                span,
            )

        return self._chunks((chunk, form), make)
