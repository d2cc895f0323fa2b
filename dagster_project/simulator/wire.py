"""The outermost layer: counts requests and does to answers what the simulator was told to do."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dagster_project.simulator.corruption import BODY_KINDS, spoil
from dagster_project.simulator.fault_injection import REPLACING, Misbehaviour
from dagster_project.simulator.simulation import Simulation

CONTROL: Final = "/_simulator"
_ERROR_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>{status}</title></head>"
    "<body><center><h1>{status} Server Error</h1></center><hr><center>nginx</center></body></html>"
)

# Makes a vendor's own answer for a fault; None where the vendor has no such answer.
Fault = Callable[[Misbehaviour, Simulation], Response | None]


class Wire:
    """Wraps the vendors' application; `faults` are the vendors' error makers by path prefix."""

    def __init__(self, app: ASGIApp, simulation: Simulation, faults: Mapping[str, Fault]) -> None:
        self._app = app
        self._simulation = simulation
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        self._simulation.requests[path] += 1
        take = self._simulation.misbehaviours.take
        if take(path, "drop"):
            await _hang_up(send)
            return
        if slow := take(path, "slow"):
            await asyncio.sleep(slow.seconds or 1.0)
        replaced = take(path, *REPLACING)
        answer = self._in_place(path, replaced) if replaced else None
        if answer is not None:
            await Request(scope, receive).body()
            await answer(scope, receive, send)
            return
        damage = take(path, "cut", *BODY_KINDS)
        if damage:
            await self._damaged(scope, receive, send, damage)
            return
        await self._app(scope, receive, send)

    def _in_place(self, path: str, misbehaviour: Misbehaviour) -> Response | None:
        if misbehaviour.kind == "html":
            status = misbehaviour.status or 502
            return HTMLResponse(_ERROR_PAGE.format(status=status), status)
        fault = next((make for prefix, make in self._faults.items() if path.startswith(prefix)), None)
        return fault(misbehaviour, self._simulation) if fault else None

    async def _damaged(self, scope: Scope, receive: Receive, send: Send, misbehaviour: Misbehaviour) -> None:
        """Gather the answer, then send it spoilt or only its first half."""
        start: dict[str, Any] = {}
        pieces: list[bytes] = []

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self._app(scope, receive, gather)
        body = b"".join(pieces)
        spoilt = body if misbehaviour.kind == "cut" else spoil(body, misbehaviour)
        headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        start["headers"] = [*headers, (b"content-length", str(len(spoilt)).encode())]
        await send(start)
        if misbehaviour.kind == "cut":
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await _hang_up(send)
            return
        await send({"type": "http.response.body", "body": spoilt})


async def _hang_up(send: Send) -> None:
    """Close the connection. ASGI has no message for it, so this reaches for uvicorn's own transport."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    transport.close()
    await asyncio.sleep(0.01)  # until uvicorn has noticed; it would answer 500 otherwise
