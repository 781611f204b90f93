"""Statements on explicit boxes of parameters, by branch and bound in ball arithmetic.

A statement says of a box whether it is shown there, and if not, in which variable to halve the
box: for :class:`BoxStatement` that every output of a straight-line program is positive.  Its
certificate is the tree of boxes: in prefix order, a digit is the variable that a box is halved
in and a dot is a box on which the statement is shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol, TypeVar

from flint import arb

from symqb.models.plain_data import JsonObject
from symqb.program import Program, run
from symqb.program.core import flatten
from symqb.prove.balls import Jet, Jets, NotFinite, ball, exactly, mean_value, positive

FORMAT = "symqb-boxes-1"
PARTS = 8  # open boxes for each worker before they are shared out
DEEPEST = 400  # halvings of one box: more would need numbers of any length
UNDECIDED = -1  # what a question answers about a box that no halving will decide
Box = tuple[tuple[Fraction, Fraction], ...]


class Question(Protocol):
    """What branch and bound can be run on."""

    @property
    def root(self) -> Box: ...
    def decide(self, box: Box) -> int | None:
        """None if it is decided on the box, else the variable to halve, or ``UNDECIDED``."""


class Statement(Question, Protocol):
    """What can be shown by a tree of boxes: a question with a name, decided where it is shown."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def scope(self) -> str: ...
    def to_json(self) -> JsonObject: ...


@dataclass(frozen=True)
class BoxStatement:
    """Every output of a program is positive at every point of a box.

    Parameters
    ----------
    name : str
        Its name.
    title : str
        What it says, in a line.
    program : Program
        Inputs are the variables of the box; every output is claimed positive.
    box : mapping
        Variable to (low, high), rational.
    """

    name: str
    title: str
    program: Program
    box: Mapping[str, tuple[Fraction, Fraction]] = field(hash=False)

    def __post_init__(self) -> None:
        if tuple(self.box) != self.program.inputs:
            raise ValueError(
                f"the box has {list(self.box)}, the program takes {list(self.program.inputs)}"
            )
        if not any(map(flatten, self.program.outputs.values())):
            raise ValueError("the program has no output, so nothing is claimed")
        for variable, (low, high) in self.box.items():
            if not low <= high:
                raise ValueError(f"{variable} from {low} to {high} is no interval")

    @property
    def root(self) -> Box:
        return tuple(self.box.values())

    @property
    def scope(self) -> str:
        return ", ".join(f"{v} in [{low}, {high}]" for v, (low, high) in self.box.items())

    def decide(self, box: Box) -> int | None:
        """None if every output is positive on the box, else the variable to halve it in."""
        return decide(self.program, box)

    def to_json(self) -> JsonObject:
        """The statement as a JSON object; the program is named by its digest."""
        return {
            "name": self.name,
            "box": {v: [str(low), str(high)] for v, (low, high) in self.box.items()},
            "program": self.program.digest,
        }


def evaluate(program: Program, box: Box, slopes: bool) -> list[Jet]:
    """Every output of the program on a box, as jets."""
    jets = Jets(len(box) if slopes else 0)
    values = {
        name: jets.variable(k, ball(*side))
        for k, (name, side) in enumerate(zip(program.inputs, box, strict=True))
    }
    outputs = run(program, jets, values)
    return [jet for out in outputs.values() for jet in (out if isinstance(out, list) else [out])]


def decide(program: Program, box: Box) -> int | None:
    """None if every output is positive on the box, else the variable to halve it in."""
    widest = max(range(len(box)), key=lambda k: box[k][1] - box[k][0])
    try:
        jets = evaluate(program, box, slopes=True)
        if all(positive(jet.value) for jet in jets):
            return None
        middle = tuple(((low + high) / 2,) * 2 for low, high in box)
        centres = evaluate(program, middle, slopes=False)
    except NotFinite:
        return widest
    radii = [exactly((high - low) / 2) * arb(0, 1) for low, high in box]
    blame, decided = [0.0] * len(box), True
    for jet, centre in zip(jets, centres, strict=True):
        if positive(jet.value) or positive(mean_value(centre.value, jet.slopes, radii)):
            continue
        decided = False
        for k, (slope, radius) in enumerate(zip(jet.slopes, radii, strict=True)):
            blame[k] = max(blame[k], float(abs(slope * radius).upper()))
    if decided:
        return None
    finite = [b if b < float("inf") else 0.0 for b in blame]
    return max(range(len(box)), key=lambda k: finite[k]) if any(finite) else widest


