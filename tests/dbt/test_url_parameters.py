"""What the parameters of an address say of its traffic, as templates, sites and ad networks write them."""

from collections.abc import Mapping

import duckdb
import pytest

from tests.dbt.compiled_macros import compile_macros

CALLS = {
    "campaign": "url_parameter('url', 'utm_campaign')",
    "medium": "url_parameter('url', 'utm_medium')",
    "source": "url_parameter('url', 'utm_source')",
    "click source": "traffic_of_click('url', 'source')",
    "click medium": "traffic_of_click('url', 'medium')",
}
S = "https://shop.ee/"
VALUES: dict[str, tuple[str, str, str | None]] = {
    "plus": (f"{S}?utm_campaign=Spring+Sale", "campaign", "Spring Sale"),
    "percent": (f"{S}?utm_campaign=Spring%20Sale", "campaign", "Spring Sale"),
    "decoded already": (f"{S}?utm_campaign=Spring Sale", "campaign", "Spring Sale"),
    "decoded once": (f"{S}?utm_campaign=50%2520off", "campaign", "50%20off"),
    "a plus that is meant": (f"{S}?utm_campaign=a%2Bb", "campaign", "a+b"),
    "hyphen": (f"{S}?utm_medium=e%2Dmail", "medium", "e-mail"),
    "Estonian": (f"{S}?utm_campaign=j%C3%B5ulud", "campaign", "jõulud"),
    "a smile": (f"{S}?utm_campaign=%F0%9F%98%80", "campaign", "😀"),
    "no UTF-8": (f"{S}?q=%E4%F6&utm_source=%E4&utm_medium=email", "source", "%E4"),
    "no UTF-8 elsewhere": (f"{S}?q=%E4%F6&utm_source=a%20b", "source", "a b"),
    "an overlong NUL": (f"{S}?utm_source=a%C0%80", "source", "a%C0%80"),
    "a NUL": (f"{S}?utm_source=a%00b", "source", "a%00b"),
    "half of a surrogate": (f"{S}?utm_source=%ED%A0%80", "source", "%ED%A0%80"),
    "a percent sign": (f"{S}?utm_campaign=100%+off", "campaign", "100% off"),
    "escaped by a template": (f"{S}?utm_source=n&amp;utm_medium=email&amp;utm_campaign=x", "campaign", "x"),
    "and the one before it": (f"{S}?utm_source=n&amp;utm_medium=email", "source", "n"),
    "escaped twice": (f"{S}?utm_source=n&amp;amp;utm_medium=email", "medium", "email"),
    "escaped by number": (f"{S}?utm_source=n&#038;utm_medium=email", "medium", "email"),
    "and the one before the number": (f"{S}?utm_source=n&#38;utm_medium=email", "source", "n"),
    "the second of two, where the first is empty": (f"{S}?utm_source=&utm_source=z", "source", "z"),
    "after the hash": (f"{S}#utm_source=n&utm_medium=email", "source", "n"),
    "after a route": (f"{S}#/page?utm_source=n&utm_medium=email", "source", "n"),
    "before the hash": (f"{S}?utm_source=n#utm_x", "source", "n"),
    "capitals": (f"{S}?UTM_Source=n", "source", "n"),
    "empty": (f"{S}?utm_source=&utm_medium=email", "source", None),
    "blank": (f"{S}?utm_source=+&utm_medium=email", "source", None),
    "a blank behind": (f"{S}?utm_medium=Email ", "medium", "Email"),
    "another parameter": (f"{S}?my_utm_source=other&x=1", "source", None),
    "a question mark before": (f"{S}?q=a?b&utm_source=n", "source", "n"),
    "the first of two": (f"{S}?utm_source=google&utm_source=facebook", "source", "google"),
    "gclid": (f"{S}?gclid=Cj0", "click source", "google"),
    "gclid is paid": (f"{S}?a=1&gclid=Cj0", "click medium", "cpc"),
    "an id of an app": (f"{S}?gbraid=0AAA", "click medium", "cpc"),
    "dclid": (f"{S}?dclid=C", "click medium", "cpm"),
    "msclkid": (f"{S}?msclkid=1", "click source", "bing"),
    "fbclid": (f"{S}#fbclid=Iw", "click source", "facebook"),
    "fbclid is not paid": (f"{S}?fbclid=Iw", "click medium", "social"),
    "an id in capitals": (f"{S}?GCLID=Cj0", "click source", "google"),
    "an id after a template's ampersand": (f"{S}?a=1&#038;gclid=Cj0", "click source", "google"),
    "an id next to another UTM parameter": (f"{S}?utm_id=4&gclid=4", "click medium", "cpc"),
    "an id on a page about UTM": (f"{S}utm_guide?gclid=4", "click medium", "cpc"),
    "UTM without a value": (f"{S}?utm_source=&gclid=4", "click medium", "cpc"),
    "an empty id": (f"{S}?gclid=&a=1", "click source", None),
    "UTM says it": (f"{S}?gclid=Cj0&utm_source=news", "click source", None),
    "part of a word": (f"{S}?xgclid=1", "click source", None),
    "no address": ("", "source", None),
}


@pytest.fixture(scope="module")
def macros(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compile_macros(tmp_path_factory.mktemp("macros"), CALLS)


@pytest.mark.parametrize("case", VALUES)
def test_a_parameter_is_what_was_meant(case: str, macros: Mapping[str, str]) -> None:
    url, call, value = VALUES[case]
    with duckdb.connect() as connection:
        found = connection.execute(f"select {macros[call]} from (select ? as url)", [url]).fetchall()
    assert found == [(value,)]
