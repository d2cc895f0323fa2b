"""What the page is made of, apart from how it looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dagster_project.reports.page.charts.layout import Picture
from dagster_project.reports.wording import Row

LEAST_MORE = 20  # letters


@dataclass(frozen=True)
class Column:
    """A column of a table. `kind` says how its values are written (see `formats`).

    One that is not `is_published` is worked out for the page, and equals no column of the mart.
    """

    name: str
    title: str
    kind: str = "text"
    is_published: bool = True
    has_bar: bool = False


@dataclass(frozen=True)
class Filter:
    """A choice of which rows of a table to show: those that have a value in `column`."""

    column: str
    label: str
    choices: Mapping[str, str]  # value of the column -> what the reader chooses
    first: str = ""  # the choice to begin with, where there is a script

    @property
    def numbers(self) -> Mapping[str, int]:
        """Of each value, as the page has it."""
        return {value: number for number, value in enumerate(self.choices, 1)}


@dataclass(frozen=True)
class Table:
    """Rows of a mart, each found there by the columns `keys`."""

    mart: str
    caption: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    filter: Filter | None = None
    is_open: bool = False  # shown without being asked for
    details: tuple[Column, ...] = ()  # of a row, shown on request


@dataclass(frozen=True)
class Figure:
    """A finding as a sentence, its picture, and the figures behind it."""

    name: str
    title: str
    finding: str
    table: Table
    method: str
    chart: Picture | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    name: str
    title: str
    lede: str
    figures: Sequence[Figure] = field(default_factory=tuple)

    @property
    def has_figures(self) -> bool:
        """Whether there is anything to look at."""
        return any(figure.table.rows for figure in self.figures)


@dataclass(frozen=True)
class Verdict:
    """A finding on the first screen, with the picture it comes from."""

    question: str
    headline: str
    advice: str
    statement: str  # with population, comparison and horizon: it stands next to the picture
    n: int
    interval: str
    figure: str
    more: int = 0  # further findings of the kind, which the picture shows

    @property
    def is_in_full(self) -> bool:
        """Whether the sentence leaves nothing out."""
        return len(self.statement) < len(self.sentence) + LEAST_MORE

    @property
    def sentence(self) -> str:
        """Headline and advice as one."""
        return f"{self.headline}; {self.advice}." if self.advice else f"{self.headline}."
