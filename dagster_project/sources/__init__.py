"""Connectors, one package per vendor: its streams, paging, authentication and quirks."""
