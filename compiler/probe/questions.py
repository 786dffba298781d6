"""The questions: what is asked, which calls that takes, and what the planner does with each answer.

Every field of ``plan.knowledge.Knowledge`` and every switch of the embedded account has one (a test compares).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from compiler.apply import Patience
from compiler.probe.answers import Value


@dataclass(frozen=True, slots=True)
class Question:
    """One question; ``needs`` is the call on flows that it takes, empty where every revision can be asked.

    ``does`` says what the planner does by answer, None standing for unknown; ``always`` what it does whatever the
    answer is, given how patient an apply is.
    """

    name: str
    asks: str
    needs: str = ""
    does: Mapping[str | None, str] = field(default_factory=dict)
    always: Callable[[Patience], str] | None = None

    def use(self, value: Value | None, patience: Patience) -> str:
        """Return what the planner, or an apply, does with an answer."""
        if self.always is not None:
            return self.always(patience)
        return self.does[value if isinstance(value, str) else "some" if value else None]


def _nothing(why: str) -> Callable[[Patience], str]:
    return lambda _: f"nothing: {why}"


def _look_again(patience: Patience) -> str:
    return f"apply looks for what it wrote for up to {patience.settle + patience.lag:.0f} s"


def _wait(patience: Patience) -> str:
    return f"apply waits {patience.timeout + patience.settle:.0f} s for a call that nobody answered"


def _until_ready(patience: Patience) -> str:
    return f"apply waits up to {patience.processing:.0f} s for a new segment before its flow goes live"


QUESTIONS: Final = (
    Question(
        "joins_at_create",
        "Does create take a flow in which paths join?",
        does={
            "accepted": "a flow with joins is created in one call",
            "refused": "a new flow with joins, or a replace by one, is blocked",
            None: "a flow with joins is created, and a refusal ends the apply",
        },
    ),
    Question(
        "delete_links",
        "What follows a step once it is deleted?",
        "delete-action",
        does={
            "splice": "steps are deleted in place, in live flows too",
            "cut": "only the last steps of a path are deleted; else the flow is replaced",
            None: "steps are deleted in place in drafts; a live flow is replaced",
        },
    ),
    Question(
        "patch_links",
        "Does changing a step change where it leads?",
        "update-action",
        always=_nothing("the body of a change is built from a read just before, links included"),
    ),
    Question(
        "flow_status",
        "Does the flow's status follow its steps'?",
        "update-action",
        does={
            "follows": "where only some steps go live, each rises by itself",
            "separate": "where only some steps go live, the flow rises and the others are lowered",
            None: "where only some steps go live, each rises by itself",
        },
    ),
    Question(
        "equal_flow_names",
        "May two flows have one name?",
        does={
            "accepted": "a replace makes the new flow beside the old one",
            "refused": "a replace is blocked until the spec has another name and says was:",
            None: "a replace makes the new flow, and a refusal ends the apply",
        },
    ),
    Question(
        "insert_at_join",
        "Which paths lead to a step that is inserted before a join?",
        "insert-action",
        always=_nothing("steps are inserted behind others, except at the start of a flow"),
    ),
    Question(
        "equal_tag_names",
        "May two tags have one name?",
        always=_nothing("a tag is looked up before it is made"),
    ),
    Question(
        "weekdays",
        "Does a delay read back with all seven weekdays?",
        always=_nothing("all seven and none compare as equal"),
    ),
    Question(
        "same_template",
        "Is an email's template cloned again when it is sent unchanged?",
        "update-action",
        always=_nothing("templates compare by their content"),
    ),
    Question(
        "message_hierarchy",
        "Does a text message read back with its body repeated?",
        "insert-action",
        always=_nothing("a repeated body compares as equal"),
    ),
    Question("segment_processing", "How long is a new, empty segment processed?", always=_until_ready),
    Question("read_lag", "How long do reads lag behind writes?", always=_look_again),
    Question("write_lateness", "How late did a call act that got no answer?", always=_wait),
    Question(
        "refused",
        "Which calls on steps are refused whatever is sent?",
        "update-action",
        does={"some": "such an edit replaces the flow", None: "every call that the revision has is used"},
    ),
    Question("limits", "Are the documented limits enforced?", always=_nothing("they are kept in any case")),
)
UNITS: Final = ("segment_processing", "read_lag", "write_lateness")
