"""One simulated world of persons, e-mails, visits and links, with known ground truth.

`make_world(WorldConfig(persons, days, seed, end_date))` returns a `World`; `World.tables` has the tables of
`schema.SCHEMAS` by name.
"""

from dagster_project.simulator.world.assemble import World, make_world
from dagster_project.simulator.world.config import WorldConfig

__all__ = ["World", "WorldConfig", "make_world"]
