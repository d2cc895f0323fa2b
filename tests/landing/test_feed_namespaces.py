"""What feeds say of each other's users and orders, and what is refused of it."""

from pathlib import Path

import pytest

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.event_files import Feed, read_feeds

FEED = """
  - name: {name}
    path: {name}/*.csv
    format: csv
    columns: {{occurred_at: ts, event_name: event, user_id: customer}}
"""


def read(folder: Path, **added: str) -> tuple[Feed, ...]:
    """Feeds by name, with the lines that each has besides."""
    path = folder / "event_files.yml"
    path.write_text(
        "feeds:\n"
        + "".join(
            FEED.format(name=name) + "".join(f"    {line}\n" for line in lines.splitlines())
            for name, lines in added.items()
        )
    )
    return read_feeds(path)


def test_a_feed_states_its_users_and_whose_orders_it_does_not_report(tmp_path: Path) -> None:
    plain, stating = read(tmp_path, till="", shop="user_namespace: shop_1\nseparate_from: [till, hubspot]")
    assert {setting for setting, _ in plain.settings} == {"order_namespace", "revenue_is"}
    assert set(stating.settings) == {
        ("order_namespace", "shop"),
        ("revenue_is", "order_total"),
        ("user_namespace", "shop_1"),
        ("separate_from", "till"),
        ("separate_from", "hubspot"),
    }


def test_no_file_is_loaded_again_for_it(tmp_path: Path) -> None:
    _, plain = read(tmp_path, till="", shop="")
    _, stating = read(tmp_path, till="", shop="user_namespace: shop_1\nseparate_from: [till]")
    assert plain.digest == stating.digest


def test_a_feed_may_be_separate_from_everything_and_from_one(tmp_path: Path) -> None:
    _, shop = read(tmp_path, till="", shop="same_orders_as: separate\nseparate_from: [till]")
    assert {("orders_are_separate", "true"), ("separate_from", "till")} < set(shop.settings)


@pytest.mark.parametrize(
    ("till", "shop", "message"),
    [
        ("", "user_namespace: Shop 1", "user_namespace 'Shop 1' must be lower-case letters, digits and _"),
        ("", "user_namespace: 'a:b'", "user_namespace 'a:b' must be lower-case letters, digits and _"),
        ("", "user_namespace: [shop]", "user_namespace must be a name like shop_tallinn, or common"),
        ("", "user_namespace:", "user_namespace must be a name like shop_tallinn, or common"),
        (
            "",
            "user_namespace: google_analytics",
            "user_namespace 'google_analytics' is the name of a source, whose user ids have no namespace of "
            "their own; use `common` where the feed has the same ids, else another name.",
        ),
        ("", "separate_from: till", "separate_from must be a list of feeds and sources."),
        ("", "separate_from: separate", "separate_from must be a list of feeds and sources."),
        ("", "separate_from: ['']", "separate_from must be a list of feeds and sources."),
        ("", "same_orders_as: till", "same_orders_as must be a list of feeds and sources, or separate."),
        (
            "",
            "separate_from: [till, tlil]",
            "separate_from has 'tlil', which is not a feed or source; those are bitly, ",
        ),
        (
            "",
            "separate_from: [shop]",
            "has 'shop', which has the same order_namespace; give one of them another.",
        ),
        (
            "order_namespace: acme",
            "order_namespace: acme\nseparate_from: [till]",
            "separate_from has 'till', which has the same order_namespace; give one of them another.",
        ),
        (
            "",
            "order_namespace: hubspot\nseparate_from: [hubspot]",
            "separate_from has 'hubspot', which has the same order_namespace; give one of them another.",
        ),
        (
            "",
            "same_orders_as: [till]\nseparate_from: [till]",
            "'till' is in separate_from, and same_orders_as of one of the two says",
        ),
        (
            "same_orders_as: [shop]",
            "separate_from: [till]",
            "'till' is in separate_from, and same_orders_as of one of the two says",
        ),
    ],
)
def test_what_cannot_be_is_refused(till: str, shop: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, till=till, shop=shop)
    assert f"{tmp_path}/event_files.yml, feed shop: " in str(raised.value)
    assert message in str(raised.value)
