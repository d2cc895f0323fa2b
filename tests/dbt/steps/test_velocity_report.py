"""What `rpt_velocity` makes of the estimates, and that it has rows wherever there are steps."""

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.steps.test_step_marts import ANN, BEN, BUY, CID, STEP, VISIT, act

HORIZON = 90 * 86400


def test_steps_have_a_velocity(with_feeds: CompiledProject) -> None:
    """Of three who download, Ann buys, Ben leaves, Cid has done nothing yet."""
    site = [
        act(-100, VISIT, None),
        *(act(0, STEP, email) for email in (ANN, BEN, CID)),
        act(2, BUY, ANN),
        act(3, "unsubscribe", BEN),
        act(40, BUY, "last@shop.example"),
    ]
    with_feeds.build({"event_files__site": site}, "rpt_velocity")
    found = with_feeds.rows(
        "select measure, persons, reached, exited, elsewhere, censored, is_mature from marts.rpt_velocity"
        " where micro_conversion = 'resource_download' and slice = 'all' order by all"
    )
    assert ("conversion", 3, 1, 1, 0, 1, False) in found


def test_a_velocity_is_mature_from_its_horizon_on(with_feeds: CompiledProject) -> None:
    """The rates between two steps that are to be compared stand in a report of their own."""
    estimates = [
        ("conversion", "cart_add", HORIZON),
        ("conversion", "checkout_start", HORIZON - 1),
        ("preferences", "cart_add", HORIZON),
    ]
    with_feeds.build({}, "rpt_velocity")
    with with_feeds.connect() as connection:
        connection.executemany(
            "insert into intermediate.int_velocity_estimates (measure, micro_conversion,"
            " restricted_to_seconds, persons, reached, exited, elsewhere) values (?, ?, ?, 20, 9, 4, 2)",
            estimates,
        )
        with_feeds.make_alone(connection, ["rpt_velocity"])
        found = connection.execute(
            "select measure, micro_conversion, persons, censored, is_mature from marts.rpt_velocity"
            " order by all"
        ).fetchall()
    assert found == [
        ("conversion", "cart_add", 20, 5, True),
        ("conversion", "checkout_start", 20, 5, False),
    ]
