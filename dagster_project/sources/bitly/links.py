"""Bitly's short links and the addresses that their clicks are counted under."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True)
class Link:
    """A hash link and the addresses its clicks are counted under: its own id and its custom back-halves."""

    id: str
    addresses: tuple[str, ...]
    is_deleted: bool = False


class Bitlink(msgspec.Struct):
    """The fields of a listed link that are needed to request its clicks."""

    id: str
    custom_bitlinks: list[str] | None = None
    is_deleted: bool | None = None

    def link(self) -> Link:
        """Back-halves are listed as URLs; their clicks are requested without the scheme, like hash links."""
        back_halves = [address.rpartition("://")[2] for address in self.custom_bitlinks or []]
        return Link(self.id, tuple(dict.fromkeys((self.id, *back_halves))), bool(self.is_deleted))
