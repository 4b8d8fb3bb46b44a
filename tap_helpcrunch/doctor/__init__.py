"""``--doctor``: how this account speaks where the documents of the API contradict each other."""
