"""The vendors' APIs on loopback, all of them showing one simulated world.

`world/` makes the world, `truth` writes down what really happened in it. A `Simulation` is that world with a
clock, options and faults; each vendor's package turns it into the answers of the vendor's API, `wire` spoils
them where it was told to, `server` serves them. `python -m dagster_project.simulator serve --help` says how.
"""
