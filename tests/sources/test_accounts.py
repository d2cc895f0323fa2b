"""Which accounts the variables declare, what a further one takes over, and what its messages name."""

import pytest

from dagster_project.sources.core.accounts import accounts
from dagster_project.sources.core.errors import AuthenticationError, ConfigurationError, SourceError
from dagster_project.sources.registry import SOURCES, source

SMAILY = {"SMAILY_SUBDOMAIN": "acme", "SMAILY_USERNAME": "u", "SMAILY_PASSWORD": "p"}
FULL = {
    "smaily": SMAILY,
    "bitly": {"BITLY_ACCESS_TOKEN": "t"},
    "hubspot": {"HUBSPOT_SERVICE_KEY": "k"},
    "trustpilot": {
        "TRUSTPILOT_API_KEY": "k",
        "TRUSTPILOT_API_SECRET": "s",
        "TRUSTPILOT_DOMAIN": "example.com",
    },
    "google_analytics": {"GA4_PROPERTY_ID": "1", "GOOGLE_APPLICATION_CREDENTIALS": "k.json"},
}
# What a further account has to set itself.
OWN = {
    "smaily": list(SMAILY),
    "bitly": ["BITLY_ACCESS_TOKEN"],
    "hubspot": ["HUBSPOT_SERVICE_KEY"],
    "trustpilot": ["TRUSTPILOT_DOMAIN"],
    "google_analytics": ["GA4_PROPERTY_ID"],
}


def further(name: str, account: str) -> dict[str, str]:
    return {f"{variable}__{account}": FULL[name][variable] for variable in OWN[name]}


@pytest.mark.parametrize("name", FULL)
def test_what_ends_in_a_name_is_an_account(name: str) -> None:
    environment = FULL[name] | further(name, "LV") | further(name, "EE2")
    found = accounts(source(name), environment)
    assert [account.landing_name for account in found] == [name, f"{name}__EE2", f"{name}__LV"]
    assert all(account.configure() is not None for account in found)
    assert "environment=" not in repr(found), "it has passwords"


@pytest.mark.parametrize("name", FULL)
def test_the_first_account_may_be_missing(name: str) -> None:
    shared = {variable: value for variable, value in FULL[name].items() if variable not in OWN[name]}
    found = accounts(source(name), shared | further(name, "EE"))
    assert [account.landing_name for account in found] == [f"{name}__EE"]


@pytest.mark.parametrize("name", FULL)
def test_no_credential_of_the_first_account_goes_to_another(name: str) -> None:
    """Of each variable that an account must set itself, the first account's is not taken over."""
    for left_out in OWN[name]:
        given = {f"{variable}__EE": "x" for variable in OWN[name] if variable != left_out}
        if not given:
            continue
        [_, account] = accounts(source(name), FULL[name] | given)
        wanted = f"set .*{left_out}__EE.* too"
        with pytest.raises(ConfigurationError, match=wanted) as refused, account.explained():
            account.configure()
        assert str(refused.value).startswith(f"{source(name).title}, account EE: ")


def test_an_account_without_the_variable_that_says_which_it_is_is_partially_configured() -> None:
    [account] = accounts(source("hubspot"), {"HUBSPOT_CURRENCY__EE": "EUR"})
    with pytest.raises(ConfigurationError, match="HUBSPOT_SERVICE_KEY__EE too"), account.explained():
        account.configure()


def test_a_base_url_of_the_first_account_is_not_taken_over_where_it_says_which_account_is_read() -> None:
    environment = SMAILY | {"SMAILY_BASE_URL": "https://a.example/api/"} | further("smaily", "EE")
    [_, account] = accounts(source("smaily"), environment)
    assert account.configure().base_url == "https://acme.sendsmaily.net/api/"


@pytest.mark.parametrize("ending", ["ee", "EE-1", "_EE", "", "EE__1", "Ä"])
def test_an_ending_that_is_no_name_is_refused(ending: str) -> None:
    [_, account] = accounts(source("smaily"), SMAILY | {f"SMAILY_SUBDOMAIN__{ending}": "x"})
    with pytest.raises(ConfigurationError, match="capital letters and digits, like SMAILY_SUBDOMAIN__EE"):
        account.configure()


def test_a_source_without_further_accounts_says_so() -> None:
    [account] = accounts(source("google_analytics_export"), {"GA4_EXPORT_FOLDER__EE": "/data"})
    with pytest.raises(ConfigurationError, match="no further accounts"):
        account.configure()


def test_nothing_is_declared_by_what_accounts_share_or_by_an_empty_value() -> None:
    environment = FULL["google_analytics"] | {
        "GOOGLE_APPLICATION_CREDENTIALS__EE": "k.json",
        "GA4_PROPERTY_ID__LV": " ",
    }
    assert [account.name for account in accounts(source("google_analytics"), environment)] == [""]
    assert not any(accounts(each, {"PATH": "/bin"}) for each in SOURCES)


def test_an_accounts_errors_keep_their_kind_and_name_its_variables() -> None:
    [first, account] = accounts(source("smaily"), SMAILY | further("smaily", "EE"))
    message = "Smaily refused the credentials (401). Check SMAILY_USERNAME and SMAILY_PASSWORD."
    with pytest.raises(AuthenticationError) as refused, account.explained():
        raise AuthenticationError(message)
    assert str(refused.value) == (
        "Smaily, account EE: Smaily refused the credentials (401). Check SMAILY_USERNAME__EE and "
        "SMAILY_PASSWORD__EE."
    )
    with pytest.raises(SourceError, match=r"^Smaily refused"), first.explained():
        raise AuthenticationError(message)
