"""What `make demo` runs: a simulated account, the tap under Meltano, and a look at the rows in DuckDB."""
