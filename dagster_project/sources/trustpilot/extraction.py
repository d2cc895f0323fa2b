"""How each Trustpilot stream is read.

No list of Trustpilot is ordered by changes, and what moves a review's `updatedAt` is not established. So
the reviews of the last three months are read again, and the days on which something differs from the last
time are landed again: edits, replies, reports and changes of status come as further versions of a review. One
that is listed no more leaves its last version: nothing says that it was deleted.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any, Self

import msgspec

from dagster_project.sources.core.errors import ProtocolError
from dagster_project.sources.core.prefetch import prefetch
from dagster_project.sources.core.records import fields_of
from dagster_project.sources.core.stream import Page, Request
from dagster_project.sources.trustpilot.client import Client
from dagster_project.sources.trustpilot.errors import TITLE

RESTATEMENT = timedelta(days=90)
BATCH = 500  # records of a page that is landed


class Progress(msgspec.Struct, forbid_unknown_fields=True):
    """Until which day reviews were read, and what the last days looked like: the cursor of the stream.

    `read_at` is when they were last read to the end, so that a reading without news says so, too.
    """

    namespace: str | None = None
    until: str | None = None
    days: dict[str, str] = {}
    read_at: str | None = None

    @classmethod
    def after(cls, cursor: str | None, namespace: str | None) -> Self:
        """What is landed already; nothing where the reviews have to name another namespace of orders."""
        try:
            progress = msgspec.json.decode(cursor, type=cls) if cursor else cls()
        except msgspec.DecodeError:
            progress = cls()  # of a version that read in another way
        return progress if progress.namespace == namespace else cls(namespace)

    @property
    def since(self) -> datetime | None:
        if self.until is None:
            return None
        return datetime.combine(date.fromisoformat(self.until) - RESTATEMENT, time.min, UTC)

    @property
    def cursor(self) -> str:
        return msgspec.json.encode(self).decode()

    def close(self, day: str, digest: str) -> bool:
        """Note a day that was read to its end; whether it differs from the last time."""
        is_changed = self.days.get(day) != digest
        self.until = max(self.until or day, day)
        oldest = (date.fromisoformat(self.until) - RESTATEMENT).isoformat()
        self.days = {each: known for each, known in self.days.items() if each >= oldest} | {day: digest}
        return is_changed


class _Review(msgspec.Struct):
    """What a later version of a review is known by."""

    id: str
    createdAt: Any = None
    updatedAt: Any = None
    stars: Any = None
    status: Any = None
    source: Any = None
    referralEmail: Any = None
    referenceId: Any = None
    isVerified: Any = None
    reviewVerificationLevel: Any = None
    countsTowardsTrustScore: Any = None
    companyReply: Any = None
    reportData: Any = None
    invitation: Any = None


def business_units(client: Client, _: Request) -> Iterator[Page]:
    yield Page(client.business_unit())


def reviews(client: Client, request: Request) -> Iterator[Page]:
    yield from prefetch(_reviews(client, Progress.after(request.cursor, client.order_namespace)))


def _reviews(client: Client, progress: Progress) -> Iterator[Page]:
    """Changed days, whole, so that a run which is cut short goes on after the last complete one."""
    context = {"_order_namespace": client.order_namespace}
    changed: list[bytes] = []
    for day, records, digest in _days(client, progress.since):
        if progress.close(day, digest):
            changed += records
        if len(changed) >= BATCH:
            yield Page(changed, cursor=progress.cursor, context=context)
            changed = []
    progress.read_at = client.now().isoformat()
    yield Page(changed, cursor=progress.cursor, context=context)


def _days(client: Client, since: datetime | None) -> Iterator[tuple[str, list[bytes], str]]:
    """The reviews by their UTC day, with a digest of what the streams hold of them."""
    day, of_day, digests = "", list[bytes](), list[bytes]()
    for record in client.reviews(since):
        review = fields_of(record, _Review, f"A review of {TITLE}")
        at = client.written_at(review.createdAt)
        if at is not None and since is not None and at < since:
            continue
        found = at.date().isoformat() if at else day  # one without a readable time is quarantined by loading
        if found < day:
            raise ProtocolError(
                f"{TITLE} lists reviews of {found} after those of {day}, though the oldest were asked for "
                "first; reading was stopped. Check whether the vendor changed its API."
            )
        if found != day:
            if of_day and day:
                yield day, of_day, _digest(digests)
            day, of_day, digests = found, [] if day else of_day, [] if day else digests
        of_day.append(record)
        digests.append(msgspec.json.encode(review, order="sorted"))
    if day:
        yield day, of_day, _digest(digests)
    elif of_day:
        raise ProtocolError(
            f"None of {len(of_day):,} reviews of {TITLE} has a `createdAt` that is a time; nothing was "
            "landed. Check whether the vendor changed its API."
        )


def _digest(reviews_of_day: list[bytes]) -> str:
    return blake2b(b"\n".join(sorted(reviews_of_day)), digest_size=6).hexdigest()
