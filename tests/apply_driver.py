"""``flowc`` in processes of its own, forked from one that has loaded it: a kill ends exactly one of them.

Reads one JSON line a process, ``{"argv", "cwd", "env", "out", "err"}``; answers with its id, and then its exit code.
The waits are those of a test: an answer comes in ``TIMEOUT`` seconds or never, and what is late acts in ``SETTLE``
more.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

TIMEOUT, SETTLE, LAG = 0.5, 0.6, 0.05
RATE = 100.0  # by which the client's own limits are hurried


def fixed(function: Callable[..., Any], **kept: Any) -> Callable[..., Any]:
    """The function with these arguments, whatever it is called with."""
    return lambda *args, **named: function(*args, **{**named, **kept})


def load() -> Any:
    import deepdiff  # noqa: PLC0415, F401 - loaded once for all
    import httpx  # noqa: PLC0415, F401 - the same

    import compiler.accounts as accounts  # noqa: PLC0415, PLR0402 - the same
    import compiler.commands.alone as alone  # noqa: PLC0415, PLR0402 - the same
    import compiler.commands.plan  # noqa: PLC0415, F401 - the same
    from compiler.cli import main  # noqa: PLC0415 - the same
    from compiler.client import hurried  # noqa: PLC0415 - the same

    accounts.Settings = fixed(accounts.Settings, read_timeout=TIMEOUT)
    accounts.connect = fixed(accounts.connect, clock=hurried(RATE))
    alone.Patience = fixed(alone.Patience, timeout=TIMEOUT, settle=SETTLE, lag=LAG)
    return main


def become(job: dict[str, Any], main: Any) -> NoReturn:
    code = 1
    try:
        os.chdir(job["cwd"])
        os.environ.update(job["env"])
        for place, file in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
            os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), place)
        sys.argv = ["flowc", *job["argv"]]
        main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    main = load()
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            become(job, main)
        answers.write(f"{child}\n")
        answers.flush()
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


if __name__ == "__main__":
    serve()
