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


# Every fourth contact that clicked is modified at once, every other one that unsubscribed is deleted after
# its last action. They have numbers that the log left free.
_CHANGES: Final = """
insert into email_actions by name
with numbered as (
    select
        *,
        lead(seq_id) over (order by seq_id) as next_seq_id,
        row_number() over (partition by email order by seq_id desc) as number_from_last,
        bool_or(action = 'optout') over (partition by email) as has_left
    from email_actions
),

free as (
    select *, number_from_last = 1 and has_left as is_end
    from numbered
    where coalesce(next_seq_id, seq_id + 2) > seq_id + 1
)

select
    seq_id + 1 as seq_id,
    "at",
    email,
    person_id,
    if(is_end, 'delete', 'modify') as action,
    if(is_end, null, to_json({'email': email, 'name': 'Changed'})::varchar) as value,
    false as is_machine,
    false as is_forwarded
from free
where
    (is_end and hash(email) % 2 = 0)
    or (action = 'click' and campaign_id is not null and hash(email) % 4 = 1 and number_from_last > 1)
"""


class ActionLog:
    """Positions count from 0 in the order of seq_id, which is also chronological."""

    def __init__(self, database: Database, with_changes: bool) -> None:
        self._database = database
        if with_changes:
            database.execute(_CHANGES)
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
