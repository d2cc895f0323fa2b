"""Options of the simulated accounts, which can be set at the start and while they are served.

Every vendor has a dataclass of options (`Vendor.options`); names are unique over all vendors, so commands and
the control endpoint need no vendor's name. `choice` declares an option with a fixed set of values.
"""

from collections.abc import Iterator
from dataclasses import Field, field, fields
from typing import Any, TypeVar

from dagster_project.simulator.vendors import vendors

Kind = TypeVar("Kind")


def choice(default: str, *others: str) -> Any:
    """A field with these values."""
    return field(default=default, metadata={"choices": (default, *others)})


def option_fields() -> Iterator[Field[Any]]:
    """The fields of all vendors' options."""
    for vendor in vendors():
        yield from fields(vendor.options)


class Options:
    """The options of all vendors."""

    def __init__(self, **given: Any) -> None:
        self._by_kind = {vendor.options: vendor.options() for vendor in vendors()}
        self.change(given)

    def of(self, kind: type[Kind]) -> Kind:
        """One vendor's options."""
        chosen: Kind = self._by_kind[kind]
        return chosen

    def change(self, changes: dict[str, Any]) -> None:
        """Set options by name; ValueError for an unknown name or an invalid value."""
        known = {each.name: each for each in option_fields()}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"Unknown option {name!r}; the options are {', '.join(known)}.")
            if known[name].type is int and (not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} must be a whole number of 0 or more, not {value!r}.")
            choices = known[name].metadata.get("choices")
            if choices and value not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
        for name, value in changes.items():
            owner = next(each for each in self._by_kind.values() if hasattr(each, name))
            setattr(owner, name, value)

    def listed(self) -> dict[str, Any]:
        """Every option by name."""
        return {name: value for each in self._by_kind.values() for name, value in vars(each).items()}
