"""Raw tables: landed streams and event files, typed, with a quarantine and a ledger of loads."""
