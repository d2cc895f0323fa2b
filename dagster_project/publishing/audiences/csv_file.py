"""The CSV file of an audience: for its owner alone, whole or absent, and harmless in a spreadsheet."""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dagster_project.landing.durable import TEMPORARY, sync_directory
from dagster_project.landing.private import make_private
from dagster_project.publishing.audiences.importers import Importer

# What a spreadsheet takes for a formula (OWASP, CSV Injection); full-width forms are read likewise.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LONGEST_ADDRESS = 254  # RFC 5321, as corrected by erratum 1690
# One @ with something on both sides, nothing that ends a line, a cell or an address.
_PART = r"[^\s\x00-\x1f\x7f\"<>(),;:@\\]+"
ADDRESS = re.compile(rf"{_PART}@{_PART}\.{_PART}")


def is_importable(address: str, importer: Importer) -> bool:
    """Whether a file can have the address as it is: a changed one would be another person's.

    What begins like a formula could be made harmless only by changing it.
    """
    if address.startswith(FORMULA_STARTS) or len(address) > LONGEST_ADDRESS:
        return False
    if not ADDRESS.fullmatch(address):
        return False
    return importer.takes_unicode_names or address.rpartition("@")[0].isascii()


def harmless(text: str) -> str:
    """`text` as a cell that no spreadsheet computes."""
    plain = re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()
    return f"'{plain}" if plain.startswith(FORMULA_STARTS) else plain


@contextmanager
def private_csv(path: Path, importer: Importer, audience: str, addresses: Iterable[str]) -> Iterator[None]:
    """Write the file next to `path`, and, unless the block fails, rename it to `path`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(path.parent)
    temporary = path.with_name(path.name + TEMPORARY)
    temporary.unlink(missing_ok=True)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow((importer.address_column, importer.audience_column))
            writer.writerows((address, harmless(audience)) for address in addresses)
            file.flush()
            os.fsync(file.fileno())
        yield
        temporary.replace(path)
        sync_directory(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
