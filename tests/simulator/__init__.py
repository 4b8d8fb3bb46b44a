"""Tests of the simulated account itself."""
