"""What a check was about: whether there was anything at all, and how much a safeguard left out."""

from dataclasses import replace

from dagster_project.checks.check import CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import Evaluate


def of_population(
    evaluate: Evaluate, *, existing: str, unit: str, left_out: str = "", what: str = ""
) -> Evaluate:
    """A reconciliation that says what it left out, and warns when nothing was compared of what exists.

    `existing` is SQL of a number of `unit`. `left_out` is SQL of rows (reason, number of `what`).
    """

    def evaluated(context: CheckContext) -> CheckOutcome:
        rows = context.rows(left_out) if left_out else []
        reasons = [(str(reason), int(number)) for reason, number in rows if number]
        outcome = replace(
            evaluate(context),
            left_out=sum(number for _, number in reasons),
            left_out_because=f"{what} ({', '.join(f'{number:,} {reason}' for reason, number in reasons)})",
        )
        [(number,)] = context.rows(existing)
        if outcome.status is Status.EMPTY and number:
            nothing = f"Nothing could be compared, though there are {number:,} {unit}."
            return replace(outcome, status=Status.WARN, summary=nothing)
        return outcome

    return evaluated
