"""The ledger: each theorem with its verdict, from its certificate and the checker alone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from symqb.certify import Refused, check, load
from symqb.certify.checker import table
from symqb.models.displays import Tabular
from symqb.models.plain_data import JsonObject
from symqb.prove import coq
from symqb.prove.boxes import certify_boxes, check_boxes
from symqb.prove.builder import NotFound, Record
from symqb.prove.shipped import PROOFS
from symqb.prove.theorems.registry import BALLS, BOXES, THEOREMS, Entry
from symqb.prove.thresholds import check_thresholds, threshold_table
from symqb.show.tables import Column

THRESHOLDS = {"T9": "two spins: where along epsilon in [0, 1] passivity first fails"}
ALL = "all parameters of the statement"
POINT = "the one point of the witness"


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
    seconds : float or None
        Time to find (if it was) and check it; None where it was checked together with others.
    reason : str
        Why the verdict is inconclusive; empty otherwise.
    witness : dict or None
        Where a refuted statement fails: each variable with its rational value, but for those that
        the others determine.
    violates : str
        The conclusion that fails there.
    """

    name: str
    statement: str
    verdict: str
    scope: str
    assumes: tuple[str, ...]
    certificate: str
    seconds: float | None
    reason: str = ""
    witness: dict[str, str] | None = None
    violates: str = ""

    def to_json(self) -> JsonObject:
        """The line as a JSON object."""
        return asdict(self) | {"assumes": list(self.assumes)}


class Ledger(Tabular, list[Verdict]):
    """Verdicts on theorems: a list that a notebook shows as a table."""

    def columns(self) -> list[Column]:
        """Name, verdict, statement, scope, assumptions, certificate, seconds and witness."""
        shown = (
            "name",
            "verdict",
            "statement",
            "scope",
            "assumes",
            "certificate",
            "seconds",
            "witness",
        )
        rows = [
            line.to_json()
            | {
                "assumes": "; ".join(line.assumes),
                "seconds": "" if line.seconds is None else line.seconds,
                "witness": point_text(line.witness),
            }
            for line in self
        ]
        return [Column(name, [row[name] for row in rows]) for name in shown]


def point_text(point: Mapping[str, str] | None) -> str:
    """A point in a line; nothing where there is none.

    Examples
    --------
    >>> point_text({"J": "1", "D": "-3/4"})
    'J = 1, D = -3/4'
    """
    return ", ".join(f"{name} = {value}" for name, value in (point or {}).items())


def names() -> list[str]:
    """The names of all theorems of the ledger, in order."""
    return [*THEOREMS, *BOXES, *THRESHOLDS]


def prove(
    names: Iterable[str] | None = None,
    *,
    search: bool = False,
    proofs: Path = PROOFS,
    workers: int = 1,
    notify: Callable[[str], object] | None = None,
) -> Ledger:
    """Verdicts on theorems: certificates are read, or searched for, and always checked.

    Parameters
    ----------
    names : iterable of str, optional
        Theorems by name, or folders such as "T3"; all of them if left out.
    search : bool
        Find every certificate anew instead of reading the shipped one.
    proofs : Path
        Where shipped certificates lie.
    workers : int
        Processes among which the boxes of one certificate are shared.
    notify : callable, optional
        Told what is being worked on, as it changes.

    Returns
    -------
    Ledger
        A list of :class:`Verdict`, in the order of the registry.  A certificate that is refused,
        that is for another statement or that was not found gives "inconclusive" with the reason.

    Raises
    ------
    KeyError
        A name that no theorem and no folder has.

    Examples
    --------
    >>> [line.verdict for line in prove(["T2", "T2_step"])]
    ['proved', 'proved']
    """
    lines = Ledger()
    tell = notify or (lambda _: None)
    for name in _selected(names):
        tell(name)
        if name in THEOREMS:
            lines.append(_judge(THEOREMS[name], search, proofs))
        elif name in BOXES:
            lines.append(_judge_boxes(name, search, proofs, workers, tell))
        elif name in THRESHOLDS:
            lines.append(_judge_threshold(name, search, proofs))
        else:
            lines += [Verdict(**asdict(result)) for result in coq.coq_results()]
    return lines


def _folder(name: str) -> str:
    """The folder under ``proofs/`` of a theorem, a statement on boxes or a table."""
    return THEOREMS[name].folder if name in THEOREMS else name.split("_")[0]


def _selected(names: Iterable[str] | None) -> list[str]:
    """Theorems by name or by folder."""
    known = [*THEOREMS, *BOXES, *THRESHOLDS, "coq"]
    if names is None:
        return known
    chosen: list[str] = []
    for wanted in names:
        found = [n for n in known if wanted in (n, _folder(n))]
        if not found:
            raise KeyError(f"no theorem is called {wanted!r}; known: {', '.join(known)}")
        chosen += found
    return list(dict.fromkeys(chosen))


