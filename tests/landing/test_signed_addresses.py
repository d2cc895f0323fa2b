"""Credentials and signatures of an address open the file, and are in no name, table or message."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec import AbstractFileSystem
from fsspec.registry import _registry

from dagster_project.landing.copies import copy_files
from dagster_project.landing.manifest import read_manifest
from dagster_project.sources.event_files import Feed, list_files
from tests.landing.streams import now

CONTENT = b"ts,event,mail\n2026-11-01,visit,\n"


class WebServer(AbstractFileSystem):  # type: ignore[misc]
    """Files by their whole address, as fsspec's `https` has them; it lists no folder."""

    protocol = "https"
    files: tuple[str, ...] = ()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def unstrip_protocol(self, name: str) -> str:
        return name

    def isdir(self, path: str) -> bool:  # noqa: ARG002
        return False

    def isfile(self, path: str) -> bool:
        return path in self.files

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "type": "file", "size": len(CONTENT), "ETag": "1"}

    def find(self, path: str, **_: Any) -> dict[str, Any]:
        return {name: self.info(name) for name in self.files if name.startswith(path)}

    def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BytesIO:  # noqa: ARG002
        assert path in self.files
        return io.BytesIO(CONTENT)


@pytest.fixture
def web_server() -> Iterator[type[WebServer]]:
    before = dict(_registry)
    fsspec.register_implementation("https", WebServer, clobber=True)
    WebServer.clear_instance_cache()
    yield WebServer
    _registry.clear()
    _registry.update(before)


def feed(path: str) -> Feed:
    return Feed("shop", path, "csv", "UTC", {})


@pytest.mark.parametrize(
    "signature",
    ["X-Amz-Signature=secret", "sv=2026&sig=secret", "Expires=1&Signature=secret", "token=secret", "secret"],
)
def test_a_signature_that_changes_daily_makes_no_new_file(
    signature: str, web_server: type[WebServer], tmp_path: Path
) -> None:
    for day in (1, 2):
        address = f"https://acme:secret@files.example.com/x.csv?day={day}&{signature}"
        web_server.files = (address,)
        copied = copy_files("event_files", "shop", list_files(feed(address)), tmp_path, now)
        assert len(copied.new) == (day == 1)
        assert copied.removed == ()
    [entry] = read_manifest(tmp_path, "event_files", "shop")
    assert entry.partition == "https://files.example.com/x.csv"
    assert "secret" not in str(entry)
    assert (tmp_path / entry.files[0].path).read_bytes() == CONTENT


def test_files_that_only_their_query_distinguishes_are_two(web_server: type[WebServer]) -> None:
    web_server.files = ("https://files.example.com/get?id=1", "https://files.example.com/get?id=2")
    files = list_files(feed("https://files.example.com/*"))
    assert len({file.address for file in files}) == 2
    assert all(file.address.startswith("https://files.example.com/get?") for file in files)
    assert not any("id=" in file.address for file in files)
    assert {file.opened_as for file in files} == set(web_server.files)
