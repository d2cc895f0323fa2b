"""English names of the countries the world has, for those vendors that give names."""

from typing import Final

COUNTRY_NAMES: Final = {
    "DE": "Germany",
    "EE": "Estonia",
    "FI": "Finland",
    "GB": "United Kingdom",
    "LV": "Latvia",
    "US": "United States",
}
