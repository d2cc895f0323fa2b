"""In which order files and folders reach the disk: what a power cut, which no test can make, would leave.

The calls go through; only their order is kept.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISLNK
from typing import Any

import pytest

Identity = tuple[int, int]


@dataclass(frozen=True)
class Synced:
    """A file or folder whose content the disk holds, as large as it was then."""

    identity: Identity
    size: int


@dataclass(frozen=True)
class Renamed:
    """What was renamed to `target`, as large as it was then."""

    target: Path
    identity: Identity
    size: int
    is_link: bool


class DiskOrder:
    """Every fsync and rename of this process, in order."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[Synced | Renamed] = []
        patch.setattr(os, "fsync", self._recording_sync(os.fsync))
        patch.setattr(os, "rename", self._recording_rename(os.rename))
        patch.setattr(os, "replace", self._recording_rename(os.replace))

    def _recording_sync(self, sync: Callable[[int], None]) -> Callable[[int], None]:
        def recorded(descriptor: int) -> None:
            sync(descriptor)
            state = os.fstat(descriptor)
            self.calls.append(Synced((state.st_dev, state.st_ino), state.st_size))

        return recorded

    def _recording_rename(self, rename: Callable[..., None]) -> Callable[..., None]:
        def recorded(source: Any, target: Any, **options: Any) -> None:
            state = os.lstat(source)
            rename(source, target, **options)
            identity = (state.st_dev, state.st_ino)
            self.calls.append(Renamed(Path(target), identity, state.st_size, S_ISLNK(state.st_mode)))

        return recorded

    @property
    def targets(self) -> list[Path]:
        return [call.target for call in self.calls if isinstance(call, Renamed)]

    def unsafe(self) -> list[str]:
        """Each rename that a power cut could leave without its content, or without its name."""
        found = []
        for position, call in enumerate(self.calls):
            if not isinstance(call, Renamed):
                continue
            before, after = self.calls[:position], self.calls[position + 1 :]
            if not call.is_link and Synced(call.identity, call.size) not in before:
                found.append(f"{call.target.name} was renamed before its content was synced")
            if not any(isinstance(later, Synced) and later.identity == folder(call) for later in after):
                found.append(f"{call.target.name} was renamed and its folder not synced")
        return found

    def holds_before(self, file: Path, later: Path) -> bool:
        """Whether the whole `file` was synced before the rename to `later`."""
        state = file.stat()
        synced = Synced((state.st_dev, state.st_ino), state.st_size)
        return synced in self.calls[: self._position(later)]

    def is_named_for_good_before(self, earlier: Path, later: Path) -> bool:
        """Whether the folder of `earlier` was synced between its rename and the one to `later`."""
        between = self.calls[self._position(earlier) + 1 : self._position(later)]
        of_earlier = folder(self.calls[self._position(earlier)])
        return any(isinstance(call, Synced) and call.identity == of_earlier for call in between)

    def _position(self, target: Path) -> int:
        return next(
            place
            for place, call in enumerate(self.calls)
            if isinstance(call, Renamed) and call.target == target
        )


def folder(call: Synced | Renamed) -> Identity:
    assert isinstance(call, Renamed)
    state = call.target.parent.stat()
    return state.st_dev, state.st_ino
