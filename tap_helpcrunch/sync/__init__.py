"""How nothing is lost: what is known (bookmarks), what is read (walks, changes) and how far back (visits).

Independent of Singer.
"""
