"""A fault that is planted by SQL into a refreshed warehouse, and the check it must turn red."""

from dataclasses import dataclass

from dagster_project.checks.check import Status


@dataclass(frozen=True)
class Fault:
    """`statements` give `check`, and no other, that `status`."""

    check: str
    statements: tuple[str, ...]
    status: Status = Status.ERROR
