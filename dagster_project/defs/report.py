"""The report page as an asset: made from what was published, after it was."""

import base64
import os
from typing import Any

import dagster as dg

from dagster_project.alerting.webhook import alert
from dagster_project.defs.builds import PUBLISHED
from dagster_project.defs.failures import explained
from dagster_project.defs.resources import OWNERS, settings
from dagster_project.landing.private import share
from dagster_project.publishing.publish import FILE_NAME
from dagster_project.reports.page.result import PAGE_NAME, Report
from dagster_project.runtime.worker import worker

REPORT = dg.AssetKey(["published", "report"])
# The job whose verdicts are posted: it runs once a day.
DAILY_JOB = "refresh"


@dg.definitions
def report() -> dg.Definitions:
    @dg.asset(
        key=REPORT,
        deps=[PUBLISHED],
        description=(
            "What the published tables say, as one page to look at: data/published/report.html. It loads "
            "nothing from elsewhere, and is made again only when the publication changed."
        ),
        group_name="published",
        kinds={"html"},
        owners=OWNERS,
    )
    def report_page(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        folder = settings().published
        with explained(context):
            # By name: the worker has imported the statistics already, and this process draws nothing.
            made: Report = worker.call(
                "dagster_project.reports.page.build:write_report", folder / FILE_NAME, folder / PAGE_NAME
            )
            share(made.path)
        if made.is_new and context.job_name == DAILY_JOB:
            post_verdicts(context, made.verdicts)
        metadata: dict[str, Any] = {
            "path": dg.MetadataValue.path(made.path),
            "bytes": made.size_bytes,
            "seconds": round(made.seconds, 2),
        }
        if made.is_new:
            picture = base64.b64encode(made.picture).decode()
            metadata |= {
                "first_screen": dg.MetadataValue.md(f"![first screen](data:image/png;base64,{picture})"),
                "verdicts": dg.MetadataValue.json(list(made.verdicts)),
                "figures": made.figures,
            }
        return dg.MaterializeResult(metadata=metadata)

    return dg.Definitions(assets=[report_page])


def post_verdicts(context: dg.AssetExecutionContext, verdicts: tuple[str, ...]) -> None:
    """To the alert webhook, where `MILEPOST_DAILY_VERDICTS` asks for it."""
    if (
        os.environ.get("MILEPOST_DAILY_VERDICTS", "").strip().lower() in ("on", "1", "true", "yes")
        and verdicts
    ):
        text = "\n".join(["Milepost: what to do next.", *verdicts])
        if problem := alert(text, os.environ):
            context.log.warning(problem)
