"""The warehouse of the raw tables' tests."""

from tests.raw.conftest import settings, warehouse

__all__ = ["settings", "warehouse"]
