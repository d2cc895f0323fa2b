"""The requests of clients that others wrote, as their source has them, and the fields that they declare.

Airbyte's source-smaily (manifest.yaml of 0.1.14) and the Singer tap tap-bitly (streams.py of 0.4.9): both
treat every status but 200 as fatal.
"""

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from tests.simulator_fixture import RunningSimulator, run_simulator

TEXT, WHOLE, FLAG, LIST, OBJECT = str, int, bool, list, dict
Fields = dict[str, type]

# Stream: script, page size where it pages, and the declared fields; ids are text for some.
AIRBYTE: dict[str, tuple[str, int | None, Fields]] = {
    "users": (
        "organizations/users.php", 250,
        {"id": WHOLE, "email": TEXT, "first_name": TEXT, "last_name": TEXT, "is_owner": FLAG, "role": OBJECT},
    ),
    "segments": ("list.php", None, {"id": TEXT, "name": TEXT, "subscribers_count": WHOLE}),
    "campaigns": (
        "campaign.php", None,
        {"id": TEXT, "name": TEXT, "status": TEXT, "tags": LIST, "created_at": TEXT, "completed_at": TEXT},
    ),
    "templates": (
        "templates.php", 1_000,
        {"id": WHOLE, "name": TEXT, "type": TEXT, "created_at": TEXT, "modified_at": TEXT,
         "preview_url": TEXT},
    ),
    "automations": ("autoresponder.php", None, {"id": TEXT, "name": TEXT, "sections": LIST}),
    "ab_tests": (
        "split.php", None,
        {"id": WHOLE, "name": TEXT, "status": TEXT, "tags": LIST, "created_at": TEXT, "completed_at": TEXT,
         "sections": LIST},
    ),
}  # fmt: skip

# Path of a tap's stream, the field of its records, and the declared fields.
ACCOUNT: dict[str, tuple[str, Fields]] = {
    "/groups": ("groups", {
        "guid": TEXT, "name": TEXT, "references": OBJECT, "created": TEXT, "modified": TEXT, "bsds": LIST,
        "organization_guid": TEXT, "is_active": FLAG, "role": TEXT,
    }),
    "/organizations": ("organizations", {
        "guid": TEXT, "references": OBJECT, "name": TEXT, "is_active": FLAG, "tier": TEXT,
        "tier_family": TEXT,
        "tier_display_name": TEXT, "role": TEXT, "created": TEXT, "modified": TEXT, "bsds": LIST,
    }),
    "/campaigns": ("campaigns", {"guid": TEXT}),
    "/channels": ("channels", {"guid": TEXT}),
    "/bsds": ("bsds", {}),
}  # fmt: skip
BITLINK: Fields = {
    "id": TEXT, "created_at": TEXT, "link": TEXT, "custom_bitlinks": LIST, "long_url": TEXT, "title": TEXT,
    "archived": FLAG, "created_by": TEXT, "client_id": TEXT, "tags": LIST, "deeplinks": LIST,
    "references": OBJECT,
}  # fmt: skip
WEBHOOK: Fields = {
    "guid": TEXT, "name": TEXT, "references": OBJECT, "created": TEXT, "modified": TEXT, "modified_by": TEXT,
    "is_active": FLAG, "organization_guid": TEXT, "group_guid": TEXT, "event": TEXT, "url": TEXT,
    "status": TEXT,
}  # fmt: skip


@pytest.fixture(scope="module")
def simulator() -> Any:
    with run_simulator("--smaily-ids", "mixed", persons=60, days=20) as running:
        yield running


def has_fields(record: dict[str, Any], fields: Fields) -> bool:
    return all(isinstance(record.get(name), type_) for name, type_ in fields.items())


@pytest.mark.parametrize("stream", AIRBYTE)
def test_airbytes_smaily_manifest_is_answered(simulator: RunningSimulator, stream: str) -> None:
    script, page_size, fields = AIRBYTE[stream]
    response = requests.get(
        simulator.smaily_url + script,
        {"limit": page_size} if page_size else {},  # the first page is requested without its number
        auth=simulator.smaily_auth,
        timeout=10,
    )
    assert response.status_code == 200
    records = response.json()
    assert records
    assert [record for record in records if not has_fields(record, fields)] == []
    assert page_size is None or len(records) < page_size
    for section in (section for record in records for section in record.get("sections", [])):
        assert isinstance(section["id"], int)


def tap(simulator: RunningSimulator, path: str, parameters: dict[str, Any] | None = None) -> Any:
    """As the tap requests it: ids quoted, no header but the token."""
    response = requests.get(
        simulator.bitly_url + path, parameters, headers=simulator.bitly_headers, timeout=10
    )
    assert response.status_code == 200, path
    return response.json()


def test_tap_bitly_is_answered_in_every_stream(simulator: RunningSimulator) -> None:
    for path, (field, fields) in ACCOUNT.items():
        records = tap(simulator, path)[field]
        assert [record for record in records if not has_fields(record, fields)] == []
    [organization] = tap(simulator, "/organizations")["organizations"]
    webhooks = tap(simulator, f"/organizations/{organization['guid']}/webhooks")["webhooks"]
    assert webhooks
    assert all(has_fields(webhook, WEBHOOK) for webhook in webhooks)

    [group] = tap(simulator, "/groups")["groups"]
    parameters: dict[str, Any] = {"archived": "both", "size": 100}
    links = []
    while True:
        page = tap(simulator, f"/groups/{group['guid']}/bitlinks", parameters)
        links += page["links"]
        if not (following := page["pagination"]["next"]):
            break
        parameters |= parse_qs(urlsplit(following).query)  # the tap takes no more of a link than its query
    assert links
    assert [link for link in links if not has_fields(link, BITLINK)] == []
    for link in links:  # also those that were deleted, if any is listed
        for parameters in ({}, {"unit": "month"}):
            clicks = tap(simulator, f"/bitlinks/{quote(link['id'], safe='')}/clicks", parameters)
            assert all(has_fields(day, {"date": TEXT, "clicks": WHOLE}) for day in clicks["link_clicks"])
