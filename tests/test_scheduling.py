"""Which files of tests begin first, where several processes share them."""

from tests.conftest import LONG, ROOT, TOGETHER, place


def test_the_folders_that_begin_first_are_there() -> None:
    assert [folder for folder in (*TOGETHER, *LONG) if not list((ROOT / folder).rglob("test_*.py"))] == []


def test_what_takes_longest_begins_first() -> None:
    begun = ["tests/raw/test_a.py", "tests/dbt/test_a.py", "tests/spark/", "tests/dbt/test_b.py"]
    begun += ["tests/sources/test_a.py", "tests/dbt/histories/", "tests/end_to_end/"]
    assert sorted(begun, key=place) == [
        *("tests/end_to_end/", "tests/dbt/histories/", "tests/spark/"),
        *("tests/dbt/test_a.py", "tests/dbt/test_b.py"),
        *("tests/raw/test_a.py", "tests/sources/test_a.py"),
    ]
