"""Google's default channel grouping, case by case: CSV in, CSV out."""

from pathlib import Path

from tests.dbt.harness import Warehouse

CASES = Path(__file__).with_name("channel_groups.csv")
GROUPED = """
    select source, medium, campaign, {{ channel_group('source', 'medium', 'campaign') }} as channel_group
    from cases
"""


def test_every_case_is_grouped_as_google_does(home: Path) -> None:
    warehouse = Warehouse(home)
    warehouse.build("channel_sites")
    compiled = warehouse.dbt("compile", "--inline", GROUPED)
    assert compiled.success, compiled.exception
    sql = compiled.result.results[0].node.compiled_code
    with warehouse.connect() as connection:
        connection.execute("create temp table cases as from read_csv(?, all_varchar = true)", [str(CASES)])
        wrong = connection.execute(f"({sql}) except all (from cases)").fetchall()
        assert wrong == []
        assert connection.execute("select count(distinct channel_group) from cases").fetchall() == [(19,)]
