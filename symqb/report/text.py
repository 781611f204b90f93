"""What the command line prints for people: tables and short listings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import sympy as sp
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symqb.battery import Battery
from symqb.derive import SteadyState, count_trees
from symqb.derive.liouvillian_state import CoherentSteadyState
from symqb.open_system import OpenSystem
from symqb.report.systems import bare_states

if TYPE_CHECKING:
    from symqb.audit import AuditRow
    from symqb.certify import Verdict as Checked
    from symqb.models.plain_data import Json
    from symqb.prove import Attack, Outcome
    from symqb.prove import Verdict as Theorem
    from symqb.prove.passivity.map import CertifiedRow, CountedRow
    from symqb.report.doctor import Finding

    Matrix = Mapping[str, Sequence[Sequence[float | str]]]

LARGEST_COHERENT = 40
"""Operations of an elimination with coherences up to which its formulas are printed."""

VERDICT_STYLES = {
    "proved": "green",
    "refuted": "magenta",
    "inconclusive": "yellow",
    "refused": "red",
    "confirmed": "green",
    "conditional": "yellow",
    "gap": "yellow",
    "incomplete": "yellow",
    "misprint": "magenta",
    "wrong": "red",
    "uncheckable": "dim",
}


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    return table


def _styled(word: str) -> Text:
    return Text(word, style=VERDICT_STYLES.get(word, ""))


def _ket(entries: Iterable[object], basis: Sequence[Sequence[int]]) -> str:
    parts = [
        f"({amplitude}) |{','.join(map(str, state))}>"
        for amplitude, state in zip(entries, basis, strict=True)
        if amplitude != 0
    ]
    return " + ".join(parts)


def print_derivation(battery: Battery) -> None:
    """The derivation of a battery: Hamiltonian, levels, transitions, steady state."""
    levels, transitions = battery.eigensystem(), battery.transitions()
    steady = battery.steady_state()
    console = Console(highlight=False)
    dissipation = battery.model.dissipation
    kind = "XXZ" if battery.model.chain.conserves_magnetization else "XYZ"
    title = f"{kind} battery of {battery.spins} spins, {dissipation} dissipation"
    console.print(title, style="bold")
    console.print("\nHamiltonian, basis " + " ".join(map(_bare, battery.basis)), markup=False)
    console.print(sp.pretty(battery.hamiltonian, wrap_line=False), markup=False, soft_wrap=True)
    console.print()
    rows: list[list[object]] = [[v.label, v.energy, _ket(v.state, battery.basis)] for v in levels]
    console.print(_table("Levels", ["", "energy", "state"], rows))
    console.print()
    baths = [bath.name for bath in battery.model.baths]
    rows = [
        [f"{t.upper} -> {t.lower}", t.frequency, *(t.weights[bath] for bath in baths)]
        for t in transitions
    ]
    columns = ["jump", "frequency", *(f"|matrix element|^2, bath {bath}" for bath in baths)]
    console.print(_table("Transitions", columns, rows))
    if battery.model.beyond_the_paper is None:
        console.print(
            "\nRate of a jump i -> j that bath nu drives: kappa * weight * phi(E_i - E_j, T_nu), "
            "phi(w, T) = w/(1 - exp(-w/T)).",
        )
    _print_steady(console, steady)


def print_system(system: OpenSystem) -> None:
    """The derivation of any system: Hamiltonian, levels, transitions with rates, steady state."""
    levels, steady = system.eigensystem(), system.steady_state()
    states, console = bare_states(system), Console(highlight=False)
    baths = [bath.name for bath in system.system.baths]
    title = f"Open system of {len(levels)} levels, baths {', '.join(baths)}"
    console.print(title, style="bold")
    console.print("\nHamiltonian, basis " + " ".join(states), markup=False)
    console.print(sp.pretty(system.hamiltonian, wrap_line=False), markup=False, soft_wrap=True)
    console.print()
    rows = [[v.label, v.energy, _components(v.components, states)] for v in levels]
    console.print(_table("Levels", ["", "energy", "state, not normalised"], rows))
    console.print()
    if isinstance(steady, CoherentSteadyState):
        # rates between pairs of levels do not tell all
        _print_coherent(console, steady)
        return
    transitions = system.transitions()
    rows = [
        [f"{t.upper} -> {t.lower}", t.frequency, *(t.weights.get(bath, 0) for bath in baths)]
        for t in transitions
    ]
    columns = ["jump", "frequency", *(f"|matrix element|^2, bath {bath}" for bath in baths)]
    console.print(_table("Transitions", columns, rows))
    for diagonal in transitions.dephasing:
        console.print(f"Dephasing by bath {diagonal.bath}: rate {diagonal.rate}", markup=False)
    console.print("\nRates, bath by bath", markup=False)
    for t in transitions:
        for (upper, lower), rates in (
            ((t.upper, t.lower), t.emission),
            ((t.lower, t.upper), t.absorption),
        ):
            for bath, rate in rates.items():
                line = f"  {upper} -> {lower} by {bath}: {rate}"
                console.print(line, markup=False, soft_wrap=True)
    _print_steady(console, steady)


def _components(amplitudes: Mapping[int, sp.Expr], states: Sequence[str]) -> str:
    return " + ".join(f"({amplitude}) {states[k]}" for k, amplitude in amplitudes.items())


def _bare(state: Sequence[int]) -> str:
    return f"|{','.join(map(str, state))}>"


@contextmanager
def status(doing: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error, where that is a terminal, that says what is being done."""
    with Console(stderr=True).status(doing) as line:
        yield lambda what: line.update(f"{doing} {what}")


