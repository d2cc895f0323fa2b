"""No paging link and no redirect takes the credentials to another host or out of the API."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from dagster_project.sources.bitly import SOURCE
from dagster_project.sources.core.errors import ConfigurationError, ProtocolError
from dagster_project.sources.core.links import UnsafeLinkError, on_base_url
from dagster_project.sources.core.stream import Request

TOKEN = "s3cr3t-T0ken"
LISTING = "/v4/groups/Bg1/bitlinks"

TO_A_STRANGER = [
    "http://{stranger}/v4/x",
    "HTTP://{stranger}/v4/x",
    "https://{stranger}/v4/x",
    "//{stranger}/v4/x",
    "///{stranger}/v4/x",
    "http:///{stranger}/v4/x",
    "http:/{stranger}/v4/x",
    "http:{stranger}/v4/x",
    "{stranger}/v4/x",
    "http://{stranger}\\@{home}/v4/x",
    "http://{stranger}\\\\@{home}/v4/x",
    "http://{stranger}%5c@{home}/v4/x",
    "http:\\\\{stranger}/v4/x",
    "\\\\{stranger}/v4/x",
    "/\\{stranger}/v4/x",
    "/\t/{stranger}/v4/x",
    "\thttp://{stranger}/v4/x",
    "ht\ntp://{stranger}/v4/x",
    "http://{home}\r\n@{stranger}/v4/x",
    "http://{home}@{stranger}/v4/x",
    "http://{home}%40{stranger}/v4/x",
    "http://{home}%00.{stranger}/v4/x",
    "http://{stranger}#@{home}/v4/x",
    "http://{stranger}?@{home}/v4/x",
    "http://{stranger};@{home}/v4/x",
    "http://127\u30020\u30020\u30022:{port}/v4/x",
    "http://\u2460\u2461\u2466.0.0.2:{port}/v4/x",
    "http://127.2:{port}/v4/x",
    "http://0x7f000002:{port}/v4/x",
    "http://2130706434:{port}/v4/x",
    "http://[::ffff:127.0.0.2]:{port}/v4/x",
    "ftp://{stranger}/v4/x",
    "http://[x",
]
OUT_OF_THE_API = [
    "/_admin/delete?x=1",
    "/v4",
    "/v4evil/x",
    "/v4/../_admin/delete",
    "../_admin/delete",
    "./x",
    "/v4/%2e%2e/_admin",
    "/v4/.%2E/_admin",
    "/v4/%252e%252e/_admin",
    "/v4/%2525252525252e/_admin",
    "/v4/..;a=b/_admin",
    "/v4/..%2f_admin",
    "/v4/x%5c..%5c_admin",
    "/v4//_admin",
    "/v4/x%0d%0aX-Evil:1",
    "/v4/x%00",
    "/v4/x y",
    "http://user:password@{home}/v4/x",
    "http://@{home}/v4/x",
]


@pytest.fixture
def client(vendor: Any, waits: list[float]) -> Iterator[Any]:
    environment = {"BITLY_ACCESS_TOKEN": TOKEN, "BITLY_BASE_URL": f"{vendor.base_url}/v4"}
    now = datetime(2026, 11, 16, 4, tzinfo=UTC)
    with SOURCE.connect(SOURCE.configure(environment), lambda: now, waits.append) as opened:
        yield opened


def answer_with_link(vendor: Any, reply: Any, link: str) -> None:
    answers = {
        "/v4/groups": {"groups": [{"guid": "Bg1"}]},
        LISTING: {"links": [{"id": "bit.ly/1"}], "pagination": {"next": link}},
    }
    vendor.respond = lambda request: reply(answers.get(request.path, {"links": []}))


@pytest.mark.parametrize("form", TO_A_STRANGER + OUT_OF_THE_API)
def test_a_hostile_link_is_refused_and_nobody_is_asked(
    client: Any, vendor: Any, stranger: Any, reply: Any, form: str
) -> None:
    home, foreign = urlsplit(vendor.base_url).netloc, urlsplit(stranger.base_url)
    answer_with_link(vendor, reply, form.format(home=home, stranger=foreign.netloc, port=foreign.port))
    stranger.respond = lambda _: reply({"links": []})
    with pytest.raises(ProtocolError, match="is not followed, because it") as caught:
        list(SOURCE.stream("bitlinks").extract(client, Request()))
    assert stranger.connections == 0
    assert vendor.requests[-1].path == LISTING
    assert TOKEN not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "form",
    [
        "{base}/v4/groups/Bg1/bitlinks?after=2",
        "{upper}/v4/groups/Bg1/bitlinks?after=2#top",
        "/v4/groups/Bg1/bitlinks?after=2",
        "groups/Bg1/bitlinks?after=2",
        "/v4/groups/bit.ly%2F1/bitlinks?after=2",
    ],
)
def test_a_link_within_the_api_is_followed(client: Any, vendor: Any, reply: Any, form: str) -> None:
    answer_with_link(vendor, reply, "")
    first = vendor.respond
    link = form.format(base=vendor.base_url, upper=vendor.base_url.replace("http", "HTTP"))
    next_page = reply({"links": [{"id": "bit.ly/1"}], "pagination": {"next": link}})
    last_page = reply({"links": [{"id": "bit.ly/2"}], "pagination": {"next": ""}})
    vendor.respond = lambda request: (
        last_page if "after" in request.query else next_page if request.path == LISTING else first(request)
    )
    pages = list(SOURCE.stream("bitlinks").extract(client, Request()))
    assert [page.records for page in pages] == [[b'{"id": "bit.ly/1"}'], [b'{"id": "bit.ly/2"}']]
    assert vendor.requests[-1].headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("guid", ["..", ".", "../../_admin", "..\\_admin", "%2e%2e", "a//b", "a\r\nX: y"])
def test_an_id_that_leads_out_of_the_api_is_refused(client: Any, vendor: Any, reply: Any, guid: str) -> None:
    answer_with_link(vendor, reply, "")
    first = vendor.respond
    vendor.respond = lambda request: (
        reply({"groups": [{"guid": guid}]}) if request.path == "/v4/groups" else first(request)
    )
    with pytest.raises(ProtocolError, match=r"gave an id for .* that no address can hold"):
        list(SOURCE.stream("bitlinks").extract(client, Request()))
    assert vendor.requests[-1].path == "/v4/groups"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(client: Any, vendor: Any, stranger: Any, reply: Any, status: int) -> None:
    vendor.script(reply(b"", status, {"Location": f"{stranger.base_url}/v4/user"}))
    with pytest.raises(ConfigurationError, match="a redirect"):
        SOURCE.verify(client)
    assert stranger.connections == 0


@pytest.mark.parametrize(
    ("base", "link", "url"),
    [
        ("https://API.example/v4/", "https://api.example:443/v4/x?a=%2F", "https://API.example/v4/x?a=%2F"),
        ("http://[::1]:80/api/", "http://[::1]/api/x", "http://[::1]:80/api/x"),
        ("https://api.example/", "?page=2", "https://api.example/?page=2"),
    ],
)
def test_a_link_is_put_onto_the_configured_base_url(base: str, link: str, url: str) -> None:
    assert on_base_url(link, base) == url


def test_the_same_host_by_another_scheme_is_another_origin() -> None:
    with pytest.raises(UnsafeLinkError, match="another host"):
        on_base_url("http://api.example/v4/x", "https://api.example/v4/")
