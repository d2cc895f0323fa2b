"""dbt-spark without its switch that makes failing casts and divisions nulls.

dbt-spark 1.11 sets `spark.sql.ansi.enabled` to false with every statement, whatever profile or session say,
and leaves it so in the session. Overrides `SparkCredentials.__post_init__`, which does that.
"""

from functools import wraps
from typing import Any

ANSI = "spark.sql.ansi.enabled"


def with_ansi() -> None:
    """For the rest of this process, dbt's statements mean what the session's do."""
    from dbt.adapters.spark import connections

    # Without types: the lint runs where dbt-spark is not installed, and must say the same where it is.
    credentials: Any = connections.SparkCredentials
    made = credentials.__post_init__
    if getattr(made, "keeps_ansi", False):
        return

    @wraps(made)
    def post_init(self: Any) -> None:
        made(self)
        self.server_side_parameters[ANSI] = "true"

    vars(post_init)["keeps_ansi"] = True
    credentials.__post_init__ = post_init
