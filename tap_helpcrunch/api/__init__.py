"""The edge: one request at the common pace, retried, its answer read into one form whatever the API's age."""
