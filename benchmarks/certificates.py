"""What checking costs: every shipped certificate, and the slowest files known to be accepted.

Each certificate is checked by ``python symqb/certify/checker.py FILE`` in a process of its own, and
all of them once more in one process; times are processor times, beside that of starting Python.

    python benchmarks/certificates.py [--worst] [--format json]
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CHECKER = ROOT / "symqb" / "certify" / "checker.py"


def shipped() -> list[Path]:
    """The certificates over polynomials, as the checker knows them by their format."""
    files = sorted((ROOT / "proofs").glob("T*/*.json"))
    return [path for path in files if '"symqb-certificate-1"' in path.read_text()[:60]]


def run(*arguments: str) -> tuple[float, int, str]:
    """Processor seconds of a fresh Python, the memory of the largest so far in MB, its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-I", *arguments], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, after.ru_maxrss // 1024, done.stdout


def certificate(variables: list[str], definitions: Any, proof: Any) -> dict[str, Any]:
    """A proof of 1 > 0 that first makes the checker work."""
    trivial = {"fact": "c", "claim": "1 > 0", "combine": [{"c": "1"}]}
    statement = {
        "name": "s",
        "variables": variables,
        "definitions": definitions,
        "hypotheses": {},
        "conclusions": {"c": "1 > 0"},
    }
    witness = {"steps": [], "with": dict.fromkeys(variables, "1"), "given": {}}
    return {
        "format": "symqb-certificate-1",
        "lemmas": [],
        "statement": statement,
        "proof": [*proof, trivial],
        "consistent": witness,
    }


def slow(size: int = 60, digits: int = 16, repeats: int = 370) -> dict[str, Any]:
    """Products of sums whose coefficients are long, but too short to be counted as long."""
    variables = [f"{v}{k}" for v in "xy" for k in range(size)]
    number = 10**digits
    sums = [
        " + ".join(f"{number + 2 * k + 1}/{number - 2 * k - 1}*{v}{k}" for k in range(size))
        for v in "xy"
    ]
    definitions = [{"name": name, "is": text} for name, text in zip("ab", sums, strict=True)]
    branch = {"assume": "p", "proof": []}
    split = {"split": "a*b", "nonnegative": branch, "negative": branch, "gives": {}}
    return certificate(variables, definitions, [split] * repeats)


def large(size: int = 300, repeats: int = 20) -> dict[str, Any]:
    """Abbreviations of many terms each, all kept until the end."""
    variables = [f"{v}{k}" for v in "xy" for k in range(size)]
    sums = [" + ".join(f"{v}{k}" for k in range(size)) for v in "xy"]
    definitions = [{"name": name, "is": text} for name, text in zip("ab", sums, strict=True)]
    definitions += [{"name": f"q{k}", "is": "a*b"} for k in range(repeats)]
    return certificate(variables, definitions, [])


def measure(worst: bool) -> dict[str, Any]:
    """All figures, by name."""
    start = min(run("-c", "pass")[0] for _ in range(5))
    files = shipped()
    alone = [run(str(CHECKER), str(path)) for path in files]
    together, _, text = run(str(CHECKER), *map(str, files))
    work = [int(n) for n in re.findall(r"checked with (\d+) operations", text)]
    if len(work) != len(files):
        raise SystemExit("a shipped certificate is refused; run symqb prove")
    found: dict[str, Any] = {
        "lines of the checker": len(CHECKER.read_text().splitlines()),
        "certificates": len(files),
        "seconds to start Python": round(start, 3),
        "seconds, a process each": round(sum(seconds for seconds, _, _ in alone), 2),
        "slowest of them": round(max(seconds for seconds, _, _ in alone), 2),
        "seconds, one process": round(together, 2),
        "most operations": max(work),
    }
    for name, make in (("slow", slow), ("large", large)) if worst else ():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "certificate.json"
            path.write_text(json.dumps(make()))
            seconds, memory, text = run(str(CHECKER), str(path))
        verdict = text.split(": ", 1)[1].splitlines()[0]
        found[name] = f"{seconds:.1f} s, at most {memory} MB, {verdict}"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--worst", action="store_true", help="the slowest accepted files, too")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    options = parser.parse_args()
    found = measure(options.worst)
    if options.format == "json":
        print(json.dumps(found, indent=1))
    else:
        for name, value in found.items():
            print(f"{name:>26}: {value}")


if __name__ == "__main__":
    main()
