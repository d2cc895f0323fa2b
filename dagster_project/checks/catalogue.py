"""Every question, in the order they are asked."""

from dagster_project.checks.benchmarks import positions as benchmarks
from dagster_project.checks.completeness import records as completeness
from dagster_project.checks.drift import restatement
from dagster_project.checks.drift import volumes as drift
from dagster_project.checks.freshness import streams as freshness
from dagster_project.checks.negative_control import shuffled as control
from dagster_project.checks.plausibility import chronology
from dagster_project.checks.plausibility import totals as plausibility
from dagster_project.checks.reconciliation import mail as reconciliation_mail
from dagster_project.checks.reconciliation import web as reconciliation_web

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
