"""Smaily's API as documented, over a real socket, on a hand-made world."""

from datetime import UTC, datetime

import pytest
import requests

from dagster_project.simulator.simulation import Simulation
from dagster_project.simulator.world import WorldConfig, make_world
from tests.simulator.hand_made import ACTIONS, hand_made_world
from tests.simulator_fixture import serve_in_thread

NO_LIMIT = {"requests_per_second": 0}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    with serve_in_thread(Simulation(hand_made_world()), tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def get(simulator):
    simulator.set_options(**NO_LIMIT, retention_days=30, smaily_ids="number", smaily_package="paid")

    def fetch(script, **parameters):
        response = requests.get(
            simulator.smaily_url + script, parameters, auth=simulator.smaily_auth, timeout=10
        )
        assert response.headers["content-type"].startswith("text/html")
        assert response.status_code == 200
        return response.json()

    return fetch


def test_credentials_and_package(simulator):
    simulator.set_options(**NO_LIMIT)
    url = simulator.smaily_url + "list.php"
    assert requests.get(url, auth=("milepost", "wrong"), timeout=10).status_code == 401
    assert (
        requests.get(simulator.smaily_url + "stats.php", auth=simulator.smaily_auth, timeout=10).status_code
        == 404
    )
    simulator.set_options(smaily_package="free")
    refused = requests.get(url, auth=("milepost", "wrong"), timeout=10)  # checked before the credentials
    assert (refused.status_code, refused.json()["code"]) == (403, 227)
    assert "Retry-After" not in refused.headers
    simulator.set_options(smaily_package="paid")


def test_more_requests_per_second_than_allowed(simulator):
    simulator.set_options(requests_per_second=3)
    with requests.Session() as session:
        session.auth = simulator.smaily_auth
        statuses = [session.get(simulator.smaily_url + "list.php", timeout=10).status_code for _ in range(5)]
    simulator.set_options(**NO_LIMIT)
    assert statuses == [200, 200, 200, 429, 429]


def test_history_by_cursor(get):
    everything = get("history.php", since_seq_id=0)
    assert [row["seq_id"] for row in everything] == [10, 11, 13, 14, 15, 16, 18, 19, 21]
    assert everything[0] == {
        "seq_id": 10,
        "email": "ann@example.com",
        "time": "2026-10-20 10:00:00",
        "campaign_id": 103,
        "campaign_name": "Sending 103",
        "action": "send",
        "value": None,
    }
    assert [row["seq_id"] for row in get("history.php", since_seq_id=11, limit=2)] == [13, 14]
    assert get("history.php", since_seq_id=21) == []


def test_repeated_hour_and_variants(get):
    clicks = get("history.php", since_seq_id=0, actions="click")
    assert [row["time"] for row in clicks] == ["2026-10-25 03:30:00", "2026-10-25 03:30:00"]
    sends = get("history.php", **{"since_seq_id": 11, "actions[]": "send"})
    assert [row["campaign_name"] for row in sends] == ["Sending 104 (A)", "Sending 104 (B)"]


def test_history_by_dates_shows_no_seq_id(get):
    start, end = (int(datetime(2026, 10, day, tzinfo=UTC).timestamp()) for day in (20, 21))
    rows = get("history.php", start_at=start, end_at=end)
    assert [row["action"] for row in rows] == ["send", "send", "view", "bounce"]
    assert not any("seq_id" in row for row in rows)
    assert get("history.php", start_at=start, end_at=end, offset=1) == []  # a page is 10,000 rows
    assert get("history.php", start_at=start, end_at=end, offset=1, limit=1) == []


@pytest.mark.parametrize(
    ("parameters", "code"),
    [({}, 223), ({"start_at": 5}, 223), ({"start_at": 5, "end_at": 4}, 224), ({"since_seq_id": "x"}, 203)],
)
def test_history_errors_come_with_200(get, parameters, code):
    assert get("history.php", **parameters)["code"] == code


def test_retention(simulator, get):
    simulator.set_options(retention_days=0)
    assert get("history.php", since_seq_id=0)[0]["seq_id"] == 1
    simulator.set_options(retention_days=10)
    assert [row["seq_id"] for row in get("history.php", since_seq_id=0)] == [15, 16, 18, 19, 21]


def test_the_clock_determines_what_is_visible(simulator, get):
    simulator.set_clock("2026-11-03T00:00:00Z")
    assert get("history.php", since_seq_id=21)[0]["seq_id"] == 30
    simulator.set_clock("2026-11-01T04:00:00Z")
    assert get("history.php", since_seq_id=21) == []


def test_message_log(get):
    rows = get("message/action/log.php", since_seq_id=0)
    assert rows[3]["value"] == {"smtp_status_code": 550}
    assert [row["created_at"] for row in rows if row["action"] == "click"] == [
        "2026-10-25T03:30:00.000+03:00",
        "2026-10-25T03:30:00.000+02:00",
    ]
    assert {type(row["message_id"]) for row in rows} == {int}


def test_campaigns(get):
    rows = get("campaign.php")
    assert [row["id"] for row in rows] == [102, 103, 105]
    assert rows[0]["template"] == "DELETED"
    assert rows[1]["template"]["id"] == 1503
    assert (rows[1]["completed_at"], rows[1]["status"]) == ("2026-10-21 00:30:00", "COMPLETED")
    assert (rows[2]["completed_at"], rows[2]["status"]) == ("0000-00-00 00:00:00", "PENDING")
    assert [row["id"] for row in get("campaign.php", limit=2, page=1)] == [105]
    assert [row["id"] for row in get("campaign.php", sort_order="DESC", limit=1)] == [105]
    assert [row["id"] for row in get("campaign.php", **{"status[]": "PENDING"})] == [105]
    assert [row["id"] for row in get("campaign.php", **{"tags[]": "promotion"})] == [102]


def test_campaign_statistics(get):
    counts = get("campaign.php", id=103)
    expected = {
        "total_count": 2,
        "delivered_count": 1,
        "bounce_count": 1,
        "click_count": 2,
        "unique_click_count": 1,
        "view_count": 1,
        "unique_view_count": 1,
        "opened_count": 1,
        "unsubscribe_count": 1,
        "complaint_count": 0,
        "forward_count": 2,
    }
    assert {name: counts[name] for name in expected} == expected
    assert get("campaign.php", id=999) == {
        "code": 216,
        "message": "Could not find campaign matching provided ID",
    }
    addresses = get("campaign.php", id=103, detailed=1)["addresses"]
    link = {"href": ACTIONS[7]["value"], "visit_at": "2026-10-25 03:30:00", "count": 2}
    assert addresses[0] == {
        "email": "ann@example.com",
        "sent_at": "2026-10-20 10:00:00",
        "opens": 3,
        "clicks": 2,
        "links": [link],
    }
    assert [row["email"] for row in addresses] == ["ann@example.com", "ben@example.com"]
    second = get("campaign.php", id=103, detailed=1, limit=1, offset=1)["addresses"]
    assert [row["email"] for row in second] == ["ben@example.com"]


def test_split_tests_and_automations(get):
    (test,) = get("split.php")
    assert [section["id"] for section in test["sections"]] == [504, 505]
    assert [(row["name"], row["total_count"]) for row in get("split.php", id=104)] == [
        ("Sending 104 (A)", 1),
        ("Sending 104 (B)", 1),
    ]
    assert get("split.php", offset=1, limit=1) == []
    assert get("autoresponder.php") == get("autoresponder.php", id=5)  # the id is ignored
    assert get("workflows.php") == [
        {"id": 101, "trigger_type": "subscribed", "title": "Sending 101", "is_enabled": True}
    ]


def test_contacts(get):
    rows = get("contact.php", list=1)
    assert [row["email"] for row in rows] == ["ann@example.com", "ben@example.com"]
    ann, ben = rows
    assert (ann["is_unsubscribed"], ann["last_response_code"], ann["unsubscribed_at"]) == (
        1,
        1001,
        "2026-10-26 11:00:00",
    )
    assert (ann["total_opens"], ann["total_clicks"], ann["country"]) == (1, 2, "EE")
    assert (ben["last_open_at"], ben["country"], ben["name"]) == ("0000-00-00 00:00:00", "", 'Ben "B" Õun')
    assert get("contact.php", list=1, fields="is_unsubscribed,nonsense") == [
        {"email": "ann@example.com", "is_unsubscribed": 1},
        {"email": "ben@example.com", "is_unsubscribed": 0},
    ]
    assert [row["email"] for row in get("contact.php", list=1, limit=1, offset=1)] == ["ben@example.com"]
    assert get("contact.php", email="ann@example.com")["email"] == "ann@example.com"
    assert get("contact.php", email="nobody@example.com")["code"] == 206
    assert get("contact.php", list=9)["code"] == 219
    assert [(row["name"], row["subscribers_count"]) for row in get("list.php")] == [
        ("All subscribers", 2),
        ("Customers", 1),
    ]


def test_ids_as_text(simulator, get):
    simulator.set_options(smaily_ids="text")
    assert get("campaign.php")[1]["id"] == "103"
    assert get("history.php", since_seq_id=0)[0]["campaign_id"] == "103"
    assert get("contact.php", list=1)[0]["is_unsubscribed"] == "1"


PHONE = "iOS Mail 18 / iPhone; 203.0.113.5; EE"


@pytest.mark.parametrize(
    ("views", "value"),
    [
        ("text", PHONE),
        ("commas", "iPhone, iOS Mail 18, 203.0.113.5, EE"),
        ("pairs", "OS: iPhone; Client: iOS Mail 18; IP: 203.0.113.5; Country: EE"),
        ("object", {"os": "iPhone", "client": "iOS Mail 18", "ip": "203.0.113.5", "country": "EE"}),
        ("list", ["iPhone", "iOS Mail 18", "203.0.113.5", "EE"]),
        ("escaped", '{"os":"iPhone","client":"iOS Mail 18","ip":"203.0.113.5","country":"EE"}'),
    ],
)
def test_forms_of_a_views_value(tmp_path, views, value):
    world = hand_made_world()
    actions = world.tables["email_actions"]
    texts = [PHONE if action == "view" else None for action in actions["action"].to_pylist()]
    position = actions.schema.get_field_index("value")
    world.tables["email_actions"] = actions.set_column(position, actions.schema.field(position), [texts])
    simulation = Simulation(world)
    simulation.options.change({**NO_LIMIT, "smaily_views": views})
    with serve_in_thread(simulation, tmp_path) as simulator:
        rows = requests.get(
            simulator.smaily_url + "history.php",
            {"since_seq_id": 0, "actions": "view"},
            auth=simulator.smaily_auth,
            timeout=10,
        ).json()
    assert rows
    assert [row["value"] for row in rows] == [value] * len(rows)


@pytest.mark.parametrize(
    ("sections", "names"),
    [("variant", ["Sending 104 (A)", "Sending 104 (B)"]), ("test", ["Sending 104", "Sending 104"])],
)
def test_names_of_sections(simulator, get, sections, names):
    simulator.set_options(smaily_sections=sections)
    assert [section["name"] for section in get("split.php", id=104)] == names
    simulator.set_options(smaily_sections="subject")
    assert [section["name"] for section in get("split.php", id=104)] == [
        section["subject"] for section in get("split.php")[0]["sections"]
    ]
    simulator.set_options(smaily_sections="variant")


def test_mixed_ids(simulator, get):
    simulator.set_options(smaily_ids="mixed")
    assert type(get("list.php")[0]["id"]) is str
    assert type(get("campaign.php")[0]["id"]) is str
    assert type(get("split.php")[0]["id"]) is int
    flow = get("autoresponder.php")[0]
    assert (type(flow["id"]), type(flow["sections"][0]["id"])) == (str, int)


@pytest.mark.parametrize(
    ("options", "page", "ids"),
    [
        ({}, 1, [105]),
        ({"smaily_pages": "from_one"}, 1, [102, 103]),
        ({"smaily_pages": "records"}, 1, [103, 105]),
        ({"smaily_pages": "ten_thousand"}, 1, []),
        ({"smaily_page_maximum": 1}, 1, [103]),
    ],
)
def test_what_a_page_is(simulator, get, options, page, ids):
    simulator.set_options(**options)
    assert [row["id"] for row in get("campaign.php", limit=2, page=page)] == ids
    simulator.set_options(smaily_pages="limit", smaily_page_maximum=0)


def test_a_limit_over_the_maximum_may_be_refused(simulator, get):
    simulator.set_options(smaily_page_maximum=1, smaily_over_maximum="refuse")
    assert get("campaign.php", limit=2)["code"] == 203
    assert get("contact.php", list=1, limit=2)["code"] == 203
    assert len(get("campaign.php", limit=1)) == 1
    simulator.set_options(smaily_page_maximum=0, smaily_over_maximum="cut")


def test_changes_of_contacts_are_in_the_log_and_a_deleted_contact_is_not_listed(tmp_path):
    simulation = Simulation(make_world(WorldConfig(persons=200, days=40)))
    simulation.options.change({**NO_LIMIT, "smaily_changes": "many"})
    with serve_in_thread(simulation, tmp_path) as simulator:

        def get(script, **parameters):
            url = simulator.smaily_url + script
            return requests.get(url, parameters, auth=simulator.smaily_auth, timeout=10).json()

        log = get("history.php", since_seq_id=0)
        assert len({row["seq_id"] for row in log}) == len(log)
        assert log == sorted(log, key=lambda row: row["seq_id"])
        deleted = {row["email"] for row in log if row["action"] == "delete"}
        assert deleted
        assert {row["action"] for row in log} >= {"delete", "modify"}
        contacts = get("contact.php", list=1)
        assert not deleted & {contact["email"] for contact in contacts}
        assert get("list.php", id=1)[0]["subscribers_count"] == len(contacts)
