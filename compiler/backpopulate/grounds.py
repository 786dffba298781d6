"""Why a whole kind of flow is not eligible, where that is said, and what to do instead (FACTS A1)."""

from __future__ import annotations

EXPLAINER = "Help Center 115002779231 (April 2026)"
HOW_TO = "Help Center 360049924272, older how-to"
UNSAID = "not documented"

DATE_BASED = (
    "A date-based flow queues people by itself: a daily check looks a day ahead, and again when the date is added or "
    "changed, and adds whoever's date falls into the flow's timeline (Help Center 360054240252)."
)
TRIGGERS = {
    "date": (
        DATE_BASED,
        EXPLAINER,
        "Set the flow live ahead of the first date; for those already past it send a campaign to a segment.",
    ),
    "price-drop": (
        "A price-drop flow cannot be back-populated, because of how it queues recipients.",
        EXPLAINER,
        "Send a campaign to a segment of those who viewed or carted the product.",
    ),
    "low-inventory": (
        "Nothing says that a low-inventory flow can be back-populated; it is taken as not.",
        UNSAID,
        "Send a campaign to a segment of the same audience.",
    ),
}
OUT_OF_SERVICE = {
    "archived": (
        "The flow is archived; it must be live or manual, and an archived one sends nothing.",
        HOW_TO,
        "Take the live flow of this name, or restore this one in the account and set it live or manual.",
    ),
    "retired": (
        "The flow was retired: a replace put another of its name in its place, and it only serves who is in it.",
        "the tag that a replace by flowc gives it",
        "Take the flow that replaced it.",
    ),
}
