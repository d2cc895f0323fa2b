"""Errors of the warehouse; each message says what happened, where, and what to do."""


class WarehouseError(Exception):
    """The warehouse could not be opened, written or loaded. The message is written for the operator."""


class WarehouseBusyError(WarehouseError):
    """Another process holds the warehouse; a later retry can help."""