def _judge_boxes(
    name: str, search: bool, proofs: Path, workers: int, tell: Callable[[str], object]
) -> Verdict:
    """Read or search for the tree of boxes, and check it."""
    start = time.perf_counter()
    statement = BOXES[name].statement()
    path = proofs / _folder(name) / f"{name}.json"
    if path.is_file() and not search:
        return _shipped(path, workers)

    def progress(boxes: int, left: int) -> None:
        tell(f"{name}: {boxes} boxes, {left} of them open")

    tree = certify_boxes(statement, workers=workers, progress=progress)
    found = check_boxes(tree, statement, workers)
    proved = found.verdict == "proved"
    assumes = BOXES[name].assumes if proved else ()
    seconds = time.perf_counter() - start
    reason = "" if proved else found.reason
    return Verdict(
        name, statement.title, found.verdict, statement.scope, assumes, "search", seconds, reason
    )


def _shipped(path: Path, workers: int = 1) -> Verdict:
    """The verdict on a shipped file, named as the ledger names it."""
    found = check_file(path, workers)
    if found is None:
        raise KeyError(f"{path.name} is not a certificate over boxes")
    return replace(found, certificate=f"proofs/{path.parent.name}/{path.name}")


def check_file(path: Path, workers: int = 1) -> Verdict | None:
    """The verdict on a shipped certificate over boxes, or ``None`` for any other file.

    Certificates over polynomials are for :func:`symqb.certify.check`, which needs no more than the
    standard library; boxes and thresholds are checked in ball arithmetic.
    """
    name, start = path.stem, time.perf_counter()
    if name in BOXES:
        statement = BOXES[name].statement()
        title, scope, assumes = statement.title, statement.scope, BOXES[name].assumes
    elif name in THRESHOLDS:
        title, scope, assumes = THRESHOLDS[name], "the points of the table", BALLS
    else:
        return None
    reason = _box_objection(name, path, workers)
    seconds = time.perf_counter() - start
    verdict, kept = ("inconclusive", ()) if reason else ("proved", assumes)
    return Verdict(name, title, verdict, scope, kept, str(path), seconds, reason)


def _box_objection(name: str, path: Path, workers: int) -> str:
    """Why a file does not prove the named statement on boxes; empty if it does."""
    try:
        certificate = load(path)
        if not isinstance(certificate, dict):
            return "the file does not hold a JSON object"
        if name in THRESHOLDS:
            return check_thresholds(certificate)
        found = check_boxes(certificate, BOXES[name].statement(), workers)
    except Refused as refusal:
        return str(refusal)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        return f"the certificate is malformed: {type(error).__name__}: {error}"
    return "" if found.verdict == "proved" else found.reason


def _judge_threshold(name: str, search: bool, proofs: Path) -> Verdict:
    """Read or search for the table of thresholds, and check it."""
    start = time.perf_counter()
    path = proofs / _folder(name) / f"{name}.json"
    if path.is_file() and not search:
        return _shipped(path)
    reason = check_thresholds(threshold_table())
    return Verdict(
        name,
        THRESHOLDS[name],
        "inconclusive" if reason else "proved",
        "the points of the table",
        () if reason else BALLS,
        "search",
        time.perf_counter() - start,
        reason,
    )


def _judge(entry: Entry, search: bool, proofs: Path) -> Verdict:
    start = time.perf_counter()
    path = proofs / entry.path
    shipped = path.is_file() and not search
    assumes: tuple[str, ...] = ()
    verdict, reason = "inconclusive", ""
    witness, violates = None, ""
    try:
        certificate: Record = table(load(path)) if shipped else entry.make()
        found = check(certificate, entry.statement())
        if found.verdict == "refused":
            reason = found.reason
        else:
            verdict, assumes = found.verdict, found.assumes
        if verdict == "refuted":
            witness, violates = _failure(certificate)
    except Refused as refusal:
        reason = f"{refusal.code}: {refusal}"
    except NotFound as error:
        reason = str(error)
    where = f"proofs/{entry.path}" if shipped else "search"
    seconds = time.perf_counter() - start
    return Verdict(
        entry.name,
        entry.title,
        verdict,
        POINT if witness else ALL,
        assumes,
        where,
        seconds,
        reason,
        witness,
        violates,
    )


def _failure(certificate: Record) -> tuple[dict[str, str], str]:
    """Where a checked refutation fails, variables that are no rational left out; and what fails."""
    statement, body = certificate["statement"], certificate["refutation"]
    point = {name: body["with"][name] for name in statement["variables"]}
    rational = {k: v for k, v in point.items() if re.fullmatch("-?[0-9]+(/[0-9]+)?", v)}
    return rational, statement["conclusions"][body["violates"]]


def write(names: Iterable[str] | None = None, proofs: Path = PROOFS) -> list[Path]:
    """Search for certificates and write them where they are shipped; returns the paths.

    Parameters
    ----------
    names : iterable of str, optional
        Theorems, statements on boxes or "T9"; every certificate if left out (minutes).
    proofs : Path
        The folder to write to.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    KeyError
        An unknown name.
    """
    written = []
    for name in names or [*THEOREMS, *BOXES, *THRESHOLDS]:
        path = proofs / _folder(name) / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in THEOREMS:
            path.write_text(text(THEOREMS[name].make()), encoding="utf-8")
        elif name in BOXES:
            certify_boxes(BOXES[name].statement(), path=path)
        else:
            path.write_text(json.dumps(threshold_table(), indent=1) + "\n", encoding="utf-8")
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
