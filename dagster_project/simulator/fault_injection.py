"""Fault injection: which faults the simulator can inject, in which requests, and how often."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any, Final, Self

# Responses that replace the correct one, in the vendor's format.
RESPONSE_FAULTS: Final = {
    "rate_limit": "429 in the vendor's format",
    "concurrency": "429 for too many requests at once (GA4, Bitly)",
    "server_error": "5xx (`status`, default 503)",
    "unauthorized": "401 as for an expired token (Bitly: 403 FORBIDDEN)",
    "forbidden": "403 for a missing permission",
    "scope": "403 for a token without the scope (GA4)",
    "service_disabled": "403 for a disabled API (GA4)",
    "quota_spent": "429 for a daily (GA4) or monthly (Bitly) quota",
    "hourly_quota_spent": "429 for the hourly tokens (GA4)",
    "free_package": "403 with code 227 (Smaily)",
    "upgrade_required": "402 (Bitly)",
    "transient_code": "HTTP 200 with code 225 (Smaily)",
    "html": "an HTML error page (`status`, default 502)",
}
# Faults in the transfer of the correct response.
TRANSFER_FAULTS: Final = {
    "slow": "waits `seconds` (default 1) before the response",
    "drop": "closes the connection without a byte",
    "cut": "closes the connection in the middle of the body",
    "truncated": "half of the body, with a correct Content-Length",
    "malformed": "a body that is not JSON",
    "field_added": "every record has an additional field (`name`, default surprise)",
    "field_missing": "every record lacks its last field, or the one in `name`",
    "type_changed": "the field `name` (default the first) of every record has another JSON type",
}
# Faults in the content, which each vendor's package implements.
CONTENT_FAULTS: Final = {
    "duplicates": "a page begins with the last record of the previous page",
    "rows_change": "a record is added at the head of the list between two pages",
    "sampling": "sampled figures and their flag (GA4)",
    "thresholding": "withheld rows and their flag (GA4)",
    "other_row": "rows aggregated into (other) and its flag (GA4)",
    "missing_dimension": "the custom dimension `name` is not registered (GA4)",
}
KINDS: Final = {**RESPONSE_FAULTS, **TRANSFER_FAULTS, **CONTENT_FAULTS}
_NUMBERS: Final = {"count": int, "skip": int, "status": int, "seconds": float}


@dataclass
class Fault:
    """One fault. `path` is a part of the request's path or a pattern with `*`; empty matches every path.

    It is injected `count` times (0: always) after `skip` matching requests. The other fields are parameters
    of some kinds.
    """

    kind: str
    path: str = ""
    count: int = 0
    skip: int = 0
    status: int = 0
    seconds: float = 0.0
    name: str = ""
    injected: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown fault {self.kind!r}; the faults are {', '.join(KINDS)}.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `kind,name=value,…`, such as `rate_limit,path=/smaily,count=3`; raises ValueError."""
        kind, *rest = text.split(",")
        return cls.read({"kind": kind, **dict(part.partition("=")[::2] for part in rest)})

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """From names and values; ValueError for an unknown name or an invalid value."""
        known = {"kind", "path", "name", *_NUMBERS}
        if unknown := set(values) - known:
            raise ValueError(
                f"Unknown fields of a fault: {', '.join(sorted(unknown))}; the fields are {', '.join(known)}."
            )
        try:
            return cls(**{name: _NUMBERS.get(name, str)(value) for name, value in values.items()})
        except TypeError:
            raise ValueError("A fault needs a kind.") from None

    def matches(self, path: str) -> bool:
        return fnmatch(path, self.path) if "*" in self.path else self.path in path


class Faults:
    """The active faults, in the order in which they were added."""

    def __init__(self) -> None:
        self._all: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._all.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def take(self, path: str, *kinds: str) -> Fault | None:
        """The first fault of these kinds to inject in this request; counts it as injected."""
        with self._lock:
            for fault in self._all:
                if fault.kind not in kinds or not fault.matches(path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.injected += 1
                if fault.injected == fault.count:
                    self._all.remove(fault)
                return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(vars(fault)) for fault in self._all]
