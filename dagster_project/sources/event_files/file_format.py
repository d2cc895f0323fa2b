"""How the files of a feed are written: what a reader must know to find rows, times and amounts in them."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

# Words that stand for the usual formats of local times, tried in this order; blanks count as one. They are
# for texts without commas and without dots behind words. One that does not fit costs ten times as much as one
# that does, so the usual ones come first; no text fits two.
_CLOCKS = (" %H:%M:%S", " %H:%M", "", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f", " %H.%M", " %H.%M.%S")


def _usual(*dates: str) -> tuple[str, ...]:
    return tuple(f"{date}{clock}" for date in dates for clock in _CLOCKS)


USUAL_FORMATS: Mapping[str, tuple[str, ...]] = {
    "day_first": _usual("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"),
    "month_first": _usual("%m/%d/%Y", "%m-%d-%Y", "%b %d %Y", "%B %d %Y"),
}
# The reading without formats: ISO 8601, with or without an offset, and epochs.
ISO = "iso"


@dataclass(frozen=True)
class Condition:
    """Keeps rows whose `column` has one of `values`, or none of them; case and outer blanks do not count."""

    column: str
    values: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True)
class FillDown:
    """Blank cells of `columns` repeat the cell above: among rows of one `key`, or of the whole file."""

    columns: tuple[str, ...]
    key: str | None = None


@dataclass(frozen=True)
class Combined:
    """A field of several columns: `join` their texts, the `first` that is filled, or `any` that is true."""

    parts: tuple[str, ...]
    how: str = "join"

    @property
    def label(self) -> str:
        """The name under which they appear in messages, as a column that they make together."""
        return {"join": " + ", "first": ", else ", "any": " or "}[self.how].join(self.parts)


@dataclass(frozen=True)
class FileFormat:
    """`combined` has the fields that several columns make, by label; `explode` has lists with a row each.

    `escape` stands before a quote within a cell, by default the quote itself; with `null_padding` a row may
    lack its last cells. `header` is what the header begins with where it is not the first line below `skip`.
    `scale` is what amounts are multiplied by, by currency; the empty currency stands for
    all others. `event_names` translates names of events, and `machine_names` are those that machines cause.
    """

    time_formats: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    escape: str | None = None
    null_padding: bool = False
    encoding: str | None = None
    skip: int = 0
    header: str | None = None
    comment: str | None = None
    where: tuple[Condition, ...] = ()
    fill_down: tuple[FillDown, ...] = ()
    explode: tuple[str, ...] = ()
    combined: Mapping[str, Combined] = field(default_factory=dict)
    scale: Mapping[str, float] = field(default_factory=dict)
    event_names: Mapping[str, str] = field(default_factory=dict)
    machine_names: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that rows are kept, filled or joined by."""
        names = [condition.column for condition in self.where]
        for fill in self.fill_down:
            names += [*fill.columns, *([fill.key] if fill.key else [])]
        for combined in self.combined.values():
            names += combined.parts
        return tuple(dict.fromkeys(names))


def plain_name(name: str) -> str:
    """A name of events as it is looked up: case and blanks do not count.

    Letter by letter, as the engine makes small ones: İ is i, and a last Σ is σ.
    """
    composed = unicodedata.normalize("NFC", name)
    return "".join(letter.lower()[0] for letter in composed if not letter.isspace())


def path_parts(name: str) -> tuple[str | int, ...] | None:
    """The steps of a path like `mail.tags.campaign[0]`; None for a name that is none."""
    parts: list[str | int] = []
    for step in name.split("."):
        key, *places = step.split("[")
        if not key:
            return None
        parts.append(key)
        for place in places:
            if not place.endswith("]") or not place[:-1].isdigit():
                return None
            parts.append(int(place[:-1]))
    return tuple(parts) if len(parts) > 1 else None
