"""What `make demo` runs: a simulated account, the tap under Meltano, and a look at what arrived in DuckDB."""
