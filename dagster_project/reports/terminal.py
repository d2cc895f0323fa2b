"""The findings as a table for a terminal, and the same table as a page."""

import os
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from dagster_project.reports.finding import Finding

PAGE_NAME = "findings.html"
PAGE_COLUMNS = 130


def findings_table(findings: Sequence[Finding]) -> Table:
    """Topics as rows of their own, so that statements have most of a narrow terminal's width."""
    table = Table(title="What the published tables say", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("", ratio=1)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            table.add_row(f"[bold]{escape(topic)}")
        table.add_row(Padding(escape(finding.statement), (0, 0, 0, 2)), f"{finding.n:,}", finding.interval)
    return table


def write_page(findings: Sequence[Finding], path: Path, title: str) -> None:
    """A page that loads nothing from elsewhere."""
    with Path(os.devnull).open("w", encoding="utf-8") as devnull:
        page = Console(record=True, width=PAGE_COLUMNS, file=devnull, highlight=False)
        page.print(f"{escape(title)}\n", style="bold")
        page.print(findings_table(findings))
        page.save_html(str(path))
