"""``python -m benchmarks.mutants``: plant single-place faults, and see which the fast tests find.

Every fault is planted in a scratch copy of a commit, never in the checkout.  Test files run, a few
in each process, until a test fails: first those of the fault's own area, then every
other that enters the block the fault stands in.  Which files those are is traced once, with
``--record``, on the tree without a fault; a file that fails then is left out, for its failure says
nothing.  Without a record only the area's own tests run.

Verdicts are kept in a JSON file after every mutant, so that a run which was stopped goes on where
it was: ``killed`` (by a failing test, or by the time limit), ``survived``, and ``equivalent`` for
what a person has found to change nothing, with the reason (``--equivalent ID REASON``).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

from benchmarks import marks
from benchmarks.faults import Fault, faults

ROOT = Path(__file__).resolve().parents[1]
AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "program": (("symqb/program/*.py",), ("program", "conformance", "golden", "derive")),
    "models": (("symqb/models/*.py",), ("models", "derive", "notebook", "systems")),
    "derive": (("symqb/derive/*.py",), ("derive", "invariants", "systems", "golden")),
    "emit": (
        ("symqb/emit/*.py", "symqb/emit/targets/*.py", "symqb/emit/targets/*/*.py"),
        ("emit", "conformance", "systems"),
    ),
    "numerics": (("symqb/numerics/*.py",), ("numerics", "invariants", "systems")),
    "prove": (
        tuple(
            f"symqb/prove/{x}.py"
            for x in ("boxes", "balls", "bounds", "thresholds", "passivity/*", "coq*")
        ),
        ("prove", "coq", "numerics"),
    ),
    "show": (("symqb/show/*.py",), ("report", "notebook", "emit")),
    "papers": (("symqb/papers/*/compare_*.py",), ("papers", "audit")),
}
"""Area to the modules faults are planted in, and the folders of tests that are asked first."""

STANDARD = ("program", "models", "derive", "emit", "numerics", "prove")
LEAST_SECONDS, ALLOWANCE, MEMORY, NICE, SHARED = 120.0, 8.0, 12 * 2**30, 10, 25.0

SITE = """
import os
if "SYMQB_TRACE" in os.environ:
    import marks
    marks.install(os.environ["SYMQB_TRACED"], os.environ["SYMQB_TRACE"])
