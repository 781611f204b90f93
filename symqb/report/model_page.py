"""The page of any model: what is derived of it, its numbers, and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symqb._version import __version__
from symqb.check import check_model
from symqb.check.findings import Report
from symqb.models import (
    AbsentError,
    DegenerateLevelsError,
    DomainError,
    NoClosedFormError,
    SteadyStateError,
)
from symqb.open_system import OpenSystem
from symqb.report.assets import fill
from symqb.report.frame import page_around, report_folder
from symqb.report.model_sections import (
    Model,
    bath_rows,
    driven_pairs,
    jump_rows,
    model_steps,
)
from symqb.report.plain import evaluation
from symqb.show.pages import decimal
from symqb.show.system_diagram import bath_kind, system_diagram

NAVIGATION = {
    "model": "The model",
    "derivation": "Derivation",
    "numbers": "Numbers",
    "findings": "Is it sound?",
    "made": "How it was made",
}

LARGEST_DRAWN = 16
"""Levels up to which a diagram of them is drawn."""

REFUSED = (SteadyStateError, DegenerateLevelsError, NoClosedFormError)
"""Errors that say something of the model, and not of what was typed."""


def write_model_report(
    model: Model, output: Path | str, point: Mapping[str, Any] | None = None, name: str = "model"
) -> Path:
    """Derive a model and write its page.

    Parameters
    ----------
    model : Battery or OpenSystem
        As :func:`symqb.load_model` gives it.
    output : path
        Folder for ``index.html``; made if it does not exist.
    point : mapping, optional
        Every parameter's number; without it there are no numbers on the page.
    name : str
        What the model is called: its file.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ParameterError, DomainError
        ``output`` is a file; a point that lacks a parameter or is outside its domain.
    ImportError
        A package of ``symqb[report]`` is not installed; the message names it.
    """
    numbers = numbers_section(model, point)
    body = [
        fill(
            "model.html",
            part="model",
            about=repr(model),
            parameters=model.parameters,
            baths=bath_rows(model),
            jumps=jump_rows(model),
            outputs=_output_names(model),
        ),
        fill("model.html", part="derivation", steps=model_steps(model)),
        numbers,
        findings_section(check_model(model, point)),
        fill("model.html", part="made", version=__version__, name=name, point=point or {}),
    ]
    folder = report_folder(output)
    target = folder / "index.html"
    lead = (
        "Levels, rates and steady state, derived from the Hamiltonian and its baths, and examined."
    )
    target.write_text(
        page_around("\n".join(body), NAVIGATION, title=name, heading=name, lead=lead),
        encoding="utf-8",
    )
    return target


def _output_names(model: Model) -> tuple[str, ...]:
    more = model.state_outputs if isinstance(model, OpenSystem) else ()
    return (*model.outputs, *more)


def numbers_section(model: Model, point: Mapping[str, Any] | None) -> str:
    """Write levels, outputs and the diagram at a point, or how to ask for them."""
    if point is None:
        return fill("model.html", part="numbers", point=None, open=model.parameters)
    refused, record = "", dict[str, Any]()
    try:
        record = evaluation(model.evaluate(**point))
    except REFUSED as error:
        refused = str(error)
    levels = record.pop("levels", [])
    absent = record.pop("absent", {})
    state, lost = ({}, {}) if refused else state_numbers(model, point)
    return fill(
        "model.html",
        part="numbers",
        point={name: written(value) for name, value in _shown(model, point).items()},
        refused=refused,
        levels=[{n: x if n == "label" else written(x) for n, x in v.items()} for v in levels],
        outputs={n: written(x) for n, x in {**record, **state}.items()},
        absent={**absent, **lost},
        diagram=diagram(model, point, levels),
    )


def _shown(model: Model, point: Mapping[str, Any]) -> dict[str, Any]:
    """The point with the coupling strength that evaluations take if none is given."""
    common = model.derivation.kappa
    return {**({common: 1.0} if common else {}), **point}


def state_numbers(
    model: Model, point: Mapping[str, Any]
) -> tuple[dict[str, float], dict[str, str]]:
    """Tell what is read off the state, matrices aside: values, and why others have none."""
    names = model.state_outputs if isinstance(model, OpenSystem) else ()
    values: dict[str, float] = {}
    lost: dict[str, str] = {}
    for name in names:
        if name == "density" or name.startswith("reduced_"):
            continue
        try:
            values[name] = float(model.evaluate(outputs=[name], **point)[name])
        except (AbsentError, DomainError) as error:
            lost[name] = error.args[0]
    return values, lost


def written(value: Any) -> tuple[str, str]:
    """Write a number for readers, digits and power of ten; infinite ones in words."""
    number = float(value)
    if math.isinf(number):
        return ("infinite" if number > 0 else "minus infinite"), ""
    return decimal(number, 10)


def diagram(
    model: Model, point: Mapping[str, Any], levels: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Draw the levels and what each bath drives; None where they are too many, or not known."""
    if not 0 < len(levels) <= LARGEST_DRAWN:
        return None
    try:
        driven = driven_pairs(model, point)
    except REFUSED:
        driven = {}
    energies = {level["label"]: float(level["energy"]) for level in levels}
    keys = [{"kind": bath_kind(k), "bath": bath} for k, bath in enumerate(driven)]
    return {"svg": system_diagram(energies, driven, "levels"), "keys": keys}


def findings_section(report: Report) -> str:
    """Write what makes the model's numbers wrong, and what was not examined."""
    return fill("model.html", part="findings", findings=report.findings, skipped=report.skipped)
