"""How nothing is lost: what is known (bookmarks), what is asked (walks, changes) and how far (visits).

Knows nothing of Singer.
"""
