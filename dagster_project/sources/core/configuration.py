"""Reading a source's settings from environment variables."""

import unicodedata
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from dagster_project.sources.core.errors import ConfigurationError

ALLOW_HTTP = "MILEPOST_ALLOW_HTTP"

_NOT_IN_A_SETTING = ("Cc", "Cs", "Zl", "Zp")  # Unicode's control characters, surrogates and line ends


def required(title: str, environment: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...] | None:
    """The variables' values, or None when none is set; ConfigurationError when one is missing or damaged."""
    values = tuple(environment.get(name, "").strip() for name in names)
    if not any(values):
        return None
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if missing:
        raise ConfigurationError(f"{title} is partially configured; set {' and '.join(missing)} too.")
    for name, value in zip(names, values, strict=True):
        if any(unicodedata.category(character) in _NOT_IN_A_SETTING for character in value):
            raise ConfigurationError(
                f"{name} of {title} contains a line break or a control character; copy the value again."
            )
    return values


def listed(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The variable's values, which are separated by commas."""
    return tuple(part for text in environment.get(name, "").split(",") if (part := text.strip()))


def token(title: str, name: str, value: str) -> str:
    """`value` if a header can hold it; the message of the error does not contain it."""
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ConfigurationError(
            f"{name} of {title} contains a character that no token has, such as a blank or a typographic "
            "dash; copy the value again."
        )
    return value


def base_url(title: str, environment: Mapping[str, str], name: str, default: str) -> str:
    """The URL in variable `name`, or the vendor's default."""
    url = environment.get(name, "").strip() or default
    host = _host(url)
    if host is None:
        raise ConfigurationError(f"{name} of {title} is not an http(s) URL; write it like {default}.")
    if "@" in urlsplit(url).netloc:
        raise ConfigurationError(
            f"{name} of {title} contains credentials; move them to the variables meant for them."
        )
    if sends_in_clear(url) and not allows_http(environment):
        raise ConfigurationError(
            f"{name} of {title} would send the credentials to {host} unencrypted; write https://, or set "
            f"{ALLOW_HTTP}=1 if the network in between is trusted."
        )
    return url


def positive(title: str, environment: Mapping[str, str], name: str, default: int) -> int:
    """The positive whole number in variable `name`, or the default."""
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise ConfigurationError(
            f"{name} of {title} is not a positive whole number; write it like {default}."
        )
    return int(text)


def sends_in_clear(url: str) -> bool:
    """Whether requests to the URL cross a network unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def allows_http(environment: Mapping[str, str]) -> bool:
    """Whether the operator accepts that."""
    return environment.get(ALLOW_HTTP, "").strip() == "1"


def _host(url: str) -> str | None:
    """The host of an http(s) URL without a query; None where two parsers differ about it."""
    if not url.isascii() or not url.isprintable() or any(character in url for character in " \\?#"):
        return None
    try:
        parts, by_urllib3 = urlsplit(url), parse_url(url)
        is_valid = parts.scheme in ("http", "https") and parts.port != 0
    except (ValueError, LocationParseError):
        return None
    if not is_valid or not parts.hostname or parts.hostname != (by_urllib3.host or "").strip("[]"):
        return None
    return parts.hostname


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
