"""Runs the command line: ``python -m compiler`` and the ``flowc`` script."""

import atexit
import gc

# Hardly anything that a short command makes is garbage, and looking for it takes a fifth of its time: look seldom
# on the way, and not at all at the end.
gc.set_threshold(50_000, 20, 20)
atexit.register(gc.freeze)

from compiler.cli import main  # noqa: E402 - importing is what this speeds up

if __name__ == "__main__":
    main()
