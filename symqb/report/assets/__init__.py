"""Style sheets and scripts of the page."""

from importlib.resources import files


def asset(name: str) -> str:
    """The text of a style sheet or script that ships with symqb."""
    return (files("symqb.report.assets") / name).read_text(encoding="utf-8")
