"""What the simulator can be told to do wrong: which fault, where, how often."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any, Final, Self

# Answers that take the place of the true one, in the vendor's own shape.
REPLACING: Final = {
    "rate_limit": "429 in the vendor's shape",
    "concurrency": "429 for too many requests at once (GA4, Bitly)",
    "server_error": "5xx (`status`, default 503)",
    "unauthorized": "401 as for an expired token (Bitly: 403 FORBIDDEN)",
    "forbidden": "403 for a right that is missing",
    "scope": "403 for a token without the scope (GA4)",
    "service_disabled": "403 for an API that is switched off (GA4)",
    "quota_spent": "429 for a daily (GA4) or monthly (Bitly) quota",
    "hourly_quota_spent": "429 for the hourly tokens (GA4)",
    "free_package": "403 with code 227 (Smaily)",
    "upgrade_required": "402 (Bitly)",
    "transient_code": "HTTP 200 with code 225 (Smaily)",
    "html": "an HTML error page (`status`, default 502)",
}
# What happens to the true answer on its way.
DAMAGING: Final = {
    "slow": "waits `seconds` (default 1) before answering",
    "drop": "closes the connection without a byte",
    "cut": "closes the connection in the middle of the body",
    "truncated": "a body that ends half-way, properly framed",
    "malformed": "a body that is no JSON",
    "field_added": "every record has a field more (`name`, default surprise)",
    "field_missing": "every record lacks its last field, or the one in `name`",
    "type_changed": "the field `name` (default the first) of every record has another JSON type",
}
# What only the vendor's own code can do.
CONTENT: Final = {
    "duplicates": "a page begins with the last record of the page before",
    "rows_change": "a record appears at the head between two pages",
    "sampling": "sampled figures and their flag (GA4)",
    "thresholding": "withheld rows and their flag (GA4)",
    "other_row": "rows folded into (other) and its flag (GA4)",
    "missing_dimension": "the custom dimension `name` is not registered (GA4)",
}
KINDS: Final = {**REPLACING, **DAMAGING, **CONTENT}
_NUMBERS: Final = {"count": int, "skip": int, "status": int, "seconds": float}


@dataclass
class Misbehaviour:
    """One fault. `path` is a part of the request's path or a pattern with `*`; empty means everywhere.

    It strikes `count` times (0: always) after letting `skip` requests pass. The rest are the fault's own.
    """

    kind: str
    path: str = ""
    count: int = 0
    skip: int = 0
    status: int = 0
    seconds: float = 0.0
    name: str = ""
    struck: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no misbehaviour {self.kind!r}; there are {', '.join(KINDS)}.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`kind,name=value,…`, such as `rate_limit,path=/smaily,count=3`; ValueError if it is not that."""
        kind, *rest = text.split(",")
        return cls.read({"kind": kind, **dict(part.partition("=")[::2] for part in rest)})

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """From names and values; ValueError for a name or value there is not."""
        known = {"kind", "path", "name", *_NUMBERS}
        if unknown := set(values) - known:
            raise ValueError(
                f"A misbehaviour has no {', '.join(sorted(unknown))}; it has {', '.join(known)}."
            )
        try:
            return cls(**{name: _NUMBERS.get(name, str)(value) for name, value in values.items()})
        except TypeError:
            raise ValueError("A misbehaviour needs a kind.") from None

    def concerns(self, path: str) -> bool:
        return fnmatch(path, self.path) if "*" in self.path else self.path in path


class Misbehaviours:
    """Those in force, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._all: list[Misbehaviour] = []
        self._lock = threading.Lock()

    def add(self, misbehaviour: Misbehaviour) -> None:
        with self._lock:
            self._all.append(misbehaviour)

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def take(self, path: str, *kinds: str) -> Misbehaviour | None:
        """The first of these kinds that strikes this request; one strike of it is used up."""
        with self._lock:
            for misbehaviour in self._all:
                if misbehaviour.kind not in kinds or not misbehaviour.concerns(path):
                    continue
                if misbehaviour.skip > 0:
                    misbehaviour.skip -= 1
                    continue
                misbehaviour.struck += 1
                if misbehaviour.struck == misbehaviour.count:
                    self._all.remove(misbehaviour)
                return misbehaviour
        return None

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(vars(misbehaviour)) for misbehaviour in self._all]
