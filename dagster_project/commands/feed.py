"""`milepost feed`: try a feed or a file of unknown layout, and start from a ready feed."""

import os
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dagster_project.raw.files.trial import Trial
    from dagster_project.sources.event_files import Feed

MOST_LISTED = 20
DATES = (
    "{} events are dates without a time: each stands at the end of its day, a send at its beginning. If the "
    "file has the time, name its column in `occurred_at`."
)
AT_ONE_TIME = (
    "{} events are at one time of day, as dates with a time of nothing are, and stand at it: at midnight an "
    "order stands before the click that led to it. If the file has the time, name its column in "
    "`occurred_at`; "
    'if it means the day alone, write it into `time_format`, as "%Y-%m-%d 00:00:00".'
)


@click.group(short_help="Try a feed of event files, or start from a ready one.")
def command() -> None:
    """Feeds of event files: `check` says what a sample gives, `init` writes a ready feed."""


@command.command("check")
@click.argument("target", metavar="FILE|FEED")
@click.option(
    "--file", "configuration", type=click.Path(path_type=Path), help="Default: MILEPOST_EVENT_FILES."
)
@click.pass_context
def check(context: click.Context, target: str, configuration: Path | None) -> None:
    """Load a sample of FEED, or of FILE by a proposed feed, into a warehouse that is thrown away.

    Says what it gives: rows, span, what is mapped to what, names that no rule knows, quarantine, repeats, and
    where addresses stand.

    Exit code 1: nothing can be loaded, or rows are quarantined.
    """
    from dagster_project.raw.errors import WarehouseError
    from dagster_project.raw.files.trial import try_feed
    from dagster_project.sources.core.errors import SourceError

    try:
        feed = _feed(target, configuration)
        with tempfile.TemporaryDirectory() as folder:
            trial = try_feed(feed, Path(folder))
    except (SourceError, WarehouseError) as error:
        raise click.ClickException(str(error)) from None
    for line in lines(trial):
        click.echo(line)
    context.exit(1 if trial.quarantined or trial.problem or not trial.loaded else 0)


@command.command("init")
@click.argument("name", required=False)
@click.option("--file", "configuration", type=click.Path(path_type=Path), default=Path("event_files.yml"))
def init(name: str | None, configuration: Path) -> None:
    """Write the ready feed NAME into event_files.yml; without NAME, list the ready feeds."""
    from dagster_project.sources.core.errors import ConfigurationError
    from dagster_project.sources.event_files.ready import add, ready_feeds

    if name is None:
        table = [(ready, title) for ready, title in ready_feeds().items()]
        for line in _table(table):
            click.echo(line)
        return
    try:
        add(name, configuration)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"wrote  feed {name} into {configuration}")
    click.echo(f"next   set its path and timezone, then: milepost feed check {name}")


def _feed(target: str, configuration: Path | None) -> "Feed":
    """The configured feed of that name, or one proposed for the file, which is printed."""
    import yaml
    from dotenv import load_dotenv

    from dagster_project.raw.files.opened import UnreadableFileError
    from dagster_project.raw.files.proposal import propose
    from dagster_project.sources.core.redaction import without_addresses
    from dagster_project.sources.event_files import feeds_from_environment, read_feeds

    load_dotenv(Path.cwd() / ".env")
    feeds = read_feeds(configuration) if configuration else feeds_from_environment(os.environ)
    found = next((feed for feed in feeds if feed.name == target), None)
    if found:
        return found
    path = Path(target).absolute()
    if not path.is_file():
        names = ", ".join(feed.name for feed in feeds) or "none"
        raise click.ClickException(
            f"{target} is neither a file nor a feed; the configured feeds are: {names}."
        )
    try:
        keys, doubts = propose(path)
    except UnreadableFileError as error:
        raise click.ClickException(f"{target}: {without_addresses(str(error))}.") from None
    text = yaml.safe_dump({"feeds": [keys]}, sort_keys=False, allow_unicode=True)
    click.echo("# Proposed; correct what is wrong, then copy it to event_files.yml.")
    for doubt in doubts:
        click.echo(f"# {without_addresses(doubt)}.")
    click.echo(text)
    with tempfile.TemporaryDirectory() as folder:
        proposed = Path(folder) / "event_files.yml"
        proposed.write_text(text, encoding="utf-8")
        return read_feeds(proposed)[0]


def lines(trial: "Trial") -> list[str]:
    """What a person reads."""
    first, last = trial.span
    span = f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC" if first and last else "none"
    read = trial.loaded + trial.quarantined
    said = [
        f"{trial.files} files{', of which the first rows were read' if trial.is_cut else ''}: {read:,} rows, "
        f"{trial.loaded:,} events, {trial.quarantined:,} quarantined, {trial.repeated:,} repeats, "
        f"{trial.left_out:,} left out by the feed's rules",
        f"span: {span}",
    ]
    sections: list[tuple[str, Sequence[tuple[object, ...]]]] = [
        (
            "field, column, filled",
            [(name, column, _share(rows, trial.loaded)) for name, column, rows in trial.fields],
        ),
        (
            "event, rows, known as",
            [(name, rows, known or _unknown(name)) for name, rows, known in trial.names],
        ),
        ("quarantined because, rows", trial.reasons),
        ("changed because, rows", trial.corrections),
        ("e-mail addresses in, rows", trial.addresses),
        ("not in the files", [(name,) for name in trial.absent]),
    ]
    for title, rows in sections:
        if rows:
            said += ["", title, *(f"  {line}" for line in _table(rows[:MOST_LISTED]))]
            said += [f"  and {len(rows) - MOST_LISTED:,} more"] if len(rows) > MOST_LISTED else []
    for sentence, events in ((DATES, trial.dates), (AT_ONE_TIME, trial.at_one_time)):
        if events:
            said += ["", *textwrap.wrap(sentence.format(_share(events, trial.loaded)), 100)]
    said += _known(trial)
    return [*said, *(["", trial.problem] if trial.problem else [])]


def _known(trial: "Trial") -> list[str]:
    """The names that rules know, where the file has one that is not even like them."""
    from dagster_project.raw.files.known_names import closest, known_names

    if not any(not known and closest(name) is None for name, _, known in trial.names):
        return []
    names = textwrap.wrap(", ".join(sorted(known_names(""))), 100, break_on_hyphens=False)
    return ["", "names that rules know, for `map` and event_name", *(f"  {line}" for line in names)]


def _share(rows: int, of: int) -> str:
    return f"{rows:,} of {of:,}"


def _unknown(name: str) -> str:
    """That no rule knows the name, with the known one that it may be."""
    from dagster_project.raw.files.known_names import closest

    known = closest(name)
    return f"no rule knows it; perhaps map: {{{name}: {known}}}" if known else "no rule knows it"


def _table(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Columns of one width each; numbers stand to the right."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[place]) for row in texts) for place in range(len(texts[0]))]
    numbers = [isinstance(cell, int) for cell in rows[0]]
    return [
        "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in texts
    ]
