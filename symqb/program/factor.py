"""Common factors taken out of sums of Bose terms: fewer products, the same positive terms."""

from __future__ import annotations

from dataclasses import dataclass

from symqb.program.builder import ONE, Builder
from symqb.program.core import Program, Ref, Step
from symqb.program.lower import map_outputs, rebuild


@dataclass(frozen=True)
class _Product:
    """``factor * numerator / denominator``, not written out yet."""

    factor: Ref
    numerator: Ref
    denominator: Ref


class _Factoring:
    def __init__(self, program: Program) -> None:
        self.builder = Builder(program.inputs)
        self.refs: dict[str, Ref | _Product] = {name: name for name in program.inputs}
        self.products: dict[Ref, tuple[Ref, ...]] = {}

    def quotient(self, product: _Product) -> Ref:
        return self.builder.div(product.numerator, product.denominator)

    def plain(self, value: Ref | _Product) -> Ref:
        if not isinstance(value, _Product):
            return value
        return self.builder.mul(value.factor, self.quotient(value))

    def resolve(self, ref: Ref) -> Ref:
        return self.plain(self.refs[ref]) if isinstance(ref, str) else ref

    def value(self, ref: Ref) -> Ref | _Product:
        return self.refs[ref] if isinstance(ref, str) else ref

    def step(self, step: Step) -> Ref | _Product:
        args = [self.value(arg) for arg in step.args]
        if step.op == "bose":
            a, T = map(self.plain, args)
            b = self.builder
            return _Product(a, ONE, b.apply("expm1", b.mul(a, b.div(ONE, T))))
        if step.op == "mul":
            for x, y in (args, args[::-1]):
                if isinstance(x, _Product) and not isinstance(y, _Product):
                    return _Product(x.factor, self.builder.mul(y, x.numerator), x.denominator)
        if step.op == "add":
            for x, y in (args, args[::-1]):
                share = self._share(y, x.factor) if isinstance(x, _Product) else None
                if isinstance(x, _Product) and share is not None:
                    total = self.builder.add(self.quotient(x), share)
                    return _Product(x.factor, total, ONE)
        plain = tuple(map(self.plain, args))
        ref = rebuild(self.builder, step.op, plain)
        if step.op == "mul":
            self.products[ref] = plain
        return ref

    def _share(self, value: Ref | _Product, factor: Ref) -> Ref | None:
        """``value / factor`` if ``factor`` is one of its factors."""
        if isinstance(value, _Product):
            return self.quotient(value) if value.factor == factor else None
        pair = self.products.get(value)
        if pair and factor in pair:
            return pair[1] if pair[0] == factor else pair[0]
        return None


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
    work = _Factoring(program)
    for step in program.steps:
        work.refs[step.name] = work.step(step)
    return work.builder.build(*map_outputs(program, work.resolve))
