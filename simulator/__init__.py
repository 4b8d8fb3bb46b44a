"""A simulated HelpCrunch account, served over real HTTP on loopback.

For tests, demonstrations and benchmarks. No part of it talks to, or comes from, a real account.
"""

from simulator.account import Account
from simulator.desk import Fault
from simulator.deviations import ACCOUNTS, DEVIATIONS, KINDS, Deviation, Logged, Measures, OddAccount, Played
from simulator.dialect import Dialect
from simulator.server import Server

__all__ = [
    "ACCOUNTS",
    "DEVIATIONS",
    "KINDS",
    "Account",
    "Deviation",
    "Dialect",
    "Fault",
    "Logged",
    "Measures",
    "OddAccount",
    "Played",
    "Server",
]
