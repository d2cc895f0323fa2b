"""The manifest: one small checksummed file per partition, cursor range, snapshot or copied file.

A manifest entry is the commit. Data files that no entry names are uncommitted, and `sweep` removes them.
"""

import hashlib
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from dagster_project.landing.durable import sync_directory, write_atomically
from dagster_project.landing.errors import LandingError

# Names of entries: of a day, and of a range of a log or a snapshot. A copied file's is a checksum.
DAY = re.compile(r"\d{4}-\d\d-\d\d")
ORDINAL = re.compile(r"\d{10}")
KIND = re.compile(rb'"kind":"(window|cursor|snapshot|file)"')
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class LandedFile(msgspec.Struct, frozen=True):
    """A data file; `path` starts at the landing root, `misshapen` counts records that are not objects."""

    path: str
    sha256: str
    bytes: int
    records: int
    misshapen: int = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One commit.

    `source` names the account, too, if it is not the first. `kind` is window, cursor, snapshot or file.
    `partition` is the ISO day, the ordinal of the cursor range or snapshot (either behind `NAME/` of another
    account than the first), or the copied file's address; `name` is the file of the entry. `records` is how
    many records the source gave (0 for a copied file, whose records are counted on loading). `first_time`
    and `last_time` are record times from a sample, in the vendor's format. `drift` maps `added` and
    `missing` to field names. `extracted_at` is when these records were first extracted: extracting the
    same records again leaves the entry unchanged. `sha256` identifies the entry and is not stored in it.
    """

    source: str
    stream: str
    kind: str
    partition: str
    name: str
    extracted_at: datetime
    files: list[LandedFile] = []
    records: int = 0
    announced: int | None = None
    cursor_from: str | None = None
    cursor_to: str | None = None
    first_time: str | None = None
    last_time: str | None = None
    metadata: dict[str, Any] = {}
    drift: dict[str, list[str]] = {}

    @property
    def sha256(self) -> str:
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()

    @property
    def content_sha256(self) -> str:
        """Equal for two entries that hold the same records in the same files, whenever they were pulled."""
        return hashlib.sha256("\n".join(file.sha256 for file in self.files).encode()).hexdigest()


class _Envelope(msgspec.Struct):
    sha256: str
    entry: msgspec.Raw


def stream_directory(root: Path, source: str, stream: str) -> Path:
    """The folder of a stream's files."""
    for name in (source, stream):
        if not SAFE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a folder in the landing zone.")
    return root / source / stream


def manifest_directory(root: Path, source: str, stream: str) -> Path:
    return stream_directory(root, source, stream) / "manifest"


def write_entry(root: Path, entry: Entry) -> None:
    """Commit `entry`, replacing the one of the same name."""
    body = msgspec.json.encode(entry)
    envelope = _Envelope(sha256=hashlib.sha256(body).hexdigest(), entry=msgspec.Raw(body))
    write_atomically(_entry_path(root, entry), msgspec.json.encode(envelope))


def remove_entry(root: Path, entry: Entry) -> None:
    """Remove `entry`, because its partition no longer exists."""
    path = _entry_path(root, entry)
    path.unlink(missing_ok=True)
    sync_directory(path.parent)


def read_manifest(root: Path, source: str, stream: str) -> list[Entry]:
    """All entries of a stream, by name (days and ordinals ascend).

    Raises LandingError when an entry was altered or truncated.
    """
    directory = manifest_directory(root, source, stream)
    if not directory.is_dir():
        return []
    return [_read_entry(path) for path in sorted(directory.glob("*.json"))]


def current_entries(root: Path, source: str, stream: str) -> list[Entry]:
    """The entries whose records belong in the raw table: only the latest of the snapshots."""
    entries = read_manifest(root, source, stream)
    snapshots = [entry for entry in entries if entry.kind == "snapshot"]
    return [entry for entry in entries if entry.kind != "snapshot"] + snapshots[-1:]


def last_cursor(root: Path, source: str, stream: str) -> str | None:
    """Where a cursor stream resumes, or None when nothing has landed."""
    entries = read_manifest(root, source, stream)
    return entries[-1].cursor_to if entries else None


def landed_partitions(root: Path, source: str, stream: str) -> list[str]:
    """The names of the committed partitions, in order: days, or numbers of ranges and snapshots."""
    return [entry.name for entry in read_manifest(root, source, stream)]


def next_ordinal(entries: list[Entry]) -> str:
    """The name of the next cursor range or snapshot; fixed width, so that names sort in order."""
    return f"{int(entries[-1].name) + 1 if entries else 1:010d}"


def _entry_path(root: Path, entry: Entry) -> Path:
    if not SAFE_NAME.fullmatch(entry.name):
        raise ValueError(f"{entry.name!r} cannot name a manifest entry.")
    return manifest_directory(root, entry.source, entry.stream) / f"{entry.name}.json"


def recovery(kind: str, entry: str = "it") -> str:
    """What to do about a damaged entry, or about its file: which of them can be pulled again."""
    match kind:
        case "cursor":
            return (
                f"restore it from a backup, and do not delete {entry}: a log is only read on from its end, "
                "so that these records would stay missing"
            )
        case "file":
            return f"restore it from a backup, or delete {entry}: the event file is copied again"
        case "unknown":
            return (
                f"restore it from a backup, or delete {entry} and pull again, but only if it is "
                "no part of a log: a log is read on from its end"
            )
        case _:
            return f"restore it from a backup, or delete {entry} and pull again"


def _kind(path: Path) -> str:
    """The kind of an entry that cannot be read, as far as its content or its name shows it."""
    with suppress(OSError):
        if found := KIND.search(path.read_bytes()):
            return found[1].decode()
    if DAY.fullmatch(path.stem):
        return "window"
    return "unknown" if ORDINAL.fullmatch(path.stem) else "file"


def _read_entry(path: Path) -> Entry:
    try:
        envelope = msgspec.json.decode(path.read_bytes(), type=_Envelope)
        body = bytes(envelope.entry)
        entry = msgspec.json.decode(body, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise LandingError(f"The manifest entry {path} is damaged; {recovery(_kind(path))}.") from None
    except OSError as error:
        raise LandingError(
            f"The manifest entry {path} cannot be read ({error.strerror}); {recovery(_kind(path))}."
        ) from error
    if hashlib.sha256(body).hexdigest() != envelope.sha256:
        raise LandingError(
            f"The manifest entry {path} does not match its own checksum; {recovery(_kind(path))}."
        )
    return entry