def halves(box: Box, k: int) -> tuple[Box, Box]:
    """The two halves of a box along one variable."""
    low, high = box[k]
    middle = (low + high) / 2
    left = (*box[:k], (low, middle), *box[k + 1 :])
    return left, (*box[:k], (middle, high), *box[k + 1 :])


def subtree(task: tuple[Question, Box, int]) -> str:
    """Branch and bound from one box; question marks remain after so many boxes."""
    question, root, limit = task
    found: list[str] = []
    stack = [root]
    while stack:
        box = stack.pop()
        chosen = question.decide(box) if len(found) < limit else UNDECIDED
        if chosen is None:
            found.append(".")
        elif chosen < 0 or box[chosen][0] == box[chosen][1]:
            found.append("?")  # not looked at, or given up, or a point
        else:
            found.append(str(chosen))
            stack += halves(box, chosen)[::-1]
    return "".join(found)


def open_boxes(root: Box, tree: str) -> list[Box]:
    """The boxes of a tree that bear a question mark, in order."""
    return [box for box, mark in marked(root, tree) if mark == "?"]


def splice(tree: str, parts: Iterable[str]) -> str:
    """The tree with its question marks replaced, in order."""
    rest = iter(parts)
    return "".join(next(rest) if mark == "?" else mark for mark in tree)


