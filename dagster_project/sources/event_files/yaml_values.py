"""Reading values of one feed's YAML, with an error that names the file and the feed."""

from pathlib import Path
from typing import Any

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.redaction import without_addresses

# As YAML 1.1 writes truth values; a value of a file stays what it is.
TRUTHS = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
}


class FeedValues:
    """The keys of one feed as they are written."""

    def __init__(self, file: Path, position: int, item: Any) -> None:
        self.file = file
        self.label = f"feed {position}"
        if not isinstance(item, dict):
            raise self.error("it must be a mapping with name, path, format and columns")
        self.item: dict[Any, Any] = item

    def error(self, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{self.file}, {self.label}: {without_addresses(problem)}.")

    def text(self, key: str, expected: str) -> str:
        value = self.item.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"field {key} must be {expected}")
        return value.strip()

    def mapping(self, key: str, known: tuple[str, ...]) -> dict[str, str]:
        value = self.item.get(key) or {}
        if not isinstance(value, dict):
            raise self.error(f"field {key} must be a mapping")
        for name, text in value.items():
            if name not in known:
                raise self.error(f"{key} has the unknown field {name!r}; the fields are {', '.join(known)}")
            if not is_scalar(text) or not str(text):
                raise self.error(f"{key}.{name} must be a string")
        return {str(name): str(text) for name, text in value.items()}

    def scalars(self, key: str, expected: str, blank: bool = False) -> tuple[str, ...]:
        """A value or a list of values, as text."""
        value = self.item.get(key)
        if value is None:
            return ()
        return self.scalars_of(value, f"field {key} must be {expected}", blank)

    def scalars_of(self, value: Any, problem: str, blank: bool = False) -> tuple[str, ...]:
        values = value if isinstance(value, list) else [value]
        if not values or not all(is_scalar(one) and (blank or str(one).strip()) for one in values):
            raise self.error(problem)
        return tuple(dict.fromkeys(map(str, values)))


def is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def truth(value: Any) -> bool | None:
    """The truth value that is written; None for anything else."""
    return TRUTHS.get(value.lower()) if isinstance(value, str) else None
