"""What all sources share: HTTP, throttling, retries, redaction, bodies, records, the stream declaration."""
