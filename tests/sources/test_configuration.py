"""Configuring sources from an environment: complete, empty, or an error that names what is missing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.redaction import Redactor
from dagster_project.sources.core.stream import Kind, Source
from dagster_project.sources.google_analytics.authorization import ServiceAccountAuth
from dagster_project.sources.registry import SOURCES, source

SMAILY = {"SMAILY_SUBDOMAIN": "acme", "SMAILY_USERNAME": "api", "SMAILY_PASSWORD": "pa55"}
GA4 = {"GA4_PROPERTY_ID": "123456", "GOOGLE_APPLICATION_CREDENTIALS": "/key.json"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_nothing_set_is_not_configured(source: Source) -> None:
    assert source.configure({}) is None
    assert source.configure(dict.fromkeys(source.variables, " ")) is None


def test_base_urls_are_the_vendors_unless_overridden() -> None:
    assert source("smaily").configure(SMAILY).base_url == "https://acme.sendsmaily.net/api/"
    assert source("google_analytics").configure(GA4).base_url == "https://analyticsdata.googleapis.com/v1beta"
    assert source("bitly").configure({"BITLY_ACCESS_TOKEN": "t"}).base_url == "https://api-ssl.bitly.com/v4"
    local = {"SMAILY_BASE_URL": "http://127.0.0.1:1/api/", "SMAILY_USERNAME": "u", "SMAILY_PASSWORD": "p"}
    assert source("smaily").configure(local).base_url == "http://127.0.0.1:1/api/"


@pytest.mark.parametrize(
    ("name", "environment", "missing"),
    [
        ("smaily", {"SMAILY_SUBDOMAIN": "acme", "SMAILY_USERNAME": "api"}, "SMAILY_PASSWORD"),
        ("smaily", {"SMAILY_PASSWORD": "pa55"}, "SMAILY_SUBDOMAIN and SMAILY_USERNAME"),
        ("google_analytics", {"GA4_PROPERTY_ID": "123456"}, "GOOGLE_APPLICATION_CREDENTIALS"),
        ("google_analytics", {**GA4, "GA4_PROPERTY_ID": "G-ABC123"}, "measurement id"),
        ("smaily", {**SMAILY, "SMAILY_SUBDOMAIN": "https://acme.sendsmaily.net"}, "SMAILY_SUBDOMAIN"),
        ("smaily", {**SMAILY, "SMAILY_BASE_URL": "acme"}, "SMAILY_BASE_URL"),
        ("smaily", {**SMAILY, "SMAILY_BASE_URL": "http://acme.example:99999/"}, "SMAILY_BASE_URL"),
        ("smaily", {**SMAILY, "SMAILY_BASE_URL": "https://u:p@acme.example/"}, "credentials"),
        ("smaily", {**SMAILY, "SMAILY_REQUESTS_PER_SECOND": "0"}, "SMAILY_REQUESTS_PER_SECOND"),
        ("bitly", {"BITLY_ACCESS_TOKEN": "t", "BITLY_BASE_URL": "ftp://x"}, "BITLY_BASE_URL"),
        ("bitly", {"BITLY_ACCESS_TOKEN": "pa55\r\nX-Evil: 1"}, "BITLY_ACCESS_TOKEN of Bitly contains a line"),
        ("bitly", {"BITLY_ACCESS_TOKEN": "pa55\x00x"}, "BITLY_ACCESS_TOKEN of Bitly contains a line"),
        ("bitly", {"BITLY_ACCESS_TOKEN": "pa55\u2028x"}, "BITLY_ACCESS_TOKEN of Bitly contains a line"),
        ("bitly", {"BITLY_ACCESS_TOKEN": "pa55\u2011x"}, "BITLY_ACCESS_TOKEN of Bitly contains a character"),
        ("bitly", {"BITLY_ACCESS_TOKEN": "pa55 x"}, "BITLY_ACCESS_TOKEN of Bitly contains a character"),
        (
            "smaily",
            {**SMAILY, "SMAILY_PASSWORD": "pa55\nX-Evil: 1"},
            "SMAILY_PASSWORD of Smaily contains a line",
        ),
        ("smaily", {**SMAILY, "SMAILY_USERNAME": "api\x7f"}, "SMAILY_USERNAME of Smaily contains a line"),
        ("google_analytics", {**GA4, "GA4_PROPERTY_ID": "1\r\n2"}, "GA4_PROPERTY_ID of .* contains a line"),
    ],
)
def test_partial_and_invalid_configurations_are_named(
    name: str, environment: dict[str, str], missing: str
) -> None:
    with pytest.raises(ConfigurationError, match=missing) as caught:
        source(name).configure(environment)
    assert "pa55" not in str(caught.value)


def test_a_configuration_does_not_show_its_secret() -> None:
    assert "pa55" not in repr(source("smaily").configure(SMAILY))
    assert "t0ken" not in repr(source("bitly").configure({"BITLY_ACCESS_TOKEN": "t0ken"}))


def test_a_base_url_alone_configures_nothing() -> None:
    assert source("smaily").configure({"SMAILY_BASE_URL": "http://127.0.0.1:1/api/"}) is None
    assert source("bitly").configure({"BITLY_BASE_URL": "http://127.0.0.1:1/v4"}) is None
    assert source("google_analytics").configure({"GA4_BASE_URL": "http://127.0.0.1:1/v1beta"}) is None


def test_a_google_key_alone_configures_nothing() -> None:
    assert source("google_analytics").configure({"GOOGLE_APPLICATION_CREDENTIALS": "/key.json"}) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "which is not a file"),
        ("not json", "not the JSON key"),
        (json.dumps({"type": "authorized_user"}), "not the JSON key"),
        (json.dumps({"type": "service_account", "private_key": "x"}), "download the key again"),
    ],
)
def test_an_unusable_key_file_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    key = tmp_path / "key.json"
    if content is not None:
        key.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words):
        ServiceAccountAuth(key, Redactor())


def test_sources_import_neither_dagster_nor_duckdb() -> None:
    code = "import sys, dagster_project.sources.registry; print({'dagster', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_stream_declaration_is_consistent() -> None:
    for known in SOURCES:
        names = [stream.name for stream in known.streams]
        assert len(names) == len(set(names))
        for stream in known.streams:
            columns = [column.name for column in stream.columns]
            assert len(columns) == len(set(columns))
            assert set(stream.natural_key) <= set(columns)
            assert stream.time_column is None or stream.time_column in columns
            assert all(column.description for column in stream.columns)
            assert (stream.restatement_days > 0) == (stream.kind is Kind.WINDOW)


def test_personal_data_columns_are_marked() -> None:
    marked = {
        (known.name, stream.name, column.name): column.pii
        for known in SOURCES
        for stream in known.streams
        for column in stream.columns
        if column.pii != "none"
    }
    assert marked == {
        ("smaily", "contacts", "contact_key"): "address",
        ("smaily", "actions", "contact_key"): "address",
        ("smaily", "actions", "value"): "text",
        ("google_analytics", "events", "contact_key"): "contact_key",
        ("google_analytics_export", "events", "contact_key"): "contact_key",
        ("hubspot", "contacts", "contact_key"): "address",
        ("hubspot", "email_campaigns", "subject"): "text",
        ("hubspot", "email_events", "contact_key"): "address",
        ("hubspot", "email_events", "subject"): "text",
        ("hubspot", "email_events", "url"): "text",
        ("hubspot", "email_events", "user_agent"): "text",
        ("hubspot", "incoming_emails", "contact_key"): "address",
        ("hubspot", "incoming_emails", "hs_email_subject"): "text",
        ("hubspot", "subscription_changes", "contact_key"): "address",
        ("trustpilot", "reviews", "contact_key"): "address",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.example/api/",
        "http://192.168.0.1/api/",
        "http://127.0.0.1.acme.example/",
        "HTTP://acme.example/",
        "http://0.0.0.0/",
    ],
)
def test_credentials_cross_no_network_unencrypted_unless_allowed(url: str) -> None:
    environment = {**SMAILY, "SMAILY_BASE_URL": url}
    with pytest.raises(ConfigurationError, match="unencrypted; write https://, or set MILEPOST_ALLOW_HTTP=1"):
        source("smaily").configure(environment)
    with pytest.raises(ConfigurationError, match="unencrypted"):
        source("smaily").configure({**environment, "MILEPOST_ALLOW_HTTP": "0"})
    assert source("smaily").configure({**environment, "MILEPOST_ALLOW_HTTP": "1"}).base_url == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://localhost/", "http://[::1]:8/", "http://127.9.9.9/"]
)
def test_this_machine_may_be_asked_unencrypted(url: str) -> None:
    assert source("smaily").configure({**SMAILY, "SMAILY_BASE_URL": url}).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example\\@127.0.0.1/",
        "https://acme.example/ x",
        "https://acme.example/?a=",
        "https://acme.example/#",
        "https://[x/",
        "https:///x",
        "https://acme.example:x/",
        "https://acme\u3002example/",
    ],
)
def test_a_base_url_that_parsers_read_differently_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an http"):
        source("smaily").configure({**SMAILY, "SMAILY_BASE_URL": url})


def test_a_google_key_that_asks_for_tokens_unencrypted_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps({"type": "service_account", "token_uri": "http://tokens.example/"}))
    with pytest.raises(ConfigurationError, match=r"`token_uri` of .* unencrypted"):
        ServiceAccountAuth(key, Redactor())
    with pytest.raises(ConfigurationError, match="lacks a field"):
        ServiceAccountAuth(key, Redactor(), allow_http=True)
