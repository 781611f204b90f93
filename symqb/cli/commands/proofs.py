"""What is proved: the theorems, their certificates, the search for counterexamples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symqb.cli.application import app
from symqb.cli.errors import FAILED, extras, named
from symqb.cli.options import Directory, Format, FormatOption, Profile
from symqb.cli.output import print_json
from symqb.models import ParameterError
from symqb.report import plain

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
    with extras():
        from symqb.prove import prove as run
        from symqb.report import text
    with text.status("checking") as tell:
        results = named(lambda: run(names or None, search=search, workers=workers, notify=tell))
    if format is Format.JSON:
        print_json([plain.theorem_record(r) for r in results])
    else:
        text.print_theorems(results)
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
    with extras():
        from symqb.certify import check as by_checker
        from symqb.prove.ledger import check_file
        from symqb.prove.shipped import shipped_certificate
        from symqb.report import text
    if not file.is_file():
        if file.suffix or file.name != str(file):
            raise ParameterError(
                f"{file}: not a file; give the path of a certificate in JSON, or the name of a "
                "shipped one"
            )
        file = shipped_certificate(str(file))
    first = by_checker(file)
    verdict = (check_file(file) if first.verdict == "refused" else None) or first
    if format is Format.JSON:
        print_json(
            {
                "verdict": verdict.verdict,
                "reason": verdict.reason,
                "statement": verdict.statement,
                "assumes": verdict.assumes,
            }
        )
    else:
        text.print_verdict(str(file), verdict)
    if verdict.verdict not in ("proved", "refuted"):
        raise typer.Exit(FAILED)


@app.command()
def certificates(output: Directory, format: FormatOption = Format.TEXT) -> None:
    """Copy the shipped certificates, and the checker as a plain script, into a folder."""
    with extras():
        from symqb.prove.shipped import copy_certificates
    written = copy_certificates(output)
    if format is Format.JSON:
        print_json([str(path) for path in written])
    else:
        typer.echo(f"{len(written) - 1} certificates; try one with:")
        typer.echo(f"python {written[0]} {written[1]}")


@app.command()
def falsify(
    name: Annotated[
        str | None,
        typer.Argument(
            help='A statement, or a folder such as T6; all by default. "numbers": every '
            "entrance at random batteries and points, against an independent judge."
        ),
    ] = None,
    profile: Annotated[Profile, typer.Option("--profile")] = Profile.CI,
    variants: Annotated[
        bool,
        typer.Option(
            "--variants",
            help="Attack each theorem with a hypothesis less or weaker, or "
            "a conclusion more: none may be proved.",
        ),
    ] = False,
    models: Annotated[int, typer.Option(min=1, help="numbers: how many models.")] = 200,
    points: Annotated[int, typer.Option(min=1, help="numbers: points of each.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="numbers: which models and points.")] = 0,
    seconds: Annotated[float, typer.Option(help="numbers: when to stop.")] = float("inf"),
    targets: Annotated[
        str | None, typer.Option(help="numbers: comma-separated; all but numba and jax by default.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Search at random for counterexamples, minimised; 1 if one contradicts a theorem.

    A search that finds none is a test with a count, never a proof.
    """
    if name == "numbers":
        chosen = targets.split(",") if targets else None
        failed = _attack_numbers(models, points, seed, seconds, chosen, format)
    else:
        failed = _attack_theorems(name, str(profile), variants, format)
    if failed:
        raise typer.Exit(FAILED)


def _attack_numbers(
    models: int,
    points: int,
    seed: int,
    seconds: float,
    targets: list[str] | None,
    format: Format,
) -> bool:
    """Attack every entrance for numbers; whether a fault was found."""
    with extras():
        from symqb.prove.numbers import numbers_command
    record = numbers_command(models, points, seed, seconds, targets, format is not Format.JSON)
    if format is Format.JSON:
        print_json(record)
    return bool(record["faults"])


def _attack_theorems(name: str | None, profile: str, variants: bool, format: Format) -> bool:
    """Attack theorems, or what stands next to them; whether one was contradicted."""
    with extras():
        from symqb.prove.falsify import falsify as attack
        from symqb.prove.theorems.registry import THEOREMS
        from symqb.prove.variants import attack_variants
        from symqb.report import text
    chosen = [n for n, e in THEOREMS.items() if name in (None, n, e.folder)]
    if not chosen:
        raise ParameterError(f"no theorem is called {name!r}; known: {', '.join(THEOREMS)}")
    if variants:
        proved = [n for n in chosen if THEOREMS[n].expected == "proved"]
        outcomes = [outcome for each in proved for outcome in attack_variants(each, profile)]
        if format is Format.JSON:
            print_json([plain.record(outcome) for outcome in outcomes])
        else:
            text.print_variants(outcomes)
        return any(r.verdict == "proved" for r in outcomes)
    attacks = [attack(each, profile) for each in chosen]
    if format is Format.JSON:
        print_json([plain.record(attack) for attack in attacks])
    else:
        text.print_attacks(attacks, {n: e.expected for n, e in THEOREMS.items()})
    return any(r.verdict == "refuted" != THEOREMS[r.name].expected for r in attacks)
