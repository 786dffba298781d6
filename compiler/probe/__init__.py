"""Learns what the API leaves undocumented, on one scratch flow that is a draft and that nobody can enter.

``probe`` is the room's verb: it makes a few scratch things, asks the account by writing and reading back, deletes
them again, and returns the answers. ``as_kept`` is the form in which the lock file keeps them for the planner.
"""

from compiler.probe.answers import Answer, Left, Report, as_kept
from compiler.probe.costs import Costs, costs
from compiler.probe.questions import QUESTIONS, Question
from compiler.probe.running import Run, probe

__all__ = ["QUESTIONS", "Answer", "Costs", "Left", "Question", "Report", "Run", "as_kept", "costs", "probe"]
