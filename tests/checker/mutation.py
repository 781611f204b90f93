"""Small changes to a certificate: a number, a name, a relation, a sign, an item."""

from __future__ import annotations

import copy
import re
from typing import Any

NUMBER = re.compile(r"[0-9]+(?:/[0-9]+)?")
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
SIGN = re.compile(r">=|<=|>|<|=|[-+*]")
OTHER_SIGN = {
    ">=": ">",
    ">": ">=",
    "=": ">=",
    "<=": "<",
    "<": "<=",
    "+": "-",
    "-": "+",
    "*": "+",
}
OPEN = {"hypotheses", "conclusions", "with", "given", "gives"}  # objects with names for keys


def sites(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place a change can be made: strings, lists that can lose an item, and name keys."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, str):
        found += [
            ("text", path, kind, k)
            for kind, pattern in (("number", NUMBER), ("word", WORD), ("sign", SIGN))
            for k in range(len(pattern.findall(value)))
        ]
    elif isinstance(value, list):
        found += [("drop", path, k) for k in range(len(value))]
        found += [("swap", path, k) for k in range(len(value) - 1)]
        for k, item in enumerate(value):
            found += sites(item, (*path, k))
    elif isinstance(value, dict):
        if path and path[-1] in OPEN:
            found += [("key", path, key) for key in value]
            found += [("lose", path, key) for key in value]
        for key, item in value.items():
            found += sites(item, (*path, key))
    return found


def names(value: Any) -> list[str]:
    """Every word that occurs in the certificate."""
    found: set[str] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            found |= set(WORD.findall(item))
        elif isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            todo += item
    return sorted(found)


def mutate(certificate: Any, site: tuple[Any, ...], choice: int, pool: list[str]) -> Any | None:
    """The certificate with the site changed, or None if the change would be none."""
    mutant = copy.deepcopy(certificate)
    kind, path = site[0], site[1]
    place = mutant
    for key in path if kind != "text" else path[:-1]:
        place = place[key]
    if kind == "text":
        old = place[path[-1]]
        new = changed(old, site[2], site[3], choice, pool)
        place[path[-1]] = new
        return None if new == old else mutant
    if kind == "drop":
        del place[site[2]]
    elif kind == "swap":
        k = site[2]
        if place[k] == place[k + 1]:
            return None
        place[k], place[k + 1] = place[k + 1], place[k]
    elif kind == "lose":
        del place[site[2]]
    else:
        new = pool[choice % len(pool)]
        if new in place:
            return None
        items = [(new if key == site[2] else key, value) for key, value in place.items()]
        place.clear()
        place.update(items)
    return mutant


def changed(text: str, kind: str, index: int, choice: int, pool: list[str]) -> str:
    pattern = {"number": NUMBER, "word": WORD, "sign": SIGN}[kind]
    match = list(pattern.finditer(text))[index]
    old = match.group()
    if kind == "number":
        top, _, bottom = old.partition("/")
        new = [
            str(int(top) + 1) + (f"/{bottom}" if bottom else ""),
            f"{top}/{int(bottom or 1) + 1}",
            str(max(int(top) - 1, 0)) + (f"/{bottom}" if bottom else ""),
            "0",
            f"{top}/0",
            "99999999999999999999",
        ][choice % 6]
    elif kind == "word":
        new = pool[choice % len(pool)]
    else:
        new = OTHER_SIGN[old]
    return text[: match.start()] + new + text[match.end() :]
