"""Listing a feed's files and finding those that are new, changed or removed."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import fsspec
from fsspec import AbstractFileSystem
from fsspec.core import has_magic, url_to_fs
from fsspec.utils import glob_translate

from dagster_project.sources.core.errors import UnavailableError
from dagster_project.sources.event_files.feeds import Feed


@dataclass(frozen=True)
class FeedFile:
    """A listed file: address, size in bytes, and a mark (fingerprint) that changes when it is rewritten."""

    address: str
    size: int
    mark: str

    def open(self) -> BinaryIO:
        return cast(BinaryIO, fsspec.open(self.address, "rb").open())


@dataclass(frozen=True)
class Changes:
    """What happened to a feed's files since they were last landed."""

    new: tuple[FeedFile, ...]
    changed: tuple[FeedFile, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed)


def list_files(feed: Feed) -> list[FeedFile]:
    """The files that match the feed's path now, sorted by address.

    A folder that exists under a part of the path is that folder, though its name has wildcards in it.
    Raises UnavailableError when the folder or bucket itself cannot be read: its files would otherwise count
    as removed, and their events would be deleted.
    """
    protocol = feed.path.split("://", 1)[0] if "://" in feed.path else "file"
    try:
        filesystem, path = url_to_fs(feed.path)
        folder, pattern = _split(filesystem, path)
        # in an object store a folder without objects does not exist
        existing = folder if protocol == "file" else folder.strip("/").split("/")[0]
        if not filesystem.isdir(existing):
            raise UnavailableError(
                f"Feed {feed.name}: the folder {existing} of its path {feed.path} does not exist; create it "
                "or correct the path."
            )
        listed = _listed(filesystem, folder, pattern)
    except (OSError, ImportError, ValueError) as error:
        raise UnavailableError(
            f"Feed {feed.name}: its path {feed.path} cannot be listed ({type(error).__name__}); check the "
            f"address, the permissions, and that the fsspec driver for {protocol} is installed."
        ) from error
    return sorted(
        (
            FeedFile(
                str(filesystem.unstrip_protocol(name)).removeprefix("file://"),
                int(info.get("size") or 0),
                _mark(info),
            )
            for name, info in listed.items()
            if info.get("type") == "file"
        ),
        key=lambda file: file.address,
    )


def compare(files: Sequence[FeedFile], landed: Mapping[str, str]) -> Changes:
    """Compare the files listed now with those landed (address to mark)."""
    addresses = {file.address for file in files}
    return Changes(
        new=tuple(file for file in files if file.address not in landed),
        changed=tuple(file for file in files if landed.get(file.address, file.mark) != file.mark),
        removed=tuple(sorted(set(landed) - addresses)),
    )


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
