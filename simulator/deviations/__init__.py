"""What a simulated account can do wrong, as data: small named changes to a question or an answer.

Each is played, once or always, for one kind of request: `Server(...).deviations.append(Played("page-empty", "chats"))`.
`ACCOUNTS` are whole accounts that are odd or in trouble.
"""
