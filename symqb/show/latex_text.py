"""The LaTeX to paste into an article: some sections, some outputs, in one notation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from symqb.derive.derivation import Derivation
from symqb.models import ParameterError
from symqb.models.calls import choose_outputs
from symqb.show.forms.build import OUTPUTS, closed_form
from symqb.show.forms.latex import closed_form_formulas
from symqb.show.forms.names import RateWriter
from symqb.show.formulas import Formula
from symqb.show.paper_latex import latex_body
from symqb.show.sections import Section, sections
from symqb.show.writing import Writing


def latex_text(
    derivation: Derivation,
    only: Iterable[str] | None,
    outputs: Iterable[str] | None,
    *,
    form: str | None,
    align: str,
    names: Mapping[str, str],
    width: float,
) -> str:
    """Write sections and outputs; what was said once is not said again.

    Parameters
    ----------
    derivation : Derivation
    only, outputs : iterable of str, optional
        Sections and outputs; all sections if neither is given.
    form : str, optional
        How populations are written.
    align : str
        The environment of the displays.
    names : mapping
        The user's own LaTeX of parameters.
    width : float
        Characters that fit a line.
    """
    page = Writing(derivation, names)
    chosen = _several(only, "sections")
    found: list[Section] = []
    if chosen is not None or outputs is None:
        found = sections(derivation, chosen, names)
    if form is not None:
        found = [_in_form(page, s, form) if s.key == "steady" else s for s in found]
    if outputs is not None:
        known = [*OUTPUTS, *(f"heat_current_{bath.name}" for bath in derivation.model.baths)]
        wanted = choose_outputs(outputs, known)
        found += [output_section(page, output, form) for output in wanted]
    return latex_body(_once(found), width, align)


def _several(only: Iterable[str] | None, what: str) -> tuple[str, ...] | None:
    if only is None:
        return None
    chosen = (only,) if isinstance(only, str) else tuple(only)
    if not chosen:
        raise ParameterError(f"{what}: an empty choice; leave it out for all")
    return chosen


def _in_form(page: Writing, section: Section, form: str) -> Section:
    """The section of the steady state with the populations in another form."""
    other = output_section(page, "populations", form)
    return replace(section, text=other.text, formulas=other.formulas, paper="", folded=False)


def output_section(page: Writing, output: str, form: str | None = None) -> Section:
    """An output as a closed form, named parts first."""
    written = closed_form(page.derivation, output, form)
    formulas = tuple(closed_form_formulas(written, page.spelled))
    words = output.replace("_", " ")
    bath = output.removeprefix("heat_current_")
    title = f"Heat current of bath {bath}" if bath != output else words.capitalize()
    common = page.tex(RateWriter(page.derivation).prefactor)
    text = f"{title}, after what is named in it."
    if any(r"\bar" in formula.left for formula in formulas):
        text += f" Rates with a bar are over their common factor ${common}$."
    return Section(output, title.replace("_", r"\_"), "", text.replace("_", r"\_"), formulas)


def _once(found: Iterable[Section]) -> list[Section]:
    """Sections without the formulas that stand in one before."""
    said: set[str] = set()
    kept: list[Section] = []
    for section in found:
        fresh: list[Formula] = []
        for formula in section.formulas:
            if formula.latex not in said:
                said.add(formula.latex)
                fresh.append(formula)
        if fresh:
            kept.append(replace(section, formulas=tuple(fresh)))
    return kept
