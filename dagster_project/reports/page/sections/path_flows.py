"""The first steps of people as flows from step to step."""

from collections.abc import Iterator, Sequence

from dagster_project.reports.page.charts.layout import Picture
from dagster_project.reports.page.charts.ribbons import Flow, ribbons
from dagster_project.reports.page.elements import Column, Figure, Section, Table
from dagster_project.reports.page.phrases import first
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.page.sections.paths import known_paths
from dagster_project.reports.wording import percent

ORDER = 38
MARTS = ("rpt_micro_conversion_paths",)
MOST_STEPS, MOST_NAMES = 4, 6  # of the picture
LEAST_SHARE = 0.04  # of all who took a first step: room for a name
OTHER, OTHER_FIRST = "other or none", "other"
NUMBERS = ("first", "second", "third", "fourth")

Path = tuple[str, ...]


def section(reader: Reader) -> Section:
    return Section(
        "path-flows",
        "Which way people go",
        "The first steps that known people take, as wide as they are many. Grey are steps too rare to be "
        "named, and people who have taken no further one.",
        [_flows(reader)],
    )


def _flows(reader: Reader) -> Figure:
    rows = known_paths(reader)
    persons = {tuple(row["labels"]): row["persons"] for row in rows if not row["is_remainder"]}
    others = next((row["persons"] for row in rows if row["path_length"] == 1 and row["is_remainder"]), 0)
    kept = _kept(persons)
    continued = [path for path in kept if len(path) > 1]
    shown, notes = first([row for row in rows if row["path_length"] <= MOST_STEPS])
    return Figure(
        "path-flows",
        "From step to step, persons",
        _finding(kept, continued, persons),
        Table(
            "rpt_micro_conversion_paths",
            "Of those who took so many steps the share that took exactly these; they sum to one.",
            ("person_population", "path_length", "path", "is_remainder"),
            (
                Column("steps", "Path", is_published=False),
                Column("path_length", "Steps", "count"),
                Column("persons", "Persons", "count"),
                Column("share", "Share", "percent", has_bar=True),
                Column("mature_persons", "Mature", "count"),
            ),
            shown,
        ),
        reader.method("rpt_micro_conversion_paths"),
        _picture(kept, persons, others) if continued else None,
        (
            "Who became known between two steps counts from the second on. Counts, so without interval.",
            *notes,
        ),
    )


def _kept(persons: dict[Path, int]) -> list[Path]:
    """The paths to draw: of each step the most frequent names, after a path that is drawn."""
    kept: list[Path] = []
    least = LEAST_SHARE * sum(count for path, count in persons.items() if len(path) == 1)
    for length in range(1, MOST_STEPS + 1):
        found = [path for path in persons if len(path) == length and (length == 1 or path[:-1] in kept)]
        totals: dict[str, int] = {}
        for path in found:
            totals[path[-1]] = totals.get(path[-1], 0) + persons[path]
        ranked = sorted(totals, key=lambda name: (-totals[name], name))
        names = [name for name in ranked if totals[name] >= least][:MOST_NAMES]
        kept += sorted((path for path in found if path[-1] in names), key=lambda path: names.index(path[-1]))
    return kept


def _picture(kept: Sequence[Path], persons: dict[Path, int], others: int) -> Picture:
    steps = max(len(path) for path in kept)
    flows = list(_all_flows(kept, persons, others, steps))
    orders = [
        [
            *dict.fromkeys(path[-1] for path in kept if len(path) == length),
            OTHER if length > 1 else OTHER_FIRST,
        ]
        for length in range(1, steps + 1)
    ]
    titles = [f"{NUMBERS[number]} step" for number in range(steps)]
    return ribbons(flows, orders, titles, muted=(OTHER, OTHER_FIRST))


def _all_flows(kept: Sequence[Path], persons: dict[Path, int], others: int, steps: int) -> Iterator[Flow]:
    """Those between named steps, and of each step's persons the rest."""
    for path in kept:
        if len(path) == steps:
            continue
        column = len(path) - 1
        next_paths = [after for after in kept if after[:-1] == path]
        for after in next_paths:
            yield Flow(path[-1], after[-1], persons[after], column)
        rest = persons[path] - sum(persons[after] for after in next_paths)
        if rest > 0:
            yield Flow(path[-1], OTHER, rest, column)
    unnamed = others + sum(count for path, count in persons.items() if len(path) == 1 and path not in kept)
    if unnamed:
        yield Flow(OTHER_FIRST, OTHER, unnamed)


def _finding(kept: Sequence[Path], continued: Sequence[Path], persons: dict[Path, int]) -> str:
    if not kept:
        return "No first step was taken often enough to be named yet."
    if not continued:
        return f"Most begin with “{kept[0][0]}”; no second step is common enough to be named yet."
    best = max((path for path in continued if len(path) == 2), key=lambda path: persons[path])
    share = min(1.0, persons[best] / max(1, persons[best[:1]]))
    return (
        f"Most often “{best[0]}” is followed by “{best[1]}”: {persons[best]:,} people, {percent(share)} of "
        "those who began so."
    )
