"""The outermost layer: counts requests and injects faults into responses."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dagster_project.simulator.corruption import BODY_KINDS, corrupt
from dagster_project.simulator.fault_injection import RESPONSE_FAULTS, Fault
from dagster_project.simulator.simulation import Simulation

CONTROL: Final = "/_simulator"
_ERROR_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>{status}</title></head>"
    "<body><center><h1>{status} Server Error</h1></center><hr><center>nginx</center></body></html>"
)

# Makes a vendor's response for a fault; None where the vendor has none.
FaultResponder = Callable[[Fault, Simulation], Response | None]


class Wire:
    """Wraps the vendors' application; `faults` are the vendors' fault responders by path prefix."""

    def __init__(self, app: ASGIApp, simulation: Simulation, faults: Mapping[str, FaultResponder]) -> None:
        self._app = app
        self._simulation = simulation
        self._responders = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        self._simulation.requests[path] += 1
        take = self._simulation.faults.take
        if take(path, "drop"):
            await _hang_up(send)
            return
        if slow := take(path, "slow"):
            await asyncio.sleep(slow.seconds or 1.0)
        replacing = take(path, *RESPONSE_FAULTS)
        response = self._replacement(path, replacing) if replacing else None
        if response is not None:
            await Request(scope, receive).body()
            await response(scope, receive, send)
            return
        corrupting = take(path, "cut", *BODY_KINDS)
        if corrupting:
            await self._send_corrupted(scope, receive, send, corrupting)
            return
        await self._app(scope, receive, send)

    def _replacement(self, path: str, fault: Fault) -> Response | None:
        if fault.kind == "html":
            status = fault.status or 502
            return HTMLResponse(_ERROR_PAGE.format(status=status), status)
        responder = next((make for prefix, make in self._responders.items() if path.startswith(prefix)), None)
        return responder(fault, self._simulation) if responder else None

    async def _send_corrupted(self, scope: Scope, receive: Receive, send: Send, fault: Fault) -> None:
        """Collect the response, then send it corrupted or only its first half."""
        start: dict[str, Any] = {}
        pieces: list[bytes] = []

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await self._app(scope, receive, gather)
        body = b"".join(pieces)
        corrupted = body if fault.kind == "cut" else corrupt(body, fault)
        headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        start["headers"] = [*headers, (b"content-length", str(len(corrupted)).encode())]
        await send(start)
        if fault.kind == "cut":
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await _hang_up(send)
            return
        await send({"type": "http.response.body", "body": corrupted})


async def _hang_up(send: Send) -> None:
    """Close the connection. ASGI has no message for it, so this uses uvicorn's transport (0.54)."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    transport.close()
    await asyncio.sleep(0.01)  # until uvicorn has noticed, which otherwise sends a 500
