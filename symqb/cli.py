"""The command line: a thin front on the library, one function a command.

Exit status: 0 success, 1 a failed check, 2 bad input (or something this installation lacks), 130
stopped from the keyboard, 141 closed by what reads the output (128 and the signal, as in shells).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import symqb
from symqb.models import ParameterError, SymqbError
from symqb.report import derivation, plain
from symqb.report.pipes import Stream

FAILED, BAD_INPUT, STOPPED, CLOSED = 1, 2, 130, 141


class Format(StrEnum):
    """How a command prints."""

    TEXT = "text"
    JSON = "json"


class DeriveFormat(StrEnum):
    """How a derivation is printed."""

    TEXT = "text"
    JSON = "json"
    LATEX = "latex"


class Dissipation(StrEnum):
    """Whether two sites on one bath act together."""

    COLLECTIVE = "collective"
    INDIVIDUAL = "individual"


class Profile(StrEnum):
    """How long a randomised search runs."""

    QUICK = "quick"
    CI = "ci"
    LONG = "long"


class Commands(TyperGroup):
    """A group whose commands answer bad input with one message instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo(
                "symqb: stopped; a sweep keeps what is finished and goes on from there", err=True
            )
            raise typer.Exit(STOPPED) from None
        except (SymqbError, MissingPart, OSError, ImportError, MemoryError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            typer.echo(f"symqb: {_message(error)}", err=True)
            raise typer.Exit(BAD_INPUT) from None


class MissingPart(Exception):
    """The command needs something this installation does not have."""


def _message(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; give fewer spins, points or digits"
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    where = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
    # some say themselves what to do
    remedy = "" if ";" in error.strerror else "; choose another path"
    return f"{where}{error.strerror}{remedy}"


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Derive, prove and evaluate XXZ spin-chain quantum batteries.",
)

Spins = Annotated[int, typer.Option("--spins", "-n", help="Number of spins, at least 2.")]
DissipationOption = Annotated[
    Dissipation, typer.Option("--dissipation", help="With or without the cross term (Eq. 10b).")
]
FormatOption = Annotated[Format, typer.Option("--format", help="Text for people, JSON for tools.")]
Directory = Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")]


def _number(help_text: str, *names: str) -> Any:
    return typer.Option(*names, help=help_text, metavar="NUMBER")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"symqb {symqb.__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(plain.plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def _battery(spins: int, dissipation: str) -> symqb.Battery:
    return symqb.xxz_battery(spins=spins, dissipation=str(dissipation))


def _write(text: str, output: Path | None) -> None:
    if output is None or str(output) == "-":
        typer.echo(text, nl=not text.endswith("\n"))
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {output}", err=True)


def _text() -> ModuleType:
    """The printers for people; Rich is imported only where they are wanted."""
    from symqb.report import text

    return text


def _named(run: Callable[[], Any]) -> Any:
    """What a look-up by name gives; an unknown name is bad input."""
    try:
        return run()
    except KeyError as error:
        raise ParameterError(str(error.args[0])) from None


def _paper() -> Any:
    """The paper that comes with the package; loaded only where it is wanted."""
    return _part("PAPER", "symqb.papers.pra109_042619")


def _part(name: str, module: str) -> Callable[..., Any]:
    """A function of a module that may be absent, or need an extra, in this installation."""
    from importlib import import_module

    try:
        return getattr(import_module(module), name)  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        if isinstance(error, ImportError) and error.name and not error.name.startswith("symqb"):
            raise MissingPart(
                f"this command needs {error.name!r}, which is not installed; "
                "install it with: pip install 'symqb[all]'"
            ) from None
        raise MissingPart(
            f"{module}.{name} is not available in symqb {symqb.__version__}"
        ) from None


@app.command()
def derive(
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    format: Annotated[DeriveFormat, typer.Option("--format")] = DeriveFormat.TEXT,
) -> None:
    """Derive levels, transitions, rates and the steady state from the Hamiltonian."""
    battery = _battery(spins, dissipation)
    if format is DeriveFormat.LATEX:
        typer.echo(_part("latex_sections", "symqb.report")(battery))
    elif format is DeriveFormat.JSON:
        _print_json(derivation(battery))
    else:
        _text().print_derivation(battery)


@app.command()
def evaluate(
    B0: Annotated[str, _number("Field.", "--B0")],
    J: Annotated[str, _number("Exchange; 0 leaves the spins to Delta alone.", "--J")],
    Delta: Annotated[str, _number("Anisotropy.", "--Delta")],
    epsilon: Annotated[str, _number("Weight of the last spin on the left bath.", "--epsilon")],
    T_L: Annotated[str, _number("Temperature of the left bath.", "--T-L", "--T_L")],
    T_R: Annotated[str, _number("Temperature of the right bath.", "--T-R", "--T_R")],
    kappa: Annotated[str, _number("Dissipation strength.", "--kappa")] = "1",
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    digits: Annotated[
        int | None, typer.Option("--digits", help="Decimal digits, 15 to 2000; exact input.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Evaluate every output at one point, energies and temperatures in units of |J|.

    With --digits the parameters are read as exact decimals or fractions and the outputs are
    decimal strings in JSON.
    """
    battery = _battery(spins, dissipation)
    texts = {
        "B0": B0, "J": J, "Delta": Delta, "epsilon": epsilon,
        "T_L": T_L, "T_R": T_R, "kappa": kappa,
    }  # fmt: skip
    parameters: dict[str, Any] = {
        name: plain.read_number(name, text, exact=digits is not None)
        for name, text in texts.items()
    }
    record = plain.evaluation(battery.evaluate(digits=digits, **parameters), digits)
    if format is Format.JSON:
        _print_json(record)
    else:
        _text().print_evaluation(record)


@app.command()
def latex(
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    width: Annotated[
        int,
        typer.Option("--width", help="Characters that fit a line of the column.", min=20, max=1000),
    ] = 34,
    document: Annotated[
        bool, typer.Option("--document", help="A whole document instead of its body.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o")] = None,
) -> None:
    """Print the derived formulas as LaTeX in the paper's notation."""
    battery = _battery(spins, dissipation)
    build = _part("latex_document" if document else "latex_sections", "symqb.report")
    _write(build(battery, width=width), output)


@app.command()
def emit(
    target: Annotated[str, typer.Option("--target", "-t", help="E.g. numpy, c, javascript.")],
    spins: Spins = 2,
    dissipation: DissipationOption = Dissipation.COLLECTIVE,
    outputs: Annotated[
        str | None, typer.Option("--outputs", help="Comma-separated; all by default.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; standard output by default.")
    ] = None,
) -> None:
    """Write standalone source code that computes the outputs."""
    chosen = tuple(name.strip() for name in outputs.split(",")) if outputs is not None else None
    _write(_battery(spins, dissipation).source(target, chosen), output)


Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="All by default.")]


@app.command()
def prove(
    names: Names = None,
    search: Annotated[
        bool, typer.Option("--search", help="Find certificates anew, not the shipped ones.")
    ] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=1024, help="Processes for one large certificate.")
    ] = 1,
    format: FormatOption = Format.TEXT,
) -> None:
    """Check the certificate of each theorem; 1 if one stays inconclusive.

    All of them take minutes; names (or folders such as T3) choose.
    """
    run = _part("prove", "symqb.prove")
    with _text().status("checking") as tell:
        results = _named(lambda: run(names or None, search=search, workers=workers, notify=tell))
    if format is Format.JSON:
        _print_json([plain.theorem_record(r) for r in results])
    else:
        _text().print_theorems(results)
    if any(result.verdict == "inconclusive" for result in results):
        raise typer.Exit(FAILED)


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(help="A certificate, as JSON, or the name of a shipped one.")
    ],
    format: FormatOption = Format.TEXT,
) -> None:
    """Check one certificate by the checker alone; 1 if it is refused.

    Certificates over boxes (T8 to T10) need ball arithmetic and are checked by that.
    """
    if not file.is_file():
        if file.suffix or file.name != str(file):
            raise ParameterError(
                f"{file}: not a file; give the path of a certificate in JSON, or the name of a "
                "shipped one"
            )
        file = _part("shipped_certificate", "symqb.prove.shipped")(str(file))
    verdict = _part("check", "symqb.certify")(file)
    if verdict.verdict == "refused":
        verdict = _part("check_file", "symqb.prove.ledger")(file) or verdict
    record = {
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "statement": verdict.statement,
        "assumes": verdict.assumes,
    }
    if format is Format.JSON:
        _print_json(record)
    else:
        _text().print_verdict(str(file), record)
    if verdict.verdict not in ("proved", "refuted"):
        raise typer.Exit(FAILED)


