"""Times of day and weekdays of delays and date triggers."""

from __future__ import annotations

from typing import Any

from compiler.codecs.base import ABSENT, ALL_WEEK, At, Run


class Time:
    """A time of day: ``10:00`` stands for ``10:00:00``."""

    def lower(self, value: Any, at: At, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Add the seconds."""
        return f"{value}:00" if len(value) == len("10:00") else value

    def lift(self, value: Any, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Drop seconds that are zero."""
        if isinstance(value, str) and len(value) == len("10:00:00") and value.endswith(":00"):
            return value[: -len(":00")]
        return value


class Weekdays:
    """Weekdays of a delay: all seven restrict nothing and are left out, as the server does on some accounts."""

    def lower(self, value: Any, at: At, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the days; ABSENT for all seven."""
        return ABSENT if set(value) == ALL_WEEK else value

    def lift(self, value: Any, run: Run) -> Any:  # noqa: ARG002 - one signature for all codecs
        """Return the days; ABSENT for all seven."""
        return ABSENT if isinstance(value, list) and set(map(str, value)) == ALL_WEEK else value
