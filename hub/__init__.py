"""What `make hub` writes: the entry of this tap for MeltanoHub's collection of plugin definitions."""
