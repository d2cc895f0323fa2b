"""Credentials of the simulated accounts: environment variables and the files they name."""

from pathlib import Path

from dagster_project.simulator import own_files
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.vendors import vendors

ENVIRONMENT_FILE = "environment"


def environment(simulation: Simulation, base_url: str, folder: Path | None) -> dict[str, str]:
    """The environment variables of an installation that reads the simulator.

    A vendor that needs a file is left out without a folder for it, as is what the owner knows.
    """
    variables = {
        "MILEPOST_NOW": simulation.clock.now.isoformat().replace("+00:00", "Z"),
        "MILEPOST_START_DATE": simulation.config.start_date.isoformat(),
    }
    if folder:
        variables |= own_files.environment(folder)
    for vendor in vendors():
        variables |= vendor.environment(simulation, f"{base_url}{vendor.prefix}", folder)
    return variables


def write(simulation: Simulation, base_url: str, folder: Path) -> None:
    """Write the environment, the vendors' files and the owner's, readable by their owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}={value}\n" for name, value in environment(simulation, base_url, folder).items()]
    contents: dict[str, str | bytes] = {ENVIRONMENT_FILE: "".join(lines), **own_files.files(simulation)}
    for vendor in vendors():
        contents |= vendor.files(simulation, f"{base_url}{vendor.prefix}")
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
