"""How wide a formula will be when it is set."""

from __future__ import annotations

import re

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&]|\s+|.", re.DOTALL)
NO_WIDTH = frozenset(
    r"""\left \right \bigl \bigr \big \displaystyle \mathrm \mathtt \text \dot \hat \bar \tilde
    \vec \acute \grave \ddot \breve \check \mathring \, \! &""".split()  # noqa: SIM905  # a list of words reads as one
)
WIDE = {
    r"\quad": 2.0,
    r"\sum": 2.0,
    r"\max": 3.0,
    r"\min": 3.0,
    r"\ln": 2.0,
    "=": 2.5,
    "+": 2.0,
    "-": 2.0,
}
SCRIPT = 0.7


def visible_width(latex: str) -> float:
    r"""How wide a formula will be, in characters, estimated from its tokens.

    Examples
    --------
    >>> visible_width(r"\alpha"), visible_width(r"\frac{a b c}{d}")
    (1.0, 3.0)
    """
    return _width(TOKEN.findall(latex))


def _group(tokens: list[str], start: int) -> tuple[list[str], int]:
    """The argument that starts at a position, and the position after it."""
    while start < len(tokens) and tokens[start].isspace():
        start += 1
    if start >= len(tokens) or tokens[start] != "{":
        return tokens[start : start + 1], start + 1
    depth, end = 0, start
    for end in range(start, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[end], 0)
        if depth == 0:
            break
    return tokens[start + 1 : end], end + 1


def _width(tokens: list[str]) -> float:
    total, scripts, k = 0.0, 0.0, 0
    while k < len(tokens):
        token = tokens[k]
        if token in ("^", "_"):
            inner, k = _group(tokens, k + 1)
            scripts = max(scripts, SCRIPT * _width(inner))
            continue
        if not token.isspace():
            total, scripts = total + scripts, 0.0
        if token == r"\frac":
            above, k = _group(tokens, k + 1)
            below, k = _group(tokens, k)
            total += max(_width(above), _width(below))
            continue
        if token in (r"\begin", r"\end"):
            _, k = _group(tokens, k + 1)
            continue
        total += _token_width(token)
        k += 1
    return total + scripts


def _token_width(token: str) -> float:
    if token.isspace() or token in "{}" or token in NO_WIDTH:
        return 0.0
    return WIDE.get(token, 1.0)
