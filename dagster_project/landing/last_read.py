"""When a stream was last read to its end, and what its vendor has deleted since."""

from datetime import datetime, timedelta
from pathlib import Path

from dagster_project.landing.durable import write_atomically
from dagster_project.landing.manifest import read_manifest
from dagster_project.sources.core.stream import Stream


def note_read(root: Path, source: str, stream: Stream, at: datetime) -> None:
    """Note that the stream was read until `at`, with new records or without; where its vendor deletes any."""
    if stream.retention_days is not None:
        write_atomically(_file(root, source, stream), f"{at.isoformat()}\n".encode())


def lost_since(root: Path, source: str, stream: Stream, title: str, now: datetime) -> str | None:
    """What the vendor deleted before it was read, as a sentence; None of a stream that was never read."""
    if stream.retention_days is None or (last := _last_read(root, source, stream)) is None:
        return None
    kept_from = now - timedelta(days=stream.retention_days)
    if last >= kept_from:
        return None
    return (
        f"{source}/{stream.name} was last read on {last:%Y-%m-%d %H:%M} UTC, and {title} keeps its records "
        f"for {stream.retention_days} days: those from then until {kept_from:%Y-%m-%d %H:%M} UTC are lost. "
        "All later ones were read; run daily."
    )


def _last_read(root: Path, source: str, stream: Stream) -> datetime | None:
    """As noted, else when the last new records were read."""
    file = _file(root, source, stream)
    if file.exists():
        return datetime.fromisoformat(file.read_text(encoding="utf-8").strip())
    entries = read_manifest(root, source, stream.name)
    return entries[-1].extracted_at if entries else None


def _file(root: Path, source: str, stream: Stream) -> Path:
    return root / source / f"{stream.name}.last_read.txt"
