"""Try the built wheel as a newcomer would: a fresh environment, an empty folder, nothing else.

    python .ci/wheel.py dist

Installs the wheel without an extra and tries the commands; shows that what needs an extra says so;
installs the source distribution and compares; checks a user's file against the types; adds each
extra by itself, and all of them, and tries what they promise; does what each how-to page says.
Ends with the sizes of everything installed, and the cost of importing it.
"""

from __future__ import annotations

import contextlib
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from run_page import needs

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
POINT = "B0=2.0, J=1.0, Delta=0.5, epsilon=1.0, T_L=39.0, T_R=1.0"
OPTIONS = ["--B0", "2", "--J", "1", "--Delta", "0.5", "--epsilon", "1", "--T-L", "39", "--T-R", "1"]

# command, exit status, what it must print
COMMANDS: list[tuple[list[str], int, str]] = [
    (["symqb", "--version"], 0, "symqb "),
    (["symqb", "derive"], 0, "B0 - Delta - J"),
    (["symqb", "evaluate", *OPTIONS, "--format", "json"], 0, '"ergotropy": 0.16053010'),
    (["symqb", "evaluate", *OPTIONS, "--spins", "5"], 0, "ergotropy"),
    (["symqb", "evaluate", *OPTIONS, "--digits", "30"], 0, "0.16053010001907"),
    (["symqb", "latex"], 0, "gamma_{31}"),
    (["symqb", "emit", "--target", "numpy", "--output", "battery.py"], 0, "wrote battery.py"),
    (["python", "-c", f"import battery; print(battery.evaluate({POINT}))"], 0, "'ergotropy'"),
    (["symqb", "prove", "T1", "T3", "--format", "json"], 0, '"certificate": "proofs/T3/T3.json"'),
    (["symqb", "check", "T2_step"], 0, "proved"),
    (["symqb", "check", "T9"], 0, "proved"),
    (["symqb", "certificates", "--output", "proofs"], 0, "certificates"),
    (["python", "-I", "-S", "proofs/checker.py", "proofs/T3/T3.json"], 0, "proved"),
    (["symqb", "audit", "B9"], 0, "misprint"),
    (["symqb", "doctor"], 0, "extra sweep"),
    (["symqb", "--show-completion", "bash"], 0, "complete"),
    (["symqb", "evaluate", "--B0", "x"], 2, "missing option"),
]

# what each extra is for; without it every one of these must fail and name the extra
PROMISES = {
    "numba": f"""
f = battery.emit("numba", outputs=["charge"])
assert abs(f({POINT}).charge - battery.evaluate({POINT}).charge) < 1e-14
""",
    "jax": f"""
f = battery.emit("jax", outputs=["charge"])
assert abs(float(f({POINT}).charge) - battery.evaluate({POINT}).charge) < 1e-14
""",
    "plot": f"""
from symqb import plot
plot.level_diagram(battery, {POINT}).figure.savefig("levels.png")
from symqb.audit import draw_figures
from symqb.papers.pra109_042619 import PAPER
assert draw_figures(PAPER.figures, ["3"], "figures")
""",
    "sweep": """
grid = dict(B0=2.0, J=1.0, Delta=[0.1, 0.5], epsilon=1.0, T_L=[3.0, 9.0, 39.0], T_R=1.0)
data = battery.sweep(grid, path="grid.nc")
assert data.charge.shape == (2, 3)
assert battery.evaluate(**{**grid, "Delta": 0.5}).to_pandas().shape[0] == 3
""",
    "optimize": """
from symqb.models import xxz_model
from symqb.numerics.optimize import maximise
fixed = dict(B0=2.0, J=-1.0, epsilon=1.0, T_L=3.0, T_R=1.0)
assert maximise(xxz_model(2), "charge", {"Delta": (-1, 1)}, fixed, starts=2).value > 0
""",
    "squares": """
from symqb.prove import Proof, statement, sum_of_squares
stated = statement("s", "x y", [], {}, {"c": "x^2 + y^2 >= 2*x*y"})
p = Proof(stated)
sum_of_squares(p, "c", "x^2 + y^2 >= 2*x*y")
p.done()
""",
    "report": """
from symqb.report.page import write_report
assert write_report("report", quick=True).stat().st_size > 1e5
from symqb.audit import audit_page, audit_paper
from symqb.papers import pra109_042619 as paper
assert "### B9" in audit_page(paper, audit_paper(paper, ["B9"]))
""",
}

