"""Names that are safe in a target language."""

from __future__ import annotations

import keyword
from collections.abc import Iterable

C_KEYWORDS = frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef
    union unsigned void volatile while _Bool _Complex _Imaginary asm typeof fortran near far
    linux unix fabs sqrt log expm1 memcpy DBL_MAX uint64_t size_t in out base i lanes bad zero
    unknown trouble general quick main y0 y1 yn j0 j1 jn gamma signgam errno NULL EOF
    """.split()  # noqa: SIM905  # a list of words reads as one
)

JAVASCRIPT_KEYWORDS = frozenset(
    """
    await break case catch class const continue debugger default delete do else enum export
    extends false finally for function if implements import in instanceof interface let new
    null package private protected public return static super switch this throw true try
    typeof var void while with yield arguments eval undefined NaN Infinity Math Object Array
    Error Float64Array values result evaluate OUTPUTS PARAMETERS LEVELS RULES
    """.split()  # noqa: SIM905  # a list of words reads as one
)

PYTHON_KEYWORDS = frozenset({*keyword.kwlist, *keyword.softkwlist})


def unique_names(names: Iterable[str], reserved: Iterable[str]) -> dict[str, str]:
    """Each name, with underscores appended until it is neither reserved nor taken.

    Examples
    --------
    >>> unique_names(["int", "int_", "x"], C_KEYWORDS)
    {'int': 'int__', 'int_': 'int_', 'x': 'x'}
    """
    names = list(names)
    taken = {*reserved, *names}
    chosen: dict[str, str] = {}
    for name in names:
        fresh = name
        if name in reserved or not name.isascii():
            fresh = "".join(c if c.isascii() else f"u{ord(c):x}" for c in name)
            while fresh in taken:
                fresh += "_"
            taken.add(fresh)
        chosen[name] = fresh
    return chosen
