"""What a person looks at: formulas as LaTeX and MathML, tables, and the report page."""

from symqb.report.derivation import derivation
from symqb.report.latex import latex_document, latex_sections

__all__ = ["derivation", "latex_document", "latex_sections"]
