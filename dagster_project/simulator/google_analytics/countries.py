"""The `country` dimension gives English names, `countryId` the codes the world has."""

from typing import Final

NAMES: Final = {
    "DE": "Germany",
    "EE": "Estonia",
    "FI": "Finland",
    "GB": "United Kingdom",
    "LV": "Latvia",
    "US": "United States",
}

COUNTRY_NAME: Final = (
    "case country "
    + " ".join(f"when '{code}' then '{name}'" for code, name in NAMES.items())
    + " else coalesce(country, '(not set)') end"
)
