"""What the checks of rates against benchmarks must see."""

from dagster_project.checks.check import Status
from tests.end_to_end.fault import Fault


def _off_its_band(basis: str) -> tuple[str, ...]:
    return (
        f"""
        update marts.rpt_benchmark_positions
        set n = 1000, completed = 1000, rate = 1, lower = 0.99, upper = 1, band_lower = 0, band_upper = 0.1,
            status = 'above'
        where basis = '{basis}'
        """,
    )


FAULTS = (
    Fault("rates_against_industry", _off_its_band("industry"), Status.WARN),
    Fault("rates_against_commitment_level", _off_its_band("commitment_level"), Status.WARN),
    Fault("rates_against_journey_placement", _off_its_band("journey_placement"), Status.WARN),
    Fault("rates_against_own_history", _off_its_band("own_history"), Status.WARN),
    Fault("rates_against_predecessor", _off_its_band("predecessor"), Status.WARN),
)
