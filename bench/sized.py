"""What benches over generated data share: the size, the folder, and each task in a process of its own."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from figures import FULL

Measured = dict[str, float]


def read_options(about: str | None, tasks: Iterable[str]) -> argparse.Namespace:
    """Return ``scale``, ``data`` and ``task`` of the command line."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0 if FULL else 0.1,
        help="1 is a million profiles and ten million events",
    )
    parser.add_argument("--data", type=Path, help="keep the data in this folder, or use what is there")
    parser.add_argument("--task", choices=sorted(tasks), help=argparse.SUPPRESS)
    return parser.parse_args()


@contextmanager
def data_folder(options: argparse.Namespace, generate: Callable[[Path, float], object]) -> Iterator[Path]:
    """Yield the folder of the data, generated where it is not there yet."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.data or Path(scratch) / "data"
        if not folder.exists():
            generate(folder, options.scale)
        yield folder


def measured_apart(script: str, task: str, folder: Path) -> Measured:
    """Return what a script prints for one task, run in a process of its own."""
    command = [sys.executable, script, "--task", task, "--data", str(folder)]
    found: Measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found
