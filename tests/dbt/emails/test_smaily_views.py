"""What a view's value may look like: Smaily says only that it is about client, IP address and country."""

import json

import pytest

from tests.dbt.compiled_project import CompiledProject
from tests.dbt.rows import action, campaign

LETTER = campaign(1, "Autumn")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
IPV6 = "2620:149:af0::10"
FULL_IPV6 = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"

Legible = tuple[str | None, str | None, str | None]  # agent, IP address, country

VIEWS: dict[str, Legible] = {
    # with separators
    "Mozilla/5.0; 17.58.96.3; US": ("Mozilla/5.0", "17.58.96.3", "US"),
    "iOS Mail 18 / iPhone;203.0.113.5;EE": ("iOS Mail 18 / iPhone", "203.0.113.5", "EE"),
    "Gmail (GoogleImageProxy), 66.249.84.1, US": ("Gmail (GoogleImageProxy)", "66.249.84.1", "US"),
    "macOS | Apple Mail | 203.0.113.5 | EE": ("macOS | Apple Mail", "203.0.113.5", "EE"),
    "; Mozilla/5.0; 17.58.96.3; US": ("Mozilla/5.0", "17.58.96.3", "US"),
    "Unknown; Mozilla/5.0; 17.58.96.3; US": ("Mozilla/5.0", "17.58.96.3", "US"),
    "-; Mozilla/5.0; 17.58.96.3; US": ("Mozilla/5.0", "17.58.96.3", "US"),
    "Apple Mail\t203.0.113.5\tEstonia": ("Apple Mail", "203.0.113.5", "Estonia"),
    "Apple Mail\n203.0.113.5\nEE": ("Apple Mail", "203.0.113.5", "EE"),
    "Apple Mail (203.0.113.5) EE": ("Apple Mail", "203.0.113.5", "EE"),
    "Apple Mail 203.0.113.5 EE": ("Apple Mail", "203.0.113.5", "EE"),
    "203.0.113.5; EE; Apple Mail": ("Apple Mail", "203.0.113.5", "EE"),
    "203.0.113.5, Apple Mail, EE": ("Apple Mail, EE", "203.0.113.5", "EE"),
    "EE; 203.0.113.5; Apple Mail": ("Apple Mail", "203.0.113.5", "EE"),
    "Unknown; 203.0.113.5; EE": (None, "203.0.113.5", "EE"),
    "Apple Mail; 203.0.113.5": ("Apple Mail", "203.0.113.5", None),
    "Apple Mail; 203.0.113.5; ": ("Apple Mail", "203.0.113.5", None),
    "203.0.113.5": (None, "203.0.113.5", None),
    f"{PHONE}; 17.58.96.3; US": (PHONE, "17.58.96.3", "US"),
    f"{CHROME}; 203.0.113.5; EE": (CHROME, "203.0.113.5", "EE"),
    f"Mozilla/5.0; {IPV6}; US": ("Mozilla/5.0", IPV6, "US"),
    f"Mozilla/5.0; {FULL_IPV6}; US": ("Mozilla/5.0", FULL_IPV6, "US"),
    "Mozilla/5.0; ::ffff:17.58.96.3; US": ("Mozilla/5.0", "::ffff:17.58.96.3", "US"),
    "Mozilla/5.0; 17.58.96.xxx; US": ("Mozilla/5.0", "17.58.96.xxx", "US"),
    "Mozilla/5.0; 17.58.96.3:443; US": ("Mozilla/5.0", "17.58.96.3", "US"),
    "Apple Mail": ("Apple Mail", None, None),
    CHROME: (CHROME, None, None),
    # pairs
    "OS: macOS; Client: Apple Mail; IP: 203.0.113.5; Country: EE":
        ("Apple Mail / macOS", "203.0.113.5", "EE"),
    "os=macOS&client=Apple Mail&ip=203.0.113.5&country=EE": ("Apple Mail / macOS", "203.0.113.5", "EE"),
    "OS: -; Client: Mozilla/5.0; IP: 17.58.96.3; Country: US": ("Mozilla/5.0", "17.58.96.3", "US"),
    "client: Mozilla/5.0, ip: 17.58.96.3, country: US": ("Mozilla/5.0", "17.58.96.3", "US"),
    # nothing legible
    "eyJvcyI6ICJtYWNPUyJ9": (None, None, None),
    "7": (None, None, None),
    "[]": (None, None, None),
    "{}": (None, None, None),
    "null": (None, None, None),
    "2026-06-21 09:14:02": (None, None, None),
}  # fmt: skip
OBJECTS: list[tuple[object, Legible]] = [
    ({"os": "", "client": "Mozilla/5.0", "ip": "17.58.96.3", "country": "US"},
     ("Mozilla/5.0", "17.58.96.3", "US")),
    ({"os": None, "client": "Mozilla/5.0", "ip": "17.58.96.3", "country": None},
     ("Mozilla/5.0", "17.58.96.3", None)),
    ({"ip": "203.0.113.5", "user_agent": PHONE, "country": "EE"}, (PHONE, "203.0.113.5", "EE")),
    ({"IP": "203.0.113.5", "UserAgent": PHONE, "Country": "Estonia"}, (PHONE, "203.0.113.5", "Estonia")),
    ({"ip_address": "203.0.113.5", "email_client": "Apple Mail", "os": "macOS", "country_code": "EE"},
     ("Apple Mail / macOS", "203.0.113.5", "EE")),
    ({"client": {"name": "Apple Mail", "version": "16.0"}, "os": {"name": "macOS"}, "ip": IPV6,
      "country": {"code": "EE", "name": "Estonia"}}, ("Apple Mail / macOS", IPV6, "EE")),
    ({"client": {"version": "16.0.0.1", "name": "Apple Mail"}, "ip": "203.0.113.5"},
     ("Apple Mail", "203.0.113.5", None)),
    ({"ua": CHROME, "remote_addr": "203.0.113.5", "geo": {"country": "EE"}}, (CHROME, "203.0.113.5", "EE")),
    ({"user_agent": PHONE, "user_agent_parsed": {"type": "Email Client", "ua_name": "Apple Mail",
      "ua_version": None, "os_name": "OS X", "mobile": False}, "ip": "203.0.113.5",
      "location": {"country_short": "GB", "country": "United Kingdom", "latitude": 53.38}},
     (PHONE + " / OS X", "203.0.113.5", "United Kingdom")),
    ({"ip": "203.0.113.5", "ua": "OS X/OS X/Chrome/Chrome 54.0.2840.71", "location": "England, GB"},
     ("OS X/OS X/Chrome/Chrome 54.0.2840.71", "203.0.113.5", None)),
    ({"address": "203.0.113.5"}, (None, "203.0.113.5", None)),
    ({"a": 1}, (None, None, None)),
    (["macOS", "Apple Mail", "203.0.113.5", "EE"], ("macOS;Apple Mail", "203.0.113.5", "EE")),
    (["", "Mozilla/5.0", "17.58.96.3", "US"], ("Mozilla/5.0", "17.58.96.3", "US")),
    ([None, "Mozilla/5.0", "17.58.96.3", "US"], ("Mozilla/5.0", "17.58.96.3", "US")),
    ([PHONE, "17.58.96.3", "US"], (PHONE, "17.58.96.3", "US")),
]  # fmt: skip


