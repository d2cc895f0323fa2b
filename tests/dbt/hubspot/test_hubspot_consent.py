"""What contacts of HubSpot consent to: refusals of every e-mail stand until every e-mail is consented to."""

import json
from itertools import permutations

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.hubspot.hubspot_rows import ANN, change, contact, stamp
from tests.dbt.rows import Row, key

OUT, IN, KIND_OUT, KIND_IN = (
    json.dumps({"change": word, "changeType": kind, "subscriptionId": 7})
    for kind in ("PORTAL_STATUS", "SUBSCRIPTION_STATUS")
    for word in ("UNSUBSCRIBED", "SUBSCRIBED")
)
# Changes by their minutes, whether each version of the contact says that it opted out, and the consent.
Changes = tuple[tuple[float, tuple[str, ...]], ...]
CASES: dict[str, tuple[Changes, tuple[str | None, ...], str]] = {
    "nothing": ((), (None,), "unknown"),
    "a refusal": (((40, (OUT,)),), ("false",), "denied"),
    "one kind does not lift it": (((40, (OUT,)), (42, (KIND_IN,))), ("false",), "denied"),
    "several kinds do not": (
        ((40, (OUT,)), (42, (KIND_IN, KIND_IN.replace("7", "8")))),
        ("false",),
        "denied",
    ),
    "every e-mail does": (((40, (OUT,)), (42, (IN,))), ("false",), "granted"),
    "and then one kind": (((40, (OUT,)), (42, (IN,)), (43, (KIND_IN,))), ("false",), "granted"),
    "and is refused again": (((40, (IN,)), (42, (OUT,)), (43, (KIND_IN,))), ("false",), "denied"),
    "one kind alone": (((42, (KIND_IN,)),), ("false",), "granted"),
    "one kind before": (((39, (KIND_IN,)), (40, (OUT,))), ("false",), "denied"),
    "leaving one kind": (((39, (KIND_IN,)), (40, (KIND_OUT,))), ("false",), "granted"),
    "both of one instant": (((40, (OUT, IN)),), ("false",), "denied"),
    "a kind of one instant": (((40, (KIND_IN, OUT)),), ("false",), "denied"),
    "the record": ((), ("true",), "denied"),
    "the record, and one kind": (((42, (KIND_IN,)),), ("true",), "denied"),
    "a record of long ago": ((), ("true", "true"), "denied"),
    "a record that was lifted": ((), ("true", "false"), "unknown"),
    "a record that was lifted, and one kind": (((42, (KIND_IN,)),), ("true", "false"), "granted"),
    "a record before every e-mail": (((42, (IN,)),), ("true",), "granted"),
    "a record modified since it was lifted in the timeline": (
        ((42, (IN,)),),
        ("true", None, "true"),
        "denied",
    ),
}


@pytest.mark.parametrize(("changes", "records", "consent"), CASES.values(), ids=CASES)
def test_refusals_of_every_email_stand(
    compiled: CompiledProject, changes: Changes, records: tuple[str | None, ...], consent: str
) -> None:
    """Versions of the record are of 08:00, 08:50 and 09:00."""
    contacts = [
        contact(1, ANN, hs_email_optout=record, updated_at=stamp(minutes))
        for record, minutes in zip(records, (0, 50, 60), strict=False)
    ]
    timeline = [change(minutes, ANN, *parts) for minutes, parts in changes]
    compiled.build({"hubspot__contacts": contacts, "hubspot__subscription_changes": timeline}, "dim_persons")
    assert compiled.rows("select marketing_consent from marts.dim_persons") == [(consent,)]


def test_changes_of_one_instant_are_each_their_own(compiled: CompiledProject) -> None:
    """Items of the timeline of one address and millisecond, in whatever order they came, and read twice."""
    items: list[Row] = [change(40, ANN, KIND_OUT), change(40, ANN, OUT), change(40, ANN, KIND_IN)]
    for order in permutations(items):
        rows = [*order, *order]
        compiled.build({"hubspot__subscription_changes": rows}, "stg_hubspot__events")
        found = compiled.rows("select contact_key, marketing_consent from staging.stg_hubspot__events")
        assert sorted(found, key=repr) == [(key(ANN), "denied"), (key(ANN), None), (key(ANN), None)]


def test_a_record_that_opted_out_did_so_when_that_was_first_seen(compiled: CompiledProject) -> None:
    contacts = [
        contact(1, ANN, hs_email_optout=record, updated_at=stamp(minutes))
        for record, minutes in (("true", 0), ("false", 10), ("true", 20), ("true", 30))
    ]
    compiled.build({"hubspot__contacts": contacts}, "stg_hubspot__events")
    found = compiled.rows("""
        select strftime(occurred_at, '%H:%M'), user_id from staging.stg_hubspot__events
        where marketing_consent = 'denied'
    """)
    assert found == [("08:20", "hubspot-1")]
