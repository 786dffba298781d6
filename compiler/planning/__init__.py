"""From compiled specs and an account to a plan: what is read, what it means for each unit, in which order.

``plan_project`` is the room's verb. Only the project's own flows are read whole; ``observed`` holds the reads that
``apply`` repeats before it writes.
"""

from compiler.planning.model import Planned, Scope, Sides, project_tag
from compiler.planning.project import plan_project

__all__ = ["Planned", "Scope", "Sides", "plan_project", "project_tag"]
