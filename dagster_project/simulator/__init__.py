"""The vendors' APIs on loopback, all serving one simulated world.

`world/` generates the world, `truth` writes its ground truth. A `Simulation` is that world with a clock,
options and faults; each vendor's package renders it as the responses of the vendor's API, `wire` injects the
faults, `server` serves them. For usage see `python -m dagster_project.simulator serve --help`.
"""
