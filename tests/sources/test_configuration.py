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


def test_personal_data_columns_of_smaily_are_marked() -> None:
    marked = {
        (stream.name, column.name): column.pii
        for stream in source("smaily").streams
        for column in stream.columns
        if column.pii != "none"
    }
    assert marked == {
        ("contacts", "contact_key"): "address",
        ("actions", "contact_key"): "address",
        ("actions", "value"): "text",
    }
