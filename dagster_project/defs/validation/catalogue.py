"""Every question, in the order they are asked."""

from dagster_project.defs.validation import (
    benchmarks,
    chronology,
    completeness,
    control,
    drift,
    freshness,
    plausibility,
    reconciliation_mail,
    reconciliation_web,
    restatement,
)

QUESTIONS = (
    *completeness.QUESTIONS,
    *freshness.QUESTIONS,
    *reconciliation_mail.QUESTIONS,
    *reconciliation_web.QUESTIONS,
    *plausibility.QUESTIONS,
    *chronology.QUESTIONS,
    *control.QUESTIONS,
    *drift.QUESTIONS,
    *restatement.QUESTIONS,
    *benchmarks.QUESTIONS,
)
