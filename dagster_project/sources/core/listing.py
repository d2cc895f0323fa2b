"""An end for listings that repeat themselves or never end."""

from collections.abc import Sequence
from hashlib import blake2b

from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.records import PackedRecords

MOST_PAGES = 10_000  # of the smallest pages, Bitly's, a million links


class Listing:
    """The pages of one listing. `what` names it in messages."""

    def __init__(self, what: str, most_pages: int = MOST_PAGES) -> None:
        self._what = what
        self._most_pages = most_pages
        self._numbers: dict[bytes, int] = {}  # of the pages by their content
        self._count = 0

    def add(self, records: Sequence[bytes]) -> None:
        """Count a page; ProtocolError when its records came before or there are too many pages."""
        self._count += 1
        if self._count > self._most_pages:
            raise ProtocolError(
                f"{self._what} has over {self._most_pages:,} pages; reading was stopped. Check with the "
                "vendor whether the listing ends."
            )
        if not records:
            return
        lines = records.lines if isinstance(records, PackedRecords) else b"\n".join(records)
        first = self._numbers.setdefault(blake2b(lines, digest_size=16).digest(), self._count)
        if first != self._count:
            raise ProtocolError(
                f"{self._what} repeats page {first} as page {self._count}; reading was stopped. Run again "
                "later, and check whether the vendor changed how it pages."
            )
