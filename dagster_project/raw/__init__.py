"""Raw tables: landed streams and event files, typed, with quarantine and ledger."""
