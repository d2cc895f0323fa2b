"""Rows of the warehouse against rows of the truth."""

import duckdb


def differences(
    db: duckdb.DuckDBPyConnection, ours: str, theirs: str
) -> tuple[int, list[tuple[object, ...]]]:
    """How many rows the truth has, and the rows that only one side has."""
    [(n,)] = db.execute(f"select count(*) from ({theirs})").fetchall()
    rows = db.execute(
        f"select 'here', * from (({ours}) except all ({theirs})) "
        f"union all select 'truth', * from (({theirs}) except all ({ours}))"
    ).fetchall()
    return n, rows


def share(db: duckdb.DuckDBPyConnection, query: str, least: int) -> float:
    [(numerator, denominator)] = db.execute(query).fetchall()
    assert denominator >= least
    return float(numerator) / float(denominator)