def _print_steady(console: Console, steady: SteadyState) -> None:
    trees = count_trees(steady.labels, steady.edges)
    counts = steady.elimination.operation_counts()
    console.print(
        f"\nSteady state: {trees} spanning trees a root; elimination without subtraction in "
        f"{sum(counts.values())} operations ({', '.join(f'{n} {op}' for op, n in counts.items())})."
    )
    if trees <= 8:
        for label, population in zip(steady.labels, steady.populations_in_rates, strict=True):
            console.print(f"  p_{label} = {sp.factor(population)}", markup=False, soft_wrap=True)


def _print_coherent(console: Console, steady: CoherentSteadyState) -> None:
    """The unknowns of a state with coherences, and its elements over the bare states if short."""
    size, found = len(steady.unknowns), steady.elimination.operation_counts()
    console.print(
        f"\nSteady state: populations with coherences, {size} unknowns; eliminated in "
        f"{sum(found.values())} operations."
    )
    if sum(found.values()) <= LARGEST_COHERENT:
        for (i, j), element in sorted(steady.density.todok().items()):
            if i <= j:
                line = f"  rho_{i + 1}_{j + 1} = {element}"
                console.print(line, markup=False, soft_wrap=True)


def print_evaluation(record: Mapping[str, Json]) -> None:
    """Levels as a table, then one line a quantity; matrices by their rows."""
    console = Console(highlight=False, soft_wrap=True)
    if "levels" in record:
        levels = cast("Sequence[Mapping[str, Json]]", record["levels"])
        names = [name for name in levels[0] if name != "label"]
        rows = [[v["label"], *(v[name] for name in names)] for v in levels]
        table = _table("Levels", ["", *names], rows)
        for column in table.columns:
            column.no_wrap = True
        console.print(table)
        console.print()
    for name, value in record.items():
        if isinstance(value, Mapping) and name != "absent":
            _print_matrix(console, name, cast("Matrix", value))
        elif name not in ("levels", "absent"):
            console.print(f"{name:<20} {value}", markup=False)
    for name, reason in cast("Mapping[str, str]", record.get("absent", {})).items():
        console.print(f"{name:<20} none: {reason}", markup=False)


def _print_matrix(console: Console, name: str, parts: Matrix) -> None:
    """A matrix one row a line, imaginary parts where there are any."""
    console.print(f"{name}, row by row", markup=False)
    for real, imag in zip(parts["real"], parts["imag"], strict=True):
        entries = [
            str(x) if float(y) == 0 else f"{x}{'' if str(y).startswith('-') else '+'}{y}i"
            for x, y in zip(real, imag, strict=True)
        ]
        console.print("  " + "  ".join(entries), markup=False)


def print_theorems(results: Iterable[Theorem]) -> None:
    """One row a theorem: verdict, name, statement, scope, assumptions, time; then each witness."""
    results = list(results)
    rows = [
        [
            _styled(r.verdict),
            r.name,
            _short(r.statement),
            r.scope,
            _list(r.assumes),
            "" if r.seconds is None else f"{r.seconds:.2f}",
        ]
        for r in results
    ]
    columns = ["verdict", "name", "statement", "scope", "assumes", "seconds"]
    console = Console(highlight=False)
    console.print(_table("Theorems", columns, rows))
    for r in results:
        if witness := getattr(r, "witness", None):
            point = ", ".join(f"{name} = {value}" for name, value in witness.items())
            line = f"{r.name} fails at {point}: not {r.violates}"
            console.print(line, markup=False, soft_wrap=True)


