"""Several accounts of one source: variables that end in `__NAME` declare one more.

The account of the variables without an ending is the first one: its ids stand as they are. What has landed
and is loaded of another one is named `<source>__NAME`, and its partitions begin with `NAME/`.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dagster_project.sources.core.errors import ConfigurationError, SourceError
from dagster_project.sources.core.stream import Source

SEPARATOR = "__"
_NAME = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)*")


@dataclass(frozen=True)
class Account:
    """One account; `name` is what its variables end in, empty for the first."""

    source: Source
    name: str
    environment: Mapping[str, str] = field(repr=False)  # has passwords

    @property
    def title(self) -> str:
        return f"{self.source.title}, account {self.name}" if self.name else self.source.title

    @property
    def landing_name(self) -> str:
        """The source, as landing zone and ledgers name it."""
        return f"{self.source.name}{SEPARATOR}{self.name}" if self.name else self.source.name

    def configure(self) -> Any | None:
        """The account's configuration; None only of a first account that is not configured."""
        if self.name:
            self._refuse_name()
        configuration = self.source.configure(self.environment)
        if self.name and configuration is None:
            first = next(iter(self.source.variables))
            raise ConfigurationError(f"it is partially configured; set {first} too.")
        return configuration

    @contextmanager
    def explained(self) -> Iterator[None]:
        """The block's errors of the source, with the account and its variables where it is a further one."""
        try:
            yield
        except SourceError as error:
            if not self.name:
                raise
            raise type(error)(self._explained(str(error))) from error.__cause__

    def _refuse_name(self) -> None:
        declared = f"{next(iter(self.source.variables))}{SEPARATOR}{self.name}"
        if not self.source.has_accounts:
            raise ConfigurationError(
                f"{self.source.title} has no further accounts, so that no variable like {declared} is read; "
                "remove it, and write all in the variable without an ending where that takes several."
            )
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"A variable like {declared} of {self.source.title} does not end in the name of an account; "
                f"write capital letters and digits, like {next(iter(self.source.variables))}{SEPARATOR}EE."
            )

    def _explained(self, message: str) -> str:
        names = "|".join(sorted(_own(self.source), key=len, reverse=True))
        ended = re.sub(rf"\b({names})\b", rf"\1{SEPARATOR}{self.name}", message)
        return f"{self.title}: {ended}"


def accounts(source: Source, environment: Mapping[str, str]) -> list[Account]:
    """Every configured account, partially configured ones too, the first one first.

    A further account takes over only what `shared_variables` names: no password goes to another account.
    Where nothing but those is set without an ending, the first one was taken out.
    """
    own = _own(source)
    declared: dict[str, dict[str, str]] = {}
    for variable in source.variables:
        for name, value in environment.items():
            if name.startswith(f"{variable}{SEPARATOR}") and value.strip():
                ending = name.removeprefix(f"{variable}{SEPARATOR}") or "_"
                declared.setdefault(ending, {})[variable] = value
    first = Account(source, "", environment)
    taken_over = {name: value for name, value in environment.items() if name not in own}
    further = [
        Account(source, name, {**taken_over, **variables})
        for name, variables in sorted(declared.items())
        if own & set(variables)
    ]
    is_taken_out = further and not any(environment.get(name, "").strip() for name in own)
    return further if is_taken_out or not _is_configured(first) else [first, *further]


def source_name(landing_name: str) -> str:
    """The source of an account."""
    return landing_name.partition(SEPARATOR)[0]


def account_partition(landing_name: str, partition: str) -> str:
    """The partition as ledgers and raw rows have it: another account's days are not the first one's."""
    account = landing_name.partition(SEPARATOR)[2]
    return f"{account}/{partition}" if account else partition


def _own(source: Source) -> set[str]:
    return set(source.variables) - set(source.shared_variables)


def _is_configured(account: Account) -> bool:
    """An account that is only partially configured is: it fails and says so."""
    try:
        return account.configure() is not None
    except ConfigurationError:
        return True
