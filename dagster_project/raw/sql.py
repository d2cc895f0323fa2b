"""Small spellings of SQL that every module here needs."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

# An address as written and as it stands in a URL's query.
ADDRESS = r"""[^\s"''<>()=&?/,:;@\\]+(?:@|%40)[^\s"''<>()=&?/,:;@\\]+\.[^\s"''<>()=&?/,:;@\\]+"""


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def contact_key(address: str) -> str:
    """SQL of the contact key of the address in SQL expression `address`; null for a blank one.

    Lower-case hex SHA-256 of the trimmed, lower-cased address, as the web side has it.
    """
    return f"sha256(nullif({plain_address(address)}, ''))"


def plain_address(address: str) -> str:
    return f"lower(trim({address}))"


def masked(text: str) -> str:
    """SQL of `text` with every e-mail address in it replaced; the pattern runs only where one can be."""
    return (
        f"case when contains({text}, '@') or contains({text}, '%40') "
        f"then regexp_replace({text}, '{ADDRESS}', '<address>', 'g') else {text} end"
    )


def masked_record(text: str) -> str:
    """The same for a whole JSON record, in which an @ may be written as an escape."""
    return masked(f"replace({text}, '\\u0040', '@')")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block or nothing of it."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


@contextmanager
def without_optimizers(connection: duckdb.DuckDBPyConnection, names: str) -> Iterator[None]:
    """Statements planned as they are written, as far as the optimizers `names` go.

    That is a setting of the whole database; it goes by a cursor of its own, since a transaction in which a
    statement failed takes no further one.
    """
    with connection.cursor() as settings:
        settings.execute(f"set disabled_optimizers = {literal(names)}")
        try:
            yield
        finally:
            settings.execute("reset disabled_optimizers")


def count(connection: duckdb.DuckDBPyConnection, sql: str, parameters: object = None) -> int:
    """The one number `sql` gives: a count, or how many rows a change touched."""
    [(number,)] = connection.execute(sql, parameters).fetchall()  # fetchone would leave the result open
    return int(number)
