"""BATCH: rows in files, instead of on stdout."""
