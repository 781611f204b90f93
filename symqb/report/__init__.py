"""What a person looks at: formulas as LaTeX and MathML, tables, and the report page."""

from symqb.report.derivation import derivation

__all__ = ["derivation"]
