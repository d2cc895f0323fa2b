"""The simulator's commands: serve the vendors' APIs, or write the ground truth behind them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from dagster_project.simulator import credentials, server
from dagster_project.simulator.fault_injection import KINDS, Fault
from dagster_project.simulator.options import Options, option_fields
from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import WorldConfig, make_world

_DAY = click.DateTime(["%Y-%m-%d"])
_INSTANT = click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"])


def _world_options(command: Callable[..., None]) -> Callable[..., None]:
    default = WorldConfig()
    for option in (
        click.option(
            "--proxy-read-odds",
            default=default.proxy_read_odds,
            show_default=True,
            help="Of readers behind Apple's privacy proxy, against others.",
        ),
        click.option("--images-off-by-person", is_flag=True, help="Some persons never load images."),
        click.option("--web-first-share", type=click.FloatRange(0, 1, max_open=True), help="Of persons."),
        click.option("--end-date", type=_DAY, default=default.end_date.isoformat(), show_default=True),
        click.option("--seed", default=default.seed, show_default=True),
        click.option("--days", default=default.days, show_default=True),
        click.option("--persons", default=default.persons, show_default=True),
    ):
        command = option(command)
    return command


def _account_options(command: Callable[..., None]) -> Callable[..., None]:
    """A flag for each option of each vendor."""
    for each in option_fields():
        choices = each.metadata.get("choices")
        command = click.option(
            f"--{each.name.replace('_', '-')}",
            type=click.Choice(choices) if choices else None,
            is_flag=each.type is bool,
            default=each.default,
            show_default=True,
        )(command)
    return command


@click.group()
def main() -> None:
    """One simulated world of e-mail, web and link events, served through the vendors' APIs."""


@main.command(epilog="Faults: " + "; ".join(f"{kind}: {text}" for kind, text in KINDS.items()) + ".")
@click.option("--port", default=8008, show_default=True, help="0 picks a free one.")
@_world_options
@click.option(
    "--now", type=_INSTANT, help="The vendors' current time, UTC. Default: 04:00 after the last day."
)
@click.option(
    "--fault", "fault_texts", multiple=True, help="kind[,path=…][,count=…][,skip=…][,…]; may be repeated."
)
@_account_options
@click.option(
    "--credentials-dir",
    type=click.Path(path_type=Path),
    help="Folder for an `environment` file and GA4's key file.",
)
def serve(
    port: int,
    persons: int,
    days: int,
    seed: int,
    end_date: datetime,
    proxy_read_odds: float,
    images_off_by_person: bool,
    web_first_share: float | None,
    now: datetime | None,
    fault_texts: tuple[str, ...],
    credentials_dir: Path | None,
    **options: Any,
) -> None:
    """Serve on 127.0.0.1 until stopped; prints one JSON line with addresses and credentials when ready."""
    try:
        faults = [Fault.parse(text) for text in fault_texts]
        config = WorldConfig(
            persons,
            days,
            seed,
            end_date.date(),
            proxy_read_odds=proxy_read_odds,
            images_off_by_person=images_off_by_person,
            web_first_share=web_first_share,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    try:
        listening = server.open_socket(port)
    except OSError:
        raise click.ClickException(f"Port {port} is taken; choose another with --port.") from None
    simulation = Simulation(make_world(config), now and now.replace(tzinfo=UTC), Options(**options))
    for fault in faults:
        simulation.faults.add(fault)
    serving = server.make_server(simulation)
    base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    if credentials_dir is not None:
        credentials.write(simulation, base_url, credentials_dir)
    listening.listen(2048)  # a client may connect as soon as it has read the line below
    environment = credentials.environment(simulation, base_url, credentials_dir)
    click.echo(json.dumps({"base_url": base_url, "environment": environment}))
    serving.run(sockets=[listening])


@main.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the Parquet files.")
@_world_options
def truth(
    out: Path,
    persons: int,
    days: int,
    seed: int,
    end_date: datetime,
    proxy_read_odds: float,
    images_off_by_person: bool,
    web_first_share: float | None,
) -> None:
    """Write the ground truth of a world as Parquet files."""
    from dagster_project.simulator.truth import write_truth

    day: date = end_date.date()
    config = WorldConfig(
        persons,
        days,
        seed,
        day,
        proxy_read_odds=proxy_read_odds,
        images_off_by_person=images_off_by_person,
        web_first_share=web_first_share,
    )
    write_truth(make_world(config), out)


if __name__ == "__main__":
    main()
