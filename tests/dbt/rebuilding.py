"""Which models must be built again: those of which something they are made of has changed.

A model is a function of the tables that it reads, so what was built of the same rows is not built again. Most
of a test's world is empty, and stays so from one test to the next.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# Views of `raw` that join the tables of all feeds, and what the names of these begin with.
FEED_TABLE, FEED_VIEWS = "event_files__", ("event_files", "event_file_copies")
READ = re.compile(r'\b(?:raw|pii|staging|intermediate|marts|delta)"?\."?(\w+)')


def tables_read(node: Mapping[str, Any]) -> frozenset[str]:
    """What a model reads, by name without schema: as it says, and as its SQL does it."""
    said = {unique_id.rsplit(".", 1)[1] for unique_id in node["depends_on"]["nodes"]}
    return frozenset(said | set(READ.findall(node.get("compiled_code") or ""))) - {node["name"]}


@dataclass
class Rebuilding:
    """`reads` are all models in order, with what each reads."""

    reads: Mapping[str, frozenset[str]]
    _current: set[str] = field(default_factory=set)
    _empty: set[str] = field(default_factory=set)
    _changed: set[str] = field(default_factory=set)
    _other_type: set[str] = field(default_factory=set)
    _required: set[str] = field(default_factory=set)

    def copy(self) -> "Rebuilding":
        """The same for a copy of the warehouse."""
        return replace(self, _current=set(self._current), _empty=set(self._empty))

    def require(self, model: str) -> None:
        """This model is to be built, whatever changed."""
        self._required.add(model)

    def forget(self) -> None:
        """Something was changed, and it is not known what: everything has to be built again."""
        self._current.clear()

    def has_changed(self, tables: Iterable[str]) -> None:
        """These tables, which are no models, have other rows than at the last build."""
        names = set(tables)
        if any(name.startswith(FEED_TABLE) for name in names):
            names.update(FEED_VIEWS)
        self._changed.update(names)

    def has_other_type(self, model: str) -> None:
        """A type that is made before this model has other values; all that reads it is built again."""
        self._other_type.add(model)

    def due(self, wanted: Iterable[str]) -> Iterator[str]:
        """Of the models `wanted` those to build now, one by one; each is to be `built` before the next."""
        wanted = set(wanted)
        for name, read in self.reads.items():
            if self._other_type & read:
                self._other_type.add(name)
            has_other_input = read & self._changed or name in self._other_type or name in self._required
            if name in self._current and not has_other_input:
                continue
            if name in wanted:
                yield name
            else:
                self._current.discard(name)
        for noted in (self._changed, self._other_type, self._required):
            noted.clear()

    def built(self, name: str, is_empty: bool) -> None:
        """A table that was empty and still is has not changed for those who read it."""
        if not (is_empty and name in self._empty):
            self._changed.add(name)
        self._current.add(name)
        (self._empty.add if is_empty else self._empty.discard)(name)
