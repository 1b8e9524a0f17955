"""``adaptarium report``: a results folder as one page."""

from __future__ import annotations

from pathlib import Path


def report(results: str | Path, out: str | Path | None = None) -> Path:
    """Write the self-contained page of a results folder.

    Args:
        results: A folder that ``adaptarium evaluate`` wrote.
        out: The file or folder to write to; ``report.html`` in the results folder if not given.

    Returns:
        The path of the page.

    Raises:
        ResultsError: the folder is missing, empty or damaged.
        MissingExtraError: jinja2 is not installed.
    """
    from adaptarium.evaluation.report import report as write_report

    return write_report(results, out)
