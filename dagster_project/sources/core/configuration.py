"""Reading a source's settings from environment variables."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from dagster_project.sources.core.errors import ConfigurationError


def required(title: str, environment: Mapping[str, str], names: Sequence[str]) -> tuple[str, ...] | None:
    """The variables' values, or None when none is set; ConfigurationError when only some are set."""
    values = tuple(environment.get(name, "").strip() for name in names)
    if not any(values):
        return None
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if missing:
        raise ConfigurationError(f"{title} is partially configured; set {' and '.join(missing)} too.")
    return values


def base_url(title: str, environment: Mapping[str, str], name: str, default: str) -> str:
    """The URL in variable `name`, or the vendor's default."""
    url = environment.get(name, "").strip() or default
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_valid_port(url):
        raise ConfigurationError(f"{name} of {title} is not an http(s) URL; write it like {default}.")
    if parts.username or parts.password:
        raise ConfigurationError(
            f"{name} of {title} contains credentials; move them to the variables meant for them."
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


def _has_valid_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
