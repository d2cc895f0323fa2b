"""Whose data a landing zone holds: one account of each vendor, whose days have the names of any other's."""

from pathlib import Path

from dagster_project.landing.durable import write_atomically
from dagster_project.landing.private import keep_private
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.stream import Source


def refuse_other_account(root: Path, source: Source, account: str | None) -> None:
    """Raise ConfigurationError where records of another account of the vendor have landed."""
    file = _file(root, source)
    if account is None or not file.exists():
        return
    known = file.read_text(encoding="utf-8").strip()
    if known != account and any((root / source.name).glob("*/manifest/*.json")):
        raise ConfigurationError(
            f"The landing zone holds {source.title}'s {known}, and {account} is configured: its days would "
            f"replace those of {known}. Set {known} again, or MILEPOST_HOME to a folder of its own for "
            f"{account}; where {account} continues {known}, delete {file}."
        )


def note_account(root: Path, source: Source, account: str | None) -> None:
    """Note whose records land from now on; where nothing was noted, it is who is configured."""
    file = _file(root, source)
    if account is not None and not (file.exists() and file.read_text(encoding="utf-8").strip() == account):
        keep_private(root)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, f"{account}\n".encode())


def _file(root: Path, source: Source) -> Path:
    return root / source.name / "account.txt"
