"""The benchmark: the tap and its peers do the same job against a simulated account. `make bench` runs it."""
