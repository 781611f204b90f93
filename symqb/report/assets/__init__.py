"""Style sheets, scripts and templates of the page."""

from functools import partial
from importlib.resources import files

from symqb.show import pages

fill = partial(pages.fill, "symqb.report")
"""Fill in one of the page's templates."""


def asset(name: str) -> str:
    """The text of a style sheet or script that ships with symqb."""
    return (files("symqb.report.assets") / name).read_text(encoding="utf-8")
