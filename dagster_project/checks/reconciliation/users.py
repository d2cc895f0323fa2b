"""User ids of several feeds that collide: two numberings, taken for one."""

from dagster_project.checks import charts
from dagster_project.checks.check import Check, CheckContext, CheckOutcome, Status
from dagster_project.checks.evaluators import wilson

# Two shops that both number from 1 share ids of different customers; one customer may have two addresses.
COLLIDING_SHARE = 0.05
# Of twenty ids one customer with two addresses would be as much.
LEAST_COLLIDING = 5
# Fewer are too few to stop a publication, and worth a look where they are most of what two feeds share.
DOUBTFUL_SHARE = 0.5

# Two feeds that state one namespace have said that their ids are the same. By joins of single addresses: a
# till's account in both feeds may have as many as there are customers.
_COLLISIONS = """
    with addresses as (from staging.stg_event_files__users),
    users as (select distinct feed, has_namespace, user_id from addresses),
    shared as (
        select a.feed as one, b.feed as other, user_id
        from users as a inner join users as b using (user_id)
        where a.feed < b.feed and not (a.has_namespace and b.has_namespace)
    ),
    agreeing as (
        select distinct a.feed as one, b.feed as other, user_id
        from addresses as a inner join addresses as b using (user_id, contact_key)
        where a.feed < b.feed
    )
    select one, other, count(*), count(*) filter (where agreeing.user_id is null)
    from shared left join agreeing using (one, other, user_id)
    group by all
    order by all
"""


def _status(shared: int, colliding: int) -> Status:
    if colliding >= max(LEAST_COLLIDING, COLLIDING_SHARE * shared):
        return Status.ERROR
    return Status.WARN if colliding > DOUBTFUL_SHARE * shared else Status.PASSED


def _evaluate(context: CheckContext) -> CheckOutcome:
    rows = context.rows(_COLLISIONS)
    found = [_status(shared, colliding) for _, _, shared, colliding in rows]
    status = next((each for each in (Status.ERROR, Status.WARN) if each in found), Status.PASSED)
    over = [row for row, each in zip(rows, found, strict=True) if each is not Status.PASSED]
    advice = "".join(
        f" {colliding:,} of {shared:,} user ids of the feeds {one} and {other} have different addresses in "
        f"the two: add `user_namespace: {other}` to the feed {other}, or a name of its shop to all feeds of "
        "that shop, where each numbers its own users; where the ids are the same users', add "
        "`user_namespace: common` to both."
        for one, other, shared, colliding in over
    )
    subject, shared, colliding = max(
        ((f"{row[0]}, {row[1]}", row[2], row[3]) for row in over or rows),
        key=lambda row: row[2] / row[1],
        default=("all", 0, 0),
    )
    return CheckOutcome(
        status=status,
        summary=(
            f"{len(over)} of {len(rows)} pairs of feeds that share user ids may number their own users."
            f"{advice}"
        ),
        n=sum(row[2] for row in rows),
        subject=subject,
        figure=colliding / shared if shared else 0.0,
        interval=wilson(colliding, shared),
        band=(0.0, COLLIDING_SHARE),
        band_source="two numberings of one shop",
        chart=charts.table(
            ["feeds", "user ids of both", "with different addresses"],
            [(f"{one}, {other}", f"{shared:,}", f"{colliding:,}") for one, other, shared, colliding in rows],
        ),
    )


USERS = Check(
    name="user_ids_of_two_shops_do_not_collide",
    asset=("marts", "dim_persons"),
    severity=Status.ERROR,
    description=(
        "User ids that two feeds share come with the same addresses in both, or the feeds say whether they "
        "are the same users (`user_namespace`)."
    ),
    tolerance=(
        f"Under {COLLIDING_SHARE:.0%} of the shared ids with an address in both, or fewer than "
        f"{LEAST_COLLIDING} ids: customers with a second address. Fewer ids warn where they are over "
        f"{DOUBTFUL_SHARE:.0%} of the shared ones."
    ),
    evaluate=_evaluate,
)

CHECKS = (USERS,)
