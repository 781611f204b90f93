"""Formulas as MathML, which browsers set without a script or a font of their own."""

from __future__ import annotations

import re
from html import escape
from xml.etree import ElementTree

from symqb.models.errors import NoClosedFormError
from symqb.models.extras import need

# angles that latex2mathml takes for names, and bars, which browsers would space as relations
FENCES = {
    "<mi>&#x027E8;</mi>": '<mo form="prefix" stretchy="false">&#x027E8;</mo>',
    "<mi>&#x027E9;</mi>": '<mo form="postfix" stretchy="false">&#x027E9;</mo>',
    '<mo stretchy="false">&#x0007C;</mo>': '<mo form="prefix" stretchy="false">|</mo>',
    "<mo>&#x0007C;</mo>": '<mo form="prefix" stretchy="false">|</mo>',
    # braces of a chosen size
    ">\\{<": ">{<",
    ">\\}<": ">}<",
}
# a sign that follows one of = < > <= >= != -> , ( [ { belongs to the term after it
SIGN = re.compile(
    r"(?<=>)(=|&#x0003D;|&#x0003C;|&#x0003E;|&#x02264;|&#x02265;|&#x02260;|&#x02192;|,|&#x0002C;"
    r"|\(|&#x00028;|\[|&#x0005B;|\{|&#x0007B;)</mo><mo>(?=(?:&#x0002B;|&#x02212;)</mo>)"
)
PARTS = {
    "mfrac": 2,
    "mroot": 2,
    "msub": 2,
    "msup": 2,
    "munder": 2,
    "mover": 2,
    "msubsup": 3,
    "munderover": 3,
}
"""How many parts an element has; latex2mathml leaves out one that the LaTeX lacks."""


def mathml(latex: str, *, displayed: bool = False) -> str:
    r"""A formula as one ``math`` element.

    Parameters
    ----------
    latex : str
        The formula, without dollars.
    displayed : bool
        On a line of its own.

    Returns
    -------
    str
        Well-formed MathML of the part that browsers share, MathML Core.

    Raises
    ------
    NoClosedFormError
        Something in the formula has no MathML, or none that browsers set as TeX would.
    ImportError
        latex2mathml is not installed; the extra ``report`` brings it.

    Examples
    --------
    >>> from xml.etree.ElementTree import fromstring
    >>> [part.text for part in fromstring(mathml(r"B_0 < J")).iter() if part.text]
    ['B', '0', '<', 'J']
    >>> mathml(r"\nosuchcommand")
    Traceback (most recent call last):
    ...
    symqb.models.errors.NoClosedFormError: '\\nosuchcommand' has no MathML, for \nosuchcommand; ...
    """
    converter = need("latex2mathml.converter", "a formula as MathML")
    try:
        # it knows one of two environments that are set alike
        known = latex.replace("{aligned}", "{align*}")
        markup = str(converter.convert(known, display="block" if displayed else "inline"))
        for wrong, right in FENCES.items():
            markup = markup.replace(wrong, right)
        markup = SIGN.sub(r'\1</mo><mo form="prefix">', markup)
        fault = _fault(latex, markup)
    except Exception as error:  # its errors have no base of their own
        fault = type(error).__name__
    if fault:
        raise NoClosedFormError(
            f"{latex!r} has no MathML, for {fault}; write the formula another way"
        )
    return markup


def _fault(latex: str, markup: str) -> str | None:
    """What in converted LaTeX a browser would not show as meant; latex2mathml passes it over."""
    try:
        tree = ElementTree.fromstring(markup)
    except ElementTree.ParseError:
        return "an & or < outside a table or a command"
    tables = 0
    for element in tree.iter():
        name = element.tag.rpartition("}")[2]
        tables += name == "mtable"
        unknown = re.search(r"\\(?:[A-Za-z]+|.)", element.text or "")
        if unknown:
            return unknown[0]
        if PARTS.get(name, len(element)) != len(element):
            return f"an {name} with {len(element)} parts"
        if element.get("linebreak"):
            return r"\\ outside a table"
        if element.get("mathvariant", "normal") != "normal":
            return f"letters that are {element.get('mathvariant')} and no characters of their own"
    return "an unknown environment" if latex.count(r"\begin{") > tables else None


def formula(latex: str, *, displayed: bool = False) -> str:
    """A formula inside HTML: MathML where latex2mathml (extra ``report``) is installed.

    Every browser shows MathML; without it, or where it has no word for something, the formula stays
    LaTeX between dollars, which notebooks typeset inside HTML, most of them.
    """
    try:
        return mathml(latex, displayed=displayed)
    except (ImportError, NoClosedFormError):
        return f"${escape(latex)}$"
