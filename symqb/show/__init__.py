"""How everything is shown: formulas, LaTeX, MathML, notebook tables.

Imported with the package, it tells :data:`symqb.models.displays.DISPLAYS` how records look, and
:data:`symqb.emit.targets.SOURCE_TARGETS` how a program is printed.
"""

from symqb.emit.targets import SOURCE_TARGETS
from symqb.show import records, system_records

SOURCE_TARGETS |= {
    "latex": "symqb.show.program_latex:latex_program",
    "mathml": "symqb.show.program_mathml:mathml_program",
}

__all__ = ["records", "system_records"]
