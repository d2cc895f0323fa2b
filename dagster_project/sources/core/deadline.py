"""A deadline for a whole answer, status line, headers and body together.

A read timeout starts again with every byte, so a peer that sends one byte now and then is never done. Here
each read waits no longer than what is left until the deadline.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class DeadlineAdapter(HTTPAdapter):
    """Connections whose answers raise TimeoutError `seconds` after their request was sent."""

    def __init__(self, seconds: float) -> None:
        self._pools = _pools(seconds)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **named)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(seconds: float) -> dict[str, type[HTTPConnectionPool]]:
    class Answer(HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
            super().__init__(_Timed(sock, seconds), *arguments, **named)  # type: ignore[arg-type]

    class Plain(HTTPConnection):
        response_class = Answer

    class Secure(HTTPSConnection):
        response_class = Answer

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Timed:
    """What `http.client` needs of a socket: a file to read the answer from."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._due = time.monotonic() + seconds

    def makefile(self, _: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._sock, self._due))


class _TimedReads(io.RawIOBase):
    def __init__(self, sock: socket.socket, due: float) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._due = due
        self._longest = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._due - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left if self._longest is None else min(self._longest, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
