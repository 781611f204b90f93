"""Common factors taken out of sums of Bose terms: fewer products, the same positive terms."""

from __future__ import annotations

from dataclasses import dataclass

from symqb.program.builder import ONE, Builder
from symqb.program.core import Program, Ref, Step
from symqb.program.rewrite import Ends, Lookup, map_outputs, rebuild, rewrite


@dataclass(frozen=True)
class _Product:
    """``factor * numerator / denominator``, not written out yet."""

    factor: Ref
    numerator: Ref
    denominator: Ref


Value = Ref | _Product


class _Factoring:
    """The rule; remembers which references are products of which."""

    def __init__(self) -> None:
        self.products: dict[Ref, tuple[Ref, ...]] = {}

    def step(self, b: Builder, step: Step, value: Lookup[Value]) -> Value:
        args = [value(arg) for arg in step.args]
        if step.op == "bose":
            a, T = (_plain(b, arg) for arg in args)
            return _Product(a, ONE, b.apply("expm1", b.mul(a, b.div(ONE, T))))
        if step.op == "mul":
            for x, y in (args, args[::-1]):
                if isinstance(x, _Product) and not isinstance(y, _Product):
                    return _Product(x.factor, b.mul(y, x.numerator), x.denominator)
        if step.op == "add":
            for x, y in (args, args[::-1]):
                share = self._share(b, y, x.factor) if isinstance(x, _Product) else None
                if isinstance(x, _Product) and share is not None:
                    return _Product(x.factor, b.add(_quotient(b, x), share), ONE)
        plain = tuple(_plain(b, arg) for arg in args)
        ref = rebuild(b, step.op, plain)
        if step.op == "mul":
            self.products[ref] = plain
        return ref

    def _share(self, b: Builder, value: Value, factor: Ref) -> Ref | None:
        """``value / factor`` if ``factor`` is one of its factors."""
        if isinstance(value, _Product):
            return _quotient(b, value) if value.factor == factor else None
        pair = self.products.get(value)
        if pair and factor in pair:
            return pair[1] if pair[0] == factor else pair[0]
        return None


def _quotient(b: Builder, product: _Product) -> Ref:
    return b.div(product.numerator, product.denominator)


def _plain(b: Builder, value: Value) -> Ref:
    """A value written out."""
    return b.mul(value.factor, _quotient(b, value)) if isinstance(value, _Product) else value


def factor_bose(program: Program) -> Program:
    """The program with ``a n(a, T)`` written by ``expm1`` and ``a`` taken out of sums.

    Only for positive frequencies: at a = 0 what is left divides by zero.  At T = 0 the exponent is
    infinite and the term 0, as it should be.

    Examples
    --------
    >>> b = Builder(("a", "T", "S"))
    >>> total = b.add(b.apply("bose", "a", "T"), b.apply("bose", "a", "S"))
    >>> factor_bose(b.build({"rate": total})).operation_counts()
    {'add': 1, 'div': 4, 'expm1': 2, 'mul': 3}
    """

    def ends(b: Builder, value: Lookup[Value]) -> Ends:
        return map_outputs(program, lambda ref: _plain(b, value(ref)))

    return rewrite(program, _Factoring().step, ends)
