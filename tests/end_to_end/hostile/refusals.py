"""Answers that are refused as a whole: the stream fails with one sentence, and everything else stays."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Refusal:
    """`answer` makes the body that the asset gets from the path instead of the vendor's."""

    kind: str
    name: str
    asset: str
    path: str
    answer: Callable[[bytes], bytes]
    said: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def _next_page(link: str) -> Callable[[bytes], bytes]:
    def answer(body: bytes) -> bytes:
        page = json.loads(body)
        page["pagination"]["next"] = link
        return json.dumps(page).encode()

    return answer


def _always(body: bytes) -> Callable[[bytes], bytes]:
    return lambda _: body


LISTS, LINKS, TOTALS = "smaily/lists", "bitly/bitlinks", "google_analytics/daily_totals"
BITLINKS = "/bitlinks"
REFUSALS = (
    Refusal("C12", "a link of a foreign user", LINKS, BITLINKS, _next_page("http://foreign\\@home/v4/x"),
            "is not followed, because it has characters that no URL has"),
    Refusal("C12", "a link to a foreign host", LINKS, BITLINKS, _next_page("https://home.example/v4/groups"),
            "is not followed, because it leads to another host"),
    Refusal("A3", "deep JSON of a vendor", LISTS, "list.php", _always(b"[" * 99_999), "nested more deeply"),
    Refusal("A3", "a number for a report", TOTALS, ":runReport", _always(b"7"), "in a shape that differs"),
    Refusal("A3", "a list for an object", LINKS, BITLINKS, _always(b"[[]]"), "in a shape that differs"),
    Refusal("A3", "an empty body", LISTS, "list.php", _always(b""), "invalid JSON"),
    Refusal("A3", "a wait to the year 99999", LISTS, "list.php", _always(b""), "more requests per second",
            429, {"retry-after": "Fri, 31 Dec 99999 23:59:59 GMT"}),
    Refusal("A4", "a wait of 899 seconds", LISTS, "list.php", _always(b""), "would exceed the 30 minutes",
            429, {"retry-after": "899"}),
    Refusal("A4", "a bomb of gzip", LISTS, "list.php", _always(gzip.compress(bytes(70 << 20))),
            "more than 64 MB", headers={"content-encoding": "gzip"}),
)  # fmt: skip
