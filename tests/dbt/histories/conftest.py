"""How many histories: the same few in every run, or as many new ones as `MILEPOST_HISTORIES` says, at night.

A failing history among these is told as found; at night it is made as small as possible, which takes long.
"""

import os

from hypothesis import Phase, settings

AT_NIGHT = os.environ.get("MILEPOST_HISTORIES")
settings.register_profile(
    "histories",
    max_examples=int(AT_NIGHT or 30),
    derandomize=not AT_NIGHT,
    database=None,
    phases=list(Phase) if AT_NIGHT else [Phase.explicit, Phase.generate],
)
settings.load_profile("histories")
