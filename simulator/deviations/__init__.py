"""What a simulated account can do wrong, as data: small named changes to a question or an answer.

Each is played, once or always, for one kind of request: `Server(...).deviations.append(Played("page-empty", "chats"))`.
"""

from simulator.deviations.played import Played
from simulator.deviations.playing import Stage
from simulator.deviations.registry import DEVIATIONS
from simulator.deviations.shapes import KINDS, Answer, Deviation, Measures, kind_of

__all__ = ["DEVIATIONS", "KINDS", "Answer", "Deviation", "Measures", "Played", "Stage", "kind_of"]
