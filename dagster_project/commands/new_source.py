"""`milepost new-source NAME`: the package, staging models, simulator view and test of a new source."""

from pathlib import Path

import click

from dagster_project.runtime.event_contracts import write_macro
from dagster_project.scaffold.generate import SNAKE_CASE, FilesExistError, generate

ROOT = Path(__file__).parents[2]
# Where README.md lists what each source needs.
README_TABLE = "| source | variables | what it needs |\n|---|---|---|\n"
README_ROW = "| {title} | `{prefix}_API_TOKEN` | an API token |\n"


@click.command(short_help="Write the first files of a new source.")
@click.argument("name")
@click.option("--title", help="Name to show. Default: NAME with capitals.")
@click.option("--root", type=click.Path(path_type=Path, exists=True), default=ROOT, help="Project folder.")
def command(name: str, title: str | None, root: Path) -> None:
    """Write a source that works: a snapshot and a log read over HTTP, its events, and a test."""
    if not SNAKE_CASE.fullmatch(name):
        raise click.UsageError(f"{name} is not in snake case; write it like paperpost or google_analytics.")
    words = name.replace("_", " ").title()
    values = {
        "name": name,
        "prefix": name.upper(),
        "camel": words.replace(" ", ""),
        "title": title or words,
    }
    try:
        written = generate("source", root, values)
        readme = root / "README.md"
        text = readme.read_text(encoding="utf-8")
        readme.write_text(
            text.replace(README_TABLE, README_TABLE + README_ROW.format(**values)), encoding="utf-8"
        )
        # The contract of its events becomes known to the models.
        write_macro(root / "dbt")
    except FilesExistError as error:
        raise click.ClickException(str(error)) from None
    for path in [*written, Path("README.md")]:
        click.echo(f"wrote  {path}")
    click.echo(f"next   edit them to the vendor's contract; .venv/bin/pytest tests/sources/test_{name}.py")
