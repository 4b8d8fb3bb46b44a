"""A simulated HelpCrunch account, served over real HTTP on loopback.

For tests, demonstrations and benchmarks. No part of it talks to, or comes from, a real account.
"""

from simulator.account import Account
from simulator.deviations import DEVIATIONS, KINDS, Deviation, Measures, Played
from simulator.dialect import Dialect
from simulator.faults import Fault
from simulator.logged import Logged
from simulator.server import Server

__all__ = [
    "DEVIATIONS",
    "KINDS",
    "Account",
    "Deviation",
    "Dialect",
    "Fault",
    "Logged",
    "Measures",
    "Played",
    "Server",
]
