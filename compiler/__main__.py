"""Runs the command line: ``python -m compiler`` and the ``flowc`` script."""

from compiler.cli import main

if __name__ == "__main__":
    main()
