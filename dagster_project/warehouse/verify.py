"""Is what landed still what was landed? Asked before anything is written to the warehouse."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from dagster_project.landing import Entry, LandingError


def verify_files(root: Path, entries: Iterable[Entry]) -> None:
    """Hold every file of `entries` against its checksum; LandingError names the first that differs."""
    for entry in entries:
        for file in entry.files:
            path = root / file.path
            advice = (
                f"restore it from a backup, or delete the manifest entry {entry.name}.json of "
                f"{entry.source}/{entry.stream} and pull again"
            )
            try:
                with path.open("rb") as handle:
                    digest = hashlib.file_digest(handle, "sha256").hexdigest()
            except OSError as error:
                reason = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
                raise LandingError(f"The landed file {path} {reason}; {advice}.") from None
            if digest != file.sha256:
                size = path.stat().st_size
                state = f"was cut to {size} of {file.bytes} bytes" if size < file.bytes else "was altered"
                raise LandingError(f"The landed file {path} {state}; {advice}.")
