"""The console script `milepost`: one module per command."""
