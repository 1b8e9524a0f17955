"""The command line: ``adaptarium COMMAND``. Each command is a thin shell over one function."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit with its status."""
    from adaptarium.cli.app import app

    app()
