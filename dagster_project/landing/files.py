"""Data files of the landing zone: NDJSON in zstd, written under a temporary name, synced, renamed."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import zstandard

from dagster_project.landing.durable import TEMPORARY, sync_directory
from dagster_project.landing.manifest import Entry, LandedFile, stream_directory
from dagster_project.landing.records import Lines

# On JSON, level 3 takes twice the time and saves a tenth of the size; a window that fits the core's cache
# saves a quarter of the time and costs a tenth of the size.
COMPRESSION = zstandard.ZstdCompressionParameters.from_level(1, window_log=17)
PAGES_PER_FILE = 7  # one core loads one file; a commit has two files, for two cores
# For cursor streams. 130,000 records exceed a row group, which DuckDB writes directly to its file; fewer
# would go through the WAL and be compressed at the checkpoint.
PAGES_PER_COMMIT = 13
MIN_FILE_BYTES = (
    4 << 20
)  # uncompressed; below it small pages share a file, so that a year is not 10,000 files
BUFFER_BYTES = 1 << 20  # uncompressed, before a file is opened: many partitions may be written at once


class FileWriter:
    """Writes one partition's lines to as many files as needed; nothing is visible before `finish`.

    File names contain the content's checksum, so the same records pulled again get the same name.
    """

    def __init__(self, root: Path, source: str, stream: str, name: str) -> None:
        self._root = root
        self._directory = stream_directory(root, source, stream)
        self._name = name
        self._files: list[LandedFile] = []
        self._buffer: list[bytes] = []
        self._handle: BinaryIO | None = None
        self._begin()

    def _begin(self) -> None:
        self._compressor: zstandard.ZstdCompressionObj | None = None
        self._digest = hashlib.sha256()
        self._buffered = self._stored = self._raw = self._pages = self._records = self._misshapen = 0

    @property
    def is_full(self) -> bool:
        """Whether the open file has reached its number of pages and its size."""
        return self._pages >= PAGES_PER_FILE and self._raw >= MIN_FILE_BYTES

    def add(self, lines: Lines) -> None:
        if self.is_full:
            self._close_file()
        self._pages += 1
        self._records += lines.records
        self._misshapen += lines.misshapen
        self._raw += len(lines.content)
        self._buffered += len(lines.content)
        self._buffer.append(lines.content)
        if self._buffered >= BUFFER_BYTES:
            self._write_buffer()

    def finish(self) -> list[LandedFile]:
        """Sync and rename every file; their records are still uncommitted."""
        if self._records:
            self._close_file()
        sync_directory(self._directory)
        return self._files

    def discard(self) -> None:
        """Remove the file being written."""
        if self._handle is not None:
            self._handle.close()
            self._temporary.unlink(missing_ok=True)
            self._handle = None

    @property
    def _temporary(self) -> Path:
        return self._directory / f"{self._name}{TEMPORARY}"

    def _write_buffer(self) -> None:
        if self._compressor is None or self._handle is None:
            self._handle = self._temporary.open("wb")
            # in this thread, because another one reads the source; a zstd thread would copy its input
            self._compressor = zstandard.ZstdCompressor(compression_params=COMPRESSION).compressobj()
        content = self._buffer[0] if len(self._buffer) == 1 else b"".join(self._buffer)
        self._store(self._compressor.compress(content))
        self._buffer.clear()
        self._buffered = 0

    def _store(self, compressed: bytes) -> None:
        if self._handle is not None:
            self._handle.write(compressed)
            self._digest.update(compressed)
            self._stored += len(compressed)

    def _close_file(self) -> None:
        self._write_buffer()
        if self._compressor is not None and self._handle is not None:
            self._store(self._compressor.flush())
            sync_and_close(self._handle)
            self._handle = None
        sha256 = self._digest.hexdigest()
        path = self._directory / f"{self._name}-{len(self._files):03d}-{sha256[:16]}.ndjson.zst"
        self._temporary.replace(path)
        self._files.append(
            LandedFile(
                path=path.relative_to(self._root).as_posix(),
                sha256=sha256,
                bytes=self._stored,
                records=self._records,
                misshapen=self._misshapen,
            )
        )
        self._begin()


def sync_and_close(handle: BinaryIO) -> None:
    """Sync the file to disk before anything refers to it."""
    handle.flush()
    os.fsync(handle.fileno())
    handle.close()


def sweep(root: Path, source: str, stream: str, entries: Iterable[Entry]) -> None:
    """Remove files that no entry names: those of a killed run and of overwritten partitions."""
    named = {(root / file.path).name for entry in entries for file in entry.files}
    directory = stream_directory(root, source, stream)
    for path in [*directory.iterdir(), *(directory / "manifest").glob("*" + TEMPORARY)]:
        if path.is_file() and path.name not in named and path.name != ".lock":
            path.unlink(missing_ok=True)
