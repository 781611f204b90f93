"""A theorem's statement in full, as its certificate holds it, in words and lines."""

from __future__ import annotations

import json
from collections.abc import Mapping

from symqb.certify.checker import listed, table


def formal_statement(statement: Mapping[str, object]) -> str:
    """The statement that the checker compares and checks: for all, if, then, where.

    Parameters
    ----------
    statement : mapping
        ``variables``, ``definitions``, ``hypotheses`` and ``conclusions`` of a certificate.

    Returns
    -------
    str
        Lines; a definition reads ``name = expression``, a quotient ``numerator / denominator``.

    Raises
    ------
    KeyError
        One of the four is missing.

    Examples
    --------
    >>> print(formal_statement({
    ...     "variables": ["t"],
    ...     "definitions": [{"name": "X", "exp": "t"}, {"name": "n", "over": ["1", "X - 1"]}],
    ...     "hypotheses": {"t": "t > 0"},
    ...     "conclusions": {"above": "X > 1", "positive": "n > 0"},
    ... }))
    for all real t
    if      t > 0
    then    X > 1
            n > 0
    where   X = exp(t)
            n = 1 / (X - 1)
    """
    definitions = map(table, listed(statement["definitions"]))
    groups = (
        ("if", list(table(statement["hypotheses"]).values())),
        ("then", list(table(statement["conclusions"]).values())),
        (
            "where",
            [f"{d['name']} = {_meaning(d)}" for d in definitions],
        ),
    )
    lines = [f"for all real {', '.join(map(str, listed(statement['variables'])))}"]
    for word, members in groups:
        lines += [f"{word if not k else '':8}{text}" for k, text in enumerate(members)]
    return "\n".join(lines)


def _meaning(definition: Mapping[str, object]) -> str:
    if "is" in definition:
        return str(definition["is"])
    if "over" in definition:
        numerator, denominator = map(str, listed(definition["over"]))
        return numerator if denominator == "1" else f"{_term(numerator)} / {_term(denominator)}"
    if "exp" in definition:
        return f"exp({definition['exp']})"
    return json.dumps({key: value for key, value in definition.items() if key != "name"})


def _term(text: str) -> str:
    """A text as part of a quotient: a name or a number stands alone."""
    return text if text.isidentifier() or text.isdigit() else f"({text})"
