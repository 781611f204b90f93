"""The theorems whose proofs Coq's kernel checks, checked on the spot.

`coq_results` compiles a temporary copy of ``proofs/coq``, each file read first for what could make
the kernel look away.  It then has Coq compare every statement of `symqb.prove.coq_statements` with
the theorem of that name, and lists what each rests on: any line but an axiom of Coq's real numbers
with its very type refuses.  Where this cannot be done the verdict is "not checked here", with the
reason.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from symqb.prove.coq_source import Forbidden, examine
from symqb.prove.coq_statements import HEADLINES, Headline
from symqb.prove.coq_syntax import Spelled
from symqb.prove.shipped import PROOFS

SOURCE = PROOFS / "coq"
CERTIFICATE = "proofs/coq/Headlines.v"

#: What Coq's own construction of the real numbers assumes, each with its type; a theorem may rest
#: on nothing else.
AXIOMS_OF_THE_REALS = {
    "ClassicalDedekindReals.sig_forall_dec": (
        "forall P : nat -> Prop, (forall n : nat, {P n} + {~ P n}) -> "
        "{n : nat | ~ P n} + {forall n : nat, P n}"
    ),
    "ClassicalDedekindReals.sig_not_dec": "forall P : Prop, {~ ~ P} + {~ P}",
    "FunctionalExtensionality.functional_extensionality_dep": (
        "forall (A : Type) (B : A -> Type) (f g : forall x : A, B x), "
        "(forall x : A, f x = g x) -> f = g"
    ),
}

_LIBRARY = "XXZ"
_CLOSED = "Closed under the global context"


@dataclass(frozen=True)
class CoqResult:
    """A headline theorem and what Coq said of it here and now.

    Attributes
    ----------
    name, statement : str
        The theorem's name in ``Headlines.v``, and what it says in a sentence.
    verdict : str
        "proved" if the files compiled, the theorem states what it should and rests on the axioms
        of Coq's real numbers alone; else "not checked here".
    scope : str
        For which parameters.
    assumes : tuple of str
        The axioms Coq lists; empty if it was not asked.
    certificate : str
        The file with the theorem.
    seconds : None
        One run checks all theorems together; none has a time of its own.
    reason : str
        Why it was not checked; empty otherwise.
    """

    name: str
    statement: str
    verdict: str
    scope: str
    assumes: tuple[str, ...]
    certificate: str
    seconds: None = None
    reason: str = ""


class NotChecked(Exception):
    """The Coq files could not be checked here; the message says why."""


def coq_results(source: Path = SOURCE, *, timeout: float = 600.0) -> list[CoqResult]:
    """Check the Coq proofs and report on each headline theorem.

    Parameters
    ----------
    source : Path
        The folder of the Coq files; they are copied, never written to.
    timeout : float
        Seconds after which one file's compilation is given up.

    Returns
    -------
    list of CoqResult
        In the order of `HEADLINES`.  Every verdict is "not checked here" where there is no
        ``coqc``, no such folder, a file that does not compile, or a statement that differs.
    """
    assumptions: dict[str, tuple[str, ...]] = {}
    problem = ""
    try:
        with tempfile.TemporaryDirectory(prefix="coq-") as folder:
            copy = Path(folder)
            compile_copy(source, copy, timeout=timeout)
            assumptions = link(copy, timeout=timeout)
    except NotChecked as error:
        problem = str(error)
    return [_result(line, assumptions.get(line.name), problem) for line in HEADLINES]


def _result(line: Headline, assumes: tuple[str, ...] | None, problem: str) -> CoqResult:
    reason = problem
    if not problem:
        extra = sorted(set(assumes) - AXIOMS_OF_THE_REALS.keys()) if assumes is not None else ["?"]
        reason = f"it rests on {', '.join(extra)}" if extra else ""
    verdict = "not checked here" if reason else "proved"
    return CoqResult(
        line.name, line.says, verdict, line.scope, assumes or (), CERTIFICATE, reason=reason
    )


def files(source: Path = SOURCE) -> list[str]:
    """The Coq files in the order in which they are compiled.

    Raises
    ------
    NotChecked
        ``_CoqProject`` holds more than our folder's name and the names of files in it.
    """
    first, *names = (source / "_CoqProject").read_text(encoding="utf-8").splitlines()
    names = [name for name in names if name]
    wrong = [name for name in names if not re.fullmatch(r"[A-Za-z]\w*\.v", name)]
    if first != f"-Q . {_LIBRARY}":
        wrong = [first, *wrong]
    if wrong:
        raise NotChecked(f"_CoqProject holds {wrong[0]!r}; it may name our files and nothing else")
    return names


def compile_copy(source: Path, copy: Path, *, timeout: float = 600.0) -> dict[str, float]:
    """Compile the Coq files in another folder.

    Parameters
    ----------
    source, copy : Path
        Where the files are, and the folder they are copied to and compiled in.
    timeout : float
        Seconds after which one file's compilation is given up.

    Returns
    -------
    dict
        Seconds per file, in order.

    Raises
    ------
    NotChecked
        No ``coqc``, no files, something admitted or assumed in them, or an error of Coq.
    """
    if shutil.which("coqc") is None:
        raise NotChecked("coqc is not installed; Debian's package coq has it")
    if not (source / "_CoqProject").is_file():
        raise NotChecked("the folder proofs/coq is not here; it comes with the source distribution")
    seconds: dict[str, float] = {}
    names = files(source)
    for number, name in enumerate(names):
        text = (source / name).read_text(encoding="utf-8")
        try:
            examine(text, _LIBRARY, names[:number])
        except Forbidden as error:
            raise NotChecked(f"{name}: {error}") from None
        (copy / name).write_text(text, encoding="utf-8")
        start = time.perf_counter()
        run_coqc(copy, name, timeout=timeout)
        seconds[name] = time.perf_counter() - start
    return seconds


def run_coqc(folder: Path, name: str, *, timeout: float = 600.0) -> str:
    """Compile one file in its folder; returns what Coq printed.

    Raises
    ------
    NotChecked
        Coq refused the file; the message is Coq's own.
    """
    command = ["coqc", "-q", "-Q", ".", _LIBRARY, name]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COQ")}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise NotChecked(f"{name} did not compile within {timeout:g} s") from error
    if done.returncode != 0:
        raise NotChecked(done.stderr.strip() or f"coqc left {name} with {done.returncode}")
    return done.stdout


def link_text(headlines: tuple[Headline, ...] = HEADLINES) -> str:
    """A Coq file that gives each theorem the statement Python has for it.

    The spelled-out statements are read before any file of the project is imported, so that every
    name in them is Coq's own.
    """
    spelled = [line for line in headlines if isinstance(line.statement, Spelled)]
    others = [line for line in headlines if not isinstance(line.statement, Spelled)]
    imports = " ".join(name.removesuffix(".v") for name in files() if name != "Headlines.v")
    return "\n".join(
        [
            "From Coq Require Import Reals List.",
            f"Require {_LIBRARY}.Headlines.",
            "Open Scope R_scope.",
            *(_link_one(line) for line in spelled),
            f"From {_LIBRARY} Require Import {imports}.",
            *(_link_one(line) for line in others),
        ]
    )


def _link_one(line: Headline) -> str:
    return f"Definition link_{line.name} :\n{line.coq}\n  := {_LIBRARY}.Headlines.{line.name}.\n"


def assumptions_text(headlines: tuple[Headline, ...]) -> str:
    """A Coq file that prints what each link rests on.

    It imports nothing, so that no notation of the project has a part in what is printed.
    """
    parts = (
        f'Goal True. idtac "theorem {line.name}". Abort.\n'
        f"Print Assumptions {_LIBRARY}.Link.link_{line.name}.\n"
        for line in headlines
    )
    return f"Require {_LIBRARY}.Link.\n{''.join(parts)}"


def link(
    copy: Path, headlines: tuple[Headline, ...] = HEADLINES, *, timeout: float = 600.0
) -> dict[str, tuple[str, ...]]:
    """Compare statements with the theorems compiled in a folder; returns the axioms of each.

    Raises
    ------
    NotChecked
        A theorem is missing or states something else.
    """
    (copy / "Link.v").write_text(link_text(headlines), encoding="utf-8")
    run_coqc(copy, "Link.v", timeout=timeout)
    (copy / "Printed.v").write_text(assumptions_text(headlines), encoding="utf-8")
    printed = run_coqc(copy, "Printed.v", timeout=timeout)
    parts = re.split(r"^theorem (\w+)\n", printed, flags=re.MULTILINE)
    found = {name: axioms(name, text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    wanted = [line.name for line in headlines]
    if parts[0].strip() or list(found) != wanted or len(parts) != 2 * len(wanted) + 1:
        raise NotChecked(f"Coq did not list what each theorem rests on, but {printed[:200]!r}")
    return found


def axioms(name: str, printed: str) -> tuple[str, ...]:
    """Read Coq's list of what a theorem rests on; an axiom of the reals must have its own type.

    Parameters
    ----------
    name : str
        The theorem.
    printed : str
        What ``Print Assumptions`` printed of it.

    Returns
    -------
    tuple of str
        The axioms, sorted; others than those of the reals too, by name.

    Raises
    ------
    NotChecked
        A line that is not an axiom with its type (something "is assumed to be guarded", say), or
        an axiom of the reals with another type.

    Examples
    --------
    >>> axioms("easy", "Closed under the global context")
    ()
    >>> axioms("false", "Axioms:\\nfalse is assumed to be guarded.")
    Traceback (most recent call last):
    symqb.prove.coq.NotChecked: false rests on 'false is assumed to be guarded.', ...
    """
    if printed.strip() == _CLOSED:
        return ()
    head, *rest = printed.rstrip().splitlines() or [""]
    entries: list[str] = []
    for line in rest:
        if line[:1].isspace() and entries:
            entries[-1] += f" {line.strip()}"
        else:
            entries.append(line.strip())
    if head != "Axioms:" or not entries:
        raise NotChecked(
            f"Coq's list of the axioms of {name} was not understood: {printed[:200]!r}"
        )
    found = []
    for entry in entries:
        parts = re.fullmatch(r"([\w.']+) : (.+)", entry)
        if parts is None or parts[2] != AXIOMS_OF_THE_REALS.get(parts[1], parts[2]):
            raise NotChecked(f"{name} rests on {entry!r}, which is no axiom of Coq's real numbers")
        found.append(parts[1])
    return tuple(sorted(found))


def headlines_in(text: str) -> dict[str, str]:
    """The statements of the theorems in a Coq file, by name, as they are printed there."""
    pattern = r"^Theorem (\w+) :\n(.*?)\.\nProof\."
    found = re.findall(pattern, text, flags=re.MULTILINE | re.DOTALL)
    return {name: re.sub(r"^  ", "", body, flags=re.MULTILINE) for name, body in found}
