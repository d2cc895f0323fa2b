"""The published DuckDB file and the Parquet files, replaced as a whole."""
