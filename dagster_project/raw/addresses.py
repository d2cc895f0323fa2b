"""SQL that finds and masks the e-mail addresses in a text."""

from dagster_project.raw.sql import literal
from dagster_project.sources.core.addresses import CODES, ESCAPES, PATTERN, REPLACEMENT, SIGNS


def has_address(text: str) -> str:
    """SQL that is true for a text with an address.

    RE2 takes ten times as long as `contains`, which excludes nearly every text.
    """
    return f"({_may_have_address(text)} and regexp_matches({text}, {literal(PATTERN)}))"


def masked(text: str) -> str:
    """SQL of `text` with every address replaced."""
    return f"case when {_may_have_address(text)} then {_replaced(text)} else {text} end"


def _replaced(text: str) -> str:
    return f"regexp_replace({text}, {literal(PATTERN)}, {literal(REPLACEMENT)}, 'g')"


def _may_have_address(text: str) -> str:
    return f"({_contains(text, SIGNS)} or (({_contains(text, ESCAPES)}) and ({_contains(text, CODES)})))"


def _contains(text: str, parts: tuple[str, ...]) -> str:
    return " or ".join(f"contains({text}, {literal(part)})" for part in parts)
