"""What every page of symqb stands in: one self-contained file in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from symqb.models import ParameterError
from symqb.report.assets import asset, fill

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src 'self' data:"
)
"""Nothing from outside the folder may load."""


def page_around(
    body: str,
    navigation: Mapping[str, str],
    *,
    title: str,
    heading: str,
    lead: str,
    scripts: str = "",
) -> str:
    """Write a whole page around its sections.

    Parameters
    ----------
    body : str
        The sections, as HTML.
    navigation : mapping
        The id of each section to what a link to it says.
    title, heading, lead : str
        Of the window; above the page; one sentence below that.
    scripts : str
        Further script elements, as HTML.
    """
    return fill(
        "page.html",
        policy=POLICY,
        title=title,
        heading=heading,
        lead=lead,
        navigation=navigation,
        style=asset("style.css"),
        script=asset("page.js"),
        body=body,
        scripts=scripts,
    )


def report_folder(output: Path | str) -> Path:
    """Make the folder of a report.

    Raises
    ------
    ParameterError
        ``output`` is a file.
    """
    folder = Path(output)
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"output={str(output)!r} is a file; give a folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
