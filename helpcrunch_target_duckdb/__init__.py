"""target-duckdb with what it lacks for a current DuckDB; apart from the tap, which does not import it."""
