"""A simulated HelpCrunch account, served over real HTTP on loopback.

For tests, demonstrations and benchmarks. No part of it talks to, or comes from, a real account.
"""

from simulator.account import Account
from simulator.desk import Fault
from simulator.deviations.accounts import ACCOUNTS, ANY, OddAccount, Played
from simulator.deviations.base import KINDS, Logged, Measures
from simulator.deviations.table import DEVIATIONS, Deviation
from simulator.dialect import Dialect
from simulator.server import Server

__all__ = ["ACCOUNTS", "ANY", "DEVIATIONS", "KINDS", "Account", "Deviation", "Dialect", "Fault", "Logged", "Measures"]
__all__ += ["OddAccount", "Played", "Server"]
