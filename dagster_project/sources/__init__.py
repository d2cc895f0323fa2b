"""How to talk to one outside system each: its streams, paging, authentication and quirks."""
