"""Back-populating a flow: may it be, who would enter where, when each message would go, and what is in doubt."""

from compiler.backpopulate.backpopulation import Backpopulation, back_populate
from compiler.backpopulate.eligibility import OVERRIDABLE, Eligibility, Reason, check_eligibility
from compiler.backpopulate.paths import Path, Stop, Timeline, Window, timeline
from compiler.backpopulate.quiet import QuietHours, QuietWindow, read_quiet_hours
from compiler.backpopulate.result import Simulation
from compiler.backpopulate.runbook import Runbook
from compiler.backpopulate.settings import Settings, modes
from compiler.backpopulate.shape import Shape, read_shape
from compiler.backpopulate.simulate import simulate

__all__ = [
    "OVERRIDABLE",
    "Backpopulation",
    "Eligibility",
    "Path",
    "QuietHours",
    "QuietWindow",
    "Reason",
    "Runbook",
    "Settings",
    "Shape",
    "Simulation",
    "Stop",
    "Timeline",
    "Window",
    "back_populate",
    "check_eligibility",
    "modes",
    "read_quiet_hours",
    "read_shape",
    "simulate",
    "timeline",
]
