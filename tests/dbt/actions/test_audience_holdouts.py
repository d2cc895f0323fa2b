"""The way of a holdout from the export back to the experiments, by hand."""

from dagster_project.raw.audience_assignments import journal_path, load_audience_assignments
from tests.dbt.actions.audience_feeds import BUY, EXPORTED_AT, GRANTED, Audiences, abandoned, act
from tests.dbt.rows import key


def test_the_holdout_comes_back_as_an_experiment(audiences: Audiences) -> None:
    """Of 200 persons three tenths are held out; the treated buy, and the experiment says to ship it."""
    emails = [f"p{number}@shop.example" for number in range(200)]
    rows = [abandoned(email, **GRANTED) for email in emails]
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.3)])
    audiences.build(rows, emails)
    treated = audiences.exported()
    assert 115 < len(treated) < 165
    assert audiences.export().held_out == 200 - len(treated)
    assert audiences.exported() == treated, "an assignment stays"

    bought = [act(11, BUY, email) for email in sorted(treated)[:100]]
    more = [abandoned(email, **GRANTED) for email in ("new1@shop.example", "new2@shop.example")]
    audiences.build([*rows, *bought, *more], [*emails, "new1@shop.example", "new2@shop.example"], 60)
    assert audiences.project.rows(
        "select variant, is_control, persons, mature_persons, total, weights_are_planned, verdict"
        " from marts.rpt_experiments"
        " where experiment = 'segment.abandoned_cart' and role = 'primary' order by variant"
    ) == [
        ("holdout", True, 200 - len(treated), 200 - len(treated), 0, True, "ship treated"),
        ("treated", False, len(treated), len(treated), 100, True, "ship treated"),
    ]


def test_the_arms_survive_a_lost_warehouse_and_another_share(audiences: Audiences) -> None:
    emails = [f"p{number}@shop.example" for number in range(60)]
    rows = [abandoned(email, **GRANTED) for email in emails]
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.3)])
    audiences.build(rows, emails)
    treated = audiences.exported()
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.9)])
    with audiences.project.connect() as connection:
        before = connection.execute("from raw._audience_assignments order by all").fetchall()
        connection.execute("delete from raw._audience_assignments")
        connection.execute("delete from raw._loads where source = 'audience_assignments'")
        load_audience_assignments(connection, audiences.settings.landing, EXPORTED_AT)
        assert connection.execute("from raw._audience_assignments order by all").fetchall() == before
    assert len(before) == 60
    audiences.build(rows, [*emails, "new@shop.example"])
    assert audiences.exported() == treated
    journal = journal_path(audiences.settings.landing)
    assert "@" not in journal.read_text(encoding="utf-8")
    assert journal.stat().st_mode & 0o077 == 0
    audiences.project.replace_seed("action_holdouts", [])
    audiences.build(rows, emails)
    assert audiences.exported() == treated, "until the outcome of a control is known it is none to write to"
    assert audiences.exported(days_later=13, accepts_stale=True) == treated
    assert audiences.exported(days_later=14, accepts_stale=True) == set(emails)
    audiences.build(rows, emails, 23.5)
    assert audiences.reasons() == {None: 60}


# Whether the holdout is declared still, days since its export, and whether others may write to its controls.
OTHERS: list[tuple[bool, float, bool]] = [
    (True, 0, False), (True, 60, False), (False, 13.9, False), (False, 14, True),
]  # fmt: skip


def test_controls_are_written_to_through_no_other_audience(audiences: Audiences) -> None:
    other = "segment.prospects"
    emails = [f"p{number}@shop.example" for number in range(40)]
    rows = [abandoned(email, **GRANTED) for email in emails]
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.5)])
    audiences.build(rows, emails)
    treated = audiences.exported()
    assert 5 < len(treated) < 35
    assert audiences.exported(audience=other) == treated, "before the next build, too"
    assert audiences.export(other).left_out == {"held_out": 40 - len(treated)}
    for is_declared, days, may_write in OTHERS:
        seed = [("segment.abandoned_cart", 0.5)] if is_declared else [("segment.none", 0.5)]
        audiences.project.replace_seed("action_holdouts", seed)
        audiences.build(rows, emails)
        found = audiences.exported(audience=other, days_later=days, accepts_stale=True)
        assert found == (set(emails) if may_write else treated), (is_declared, days)
        assert audiences.reasons(other)["held_out"] == 40 - len(treated), "as of the data, which are older"
    audiences.project.replace_seed("action_holdouts", [("segment.abandoned_cart", 0.5)])
    audiences.build(rows, emails)
    assert audiences.reasons(other) == {None: len(treated), "held_out": 40 - len(treated)}
    assert audiences.project.rows(
        "select distinct to_mail, held_out from marts.dim_audiences"
        f" where audience_id in ('segment.abandoned_cart', '{other}')"
    ) == [(len(treated), 40 - len(treated))]


def test_who_has_two_arms_counts_in_neither(audiences: Audiences) -> None:
    """Two persons were assigned apart; a log-in shows that they are one."""
    rows = [
        act(-1, "login", "ann@work.example", user_id="ann"),
        abandoned("ann@work.example", **GRANTED),
        abandoned("ann@home.example", **GRANTED),
    ]
    emails = ["ann@work.example", "ann@home.example"]
    assignments = [
        {"audience_id": "segment.abandoned_cart", "contact_key": key(email), "arm": arm, "share": 0.5,
         "assigned_at": EXPORTED_AT}
        for email, arm in zip(emails, ("treated", "holdout"), strict=True)
    ]  # fmt: skip
    with audiences.project.connect() as connection:
        for row in assignments:
            connection.execute(
                "insert into raw._audience_assignments values (?, ?, ?, ?, ?)", list(row.values())
            )
    arms = "select arm, is_in_two_arms from intermediate.int_audience_assignments order by all"
    audiences.build(rows, emails)
    assert audiences.project.rows(arms) == [("holdout", False), ("treated", False)]
    audiences.build([*rows, act(3, "login", "ann@home.example", user_id="ann")], emails)
    assert [is_in_two for _, is_in_two in audiences.project.rows(arms)] == [True]
    assert audiences.project.rows("select distinct arm from marts.fct_audience_members") == [(None,)]
