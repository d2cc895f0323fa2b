"""The questions a person asks each morning, as asset checks."""

import dagster as dg


def check_specs() -> list[dg.AssetCheckSpec]:
    return []
