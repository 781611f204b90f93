"""Pages and fragments filled in from the templates that ship with symqb."""

from __future__ import annotations

from functools import cache
from typing import Any

from symqb.models.extras import need

MINUS = "\N{MINUS SIGN}"


def decimal(value: float, digits: int = 6) -> tuple[str, str]:
    """Write a number for readers: its digits and its power of ten, each with a real minus sign.

    Parameters
    ----------
    value : float
    digits : int
        How many significant ones.

    Returns
    -------
    tuple of str
        The exponent is empty where the number needs none.

    Examples
    --------
    >>> decimal(-0.25), decimal(0.0), decimal(1.5e-6, 2)
    (('−0.25', ''), ('0', ''), ('1.5', '−6'))
    """  # noqa: RUF002
    mantissa, _, power = f"{float(value):.{digits}g}".partition("e")
    parts = (mantissa, str(int(power)) if power else "")
    return parts[0].replace("-", MINUS), parts[1].replace("-", MINUS)


@cache
def _environment(package: str) -> Any:
    """Jinja over the templates of a package: HTML and SVG escaped, an unknown name an error."""
    jinja2 = need("jinja2", "a page from templates")
    made = jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=jinja2.select_autoescape(("html", "svg")),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["decimal"] = decimal
    made.policies["json.dumps_kwargs"] = {}  # in the order given
    return made


def fill(package: str, template: str, **values: object) -> str:
    """Fill in a template of a package.

    Parameters
    ----------
    package : str
        Dotted name; its folder ``templates`` holds the file.
    template : str
        The file: what is filled into ``.html`` and ``.svg`` is escaped unless the template says
        ``safe``.
    **values
        What it shows.

    Raises
    ------
    jinja2.UndefinedError
        The template shows something that is not given.
    ImportError
        Jinja2 is not installed; the extra ``report`` brings it.
    """
    return str(_environment(package).get_template(template).render(values))
