"""Folders for what is made once and used by many tests of a process; they go with the process."""

import atexit
import shutil
from pathlib import Path
from tempfile import mkdtemp


def scratch() -> Path:
    folder = Path(mkdtemp(prefix="flowc-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