def spellings(value: object) -> list[str]:
    """An object or list as several programs write it; PHP escapes slashes."""
    compact = json.dumps(value, separators=(",", ":"))
    return list(dict.fromkeys([compact, json.dumps(value), compact.replace("/", "\\/")]))


CASES = {**VIEWS, **{text: legible for value, legible in OBJECTS for text in spellings(value)}}
BOUNCES = {
    "550": "550",
    "452": "452",
    "550 5.1.1 User unknown": "550",
    "5.1.1": "5.1.1",
    '{"smtp_status_code":550}': "550",
    "smtp; 452 4.2.2 Over quota": "452",
    "mailbox 5501234": None,
}
CLICKS = {
    "https://shop.example.com/a?utm_campaign=b": "https://shop.example.com/a?utm_campaign=b",
    '{"url":"https://shop.example.com/a"}': "https://shop.example.com/a",
    "mailto:a": "mailto:a",
}


@pytest.fixture(scope="module")
def project(compiled: CompiledProject) -> CompiledProject:
    values = [("view", value) for value in CASES]
    values += [("bounce", value) for value in BOUNCES] + [("click", value) for value in CLICKS]
    rows = [
        action(number, "2026-11-02 10:00:00", "ann@example.com", name, LETTER, value)
        for number, (name, value) in enumerate(values)
    ]
    compiled.build({"smaily__actions": rows}, "stg_smaily__actions")
    return compiled


def test_views_are_read_in_every_form(project: CompiledProject) -> None:
    found = project.rows(
        "select value, agent, ip_address, country from staging.stg_smaily__actions where action = 'view'"
    )
    expected = {value.strip(): legible for value, legible in CASES.items()}
    wrong = [(value, tuple(rest)) for value, *rest in found if tuple(rest) != expected[value]]
    assert wrong == []
    assert len(found) == len(CASES) > 70


@pytest.mark.parametrize(
    ("action_name", "column", "expected"), [("bounce", "smtp_code", BOUNCES), ("click", "url", CLICKS)]
)
def test_codes_and_addresses_are_found_in_other_texts(
    project: CompiledProject, action_name: str, column: str, expected: dict[str, str | None]
) -> None:
    query = f"select value, {column} from staging.stg_smaily__actions where action = '{action_name}'"
    assert dict(project.rows(query)) == expected
