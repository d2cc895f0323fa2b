"""What a finding is: apart from the statistics, which are slow to import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line under its topic: a statement, the persons or e-mails it is based on, the 95 % interval."""

    topic: str
    statement: str
    n: int
    interval: str
