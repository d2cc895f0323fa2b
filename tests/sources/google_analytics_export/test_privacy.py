"""Addresses in an export: masked, or made a contact key."""

from pathlib import Path

from tests.sources.google_analytics_export.exports import (
    TABLE,
    Installation,
    event,
    lines,
    write,
)


def test_addresses_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    address = "hanna.example@shop.example.com"
    given = event(
        1,
        parameters={
            "page_location": f"https://shop.example.com/?email={address}",
            "note": address,
            "form_id": address,
        },
        user_id=address,
        items=[{"item_name": address}],
        ecommerce={"transaction_id": address},
        **{address: 1},
    )
    write(export.folder, "analytics_123/events_20261115.json", lines(given))
    export.refresh()
    columns = ("page_location", "properties", "user_id", "transaction_id")
    [found] = export.query(f"select {', '.join(columns)} from {TABLE}")
    assert all(value is not None and "hanna" not in str(value) for value in found)


def test_an_address_sent_as_a_contact_key_is_its_key(tmp_path: Path) -> None:
    export = Installation(tmp_path / "home", tmp_path / "export")
    address = "hanna@shop.example.com"
    key = "e" * 64
    given = [event(n, parameters={"contact_key": sent}) for n, sent in enumerate((address, key))]
    write(export.folder, "analytics_123/events_20261115.json", lines(*given))
    export.refresh()
    found = {value for (value,) in export.query(f"select contact_key from {TABLE}")}
    assert key in found
    assert all(len(value) == 64 for value in found)
    assert len(found) == 2