def print_passivity(rows: Iterable[CertifiedRow]) -> None:
    """One row a stated point: its verdict by proof, and the work of exchanging two levels."""
    cells = [
        [
            row["name"],
            ", ".join(f"{name} = {value}" for name, value in row["point"].items()),
            row["verdict"],
            "yes" if row["holds"] else "NO",
            "above" if row["above_saturation"] else "below",
            row["reason"],
            row["work"],
        ]
        for row in rows
    ]
    columns = ["point", "parameters", "verdict", "stated", "saturation", "why", "work"]
    Console(highlight=False).print(_table("Passivity, by proof", columns, cells))


def print_counts(rows: Iterable[CountedRow]) -> None:
    """One row a region: how many random points yield work, and the most of it."""
    cells = [
        [
            row["spins"],
            row["region"],
            row["bias"],
            f"{row['active']} of {row['points']}",
            f"{row['largest']:.3g}",
        ]
        for row in rows
    ]
    columns = ["spins", "region", "bias", "active", "most ergotropy"]
    Console(highlight=False).print(_table("Passivity, by search: a test", columns, cells))


def _list(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else "; ".join(map(str, value))


def _short(statement: str) -> str:
    text = statement if isinstance(statement, str) else str(statement)
    return text if len(text) <= 300 else text[:297] + "..."


def print_verdict(source: str, found: Theorem | Checked) -> None:
    """A certificate's verdict, its reason and what it assumes."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{source}: ") + _styled(found.verdict) + f" ({found.reason})")
    if isinstance(found.statement, Mapping):
        for key, value in found.statement.items():
            console.print(f"  {key}: {value}", markup=False)
    for assumption in found.assumes:
        console.print(f"  assumes: {assumption}", markup=False)


def print_attacks(results: Sequence[Attack], expected: Mapping[str, str]) -> None:
    """One row a statement: what the ledger says, what the search found, at how many points."""
    rows = [
        [
            r.name,
            expected[r.name],
            _styled(r.verdict),
            str(r.examples),
            r.margin,
            f"{_point(r.witness)}: {r.violates}" if r.witness else f"least at {_point(r.closest)}",
        ]
        for r in results
    ]
    columns = ["statement", "ledger", "search", "points", "smallest margin", "where"]
    Console(highlight=False).print(_table("Search for counterexamples", columns, rows))
    found = sum(r.verdict == "refuted" for r in results)
    print(f"\nsearched: {len(rows)}, found refuted: {found}, tested: {len(rows) - found}")


def print_variants(results: Sequence[Outcome]) -> None:
    """One row a variant of a theorem, then how many have which verdict."""
    rows = [
        [
            r.theorem,
            r.change,
            _styled(r.verdict),
            f"{_point(r.witness)}: {r.violates}" if r.witness else r.reason,
        ]
        for r in results
    ]
    Console(highlight=False).print(
        _table("Theorems attacked", ["theorem", "change", "verdict", "witness, or why"], rows)
    )
    counts = Counter(r.verdict for r in results)
    summary = ", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items()))
    print(f"\n{len(rows)} variants: {summary}")


def _point(values: Mapping[str, str]) -> str:
    """A rational point, its zeros left out where it has many coordinates."""
    few = {k: v for k, v in values.items() if len(values) < 12 or v != "0"}
    rest = ", others 0" if len(few) < len(values) else ""
    return ", ".join(f"{k} = {v}" for k, v in few.items()) + rest


def print_audit(rows: Sequence[AuditRow]) -> None:
    """One row an item, then how many have which status."""
    console = Console(highlight=False)
    table = _table(
        "Audit",
        ["id", "kind", "status", "evidence"],
        [[row.id, row.kind, _styled(row.status), _list(row.evidence)] for row in rows],
    )
    console.print(table)
    counts = Counter(row.status for row in rows)
    summary = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
    console.print(f"\n{len(rows)} rows: {summary}" if rows else "\n0 rows")


def print_doctor(findings: Sequence[Finding]) -> None:
    """One row a part: what it is for, whether it is here, which version."""
    rows = [
        [
            Text("yes", style="green") if finding["available"] else Text("no", style="yellow"),
            finding["part"],
            finding["detail"],
            finding["purpose"],
        ]
        for finding in findings
    ]
    console = Console(highlight=False)
    console.print(_table("What is available here", ["", "part", "found", "for"], rows))
