"""What a finding is: apart from the statistics, which are slow to import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line under its topic: a statement, the persons or e-mails it is based on, the 95 % interval.

    `headline` and `advice` say the same in a line each, for the first screen of the page.
    """

    topic: str
    statement: str
    n: int
    interval: str
    headline: str = ""
    advice: str = ""
