"""What `make hub` runs: writes the plugin definition of this tap for MeltanoHub."""
