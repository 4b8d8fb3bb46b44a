"""The benchmark, which `make bench` runs: the tap and its peers do the same job with a simulated account."""
