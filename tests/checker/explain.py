"""In what an accepted mutant differs: every fact and every image the checker met, compared."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest import mock

from symqb.certify.checker import Checker, Context, Fact
from symqb.prove.builder import write

Entry = tuple[str, str]


class Recorder(Checker):
    """Keeps what each name of a lemma or of a statement becomes."""

    def __init__(self, seen: list[Entry]) -> None:
        super().__init__()
        self.seen = seen

    def instantiate(self, statement: Any, record: Any, context: Context) -> Any:
        images = super().instantiate(statement, record, context)
        self.seen += [(f"{statement.name}.{k}", write(v)) for k, v in sorted(images.items())]
        return images


def trace(certificate: Any) -> list[Entry]:
    """All facts in the order they are shown, whatever they are called, and all images."""
    seen: list[Entry] = []
    add = Context.add

    def recording(self: Context, name: Any, fact: Fact) -> None:
        add(self, name, fact)
        seen.append(("fact", f"{write(fact.polynomial)} {fact.relation} 0"))

    with mock.patch.object(Context, "add", recording):
        Recorder(seen).certificate(certificate)
    return seen


def difference(certificate: Any, mutant: Any) -> str:
    """One line: the same facts; the same in another order; fewer; or which ones are others."""
    before, after = trace(certificate), trace(mutant)
    if before == after:
        return "same: every fact and image is the same"
    old, new = Counter(before), Counter(after)
    if old == new:
        return "order: the same facts and images in another order"
    lost, won = list((old - new).elements()), list((new - old).elements())
    if not won:
        return f"fewer: does without {len(lost)} of the facts and images"
    first = f"{short(won[0])} for {short(lost[0])}" if lost else f"{short(won[0])} besides"
    more = f", and {len(won) - 1} that follow" if len(won) > 1 else ""
    return f"other: {first}{more}"


def short(entry: Entry) -> str:
    kind, text = entry
    shown = text if len(text) <= 70 else f"{text[:45]} ... {text[-20:]}"
    return shown if kind == "fact" else f"{kind} = {shown}"


def place(certificate: Any, mutant: Any, site: tuple[Any, ...]) -> str:
    """Where the change is, and for a text what it was and has become."""
    where = "/".join(map(str, site[1]))
    if site[0] != "text":
        return f"{site[0]} at {where}/{site[2]}"
    old, new = certificate, mutant
    for key in site[1]:
        old, new = old[key], new[key]
    start = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
    low = max(start - 12, 0)
    return f"{site[0]} at {where}: '{old[low : start + 16]}' to '{new[low : start + 16]}'"
