"""Options of the simulated accounts, which can be set at the start and while they are served."""

from dataclasses import dataclass, fields
from typing import Any, Final

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "smaily_ids": ("number", "text"),
    "smaily_package": ("paid", "free"),
    "bitly_days": ("dense", "sparse"),
    "bitly_plan": ("growth", "premium", "enterprise"),
}


@dataclass
class Options:
    """Accounts, plans and limits. A limit of 0 means unlimited.

    `smaily_ids` is the JSON type of Smaily's ids and flags, which varies at the vendor. `bitly_days` is
    whether days without clicks are given (payloads of 2025) or left out (payloads of 2020). `prerender`
    renders Smaily's complete action log before the first request; it takes effect only at the start.
    """

    retention_days: int = 30
    requests_per_second: int = 5
    smaily_ids: str = "number"
    smaily_package: str = "paid"
    ga4_tokens_per_day: int = 200_000
    ga4_tokens_per_hour: int = 40_000
    ga4_tokens_per_project_per_hour: int = 14_000
    ga4_concurrent_requests: int = 10
    bitly_days: str = "dense"
    bitly_plan: str = "premium"
    bitly_history_days: int = 0
    bitly_requests_per_hour: int = 10_000
    bitly_requests_per_month: int = 1_000_000
    bitly_concurrent_requests: int = 5
    prerender: bool = False

    def change(self, changes: dict[str, Any]) -> None:
        """Set options by name; ValueError for an unknown name or an invalid value."""
        kinds = {field.name: field.type for field in fields(self)}
        for name, value in changes.items():
            if name not in kinds:
                raise ValueError(f"Unknown option {name!r}; the options are {', '.join(kinds)}.")
            if kinds[name] is int and (not isinstance(value, int) or value < 0):
                raise ValueError(f"{name} must be a whole number of 0 or more, not {value!r}.")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} must be one of {', '.join(CHOICES[name])}, not {value!r}.")
        for name, value in changes.items():
            setattr(self, name, value)
