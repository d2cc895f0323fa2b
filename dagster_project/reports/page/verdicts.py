"""The first screen: a sentence for each decision, and the picture that it comes from."""

import re
from collections.abc import Callable, Iterator, Sequence

from dagster_project.reports import actions, changes, decisions, persons, quality
from dagster_project.reports.finding import Finding
from dagster_project.reports.page.elements import Section, Verdict
from dagster_project.reports.page.reader import Reader
from dagster_project.reports.wording import Query

Findings = Callable[[Query], Iterator[Finding]]
# What is asked, what answers, and the picture behind it.
QUESTIONS: tuple[tuple[str, Findings, str], ...] = (
    ("What to fix before the next e-mail", actions.deliverability, "actions"),
    ("Who to mail now", actions.who_to_mail, "audiences"),
    ("What to fix first", decisions.to_fix, "bottlenecks"),
    ("What to fix first", persons.funnel_drop_off, "funnels"),
    ("Which test to ship, wait for or stop", decisions.experiments, "experiments"),
    ("Which step to push", decisions.steps_to_push, "step-impact"),
    ("Which step to leave", decisions.steps_to_leave, "step-impact"),
    ("What changed in seven days", changes.what_changed, "changes"),
    ("What the data cannot tell", quality.silent_sources, "data-quality"),
    ("What the data cannot tell", quality.late_sources, "data-quality"),
    ("What the data cannot tell", quality.missing_data, "data-quality"),
)


# Of the interval, as a topic names it.
UNIT = re.compile(r"\((points|times|conversions)\)$")


def read_verdicts(reader: Reader, sections: Sequence[Section]) -> list[Verdict]:
    """The first finding of each question; with how many more there are."""
    figures = {figure.name for section in sections if section.has_figures for figure in section.figures}
    verdicts: dict[str, Verdict] = {}
    for question, read, figure in QUESTIONS:
        if question in verdicts or figure not in figures:
            continue
        found = list(read(reader.query))
        if found:
            verdicts[question] = _verdict(question, found[0], figure, len(found) - 1)
    return list(verdicts.values())


def _verdict(question: str, finding: Finding, figure: str, more: int) -> Verdict:
    unit = UNIT.search(finding.topic)
    interval = f"{finding.interval} {unit[1]}" if finding.interval and unit else finding.interval
    headline = finding.headline or finding.statement.removesuffix(".")
    return Verdict(question, headline, finding.advice, finding.statement, finding.n, interval, figure, more)
