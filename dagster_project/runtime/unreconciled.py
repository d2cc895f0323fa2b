"""Days that the last build found not to add up to their vendor's own total, to be pulled again."""

from datetime import date, timedelta

import duckdb

from dagster_project.sources.core.accounts import Account

# Google was seen to mend such days after weeks or never; each costs one request per stream and run.
PULLED_AGAIN_FOR = timedelta(days=30)


def unreconciled_days(connection: duckdb.DuckDBPyConnection, account: Account, today: date) -> set[date]:
    """Those of an account, as `rpt_data_quality` has them; none before the first build.

    Further accounts share theirs, as some sources name them by what the vendor does: a day too many costs
    little.

    The table stays as it is until every stream of a run is loaded, so that all of them pull the same days.
    """
    [(is_built,)] = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = 'rpt_data_quality'"
    ).fetchall()
    if not is_built:
        return set()
    rows = connection.execute(
        """
        select distinct day from marts.rpt_data_quality
        where source = ? and indicator = 'unreconciled_events' and affected > 0 and day >= ?
            and contains(stream, '/') = ?
        """,
        [account.source.name, today - PULLED_AGAIN_FOR, account.name != ""],
    ).fetchall()
    return {day for (day,) in rows}