"""
"""A sitecustomize: notes each block of the package that a process or its children enter."""


@dataclass
class Record:
    """Which blocks each test file enters and how long it takes: ``--record`` writes it."""

    path: Path
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Record:
        return cls(path, json.loads(path.read_text()) if path.exists() else {})

    def save(self) -> None:
        _write(self.path, self.files)

    def runs(self, module: str, inside: str) -> list[str]:
        """Test files that passed and enter a block of a module, see :mod:`benchmarks.marks`."""
        key = f"{module}::{inside}"
        return [n for n, row in self.files.items() if row["passed"] and key in row["blocks"]]

    def seconds(self, name: str) -> float:
        row = self.files.get(name)
        return float(row["seconds"]) if row else 10.0


def _write(path: Path, data: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(data, indent=1) + "\n")
    part.replace(path)


def check_out(commit: str, place: Path) -> Path:
    """The files of a commit in a folder of their own, named after it; made once."""
    asked = ["git", "-C", str(ROOT), "rev-parse", "--short", commit]
    name = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    base = place / f"commit-{name}"
    if not base.exists():
        part = place / f"part-{name}"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        archive = ["git", "-C", str(ROOT), "archive", name]
        with subprocess.Popen(archive, stdout=subprocess.PIPE) as packed:
            subprocess.run(["tar", "-x", "-C", str(part)], stdin=packed.stdout, check=True)
        part.rename(base)
    return base


class Tree:
    """A scratch copy in which tests run."""

    def __init__(self, base: Path, place: Path) -> None:
        self.place, self.root = place, place / "tree"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(base, self.root)
        (place / "site").mkdir()
        (place / "site" / "sitecustomize.py").write_text(SITE)
        shutil.copy(marks.__file__, place / "site" / "marks.py")
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(self.root)], check=True)

    @contextlib.contextmanager
    def planted(self, fault: Fault) -> Iterator[None]:
        """The tree with the fault in it, for as long as the block lasts."""
        path = self.root / fault.module
        source = path.read_text()
        # compiled files are told apart by whole seconds and by size: a fault may change neither
        for stale in path.parent.glob(f"__pycache__/{path.stem}.*"):
            stale.unlink()
        path.write_text(fault.planted(source))
        try:
            yield
        finally:
            path.write_text(source)

    def test(
        self, names: Sequence[str], limit: float, trace: Path | None = None
    ) -> tuple[str, str]:
        """Run test files: ``passed``, ``failed`` or ``timeout``, and the first test to fail."""
        shutil.rmtree(self.place / "cache", ignore_errors=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SYMQB"))}
        env = kept | {
            "PYTHONPATH": os.pathsep.join([str(self.root), str(self.place / "site")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SYMQB_CACHE": str(self.place / "cache"),
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
        }
        if trace is not None:
            env |= {"SYMQB_TRACE": str(trace), "SYMQB_TRACED": f"{self.root}/"}
        options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--randomly-dont-reorganize"]
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, "--randomly-seed=1", *names],
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_restrained,
        )
        try:
            printed, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return "timeout", " ".join(names)
        # 5: no test in it, as in a module without examples
        if process.returncode in (0, 5):
            return "passed", ""
        failed = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", printed, re.MULTILINE)
        return "failed", failed[1] if failed else f"{names}: status {process.returncode}"


def _restrained() -> None:
    os.nice(max(0, NICE - os.nice(0)))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def test_files(tree: Path) -> list[str]:
    """Every file of fast tests, and the modules whose docstrings have examples."""
    files = sorted(tree.glob("tests/**/test_*.py"))
    files += [p for p in sorted(tree.glob("symqb/**/*.py")) if "\n    >>> " in p.read_text()]
    return [str(path.relative_to(tree)) for path in files]


def all_faults(base: Path, patterns: Iterable[str]) -> list[Fault]:
    """Every fault that can be planted in the modules of a tree that patterns name."""
    paths = [path for pattern in patterns for path in sorted(base.glob(pattern))]
    return [f for p in paths for f in faults(p.read_text(), str(p.relative_to(base)))]


def chosen(
    base: Path, seed: int, count: int, areas: Sequence[str], modules: Sequence[str] = ()
) -> list[Fault]:
    """Faults drawn by seed: areas take turns, in each every kind of fault is as likely."""
    rng, found, every = random.Random(seed), list[Fault](), dict[str, dict[str, list[Fault]]]()
    for area in areas:
        kinds = every.setdefault(area, {})
        for fault in all_faults(base, modules or AREAS[area][0]):
            kinds.setdefault(fault.kind, []).append(fault)
    while len(found) < count and any(every.values()):
        for area in areas:
            kinds = every[area]
            if not kinds or len(found) == count:
                continue
            kind = rng.choice(sorted(kinds))
            fault = kinds[kind].pop(rng.randrange(len(kinds[kind])))
            if not kinds[kind]:
                del kinds[kind]
            if _compiles(fault, base):
                found.append(fault)
    return found


def _compiles(fault: Fault, base: Path) -> bool:
    try:
        compile(fault.planted((base / fault.module).read_text()), fault.module, "exec")
    except SyntaxError:
        return False
    return True


def order(fault: Fault, record: Record, base: Path) -> list[str]:
    """The test files to run: the module's examples, those naming it, the area's, the others.

    Those which enter the fault's block, and those of its area that the record does not have.
    """
    area = next(a for a in AREAS.values() if any(Path(fault.module).match(p) for p in a[0]))
    near = [f"tests/{folder}/" for folder in area[1]]

    source = (base / fault.module).read_text()
    known = record.runs(fault.module, marks.block(source, fault.line))

    def rank(name: str) -> tuple[int, float, int]:
        if name == fault.module:
            return 0, 0.0, 0
        place = next((k for k, folder in enumerate(near) if name.startswith(folder)), None)
        named = name.startswith("tests/") and mentions((base / name).read_text(), fault)
        if place is None:
            return 3 if named else 5, record.seconds(name), 0
        return 1 if named else 2 if name in known else 4, record.seconds(name), place

    unknown = [n for n in test_files(base) if n not in record.files and rank(n)[0] < 5]
    return sorted({*known, *unknown}, key=rank)


def mentions(text: str, fault: Fault) -> bool:
    """Whether a test file imports the fault's module, or names its function or class."""
    module = fault.module.removesuffix(".py").replace("/", ".")
    parent, _, stem = module.rpartition(".")
    if re.search(rf"\b{re.escape(module)}\b|from {re.escape(parent)} import .*\b{stem}\b", text):
        return True
    name = fault.function.split(".")[0]
    return bool(name) and name[0] != "_" and re.search(rf"\b{name}\b", text) is not None


