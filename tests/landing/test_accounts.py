"""A landing zone holds one account of each vendor: another one's days would replace its days."""

from pathlib import Path

import pytest

from dagster_project.landing.accounts import note_account, refuse_other_account
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.google_analytics import SOURCE as GA4
from dagster_project.sources.smaily import SOURCE as SMAILY

KEY = {"GOOGLE_APPLICATION_CREDENTIALS": "key.json"}


def property_(number: str) -> str | None:
    return GA4.account(GA4.configure({"GA4_PROPERTY_ID": number, **KEY}))


def land(root: Path, source: str = "google_analytics") -> None:
    (root / source / "events" / "manifest").mkdir(parents=True)
    (root / source / "events" / "manifest" / "2026-11-15.json").touch()


def test_another_property_is_refused_with_what_to_do(tmp_path: Path) -> None:
    note_account(tmp_path, GA4, property_("111"))
    land(tmp_path)
    with pytest.raises(ConfigurationError, match=r"holds .* property 111, and property 222 .* MILEPOST_HOME"):
        refuse_other_account(tmp_path, GA4, property_("222"))
    refuse_other_account(tmp_path, GA4, property_("111"))
    refuse_other_account(tmp_path, GA4, property_("properties/111"))
    refuse_other_account(tmp_path, GA4, None)  # whose it is, the configuration does not say


def test_what_the_message_names_lets_the_other_one_continue(tmp_path: Path) -> None:
    note_account(tmp_path, GA4, property_("111"))
    land(tmp_path)
    with pytest.raises(ConfigurationError) as refused:
        refuse_other_account(tmp_path, GA4, property_("222"))
    Path(str(refused.value).rpartition("delete ")[2].removesuffix(".")).unlink()
    refuse_other_account(tmp_path, GA4, property_("222"))
    note_account(tmp_path, GA4, property_("222"))
    with pytest.raises(ConfigurationError):
        refuse_other_account(tmp_path, GA4, property_("111"))


def test_without_landed_records_a_wrong_number_can_be_corrected(tmp_path: Path) -> None:
    note_account(tmp_path, GA4, property_("112"))
    refuse_other_account(tmp_path, GA4, property_("111"))
    land(tmp_path, "smaily")
    refuse_other_account(tmp_path, GA4, property_("111"))


def test_a_landing_zone_of_an_earlier_version_is_of_who_is_configured(tmp_path: Path) -> None:
    land(tmp_path)
    refuse_other_account(tmp_path, GA4, property_("111"))
    note_account(tmp_path, GA4, property_("111"))
    with pytest.raises(ConfigurationError):
        refuse_other_account(tmp_path, GA4, property_("222"))


def test_an_account_of_smaily_is_its_subdomain_and_unknown_behind_a_base_url() -> None:
    login = {"SMAILY_USERNAME": "u", "SMAILY_PASSWORD": "p"}
    assert SMAILY.account(SMAILY.configure({"SMAILY_SUBDOMAIN": "acme", **login})) == "account acme"
    assert (
        SMAILY.account(SMAILY.configure({"SMAILY_BASE_URL": "http://127.0.0.1:8080/smaily/api/", **login}))
        is None
    )
