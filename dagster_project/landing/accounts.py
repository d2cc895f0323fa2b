"""Whose data a landing zone holds: each account of a vendor has a folder, which stays that account's."""

from pathlib import Path

from dagster_project.landing.durable import write_atomically
from dagster_project.landing.private import keep_private
from dagster_project.sources.core.accounts import SEPARATOR, Account
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.stream import Source


def landed_accounts(root: Path, source: Source) -> list[str]:
    """Of which accounts anything has landed, by the names of their folders; the first one always."""
    further = (path.name for path in root.glob(f"{source.name}{SEPARATOR}*") if _has_landed(root, path.name))
    return [source.name, *sorted(further)]


def refuse_other_account(root: Path, account: Account, identity: str | None) -> None:
    """Raise ConfigurationError where records of another account of the vendor have landed in its place.

    `identity` is what the vendor knows the account by.
    """
    if identity is None:
        return
    source = account.source
    for name in landed_accounts(root, source):
        known = _identity(root, name)
        if name != account.landing_name and known == identity and _has_landed(root, name):
            raise ConfigurationError(
                f"{identity} of {source.title} has landed as {name}, and is configured as "
                f"{account.landing_name}: all of it would count twice. Keep the variables that it had."
            )
    known = _identity(root, account.landing_name)
    if known not in (None, identity) and _has_landed(root, account.landing_name):
        file = _file(root, account.landing_name)
        instead = (
            f"Set {known} again, and {identity} in variables that end in {SEPARATOR}NAME, as one more account"
            if source.has_accounts
            else f"Set {known} again, or MILEPOST_HOME to a folder of its own for {identity}"
        )
        raise ConfigurationError(
            f"The landing zone holds {source.title}'s {known} in {account.landing_name}, and {identity} is "
            f"configured: its days would replace those of {known}. {instead}; where {identity} continues "
            f"{known}, delete {file}."
        )


def note_account(root: Path, account: Account, identity: str | None) -> None:
    """Note whose records land from now on; where nothing was noted, it is who is configured."""
    if identity is not None and _identity(root, account.landing_name) != identity:
        keep_private(root)
        file = _file(root, account.landing_name)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, f"{identity}\n".encode())


def _has_landed(root: Path, name: str) -> bool:
    return any((root / name).glob("*/manifest/*.json"))


def _identity(root: Path, name: str) -> str | None:
    file = _file(root, name)
    return file.read_text(encoding="utf-8").strip() if file.exists() else None


def _file(root: Path, name: str) -> Path:
    return root / name / "account.txt"
