"""How the lines of a text file end: how many there are, and whether some end in CR LF and others in LF."""

from collections.abc import Iterable

CR = b"\r"


class LineEnds:
    """Counted chunk by chunk."""

    def __init__(self) -> None:
        self.lines = self._crlf = 0
        self._had_cr = False

    def add(self, chunk: bytes) -> None:
        self.lines += chunk.count(b"\n")
        if CR in chunk or self._had_cr:
            self._crlf += chunk.count(b"\r\n") + (self._had_cr and chunk.startswith(b"\n"))
        self._had_cr = chunk.endswith(CR)

    @property
    def may_be_mixed(self) -> bool:
        """Line breaks within quotes count here, too."""
        return 0 < self._crlf < self.lines


def are_mixed(chunks: Iterable[bytes], quote: str) -> bool:
    """Whether lines end in CR LF and in LF outside of quotes."""
    sign = quote.encode()
    ends = LineEnds()
    is_open = False
    for chunk in chunks:
        parts = chunk.split(sign) if sign else [chunk]
        for part in parts[is_open::2]:
            ends.add(part)
        is_open ^= len(parts) % 2 == 0
    return ends.may_be_mixed
