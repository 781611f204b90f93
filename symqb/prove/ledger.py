"""The ledger: each theorem with its verdict, from its certificate and the checker alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symqb.certify import check, load
from symqb.prove.builder import NotFound, Record
from symqb.prove.theorems.registry import THEOREMS, Entry

ALL = "all parameters of the statement"
PROOFS = Path(__file__).resolve().parents[2] / "proofs"


@dataclass(frozen=True)
class Verdict:
    """A line of the ledger.

    Attributes
    ----------
    name, statement : str
        The theorem's name, and what it says in a line; the certificate says it in full.
    verdict : str
        "proved", "refuted" or "inconclusive".
    scope : str
        All parameters of the statement, or an explicit box.
    assumes : tuple of str
        What the checker took for granted.
    certificate : str
        Where the certificate lies, or "search" if it was found anew.
    seconds : float
        Time to find (if it was) and check it.
    reason : str
        Why the verdict is inconclusive; empty otherwise.
    """

    name: str
    statement: str
    verdict: str
    scope: str
    assumes: tuple[str, ...]
    certificate: str
    seconds: float
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The line as a JSON object."""
        return asdict(self) | {"assumes": list(self.assumes)}


def names() -> list[str]:
    """The names of all theorems of the ledger, in order."""
    from symqb.prove.boxes import BOXES

    return [*THEOREMS, *BOXES]


def prove(
    names: Iterable[str] | None = None, *, search: bool = False, proofs: Path = PROOFS
) -> list[Verdict]:
    """Verdicts on theorems: certificates are read, or searched for, and always checked.

    Parameters
    ----------
    names : iterable of str, optional
        Theorems by name, or folders such as "T3"; all of them if left out.
    search : bool
        Find every certificate anew instead of reading the shipped one.
    proofs : Path
        Where shipped certificates lie.

    Returns
    -------
    list of Verdict
        In the order of the registry.  A certificate that is refused, that is for another
        statement or that was not found gives "inconclusive" with the reason.

    Raises
    ------
    KeyError
        A name that no theorem and no folder has.

    Examples
    --------
    >>> [line.verdict for line in prove(["T2", "T2_step"])]
    ['proved', 'proved']
    """
    lines: list[Verdict] = []
    for name, line in _selected(names).items():
        start = time.perf_counter()
        if name in THEOREMS:
            lines.append(_judge(THEOREMS[name], search, proofs, start))
        else:
            lines += line(search, proofs)
    return lines


def _selected(names: Iterable[str] | None) -> dict[str, Callable[[bool, Path], list[Verdict]]]:
    from symqb.prove.boxes import BOXES, box_verdict

    def coq(search: bool, proofs: Path) -> list[Verdict]:
        from symqb.prove.coq import coq_results  # type: ignore[import-not-found, unused-ignore]

        return [Verdict(**_fields(line)) for line in coq_results()]

    known: dict[str, Any] = dict.fromkeys(THEOREMS, None)
    known |= {name: (lambda s, p, n=name: [box_verdict(n, s, p)]) for name in BOXES}
    if (Path(__file__).parent / "coq.py").exists():
        known["coq"] = coq
    if names is None:
        return known
    chosen: dict[str, Any] = {}
    for wanted in names:
        found = [n for n in known if n == wanted] or [
            n for n, e in THEOREMS.items() if e.folder == wanted
        ] + [n for n in BOXES if n.split("_")[0] == wanted]
        if not found:
            raise KeyError(f"no theorem is called {wanted!r}; known: {', '.join(known)}")
        chosen |= {n: known[n] for n in found}
    return chosen


def _fields(line: Any) -> dict[str, Any]:
    record = (
        line
        if isinstance(line, dict)
        else {k: getattr(line, k) for k in Verdict.__annotations__ if hasattr(line, k)}
    )
    return {
        k: tuple(v) if k == "assumes" else v
        for k, v in record.items()
        if k in Verdict.__annotations__
    }


def _judge(entry: Entry, search: bool, proofs: Path, start: float) -> Verdict:
    path = proofs / entry.path
    shipped = path.is_file() and not search
    assumes: tuple[str, ...] = ()
    verdict, reason = "inconclusive", ""
    try:
        found = check(path if shipped else entry.make(), entry.statement())
        if found.verdict == "refused":
            reason = found.reason
        else:
            verdict, assumes = found.verdict, found.assumes
    except NotFound as error:
        reason = str(error)
    where = f"proofs/{entry.path}" if shipped else "search"
    seconds = time.perf_counter() - start
    return Verdict(entry.name, entry.title, verdict, ALL, assumes, where, seconds, reason)


def write(names: Iterable[str] | None = None, proofs: Path = PROOFS) -> list[Path]:
    """Search for certificates and write them where they are shipped; returns the paths."""
    written = []
    for name in names or THEOREMS:
        entry = THEOREMS[name]
        path = proofs / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(entry.make()), encoding="utf-8")
        written.append(path)
    return written


def text(certificate: Record) -> str:
    """A certificate as it is shipped: one step a line."""
    lines = ["{"]
    parts = [f'"format": {json.dumps(certificate["format"])}']
    lemmas = ",\n".join(_theorem_text(lemma) for lemma in certificate["lemmas"])
    parts.append(f'"lemmas": [\n{lemmas}\n]' if lemmas else '"lemmas": []')
    parts.append(f'"statement": {json.dumps(certificate["statement"], indent=1)}')
    for key in ("consistent", "refutation"):
        if key in certificate:
            body = dict(certificate[key])
            steps = _steps_text(body.pop("steps"))
            rest = json.dumps(body, indent=1)[1:].lstrip()
            parts.append(f'"{key}": {{"steps": {steps},\n{rest}')
    if "proof" in certificate:
        parts.append(f'"proof": {_steps_text(certificate["proof"])}')
    return "\n".join([*lines, ",\n".join(parts), "}"]) + "\n"


def _theorem_text(theorem: Record) -> str:
    statement = json.dumps(theorem["statement"])
    return f'{{"statement": {statement},\n"proof": {_steps_text(theorem["proof"])}}}'


def _steps_text(steps: list[Record]) -> str:
    return "[\n" + ",\n".join(json.dumps(step) for step in steps) + "\n]" if steps else "[]"
