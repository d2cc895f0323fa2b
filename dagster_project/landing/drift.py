"""Schema drift: a sample of the records compared with the stream's declaration."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dagster_project.sources.core.stream import Stream


class FieldSampler:
    """Samples the first, middle and last record of every page; decoding three per page costs nothing.

    `added` are top-level fields that no column reads and the stream does not list as `unread`, `missing` are
    columns that no sampled record has (a field that is null is not missing), `first_time` and `last_time` the
    earliest and latest sampled record times, in the vendor's format.
    """

    def __init__(self, stream: Stream) -> None:
        self._paths = {column.name: column.source_path for column in stream.columns}
        self._unread = set(stream.unread)
        self._time_path = self._paths.get(stream.time_column or "")
        self._seen: set[str] = set()
        self._filled: set[str] = set()
        self._sampled = False
        self._times: list[tuple[float, str]] = []

    def sample(self, records: Sequence[bytes], context: Mapping[str, Any]) -> None:
        for position in sorted({0, len(records) // 2, len(records) - 1}) if records else ():
            self._sample_record(records[position], context)

    def _sample_record(self, record: bytes, context: Mapping[str, Any]) -> None:
        try:
            fields = msgspec.json.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        if not isinstance(fields, dict):
            return
        self._sampled = True
        self._seen.update(fields)
        fields = {**context, **fields}
        self._filled.update(
            name
            for name, path in self._paths.items()
            if name not in self._filled and _has_value(fields, path)
        )
        if self._time_path:
            time = _value(fields, self._time_path)
            if isinstance(time, str | int | float) and not isinstance(time, bool):
                self._times.append((float(time) if isinstance(time, int | float) else 0.0, str(time)))
                self._times = [min(self._times), max(self._times)]

    @property
    def drift(self) -> dict[str, list[str]]:
        if not self._sampled:
            return {}
        known = {str(path[0]) for path in self._paths.values()}
        found = {
            "added": sorted(self._seen - known - self._unread),
            "missing": sorted(set(self._paths) - self._filled),
        }
        return {kind: fields for kind, fields in found.items() if fields}

    @property
    def first_time(self) -> str | None:
        return self._times[0][1] if self._times else None

    @property
    def last_time(self) -> str | None:
        return self._times[-1][1] if self._times else None


_ABSENT = object()


def _value(fields: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(step, int):
            if not isinstance(fields, list) or not 0 <= step < len(fields):
                return _ABSENT
        elif not isinstance(fields, dict) or step not in fields:
            return _ABSENT
        fields = fields[step]
    return fields


def _has_value(fields: Any, path: tuple[str | int, ...]) -> bool:
    return _value(fields, path) is not _ABSENT
