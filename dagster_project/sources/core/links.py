"""Where a paging link of an answer leads: its path and query, put onto the configured base URL.

A link is a stranger's text, and programs differ in how they read odd ones. Therefore nothing of it but the
path and the query is used, and what two parsers could read differently is refused.
"""

from urllib.parse import unquote, urljoin, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_DECODINGS = 4  # a path that is percent-encoded more often than this is refused

Origin = tuple[str | None, str | None, int | None]


class UnsafeLinkError(ValueError):
    """The link is not followed; the message is the reason, without the link."""


def on_base_url(link: str, base_url: str) -> str:
    """The URL to request for `link`; `base_url` ends with a slash. Raises UnsafeLinkError."""
    if not (link.isascii() and link.isprintable()) or " " in link or "\\" in link:
        raise UnsafeLinkError("it has characters that no URL has")
    try:
        # `host:80/x` and `http:host/x` are paths to one parser and hosts to the other
        is_whole = bool(urlsplit(link).netloc) or ":" not in link.split("?")[0].split("/")[0]
        url = urljoin(base_url, link)
        foreign = {_origin(url), _origin_by_urllib3(url)} != {_origin(base_url)}
    except (ValueError, LocationParseError):
        raise UnsafeLinkError("it is not a URL") from None
    if foreign or not is_whole:
        raise UnsafeLinkError("it leads to another host")
    if "@" in urlsplit(url).netloc:
        raise UnsafeLinkError("it has a user name")
    parts, base = urlsplit(url), urlsplit(base_url)
    if not parts.path.startswith(base.path):
        raise UnsafeLinkError(f"it leads out of {base.path}")
    # urljoin has resolved plain dot segments of a relative link, so the link itself is examined.
    for path in (urlsplit(link).path, parts.path):
        refuse_detours(path)
    return f"{base.scheme}://{base.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def refuse_detours(path: str) -> None:
    """UnsafeLinkError for `..`, `//` and the like, also where they are percent-encoded."""
    for _ in range(_DECODINGS):
        segments = [segment.split(";")[0] for segment in path.split("/")]
        if "\\" in path or not path.isprintable() or {".", ".."} & set(segments) or "" in segments[1:-1]:
            raise UnsafeLinkError("its path has segments that servers resolve differently")
        decoded = unquote(path)
        if decoded == path:
            return
        path = decoded
    raise UnsafeLinkError("its path is encoded too often")


def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _origin_by_urllib3(url: str) -> Origin:
    parts = parse_url(url)
    host = parts.host.strip("[]") if parts.host else None
    return parts.scheme, host, parts.port or _DEFAULT_PORTS.get(parts.scheme or "")
