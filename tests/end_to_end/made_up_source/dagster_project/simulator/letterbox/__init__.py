"""Letterbox on loopback: every day ten letters are sent, six opened, two clicked; one is shown late."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dagster_project.simulator.fault_injection import Fault
from dagster_project.simulator.routing import route
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import Vendor

MORNING = timedelta(hours=8)


@dataclass
class LetterboxOptions:
    """How many letters are sent a day."""

    letterbox_letters: int = 10


@dataclass
class Account:
    key: str = field(default_factory=secrets.token_urlsafe)


def routes(simulation: Simulation) -> list[Route]:
    count = simulation.options.of(LetterboxOptions).letterbox_letters

    def answer(request: Request, _: bytes) -> Response:
        if request.headers.get("x-key") != simulation.account(Account).key:
            return JSONResponse({"error": "unknown key"}, 401)
        day = date.fromisoformat(request.path_params["day"])
        return JSONResponse(
            [record for shown, record in letters(day, count) if shown <= simulation.clock.now]
        )

    return [route("/letters/{day}", answer)]


def letters(day: date, count: int) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """Records with the instant from which the vendor shows them."""
    start = datetime.combine(day, datetime.min.time(), UTC) + MORNING
    for number in range(count):
        steps = (
            ("sent", "opened", "clicked") if number < 2 else ("sent", "opened") if number < 6 else ("sent",)
        )
        for hours, kind in enumerate(steps):
            at = start + timedelta(hours=hours, minutes=number)
            is_late = kind == "opened" and number == 5
            yield (
                at + timedelta(days=1 if is_late else 0),
                {
                    "id": f"{day:%Y%m%d}-{number}-{kind}",
                    "at": at.isoformat(),
                    "kind": kind,
                    "email": f"reader{number}@example.com",
                    "reader": f"cookie{number}" if kind == "clicked" else None,
                    "mailing": f"Letter of {day:%B}",
                    "agent": ("PreviewBot/1.0" if number == 4 else "Mail/2.0") if kind == "opened" else None,
                    "link": "https://shop.example/news" if kind == "clicked" else None,
                },
            )


def fault(_: Fault, __: Simulation) -> Response | None:
    return None


def environment(simulation: Simulation, base_url: str, _: Path | None) -> dict[str, str]:
    return {"LETTERBOX_URL": base_url, "LETTERBOX_KEY": simulation.account(Account).key}


VENDOR = Vendor(
    prefix="/letterbox", routes=routes, fault=fault, environment=environment, options=LetterboxOptions
)
