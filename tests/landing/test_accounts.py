"""Each account has its place in the landing zone, where another one's days would replace its days."""

from pathlib import Path

import pytest

from dagster_project.landing.accounts import landed_accounts, note_account, refuse_other_account
from dagster_project.sources.core.accounts import Account
from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.google_analytics import SOURCE as GA4
from dagster_project.sources.google_analytics_export import SOURCE as EXPORT
from dagster_project.sources.smaily import SOURCE as SMAILY

FIRST = Account(GA4, "", {})
KEY = {"GOOGLE_APPLICATION_CREDENTIALS": "key.json"}


def property_(number: str) -> str | None:
    return GA4.account(GA4.configure({"GA4_PROPERTY_ID": number, **KEY}))


def land(root: Path, source: str = "google_analytics") -> None:
    (root / source / "events" / "manifest").mkdir(parents=True)
    (root / source / "events" / "manifest" / "2026-11-15.json").touch()


def test_another_property_is_refused_with_what_to_do(tmp_path: Path) -> None:
    note_account(tmp_path, FIRST, property_("111"))
    land(tmp_path)
    with pytest.raises(ConfigurationError, match=r"property 111 .*, and property 222 .* one more account"):
        refuse_other_account(tmp_path, FIRST, property_("222"))
    refuse_other_account(tmp_path, FIRST, property_("111"))
    refuse_other_account(tmp_path, FIRST, property_("properties/111"))
    refuse_other_account(tmp_path, FIRST, None)  # whose it is, the configuration does not say


def test_what_the_message_names_lets_the_other_one_continue(tmp_path: Path) -> None:
    note_account(tmp_path, FIRST, property_("111"))
    land(tmp_path)
    with pytest.raises(ConfigurationError) as refused:
        refuse_other_account(tmp_path, FIRST, property_("222"))
    Path(str(refused.value).rpartition("delete ")[2].removesuffix(".")).unlink()
    refuse_other_account(tmp_path, FIRST, property_("222"))
    note_account(tmp_path, FIRST, property_("222"))
    with pytest.raises(ConfigurationError):
        refuse_other_account(tmp_path, FIRST, property_("111"))


def test_without_landed_records_a_wrong_number_can_be_corrected(tmp_path: Path) -> None:
    note_account(tmp_path, FIRST, property_("112"))
    refuse_other_account(tmp_path, FIRST, property_("111"))
    land(tmp_path, "smaily")
    refuse_other_account(tmp_path, FIRST, property_("111"))


def test_a_landing_zone_of_an_earlier_version_is_of_who_is_configured(tmp_path: Path) -> None:
    land(tmp_path)
    refuse_other_account(tmp_path, FIRST, property_("111"))
    note_account(tmp_path, FIRST, property_("111"))
    with pytest.raises(ConfigurationError):
        refuse_other_account(tmp_path, FIRST, property_("222"))


def test_an_account_of_smaily_is_its_subdomain_and_unknown_behind_a_base_url() -> None:
    login = {"SMAILY_USERNAME": "u", "SMAILY_PASSWORD": "p"}
    assert SMAILY.account(SMAILY.configure({"SMAILY_SUBDOMAIN": "acme", **login})) == "account acme"
    assert (
        SMAILY.account(SMAILY.configure({"SMAILY_BASE_URL": "http://127.0.0.1:8080/smaily/api/", **login}))
        is None
    )


def test_two_accounts_stand_side_by_side_each_in_its_place(tmp_path: Path) -> None:
    second = Account(GA4, "EE", {})
    note_account(tmp_path, FIRST, property_("111"))
    land(tmp_path)
    note_account(tmp_path, second, property_("222"))
    assert landed_accounts(tmp_path, GA4) == ["google_analytics"]
    land(tmp_path, "google_analytics__EE")
    assert landed_accounts(tmp_path, GA4) == ["google_analytics", "google_analytics__EE"]
    assert landed_accounts(tmp_path, SMAILY) == ["smaily"]
    refuse_other_account(tmp_path, FIRST, property_("111"))
    refuse_other_account(tmp_path, second, property_("222"))
    with pytest.raises(ConfigurationError, match=r"property 222 in google_analytics__EE, and property 333"):
        refuse_other_account(tmp_path, second, property_("333"))


@pytest.mark.parametrize("name", ["", "LV"])
def test_one_account_under_two_names_would_count_twice(tmp_path: Path, name: str) -> None:
    note_account(tmp_path, Account(GA4, "EE", {}), property_("222"))
    refuse_other_account(tmp_path, Account(GA4, name, {}), property_("222"))  # nothing has landed
    land(tmp_path, "google_analytics__EE")
    with pytest.raises(ConfigurationError, match="has landed as google_analytics__EE"):
        refuse_other_account(tmp_path, Account(GA4, name, {}), property_("222"))


def test_a_source_without_further_accounts_is_told_to_use_a_home_of_its_own(tmp_path: Path) -> None:
    only = Account(EXPORT, "", {})
    note_account(tmp_path, only, "property 111")
    land(tmp_path, EXPORT.name)
    with pytest.raises(ConfigurationError, match="Set property 111 again, or MILEPOST_HOME"):
        refuse_other_account(tmp_path, only, "property 222")
