"""How many histories: 30 by default, as many as `MILEPOST_HISTORIES` says at night."""

import os

from hypothesis import settings

settings.register_profile("histories", max_examples=int(os.environ.get("MILEPOST_HISTORIES", "30")))
settings.load_profile("histories")
