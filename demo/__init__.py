"""`make demo`, a simulated account loaded into DuckDB; and `make report`, a page of charts from any such file."""