TYPED = """
import symqb
from symqb import plot

result: symqb.Result = symqb.xxz_battery(spins=2).evaluate(B0=2.0)
levels: int = len(symqb.xxz_battery(spins=3).eigensystem())
"""
MISTYPED = "import symqb\n\nsymqb.xxz_battery(spins='two')\n"

LISTING = """
import json, sys
from importlib.metadata import distributions
found = {}
for d in distributions():
    if d.name not in ("pip", "setuptools"):
        paths = [d.locate_file(f) for f in d.files or ()]
        found[d.name] = (d.version, sum(p.stat().st_size for p in paths if p.is_file()))
json.dump(found, sys.stdout)
"""


class Failed(Exception):
    """The wheel does not do what it should."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment; others may see what is installed in it."""

    home: Path
    beneath: tuple[Environment, ...] = field(default=())

    @property
    def site(self) -> Path:
        """The folder packages are installed in."""
        return next(self.home.glob("lib/python*/site-packages"))

    def program(self, name: str) -> str:
        """A command of this environment or of those beneath it."""
        places = [env.home / "bin" / name for env in (self, *self.beneath)]
        return str(next((place for place in places if place.exists()), name))

    def run(self, command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a command in a folder, with nothing of the caller's Python about it."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
        kept |= {"MPLBACKEND": "Agg", "SYMQB_CACHE": str(folder / "cache")}
        kept["PATH"] = os.pathsep.join([str(self.home / "bin"), os.environ["PATH"]])
        return subprocess.run(
            [self.program(command[0]), *command[1:]],
            cwd=folder,
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def create(home: Path, *beneath: Environment) -> Environment:
    """A fresh environment that sees the packages of others."""
    options = ["--without-pip"] if beneath else []
    subprocess.run([sys.executable, "-m", "venv", *options, str(home)], check=True)
    made = Environment(home, tuple({e: None for b in beneath for e in (b, *b.beneath)}))
    lines = [str(env.site) for env in made.beneath]
    (made.site / "beneath.pth").write_text("\n".join(lines) + "\n")
    if beneath:
        # the command that installing symqb here would have made
        command = home / "bin" / "symqb"
        script = f"#!{made.program('python')}\nfrom symqb.cli import main\n\nmain()\n"
        command.write_text(script)
        command.chmod(0o755)
    return made


def install(env: Environment, *what: str) -> None:
    """Install with the pip of the lowest environment."""
    pip = (env.beneath or (env,))[-1].program("python")
    command = [pip, "-m", "pip", "--python", env.program("python"), "install", "--quiet"]
    options = ["--disable-pip-version-check", "-c", str(ROOT / "constraints.txt")]
    done = subprocess.run([*command, *options, *what], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"pip install {' '.join(what)}\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def empty_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name).resolve()


def try_commands(env: Environment) -> None:
    """The commands work without an extra, on the package that was installed."""
    with empty_folder() as folder:
        where = env.run(["python", "-c", "import symqb; print(symqb.__file__)"], folder)
        if not where.stdout.startswith(str(env.home)):
            raise Failed(f"symqb comes from {where.stdout}{where.stderr}, not from {env.home}")
        for command, status, shown in COMMANDS:
            done = env.run(command, folder)
            printed = done.stdout + done.stderr
            if done.returncode != status or shown not in printed:
                raise Failed(f"{' '.join(command)}: {done.returncode}, not {shown!r}\n{printed}")
        for shipped in (ROOT / "proofs").glob("T*/*.json"):
            if not filecmp.cmp(shipped, folder / shipped.relative_to(ROOT), shallow=False):
                raise Failed(f"{shipped.name} is another file in the wheel")
    print(f"{len(COMMANDS)} commands work without an extra")


def keep_promise(env: Environment, extra: str) -> str:
    """Run what an extra is for; empty, or why it failed."""
    script = "import symqb\n\nbattery = symqb.xxz_battery(2)\n" + PROMISES[extra]
    with empty_folder() as folder:
        done = env.run(["python", "-c", script], folder)
    return done.stderr if done.returncode else ""


def try_without(base: Environment) -> None:
    """Without an extra, what needs it fails and names it."""
    for extra in PROMISES:
        last = keep_promise(base, extra).strip().rpartition("\n")[2]
        if f"symqb[{extra}]" not in last:
            raise Failed(f"without the extra {extra} the answer is {last!r}")
    print(f"{len(PROMISES)} extras are named where they are missing")


def try_types(base: Environment) -> None:
    """mypy reads the installed types: a right file passes, a wrong call is seen."""
    with empty_folder() as folder:
        for text, status in ((TYPED, 0), (MISTYPED, 1)):
            (folder / "user.py").write_text(text)
            command = ["-m", "mypy", "--strict", "--python-executable", base.program("python")]
            done = subprocess.run(
                [sys.executable, *command, "user.py"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != status or (status and "arg-type" not in done.stdout):
                raise Failed(f"mypy on\n{text}\n{done.stdout}{done.stderr}")
    print("a user's file is checked against the types of the wheel")


def compare_sdist(base: Environment, sdist: Path) -> None:
    """The source distribution installs, and gives the same files."""
    with empty_folder() as folder:
        install(base, "--no-deps", "--target", str(folder), str(sdist))
        trees = [
            {p.relative_to(top): p.read_bytes() for p in top.rglob("*") if keep(p)}
            for top in (folder / "symqb", base.site / "symqb")
        ]
    if trees[0] != trees[1]:
        differing = sorted(str(k) for k in trees[0].keys() ^ trees[1].keys())
        raise Failed(f"sdist and wheel install different files: {differing[:10]}")
    print(f"the source distribution installs the same {len(trees[0])} files")


def keep(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def try_pages(environments: dict[str, Environment], home: Path) -> None:
    """What each page of the how-to says, done in an empty folder with the extras it names."""
    for page in PAGES:
        asked = needs(page.read_text(encoding="utf-8"))
        missing = [tool for tool in asked.get("tools", []) if shutil.which(tool) is None]
        if missing:
            raise Failed(f"{page.name} needs {', '.join(missing)}")
        extras = asked.get("extras", [])
        env = environments[extras[0] if extras else ""]
        if len(extras) > 1:
            env = create(home / "-".join(extras), *(environments[extra] for extra in extras))
        with empty_folder() as folder:
            done = env.run(["python", str(ROOT / ".ci" / "run_page.py"), str(page)], folder)
        if done.returncode:
            raise Failed(f"with {extras or 'no extra'}: {done.stdout}{done.stderr}")
        print(f"with {', '.join(extras) or 'no extra'}: {done.stdout.strip()}")


def cpu(env: Environment, script: str, folder: Path) -> float:
    """Processor seconds of a fresh process, the least of five."""
    spent = []
    for _ in range(5):
        before = os.times()
        env.run(["python", "-c", script], folder)
        after = os.times()
        spent.append(sum(after[2:4]) - sum(before[2:4]))
    return min(spent)


def report_sizes(wheel: Path, sdist: Path, environments: dict[str, Environment]) -> None:
    """Print what there is: files, packages with versions, megabytes, the cost of an import."""
    summary = [f"wheel {wheel.stat().st_size / 1e6:.2f} MB, sdist {sdist.stat().st_size / 1e6:.2f}"]
    known: set[str] = set()
    with empty_folder() as folder:
        for extra, env in environments.items():
            found = json.loads(env.run(["python", "-c", LISTING], folder).stdout)
            size = sum(size for _, size in found.values()) / 1e6
            print(f"\n{extra or 'no extra'}: {len(found)} packages, {size:.0f} MB")
            new = {name: row for name, row in found.items() if name not in known}
            print("  " + ", ".join(f"{n} {v} ({s / 1e6:.1f})" for n, (v, s) in sorted(new.items())))
            if not extra:
                known = set(found)
            if extra in ("", "all"):
                summary.append(f"{extra or 'no extra'}: {len(found)} packages, {size:.0f} MB")
        base = environments[""]
        ratio = cpu(base, "import symqb", folder) / cpu(base, "import sympy", folder)
        summary.append(f"import symqb costs {ratio:.2f} times import sympy")
    print("\n" + "; ".join(summary))


def main() -> int:
    (wheel,), (sdist,) = (list(Path(sys.argv[1]).resolve().glob(p)) for p in ("*.whl", "*.tar.gz"))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    with empty_folder() as home:
        try:
            base = create(home / "base")
            install(base, str(wheel))
            try_commands(base)
            try_without(base)
            compare_sdist(base, sdist)
            try_types(base)
            environments = {"": base}
            for extra in (*PROMISES, "all"):
                environments[extra] = create(home / extra, base)
                install(environments[extra], f"symqb[{extra}]")
                for promised in PROMISES if extra == "all" else (extra,):
                    if why := keep_promise(environments[extra], promised):
                        raise Failed(f"with the extra {extra}: {why}")
                print(f"the extra {extra} brings what it promises")
            try_pages(environments, home)
            unknown = extras.keys() - environments.keys() - {"test", "docs", "dev", "bench"}
            if unknown:
                raise Failed(f"extras without a trial: {', '.join(unknown)}")
            report_sizes(wheel, sdist, environments)
        except Failed as failure:
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
