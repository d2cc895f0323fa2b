"""Listing a feed's files and finding those that are new, changed or removed."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, cast

import fsspec
from fsspec import AbstractFileSystem
from fsspec.core import has_magic, url_to_fs
from fsspec.utils import glob_translate

from dagster_project.settings import Settings
from dagster_project.sources.core.errors import ConfigurationError, UnavailableError
from dagster_project.sources.event_files.feeds import Feed, shown
from dagster_project.sources.event_files.own_files import refuse_own_files
from dagster_project.sources.event_files.reading import (
    CHUNK_BYTES,
    LISTING_SECONDS,
    is_remote,
    remote_chunks,
    within,
)

# Each file is a copy and a manifest entry; more are a path that matches too much.
MOST_FILES = 100_000
# Errors that do not pass by waiting.
LASTING = (ImportError, ValueError, PermissionError, FileNotFoundError, NotADirectoryError)


@dataclass(frozen=True)
class FeedFile:
    """A listed file: address, size in bytes, and a mark (fingerprint) that changes when it is rewritten.

    `modified_at` is the time of its last change in whole seconds, or None where the file system has none.
    `opened_as` is the address by which it is opened: `address` has no credentials or signature, which change
    from day to day, and escapes a name that is not UTF-8.
    """

    address: str
    size: int
    mark: str
    modified_at: datetime | None = None
    opened_as: str = ""

    def chunks(self) -> Iterator[bytes]:
        """The content; OSError or UnavailableError when it cannot be read."""
        if is_remote(self.address):
            yield from remote_chunks(self.address, self.size, self._open)
        else:
            with self._open() as handle:
                yield from iter(lambda: handle.read(CHUNK_BYTES), b"")

    def _open(self) -> BinaryIO:
        return cast(BinaryIO, fsspec.open(self.opened_as or self.address, "rb").open())


@dataclass(frozen=True)
class Changes:
    """What happened to a feed's files since they were last landed."""

    new: tuple[FeedFile, ...]
    changed: tuple[FeedFile, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed)


def list_files(feed: Feed, settings: Settings | None = None) -> list[FeedFile]:
    """The files that match the feed's path now, sorted by address.

    A folder that exists under a part of the path is that folder, though its name has wildcards in it.
    Raises UnavailableError when the folder or bucket itself cannot be read: its files would otherwise count
    as removed, and their events would be deleted. Raises ConfigurationError when waiting does not help: the
    folder does not exist or is closed, its driver is missing, or the path matches what Milepost writes by
    `settings`, or more files than a feed can have.
    """
    protocol = feed.path.split("://", 1)[0] if is_remote(feed.path) else "file"
    try:
        listed = within(
            LISTING_SECONDS,
            f"Feed {feed.name}: its path {feed.shown_path} was not listed within {LISTING_SECONDS} s; check "
            "the connection, or narrow the path.",
            lambda: _found(feed, protocol),
        )
    except (OSError, ImportError, ValueError) as error:
        raise (ConfigurationError if isinstance(error, LASTING) else UnavailableError)(
            f"Feed {feed.name}: its path {feed.shown_path} cannot be listed ({type(error).__name__}); check "
            f"the address, the permissions, and that the fsspec driver for {protocol} is installed."
        ) from error
    if len(listed) > MOST_FILES:
        raise ConfigurationError(
            f"Feed {feed.name}: its path {feed.shown_path} matches {len(listed):,} files, more than "
            f"{MOST_FILES:,}; narrow the path, or join the files."
        )
    if settings is not None and protocol in ("file", "local"):
        refuse_own_files(feed, [file.address for file in listed], settings)
    return listed


def compare(files: Sequence[FeedFile], landed: Mapping[str, str]) -> Changes:
    """Compare the files listed now with those landed (address to mark)."""
    addresses = {file.address for file in files}
    return Changes(
        new=tuple(file for file in files if file.address not in landed),
        changed=tuple(file for file in files if landed.get(file.address, file.mark) != file.mark),
        removed=tuple(sorted(set(landed) - addresses)),
    )


def _found(feed: Feed, protocol: str) -> list[FeedFile]:
    filesystem, path = url_to_fs(feed.path)
    folder, pattern = _split(filesystem, path)
    # in an object store a folder without objects does not exist, and a web server need not list any
    existing = folder if protocol == "file" else folder.strip("/").split("/")[0]
    if not protocol.startswith("http") and not filesystem.isdir(existing):
        raise ConfigurationError(
            f"Feed {feed.name}: the folder {shown(existing)} of its path {feed.shown_path} does not exist; "
            "create it or correct the path."
        )
    listed = {
        str(filesystem.unstrip_protocol(name)).removeprefix("file://"): info
        for name, info in _listed(filesystem, folder, pattern).items()
        if info.get("type") == "file"
    }
    names = Counter(map(shown, listed))
    files = [
        FeedFile(
            # only a query distinguishes some files of a web server
            _readable(shown(address)) + (f"?{_digest(address)}" if names[shown(address)] > 1 else ""),
            int(info.get("size") or 0),
            _mark(info),
            _modified_at(info),
            address,
        )
        for address, info in listed.items()
    ]
    return sorted(files, key=lambda file: file.address)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _readable(address: str) -> str:
    """With its bytes that are not UTF-8, as of archives made on another system, written as `\\xe4`."""
    return address.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _split(filesystem: AbstractFileSystem, path: str) -> tuple[str, str]:
    """The part of `path` that names one folder, and the pattern below it."""
    parts = path.split("/")
    fixed = next((place for place, part in enumerate(parts) if has_magic(part)), len(parts) - 1)
    while fixed < len(parts) - 1 and filesystem.isdir("/".join(parts[: fixed + 1])):
        fixed += 1
    return "/".join(parts[:fixed]) or "/", "/".join(parts[fixed:])


def _listed(filesystem: AbstractFileSystem, folder: str, pattern: str) -> Mapping[str, Mapping[str, Any]]:
    """What fits `pattern` below `folder`; fsspec's `glob` would take the folder's name for a pattern too."""
    one = f"{folder.rstrip('/')}/{pattern}"
    if "/" not in pattern and filesystem.isfile(one):
        return {one: filesystem.info(one)}
    depth = None if "**" in pattern else pattern.count("/") + 1
    found = filesystem.find(folder, maxdepth=depth, withdirs=False, detail=True)
    fits = re.compile(glob_translate(pattern)).match
    start = len(folder.rstrip("/")) + 1
    return {name: info for name, info in found.items() if fits(name[start:])}


def _mark(info: Mapping[str, Any]) -> str:
    """A fingerprint of the file system's metadata: time and size, or an object store's ETag."""
    versions = {
        key: info[key]
        for key in ("ETag", "etag", "md5Hash", "mtime", "LastModified", "updated")
        if key in info
    }
    versions = versions or {"created": info.get("created")}
    return hashlib.sha256(repr([info.get("size"), sorted(versions.items())]).encode()).hexdigest()[:32]


def _modified_at(info: Mapping[str, Any]) -> datetime | None:
    """In whole seconds, as object stores have it, so that a copy of a folder keeps the order of its names."""
    for key in ("mtime", "LastModified", "last_modified", "updated", "modified", "created"):
        match info.get(key):
            case datetime() as time:
                found = time
            case int() | float() as seconds:
                found = datetime.fromtimestamp(seconds, UTC)
            case str() as text:
                try:
                    found = (
                        datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
                    )
                except ValueError:
                    continue
            case _:
                continue
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC).replace(microsecond=0)
    return None
