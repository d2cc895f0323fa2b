"""Shared by all sources: HTTP, throttling, retries, redaction, bodies, records, the stream declaration."""
