"""One simulated world of persons, e-mails, visits and links, whose truth is known."""

from dagster_project.simulator.world.config import WorldConfig

__all__ = ["WorldConfig"]