def together(names: Iterable[str], record: Record) -> Iterator[list[str]]:
    """Files in the order given, in groups that share a process: it starts in two seconds or so."""
    some, seconds = list[str](), 0.0
    for name in names:
        if some and seconds + record.seconds(name) > SHARED:
            yield some
            some, seconds = [], 0.0
        some.append(name)
        seconds += record.seconds(name)
    if some:
        yield some


def judge(fault: Fault, tree: Tree, record: Record, budget: float) -> dict[str, Any]:
    """Plant one fault and run tests until one fails."""
    begin, ran, names = time.monotonic(), 0, order(fault, record, tree.root)
    row: dict[str, Any] = {
        "module": fault.module,
        "line": fault.line,
        "function": fault.function,
        "kind": fault.kind,
        "before": fault.before,
        "after": fault.after,
        "verdict": "survived",
    }
    with tree.planted(fault):
        for some in together(names, record):
            if time.monotonic() - begin > budget:
                row["verdict"] = "unfinished"
                break
            limit = max(LEAST_SECONDS, ALLOWANCE * sum(map(record.seconds, some)))
            outcome, by = tree.test(some, limit)
            ran += len(some)
            if outcome != "passed":
                row |= {"verdict": "killed", "by": by}
                if outcome == "timeout":
                    row["by"] += " (does not end)"
                break
    return row | {"files": f"{ran} of {len(names)}", "seconds": round(time.monotonic() - begin, 1)}


def make_record(
    base: Path, trees: SimpleQueue[Tree], record: Record, workers: int, but: Sequence[str] = ()
) -> None:
    """Trace every test file that is not in the record yet, or has changed, but those named."""
    lock = Lock()

    def one(name: str) -> None:
        stamp = hashlib.sha256((base / name).read_bytes()).hexdigest()[:10]
        known = record.files.get(name)
        if known and known["passed"] and known["stamp"] == stamp:
            return
        tree = trees.get()
        trace = tree.place / "trace"
        trace.write_text("")
        try:
            begin = time.monotonic()
            outcome, by = tree.test([name], 1800, trace)
            seconds = time.monotonic() - begin
            seen = sorted(set(trace.read_text().split()))
        finally:
            trees.put(tree)
        print(f"{outcome} {name} {seconds:.0f} s, {len(seen)} blocks {by}", flush=True)
        row = {"stamp": stamp, "passed": outcome == "passed", "by": by}
        with lock:
            record.files[name] = row | {"seconds": round(seconds, 1), "blocks": seen}
            record.save()

    near = tuple(f"tests/{folder}/" for _, folders in AREAS.values() for folder in folders)
    names = [name for name in test_files(base) if not any(x in name for x in but)]
    in_turn(one, sorted(names, key=lambda name: not name.startswith(near)), workers)


def in_turn(work: Callable[[Any], None], items: Iterable[Any], workers: int) -> None:
    """Do the work of all items, so many at a time; the first error stops."""
    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(work, item) for item in items]:
            future.result()


