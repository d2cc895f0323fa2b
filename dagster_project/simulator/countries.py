"""English names of the world's countries, for vendors that report names."""

from typing import Final

COUNTRY_NAMES: Final = {
    "DE": "Germany",
    "EE": "Estonia",
    "FI": "Finland",
    "GB": "United Kingdom",
    "LV": "Latvia",
    "US": "United States",
}
