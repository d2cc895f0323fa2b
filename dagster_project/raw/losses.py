"""Absence is not deletion: what was loaded before is compared with what a load would put in its place.

Like with like: a snapshot with the previous one, a day with the same day's last pull, a file with its
previous content, a feed with its last total. A new day or file has nothing to be compared with.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

# Below this share of the records before, data are taken as lost, not as deleted.
LOWEST_SHARE = 0.2
# A column that was filled in more than the first share of the records and is in less than the second.
FILLED_BEFORE = 0.5
FILLED_NOW = 0.05

TOTAL = ""  # in the place of a partition: the stream or feed as a whole
RECORDS = ""  # in the place of a field: the records themselves
NAMED = 3


@dataclass(frozen=True)
class Filled:
    """In how many records a field has a value, and where it comes from in the source's record."""

    path: str
    records: int


@dataclass(frozen=True)
class Content:
    """What is loaded of one partition; `baseline` identifies it.

    Of its `records` the models see `distinct` ones, those with an id of their own; None where that was not
    counted.
    """

    baseline: str
    records: int
    filled: Mapping[str, Filled] = field(default_factory=dict)
    distinct: int | None = None


@dataclass(frozen=True)
class Loss:
    """`now` records (or records with a value in `field`) where there were `before`.

    With `of_now`, these are the distinct ones among so many records.
    """

    partition: str
    baseline: str
    before: int
    now: int
    field: str = RECORDS
    path: str = ""
    of_before: int = 0
    of_now: int = 0

    def described(self, total: str) -> str:
        """What is gone; `total` names the whole of the partitions."""
        place = self.partition or total
        if self.field == RECORDS and self.of_now:
            return (
                f"{place} has {self.now:,} distinct records of {self.of_now:,}, since ids are repeated, "
                f"{self.before:,} of {self.of_before:,} before"
            )
        if self.field == RECORDS:
            return f"{place} has {self.now:,} records, {self.before:,} before"
        source = f" (from {self.path})" if self.path not in ("", self.field) else ""
        return (
            f"{place} has {self.field}{source} in {self.now:,} of {self.of_now:,} records, "
            f"in {self.before:,} of {self.of_before:,} before"
        )


def compare(partition: str, before: Content, now: Content) -> Iterator[Loss]:
    """What `now` lacks of `before`."""
    if now.records < LOWEST_SHARE * before.records:
        yield Loss(partition, before.baseline, before.records, now.records)
    elif now.distinct is not None and now.distinct < LOWEST_SHARE * (before.distinct or 0):
        yield Loss(
            partition,
            before.baseline,
            before.distinct or 0,
            now.distinct,
            of_before=before.records,
            of_now=now.records,
        )
    if not now.records:
        return
    for name, was in before.filled.items():
        filled = now.filled.get(name)
        if (
            filled is not None
            and was.records > FILLED_BEFORE * before.records
            and filled.records < FILLED_NOW * now.records
        ):
            yield Loss(
                partition,
                before.baseline,
                was.records,
                filled.records,
                name,
                filled.path,
                before.records,
                now.records,
            )


def total(contents: Iterable[Content]) -> Content:
    """All partitions as one; a field counts where every partition with records has counted it."""
    some = [content for content in contents if content.records]
    fields = set.intersection(*(set(content.filled) for content in some)) if some else set()
    return Content(
        baseline=hashlib.sha256(" ".join(sorted(content.baseline for content in some)).encode()).hexdigest(),
        records=sum(content.records for content in some),
        filled={
            name: Filled(some[-1].filled[name].path, sum(content.filled[name].records for content in some))
            for name in sorted(fields)
        },
    )


def named(losses: Sequence[Loss], total: str) -> str:
    """The first few losses in words; of a partition without its records, the columns go without saying."""
    without_records = {loss.partition for loss in losses if loss.field == RECORDS}
    main = [loss for loss in losses if loss.field == RECORDS or loss.partition not in without_records]
    some = [loss.described(total) for loss in main[:NAMED]]
    more = [f"{len(main) - NAMED} more"] if len(main) > NAMED else []
    return "; ".join(some + more)
