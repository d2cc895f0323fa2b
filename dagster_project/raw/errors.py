"""What can go wrong in the warehouse, each a sentence that says what happened, where, and what to do."""


class WarehouseError(Exception):
    """The warehouse could not be opened, written or loaded. The message is one sentence for a person."""


class WarehouseBusyError(WarehouseError):
    """Another process holds the warehouse; trying again later can help."""
