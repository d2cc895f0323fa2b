"""Routes whose handlers run outside the event loop, because DuckDB blocks."""

from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def route(path: str, handler: Callable[[Request, bytes], Response]) -> Route:
    """A route for every method, whose `handler(request, body)` may block."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(handler, request, body)

    return Route(path, endpoint, methods=METHODS)
