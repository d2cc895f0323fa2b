"""`milepost new-mart NAME`: the SQL and the contract of a new report."""

from pathlib import Path

import click

from dagster_project.scaffold.generate import SNAKE_CASE, FilesExistError, generate

ROOT = Path(__file__).parents[2]
PREFIX = "rpt_"


@click.command(short_help="Write the first files of a new report.")
@click.argument("name")
@click.option("--topic", help="Folder below marts/reports. Default: the first word of NAME.")
@click.option("--root", type=click.Path(path_type=Path, exists=True), default=ROOT, help="Project folder.")
def command(name: str, topic: str | None, root: Path) -> None:
    """Write a report that builds: one row per micro-conversion, described, with a contract and tests."""
    subject = name.removeprefix(PREFIX)
    if subject == name or not SNAKE_CASE.fullmatch(subject):
        raise click.UsageError(f"{name} is not the name of a report; write it like rpt_example_conversions.")
    folder = topic or subject.split("_")[0]
    if not SNAKE_CASE.fullmatch(folder):
        raise click.UsageError(f"{folder} is not in snake case; write the topic like completion.")
    try:
        written = generate("mart", root, {"name": name, "topic": folder})
    except FilesExistError as error:
        raise click.ClickException(str(error)) from None
    for path in written:
        click.echo(f"wrote  {path}")
    click.echo(f"next   edit both; cd dbt && ../.venv/bin/dbt build --select {name}")
    click.echo("       add it to the tables in README.md")
