"""Reading the export as files: Parquet or JSON lines, in a local folder or an object store."""

import gzip
import io
import logging
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, cast

import zstandard

from dagster_project.sources.core.errors import ConfigurationError, UnavailableError, UnreadableDayError
from dagster_project.sources.event_files.feeds import Feed, shown
from dagster_project.sources.event_files.listing import FeedFile, list_files
from dagster_project.sources.event_files.reading import is_remote
from dagster_project.sources.google_analytics_export.errors import TITLE
from dagster_project.sources.google_analytics_export.tables import (
    Kind,
    Table,
    day_and_kind,
    digest,
    looks_like_a_day,
    property_in,
    without_part,
)

ROWS = 20_000  # of a page: a row is about 3 kB of JSON
CHUNK_BYTES = 8 << 20
LARGEST_LINE = 64 << 20
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload", ".crc")
_DAMAGED = (EOFError, ValueError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)

logger = logging.getLogger(__name__)


class Files:
    """The tables in folders, each of one property or with a folder `analytics_<property id>` for each."""

    restates_for_days: int | None = None  # a listing shows every change

    def __init__(self, folders: tuple[str, ...]) -> None:
        self._folders = folders

    def tables(self) -> list[Table]:
        """All days that have files; those that only look like a day are named in the log."""
        parts: dict[tuple[str | None, object, Kind], list[FeedFile]] = {}
        first_of: dict[tuple[str | None, object, Kind], tuple[str, FeedFile]] = {}
        strange = []
        for folder, file in self._files():
            name = file.address.rsplit("/", 1)[-1]
            below = _below(file.address, folder)
            found = day_and_kind(below)
            if found is None and looks_like_a_day(below):
                strange.append(name)
            if found is None or name.startswith((".", "_")) or name.endswith(_UNFINISHED):
                continue
            property_id = property_in(f"/{_root(folder).rsplit('/', 1)[-1]}{below}")
            key = (property_id, *found)
            first_folder, first = first_of.setdefault(key, (folder, file))
            if property_id is None and folder != first_folder:
                raise _two_exports(first, file)
            parts.setdefault(key, []).append(file)
        if strange:
            logger.warning(
                "%d files of %s have a name that is not a day, and are not read: %s.",
                len(strange), TITLE, ", ".join(sorted(strange)[:3]),
            )  # fmt: skip
        return [
            Table(property_id, day, kind, _mark(kept), tuple(kept))  # type: ignore[arg-type]
            for (property_id, day, kind), files in parts.items()
            if (kept := _one_spelling(_one_form(files)))
        ]

    def marked(self, table: Table) -> Table:
        """The table with a mark of what its files are now."""
        present = [found for file in table.parts for found in self._listed(file.opened_as or file.address)]
        return replace(table, mark=_mark(present), parts=tuple(present))

    def lines(self, table: Table) -> Iterator[list[bytes]]:
        """The table's records as lines, a page at a time. Raises UnreadableDayError for a damaged file."""
        for file in table.parts:
            yield from _lines(file)

    def close(self) -> None:
        """Nothing is open between two files."""

    def _files(self) -> Iterator[tuple[str, FeedFile]]:
        """Each file once, with the first folder that has it."""
        seen: set[str] = set()
        for folder in self._folders:
            for file in self._listed(f"{folder.rstrip('/')}/**"):
                if file.address not in seen:
                    seen.add(file.address)
                    yield folder, file

    def _listed(self, path: str) -> list[FeedFile]:
        """A file, or the files below a folder."""
        try:
            return list_files(Feed(TITLE, path, "parquet", "UTC", {}))
        except (ConfigurationError, UnavailableError) as error:
            raise type(error)(
                f"The folder {shown(path)} of {TITLE} (GA4_EXPORT_FOLDER) cannot be listed; check that it "
                f"exists and may be read, and that the fsspec driver for it is installed ({error})."
            ) from error


def _mark(files: Sequence[FeedFile]) -> str:
    return digest(f"{file.address} {file.mark}" for file in files)


