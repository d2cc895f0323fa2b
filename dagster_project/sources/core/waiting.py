"""How long a run may wait for one source, all its requests together."""

LONGEST_WAITS = 1800.0  # seconds: half an hour covers a restart at the vendor; more is left to the next run


class WaitingBudget:
    """Counts waits before retries and answers that were waited for in vain.

    Waits for the client's own limiter are not counted: they belong to a pull that goes well.
    """

    def __init__(self, seconds: float = LONGEST_WAITS) -> None:
        self.seconds = seconds
        self._left = seconds

    def take(self, seconds: float) -> bool:
        """Take the wait from what is left; False, with nothing taken, when it is more than that."""
        if seconds > self._left:
            return False
        self._left -= seconds
        return True

    def lose(self, seconds: float) -> None:
        """Count a wait that is over."""
        self._left -= seconds
