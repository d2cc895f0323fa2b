"""dbt without its debug events, which are not read here.

dbt-core 1.11 makes some twenty for each node, as protobuf messages with a time and the environment's secrets
scrubbed, before it asks whether they are wanted: of 331 empty models and 575 tests 24.4 s CPU with them,
18.6 s without. Overrides `DebugLevel.__init__` and `EventManager.fire_event` of dbt-common 1.x.
"""

from typing import Any


def without_debug_events() -> None:
    """For the rest of this process, make and send none."""
    from dbt_common.events.base_types import DebugLevel
    from dbt_common.events.event_manager import EventManager

    if DebugLevel.__init__ is _no_message:
        return
    fire = EventManager.fire_event

    def fire_event(self: EventManager, e: Any, *arguments: Any, **named: Any) -> None:
        if not isinstance(e, DebugLevel):
            fire(self, e, *arguments, **named)

    DebugLevel.__init__ = _no_message  # type: ignore[method-assign]
    EventManager.fire_event = fire_event  # type: ignore[method-assign]


def _no_message(self: Any, *_: Any, **__: Any) -> None:
    self.pb_msg = None
