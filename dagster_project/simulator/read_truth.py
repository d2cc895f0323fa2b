"""Who reads an e-mail, seen or unseen: what no source can tell and every open rate is about."""

from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

_SEEN_BY: Final = pa.array(["view", "click"])


def email_reads(tables: dict[str, pa.Table]) -> pa.Table:
    """One row per address and e-mail variant that a person read: when first, and what could be seen of it.

    `is_seen`: a person's image load or click in it is in the log. `is_ever_seen`: one in any e-mail to the
    address is. `is_proxied`: Apple's privacy proxy has loaded the images.
    """
    reads, seen = tables["email_reads"], _seen(tables["email_actions"])
    first = reads.group_by(["email", "campaign_id", "section_id"], use_threads=False).aggregate(
        [("at", "min"), ("is_proxied", "max")]
    )
    seen_pairs = set(zip(seen["email"].to_pylist(), seen["section_id"].to_pylist(), strict=True))
    seen_addresses = {email for email, _ in seen_pairs}
    pairs = list(zip(first["email"].to_pylist(), first["section_id"].to_pylist(), strict=True))
    return pa.table(
        {
            "email": first["email"],
            "campaign_id": first["campaign_id"],
            "section_id": first["section_id"],
            "first_read_at": first["at_min"],
            "is_seen": [pair in seen_pairs for pair in pairs],
            "is_ever_seen": [email in seen_addresses for email, _ in pairs],
            "is_proxied": first["is_proxied_max"],
        }
    )


def read_counts(tables: dict[str, pa.Table]) -> dict[str, Array]:
    """By e-mail variant, in the order of `sections`: addresses that read, and why a read was not seen."""
    reads = email_reads(tables)
    section = reads["section_id"].to_numpy()
    unseen = ~_flags(reads["is_seen"])
    proxied, ever_seen = _flags(reads["is_proxied"]), _flags(reads["is_ever_seen"])
    wanted = {
        "read_by_human": np.ones(len(reads), dtype=np.bool_),
        "read_unseen_behind_proxy": unseen & proxied,
        "read_by_never_seen": unseen & ~proxied & ~ever_seen,
    }
    identifiers = tables["sections"]["section_id"].to_numpy()
    return {
        name: np.array([(section[chosen] == number).sum() for number in identifiers], dtype=np.int64)
        for name, chosen in wanted.items()
    }


def _seen(actions: pa.Table) -> pa.Table:
    is_seen = pc.and_(pc.is_in(actions["action"], _SEEN_BY), pc.invert(actions["is_machine"]))
    return actions.filter(pc.and_(is_seen, pc.is_valid(actions["section_id"])))


def _flags(column: Any) -> Array:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)
