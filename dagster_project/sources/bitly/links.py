"""Bitly's short links: how they are listed and what they are clicked under."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True)
class Link:
    """A hash link and the addresses its clicks are counted under: its own and its custom back-halves."""

    id: str
    addresses: tuple[str, ...]


class Bitlink(msgspec.Struct):
    """The part of a listed link that tells how to ask for its clicks."""

    id: str
    custom_bitlinks: list[str] | None = None

    def link(self) -> Link:
        """Back-halves are listed as addresses; they are asked for without the scheme, like hash links."""
        back_halves = [address.rpartition("://")[2] for address in self.custom_bitlinks or []]
        return Link(self.id, tuple(dict.fromkeys((self.id, *back_halves))))
