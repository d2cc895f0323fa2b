"""What making the page gives: apart from what makes it, which is slow to import."""

from dataclasses import dataclass
from pathlib import Path

PAGE_NAME = "report.html"


@dataclass(frozen=True)
class Report:
    """The page, and whether it was made now: it stays while the publication and this package do."""

    path: Path
    is_new: bool
    size_bytes: int
    figures: int
    verdicts: tuple[str, ...]
    picture: bytes  # the first screen, as a PNG; empty when the page was not made
    seconds: float
