"""Checking numbers quickly: one generated function for the parameters of one emitted function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from symqb.models.parameters import LARGEST_MAGNITUDE, SMALLEST_TEMPERATURE

Values = tuple[float, ...]


def _conditions(k: int, *, temperature: bool, positive: bool) -> str:
    """What a float ``v<k>`` must satisfy; false for NaN."""
    least = "0.0" if temperature or positive else repr(-LARGEST_MAGNITUDE)
    below = "<" if positive else "<="
    bounded = f"{least} {below} v{k} <= {LARGEST_MAGNITUDE!r}"
    if temperature:
        return f"{bounded} and (v{k} >= {SMALLEST_TEMPERATURE!r} or v{k} == 0.0)"
    return bounded


def number_check(
    names: Iterable[str], temperatures: Iterable[str], kappa: str | None
) -> Callable[[Mapping[str, Any]], Values | None]:
    """A function from parameters to floats in order, or to None unless all is plainly well.

    It accepts floats and integers in their domains under exactly the known names; ``kappa`` may be
    left out.  What it does not accept is looked at again, slowly, by the checks with messages.

    Examples
    --------
    >>> check = number_check(("T", "kappa"), ("T",), "kappa")
    >>> check({"T": 2}), check({"T": 1.0, "kappa": 3.0})
    ((2.0, 1.0), (1.0, 3.0))
    >>> [check(p) for p in ({"T": -1.0}, {"T": 1.0, "x": 1.0}, {"T": True}, {"T": float("nan")})]
    [None, None, None, None]
    """
    names, cold = tuple(names), frozenset(temperatures)
    lines = ["count = len(p)"]
    for k, name in enumerate(names):
        if name == kappa:
            lines += [f"v{k} = p.get({name!r})", f"if v{k} is None and {name!r} not in p:"]
            lines += [f"    v{k} = 1.0", "    count += 1"]
        else:
            lines.append(f"v{k} = p[{name!r}]")
        lines += [f"if type(v{k}) is not float:", f"    if type(v{k}) is not int: return None"]
        lines += [
            f"    if not -{LARGEST_MAGNITUDE!r} <= v{k} <= {LARGEST_MAGNITUDE!r}: return None"
        ]
        lines += [f"    v{k} = float(v{k})"]
    tests = [
        _conditions(k, temperature=name in cold, positive=name == kappa)
        for k, name in enumerate(names)
    ]
    lines.append(f"if count != {len(names)} or not ({' and '.join(tests)}): return None")
    lines.append(f"return ({''.join(f'v{k}, ' for k in range(len(names)))})")
    body = "\n        ".join(lines)
    source = f"def check(p):\n    try:\n        {body}\n    except KeyError:\n        return None\n"
    namespace: dict[str, Any] = {}
    exec(compile(source, "<symqb check>", "exec"), namespace)
    check: Callable[[Mapping[str, Any]], Values | None] = namespace["check"]
    return check