@app.command()
def certificates(output: Directory, format: FormatOption = Format.TEXT) -> None:
    """Copy the shipped certificates, and the checker as a plain script, into a folder."""
    written = _part("copy_certificates", "symqb.prove.shipped")(output)
    if format is Format.JSON:
        _print_json([str(path) for path in written])
    else:
        typer.echo(f"{len(written) - 1} certificates; try one with:")
        typer.echo(f"python {written[0]} {written[1]}")


@app.command()
def falsify(
    name: Annotated[
        str | None,
        typer.Argument(help='A statement, or a folder such as T6; all by default. "numbers": every '
                       "entrance at random batteries and points, against an independent judge."),
    ] = None,
    profile: Annotated[Profile, typer.Option("--profile")] = Profile.CI,
    variants: Annotated[
        bool,
        typer.Option("--variants", help="Attack each theorem with a hypothesis less or weaker, or "
                     "a conclusion more: none may be proved."),
    ] = False,
    models: Annotated[int, typer.Option(min=1, help="numbers: how many models.")] = 200,
    points: Annotated[int, typer.Option(min=1, help="numbers: points of each.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="numbers: which models and points.")] = 0,
    seconds: Annotated[float, typer.Option(help="numbers: when to stop.")] = float("inf"),
    targets: Annotated[
        str | None, typer.Option(help="numbers: comma-separated; all but numba and jax by default.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:  # fmt: skip
    """Search at random for counterexamples, minimised; 1 if one contradicts a theorem.

    A search that finds none is a test with a count, never a proof.
    """
    if name == "numbers":
        command = _part("numbers_command", "symqb.prove.numbers")
        chosen_targets = targets.split(",") if targets else None
        record = command(models, points, seed, seconds, chosen_targets, format is not Format.JSON)
        if format is Format.JSON:
            _print_json(record)
        if record["faults"]:
            raise typer.Exit(FAILED)
        return
    theorems: Any = _part("THEOREMS", "symqb.prove.theorems.registry")
    chosen = [n for n, e in theorems.items() if name in (None, n, e.folder)]
    if not chosen:
        raise ParameterError(f"no theorem is called {name!r}; known: {', '.join(theorems)}")
    if variants:
        near = _part("attack_variants", "symqb.prove.variants")
        proved = [n for n in chosen if theorems[n].expected == "proved"]
        results = [outcome for each in proved for outcome in near(each, str(profile))]
        failed = any(r.verdict == "proved" for r in results)
    else:
        attack = _part("falsify", "symqb.prove.falsify")
        results = [attack(each, str(profile)) for each in chosen]
        failed = any(r.verdict == "refuted" != theorems[r.name].expected for r in results)
    if format is Format.JSON:
        _print_json([plain.record(result) for result in results])
    elif variants:
        _text().print_variants(results)
    else:
        _text().print_attacks(results, {n: e.expected for n, e in theorems.items()})
    if failed:
        raise typer.Exit(FAILED)


@app.command()
def audit(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help='E.g. "12a".')] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", help="Only rows of this status; repeatable.")
    ] = None,
    erratum: Annotated[
        bool, typer.Option("--erratum", help="Print a draft erratum instead.")
    ] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Compare every printed equation, condition, argument and claim with the derivation."""
    if erratum:
        text = _part("erratum", "symqb.audit")(_paper())
        _print_json({"erratum": text}) if format is Format.JSON else typer.echo(text)
        return
    known: Any = _part("STATUSES", "symqb.audit")
    unknown = [name for name in status or [] if name not in known]
    if unknown:
        raise ParameterError(f"status={unknown[0]!r} is unknown; choose {', '.join(known)}")
    rows = _part("audit_paper", "symqb.audit")(_paper(), ids or None)
    rows = [row for row in rows if not status or row.status in status]
    if format is Format.JSON:
        _print_json([plain.audit_record(row) for row in rows])
    else:
        _text().print_audit(rows)


@app.command()
def figures(
    output: Directory,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[FIG]...", help="E.g. 3; all by default.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Draw the paper's figures from the derived formulas."""
    paths = _part("draw_figures", "symqb.audit")(_paper().figures, names or None, output)
    if format is Format.JSON:
        _print_json([str(path) for path in paths])
    else:
        for path in paths:
            typer.echo(path)


@app.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def sweep(ctx: typer.Context) -> None:
    """Evaluate a grid of parameters, chunk by chunk; goes on where it stopped."""
    _part("sweep_command", "symqb.numerics.sweep_command")(list(ctx.args))


@app.command()
def report(
    output: Directory,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out theorems, audit and figures.")
    ] = False,
) -> None:
    """Write the report page: one folder, no network needed to read it."""
    page = _part("write_report", "symqb.report.page")(output, quick=quick)
    typer.echo(page)


@app.command()
def doctor(format: FormatOption = Format.TEXT) -> None:
    """Show what is available here: compilers, node, Coq, accelerator, browser, extras."""
    from symqb.report.doctor import examine

    findings = examine()
    if format is Format.JSON:
        _print_json(findings)
    else:
        _text().print_doctor(findings)


def main() -> None:
    """Run the command line; end quietly where what reads its output stops reading."""
    out, error = Stream(sys.stdout), Stream(sys.stderr)
    sys.stdout, sys.stderr = out.text, error.text
    try:
        app()
    except SystemExit as end:
        lost, _ = out.finish(), error.finish()
        if out.closed or error.closed:
            sys.exit(CLOSED)
        if lost is not None and not end.code:
            typer.echo(f"symqb: {_message(lost)}", err=True)
            sys.exit(BAD_INPUT)
        raise


if __name__ == "__main__":
    main()