@dataclass
class Search:
    """Branch and bound from a box, or from what an earlier run left.

    Parameters
    ----------
    question : Question
        What is to be decided on every box, such as a statement.
    tree : str
        Where to start; question marks are boxes not yet decided.
    limit : int
        Boxes to look at, at most (one more for each that is shared out).
    progress : callable, optional
        Told the boxes looked at and those open, after each part.
    workers : int
        Processes among which open boxes are shared; the tree found is the same.
    save : callable, optional
        Given the tree after each part, so that nothing is lost when the search is interrupted.
    """

    question: Question
    tree: str = "?"
    limit: int = 200_000
    progress: Callable[[int, int], None] | None = None
    workers: int = 1
    save: Callable[[str], None] | None = None

    def run(self) -> str:
        """The tree; question marks remain where the limit was reached."""
        start, before = len(self.tree), ""
        with each(self.workers) as apply:
            while "?" in self.tree and self.tree != before and len(self.tree) - start < self.limit:
                before = self.tree
                self.round(apply, self.limit - (len(self.tree) - start))
        return self.tree

    def round(self, apply: Callable[..., Iterator[str]], left: int) -> None:
        """Work on every open box, on each for its share; few are halved first."""
        boxes = open_boxes(self.question.root, self.tree)
        few = len(boxes) < PARTS * self.workers
        share = 1 if few else max(1, left // len(boxes))
        boxes = boxes[:left]
        parts, rest = list[str](), self.tree
        for part in apply(subtree, [(self.question, box, share) for box in boxes]):
            parts.append(part)
            waiting = ["?"] * (rest.count("?") - len(parts))
            self.tree = splice(rest, [*parts, *waiting])
            if self.save is not None:
                self.save(self.tree)
            if self.progress is not None:
                self.progress(len(self.tree), self.tree.count("?"))


def marked(root: Box, tree: str) -> Iterator[tuple[Box, str]]:
    """The boxes of a tree that are not halved, each with its mark; an ill-formed one is refused."""
    stack = [(root, 0)]
    for mark in tree:
        if not stack:
            raise ValueError("the tree goes on after its last box")
        box, depth = stack.pop()
        if mark in "0123456789" and int(mark) < len(root):
            if depth == DEEPEST:
                raise ValueError(f"a box of the tree is halved more than {DEEPEST} times")
            stack += [(half, depth + 1) for half in halves(box, int(mark))[::-1]]
        else:
            yield box, mark
    if stack:
        raise ValueError(f"{len(stack)} boxes of the tree are missing")


def leaves(root: Box, tree: str) -> Iterator[Box]:
    """The leaves of a complete tree; anything else about it is an error."""
    for box, mark in marked(root, tree):
        if mark != ".":
            raise ValueError(f"{mark!r} is not a mark of a complete tree")
        yield box


@dataclass(frozen=True)
class BoxVerdict:
    """What checking a tree of boxes found."""

    verdict: str
    reason: str
    boxes: int = 0


def _first_failure(task: tuple[Statement, list[Box]]) -> Box | None:
    """The first box on which the statement is not shown."""
    statement, boxes = task
    return next((box for box in boxes if statement.decide(box) is not None), None)


def check_boxes(
    certificate: Mapping[str, object], statement: Statement, workers: int = 1
) -> BoxVerdict:
    """Check a tree of boxes: it covers the box, and the statement is shown on every leaf.

    Parameters
    ----------
    certificate : mapping
        As :func:`certify_boxes` makes it.
    statement : Statement
        What it must be a certificate of, program and box included.
    workers : int
        Processes to share the leaves among.

    Returns
    -------
    BoxVerdict
        "proved", or "inconclusive" with the reason.
    """
    if certificate.get("format") != FORMAT:
        return BoxVerdict("inconclusive", f"the format is not {FORMAT}")
    if certificate.get("statement") != statement.to_json():
        return BoxVerdict("inconclusive", "the certificate is for another statement")
    try:
        boxes = list(leaves(statement.root, str(certificate.get("tree", ""))))
    except ValueError as error:
        return BoxVerdict("inconclusive", str(error))
    tasks = [(statement, boxes[k::workers]) for k in range(workers)]
    with each(workers) as apply:
        failures = list(apply(_first_failure, tasks))
    failed = next((box for box in failures if box is not None), None)
    if failed is not None:
        sides = ", ".join(f"[{low}, {high}]" for low, high in failed)
        return BoxVerdict("inconclusive", f"not shown on {sides}" if sides else "not shown")
    return BoxVerdict("proved", f"shown on each of {len(boxes)} boxes", len(boxes))


S = TypeVar("S")
T = TypeVar("T")


class Mapped(Protocol):
    """A map: results come in the order of the tasks."""

    def __call__(self, function: Callable[[S], T], tasks: Iterable[S], /) -> Iterator[T]: ...


@contextmanager
def each(workers: int) -> Iterator[Mapped]:
    """A map in this process, or shared among some; results come in order."""
    if workers == 1:
        yield map
        return
    # spawned, not forked: a fork copies the locks of other libraries' threads
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield pool.map


def certify_boxes(
    statement: Statement,
    *,
    path: Path | None = None,
    limit: int = 200_000,
    progress: Callable[[int, int], None] | None = None,
    workers: int = 1,
) -> JsonObject:
    """Search for a tree of boxes.

    Parameters
    ----------
    statement : Statement
        What is to be shown.
    path : Path, optional
        Go on from what lies there, and save to it after each part.
    limit, progress, workers
        As for :class:`Search`.

    Returns
    -------
    dict
        The certificate; question marks in its tree are boxes that stayed open.
    """

    def certificate(tree: str) -> JsonObject:
        return {"format": FORMAT, "statement": statement.to_json(), "tree": tree}

    def save(tree: str) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(path.name + ".new")
            new.write_text(json.dumps(certificate(tree), indent=1) + "\n")
            new.replace(path)

    tree = "?"
    if path is not None and path.is_file():
        saved = json.loads(path.read_text())
        if saved.get("statement") == statement.to_json():
            tree = str(saved["tree"])
    found = Search(statement, tree, limit, progress, workers, save).run()
    save(found)
    return certificate(found)
