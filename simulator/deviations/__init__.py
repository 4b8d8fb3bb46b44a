"""What a simulated account can do wrong, as data: small named changes to a question or an answer.

Each is played, once or always, for one kind of request: `Server(...).deviations.append(Played("page-empty", "chats"))`.
`ACCOUNTS` are whole accounts that are odd or in trouble.
"""

from simulator.deviations.accounts import ACCOUNTS, OddAccount
from simulator.deviations.base import CHATS, CUSTOMERS, KINDS, Answer, Logged, Measures, kind_of
from simulator.deviations.played import ANY, Played
from simulator.deviations.stage import Stage, account_before
from simulator.deviations.table import DEVIATIONS, Deviation

__all__ = [
    "ACCOUNTS",
    "ANY",
    "CHATS",
    "CUSTOMERS",
    "DEVIATIONS",
    "KINDS",
    "Answer",
    "Deviation",
    "Logged",
    "Measures",
    "OddAccount",
    "Played",
    "Stage",
    "account_before",
    "kind_of",
]