def _below(address: str, folder: str) -> str:
    """The address without the folder, whose own name may look like a day."""
    return "/" + address.split(_root(folder) + "/", 1)[-1]


def _root(folder: str) -> str:
    return shown(folder).removeprefix("file://").rstrip("/")


def _one_form(files: list[FeedFile]) -> list[FeedFile]:
    """The Parquet files where a day was exported in both forms: they are the same rows twice."""
    parquet = [file for file in files if ".parquet" in file.address.rsplit("/", 1)[-1]]
    return sorted(parquet or files, key=lambda file: file.address)


def _one_spelling(files: list[FeedFile]) -> list[FeedFile]:
    """Parts of a day differ in their numbers only; ConfigurationError for a copy of the day among them."""
    spelled = {without_part(file.address): file for file in files}
    if len(spelled) > 1:
        raise _two_exports(*list(spelled.values())[:2])
    return files


def _two_exports(one: FeedFile, other: FeedFile) -> ConfigurationError:
    return ConfigurationError(
        f"{one.address} and {other.address} are both one day of {TITLE}, and its events would count twice; "
        "keep one of them, or put each property's files into a folder analytics_<property id>."
    )


def _lines(file: FeedFile) -> Iterator[list[bytes]]:
    try:
        with _opened(file) as handle:
            start = handle.read(4)
            handle.seek(0)
            if not start:
                return
            if start == b"PAR1":
                yield from _of_parquet(handle)
            elif start == b"Obj\x01":
                raise ConfigurationError(
                    f"{file.address} of {TITLE} is an Avro file; export it as Parquet or JSON."
                )
            else:
                yield from _of_text(_decompressed(handle, start), file)
    except _DAMAGED as error:
        raise UnreadableDayError(
            f"{file.address} of {TITLE} is damaged or was cut off ({type(error).__name__}); export or copy "
            "it again, days that have landed are kept."
        ) from None
    except OSError as error:
        raise UnavailableError(
            f"{file.address} of {TITLE} cannot be read ({error.strerror or type(error).__name__}); check "
            "that it still exists and may be read, then run again."
        ) from None


def _opened(file: FeedFile) -> BinaryIO:
    """A local file itself, a remote one as a copy in memory: Parquet is read from its end."""
    if not is_remote(file.address):
        return open(file.opened_as or file.address, "rb")  # noqa: PTH123 - may hold bytes that are no UTF-8
    return io.BytesIO(b"".join(file.chunks()))


def _of_parquet(handle: BinaryIO) -> Iterator[list[bytes]]:
    # Imported here, as it takes longer than listing a folder without new files does.
    import pyarrow as pa
    import pyarrow.parquet as pq

    from dagster_project.sources.google_analytics_export.json_lines import lines

    try:
        for batch in pq.ParquetFile(handle).iter_batches(ROWS):
            yield lines(batch)
    except (pa.ArrowException, OSError) as error:  # Arrow calls a damaged file an OSError, too
        raise ValueError(str(error)) from None


def _decompressed(handle: BinaryIO, start: bytes) -> BinaryIO:
    if start[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=handle))
    if start == b"\x28\xb5\x2f\xfd":
        return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(handle, read_across_frames=True))
    return handle


def _of_text(handle: BinaryIO, file: FeedFile) -> Iterator[list[bytes]]:
    rest = b""
    while chunk := handle.read(CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > LARGEST_LINE:
            raise UnreadableDayError(
                f"{file.address} of {TITLE} is not a file of JSON lines: a line has over "
                f"{LARGEST_LINE >> 20} MB. Export it with format JSON, one object per line."
            )
        yield _records(whole)
    if not rest.strip():
        return
    if not rest.rstrip().endswith(b"}"):
        raise UnreadableDayError(
            f"{file.address} of {TITLE} ends in the middle of a record; export or copy it again, days that "
            "have landed are kept."
        )
    yield _records([rest])


def _records(lines: list[bytes]) -> list[bytes]:
    return [record for line in lines if (record := line.removeprefix(b"\xef\xbb\xbf").strip())]
