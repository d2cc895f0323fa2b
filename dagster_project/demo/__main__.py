"""`python -m dagster_project.demo`: 90 days of 2,000 simulated persons, from vendors' APIs to findings."""

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from dagster_project.demo.accounts import SimulatorFailed, simulated_accounts
from dagster_project.runtime.fast_exit import exit_without_teardown

if TYPE_CHECKING:
    from dagster_project.reports.wording import Finding

PERSONS, DAYS, SEED = 2_000, 90, 7
# No pace to keep, and the action log of an installation that has run daily since the first day.
OPTIONS = ("--requests-per-second", "0", "--retention-days", str(DAYS + 1))
# A folder of its own, so that simulated persons never mix with real ones.
HOME = Path("data/demo")
REPORT_NAME = "findings.html"


def findings_table(findings: "list[Finding]") -> Table:
    """Questions as rows of their own, so that answers have most of a narrow terminal's width."""
    table = Table(title="What the published tables say", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("", ratio=1)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    asked = ""
    for finding in findings:
        if finding.question != asked:
            table.add_row(f"[bold]{escape(finding.question)}")
            asked = finding.question
        table.add_row(Padding(escape(finding.answer), (0, 0, 0, 2)), f"{finding.n:,}", finding.interval)
    return table


def write_report(findings: "list[Finding]", path: Path) -> None:
    """The same table as a page that needs nothing from elsewhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        page = Console(record=True, width=130, file=nowhere, highlight=False)
        page.print(f"Milepost: {PERSONS:,} simulated persons over {DAYS} days\n", style="bold")
        page.print(findings_table(findings))
        page.save_html(str(path))


def run_demo(console: Console, home: Path) -> bool:
    """Run everything; True when it was published."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    started = time.monotonic()
    console.print(
        f"Simulating {PERSONS:,} persons over {DAYS} days and serving them as Smaily, GA4 and Bitly do …"
    )
    with simulated_accounts(home / "accounts", PERSONS, DAYS, SEED, OPTIONS) as ready:
        os.environ.update({"MILEPOST_HOME": str(home), "MILEPOST_COLUMN_LINEAGE": "off"})
        # Importing Dagster and parsing the models takes as long as simulating does, on the other core.
        import dagster as dg

        from dagster_project.commands.refresh import run_refresh
        from dagster_project.defs.manifest import dbt_project, prepared
        from dagster_project.reports.findings import read_findings

        prepared(dbt_project())
        os.environ.update(ready())
        console.print(
            "Refreshing: every source over HTTP, raw tables, models and tests, checks, publishing …"
        )
        with dg.DagsterInstance.ephemeral() as instance:
            published = run_refresh(console, instance)
    if published:
        file = home / "published" / "milepost.duckdb"
        findings = read_findings(file)
        write_report(findings, home / REPORT_NAME)
        console.print()
        console.print(findings_table(findings))
        console.print(f"\n  published  {file}  (DuckDB 1.4 or later, schema marts)")
        console.print(f"  Parquet    {home / 'published' / 'parquet'}")
        console.print(f"  report     {home / REPORT_NAME}")
        console.print(f"  took       {time.monotonic() - started:.0f} seconds")
    return published


def main() -> int:
    console = Console()
    try:
        return 0 if run_demo(console, HOME.absolute()) else 1
    except SimulatorFailed as error:
        console.print(f"[red]failed[/]  {error}")
        return 1


if __name__ == "__main__":
    exit_without_teardown(main())