def summary(rows: Iterable[dict[str, Any]]) -> str:
    """How many were found in each area, and every one that was not."""
    rows = list(rows)
    lines = []
    for area in sorted({row["module"].split("/")[1] for row in rows}):
        counts = Counter(r["verdict"] for r in rows if r["module"].split("/")[1] == area)
        lines.append(f"{area:10} " + ", ".join(f"{n} {v}" for v, n in sorted(counts.items())))
    total = Counter(row["verdict"] for row in rows)
    judged = sum(total.values()) - total["equivalent"] - total["unfinished"]
    share = 100 * total["killed"] / judged if judged else 0.0
    lines.append(f"found {total['killed']} of {judged} that are no equivalents: {share:.0f} %")
    if left := total["unfinished"]:
        least = 100 * total["killed"] / (judged + left)
        lines[-1] += f"; with the {left} unfinished at least {least:.0f} %"
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="a folder for copies and verdicts")
    parser.add_argument("--commit", default="HEAD", help="whose files to plant faults in")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--areas", nargs="*", default=STANDARD, choices=tuple(AREAS))
    parser.add_argument("--modules", nargs="*", default=(), help="patterns, instead of areas")
    parser.add_argument("--budget", type=float, default=1800, help="seconds a mutant may take")
    parser.add_argument("--without", nargs="*", default=(), help="parts of names, for --record")
    parser.add_argument("--only", nargs="*", help="ids, of this draw or of any")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--record", action="store_true", help="trace which tests enter which blocks")
    what.add_argument("--list", action="store_true", help="print the faults and plant none")
    what.add_argument("--again", action="store_true", help="judge what survived once more")
    what.add_argument("--equivalent", nargs=2, metavar=("ID", "REASON"))
    return parser.parse_args()


def drawn(asked: argparse.Namespace, base: Path, verdicts: Mapping[str, Any]) -> list[Fault]:
    """The faults that the command line asks for."""
    wanted = asked.only
    if asked.again:
        wanted = [n for n, row in verdicts.items() if row["verdict"] in ("survived", "unfinished")]
    if wanted is None:
        areas = asked.areas[:1] if asked.modules else asked.areas
        return chosen(base, asked.seed, asked.count, areas, asked.modules)
    patterns = asked.modules or [p for modules, _ in AREAS.values() for p in modules]
    known = {fault.id: fault for fault in all_faults(base, patterns)}
    gone = [name for name in wanted if name not in known]
    if gone:
        print(f"no longer in the tree: {', '.join(gone)}")
    return [known[name] for name in wanted if name in known]


def run(asked: argparse.Namespace, base: Path, verdicts: dict[str, Any], path: Path) -> None:
    """Judge the faults asked for, or make the record."""
    known, kind = asked.work / "record.json", "record" if asked.record else "tree"
    trees: SimpleQueue[Tree] = SimpleQueue()
    for k in range(asked.workers):
        trees.put(Tree(base, asked.work / f"{kind}{k}"))
    if asked.record:
        make_record(base, trees, Record.load(known), asked.workers, asked.without)
        return
    every, lock = drawn(asked, base, verdicts), Lock()

    def one(fault: Fault) -> None:
        tree = trees.get()
        try:
            # read anew: the record may still be growing
            row = judge(fault, tree, Record.load(known), asked.budget)
        finally:
            trees.put(tree)
        with lock:
            verdicts[fault.id] = row | {"commit": base.name.removeprefix("commit-")}
            _write(path, verdicts)
        print(fault.id, *(row[k] for k in ("verdict", "module", "line", "kind")))
        print(f"    {fault.before} -> {fault.after}  {row.get('by', '')} {row['seconds']} s")
        sys.stdout.flush()

    # asked for by name, or once more, all are judged; else those without a verdict
    named = asked.again or asked.only is not None
    left = [
        f
        for f in every
        if named or f.id not in verdicts or verdicts[f.id]["verdict"] == "unfinished"
    ]
    in_turn(one, left, asked.workers)
    print(summary(verdicts[fault.id] for fault in every))


def main() -> None:
    asked = _arguments()
    asked.work = asked.work.resolve()
    asked.work.mkdir(parents=True, exist_ok=True)
    path = asked.work / "verdicts.json"
    verdicts: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if asked.equivalent:
        name, reason = asked.equivalent
        verdicts[name] |= {"verdict": "equivalent", "reason": reason}
        _write(path, verdicts)
        return
    base = check_out(asked.commit, asked.work)
    if asked.list:
        for f in drawn(asked, base, verdicts):
            print(f"{f.id} {f.module}:{f.line} {f.kind}: {f.before} -> {f.after}")
        return
    run(asked, base, verdicts, path)


if __name__ == "__main__":
    main()
