"""Interval arithmetic written as a proof: rational bounds of names, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from symqb.prove.builder import NotFound, Proof
from symqb.prove.theorems import exponential


@dataclass(frozen=True)
class Interval:
    """``low <= text <= high``, with the names of the facts that say so."""

    text: str
    low: Fraction
    high: Fraction
    low_fact: str
    high_fact: str


class Bounds:
    """Bounds of rational expressions and exponentials at one point of the domain."""

    def __init__(self, p: Proof, digits: int = 8) -> None:
        self.p, self.digits, self.fresh = p, digits, count()

    def rounded(self, value: Fraction, up: bool) -> Fraction:
        """A nearby rational with few digits, on the safe side."""
        if value == 0:
            return value
        size = 10 ** max(
            0, self.digits - (len(str(abs(value.numerator))) - len(str(value.denominator)))
        )
        scaled = value * size
        floor = scaled.numerator // scaled.denominator
        return Fraction(floor + (up and floor != scaled), size)

    def state(
        self,
        text: str,
        low: Fraction,
        high: Fraction,
        below: Sequence[tuple[Fraction, list[str]]],
        above: Sequence[tuple[Fraction, list[str]]],
        equal: tuple[dict[str, str], dict[str, str]] = ({}, {}),
        factor: str | None = None,
    ) -> Interval:
        """Bounds from ``below`` and ``above``, ``factor`` being a positive multiplier."""
        facts = []
        for bound, terms, multiples, up in (
            (low, below, equal[0], False),
            (high, above, equal[1], True),
        ):
            fact = f"bound{next(self.fresh)}"
            claim = f"{bound} - ({text}) >= 0" if up else f"{text} - ({bound}) >= 0"
            parts = [(str(weight), names, None) for weight, names in terms if weight]
            if factor is None:
                self.p.combine(fact, claim, parts, multiples)
            else:
                multiplier = claim.split(" >=")[0]
                self.p.combine(
                    f"{fact}_scaled",
                    f"({self.p.claim(factor).split(' > ')[0]})*({multiplier}) >= 0",
                    parts,
                    multiples,
                )
                self.p.cancel(fact, claim, factor, f"{fact}_scaled")
            facts.append(fact)
        return Interval(text, low, high, facts[0], facts[1])

    def constant(self, value: Fraction) -> Interval:
        return self.state(str(value), value, value, [], [])

    def add(self, a: Interval, b: Interval) -> Interval:
        one = Fraction(1)
        low, high = self.rounded(a.low + b.low, False), self.rounded(a.high + b.high, True)
        below = [(one, [a.low_fact]), (one, [b.low_fact]), (a.low + b.low - low, [])]
        above = [(one, [a.high_fact]), (one, [b.high_fact]), (high - a.high - b.high, [])]
        return self.state(f"({a.text}) + ({b.text})", low, high, below, above)

    def scale(self, factor: Fraction, a: Interval) -> Interval:
        """A multiple by a positive number."""
        below, above = [(factor, [a.low_fact])], [(factor, [a.high_fact])]
        return self.state(f"{factor}*({a.text})", factor * a.low, factor * a.high, below, above)

    def multiply(self, a: Interval, b: Interval) -> Interval:
        """The product of two intervals that are not negative."""
        if a.low < 0 or b.low < 0:
            raise NotFound(f"only nonnegative intervals are multiplied, not {a} and {b}")
        one = Fraction(1)
        low, high = self.rounded(a.low * b.low, False), self.rounded(a.high * b.high, True)
        below = [
            (one, [a.low_fact, b.low_fact]),
            (a.low, [b.low_fact]),
            (b.low, [a.low_fact]),
            (a.low * b.low - low, []),
        ]
        above = [
            (one, [a.high_fact, b.low_fact]),
            (b.low, [a.high_fact]),
            (a.high, [b.high_fact]),
            (high - a.high * b.high, []),
        ]
        return self.state(f"({a.text})*({b.text})", low, high, below, above)

    def product(self, parts: Sequence[Interval]) -> Interval:
        total = parts[0]
        for part in parts[1:]:
            total = self.multiply(total, part)
        return total

    def total(self, parts: Sequence[Interval]) -> Interval:
        total = parts[0]
        for part in parts[1:]:
            total = self.add(total, part)
        return total

    def named(self, name: str, value: Interval) -> Interval:
        """Bounds for a name defined as value over 1."""
        one = Fraction(1)
        equal = ({name: "1"}, {name: "-1"})
        return self.state(
            name,
            value.low,
            value.high,
            [(one, [value.low_fact])],
            [(one, [value.high_fact])],
            equal,
        )

    def quotient(self, name: str, top: Interval, bottom: Interval, positive: str) -> Interval:
        """Bounds for a name defined as top over bottom, ``positive`` saying that bottom > 0."""
        if bottom.low <= 0 or top.low < 0:
            raise NotFound(f"a quotient needs top >= 0 and bottom > 0: {top}, {bottom}")
        one = Fraction(1)
        low = self.rounded(top.low / bottom.high, False)
        high = self.rounded(top.high / bottom.low, True)
        below = [
            (one, [top.low_fact]),
            (low, [bottom.high_fact]),
            (top.low - low * bottom.high, []),
        ]
        above = [
            (one, [top.high_fact]),
            (high, [bottom.low_fact]),
            (high * bottom.low - top.high, []),
        ]
        return self.state(name, low, high, below, above, ({name: "1"}, {name: "-1"}), positive)

    def exponential(self, name: str, argument: Fraction, halvings: int | None = None) -> Interval:
        """Bounds of a local name = exp(argument), by squaring exp(argument/2^k) up."""
        p = self.p
        if halvings is None:
            halvings = 0
            while abs(argument) / 2**halvings > Fraction(1, 200):
                halvings += 1
        names = [name] + [f"{name}_half{k}" for k in range(1, halvings + 1)]
        for k, half in list(enumerate(names))[1:]:
            p.exponential(half, str(argument / 2**k))
        small = argument / 2**halvings
        p.exponential(f"{name}_inverse", str(-small))
        p.exponential(f"{name}_one", "0")
        p.exp_zero(f"{name}_zero", f"{name}_one")
        p.exp_sum(f"{name}_unit", names[-1], f"{name}_inverse", f"{name}_one")
        p.exp_bound(f"{name}_low", names[-1])
        p.exp_bound(f"{name}_inverse_low", f"{name}_inverse")
        fact = f"{names[-1]}_pos"
        p.lemma(exponential.positive(), {"t": str(small), "X": names[-1]}, {fact: "positive"})
        # x e^{-t} = 1 and e^{-t} >= 1 - t, hence x (1 - t) <= 1.
        high = self.rounded(1 / (1 - small), True)
        interval = self.first(name, names[-1], small, high, fact)
        for k in range(halvings - 1, -1, -1):
            p.exp_sum(f"{names[k]}_square", names[k + 1], names[k + 1], names[k])
            square = self.multiply(interval, interval)
            one = Fraction(1)
            equal2 = ({f"{names[k]}_square": "1"}, {f"{names[k]}_square": "-1"})
            interval = self.state(
                names[k],
                square.low,
                square.high,
                [(one, [square.low_fact])],
                [(one, [square.high_fact])],
                equal2,
            )
        return interval

    def first(
        self, name: str, atom: str, small: Fraction, high: Fraction, positive: str
    ) -> Interval:
        """1 + t <= exp(t) <= 1/(1 - t), the latter by way of exp(-t)."""
        p = self.p
        low_fact, high_fact = f"bound{next(self.fresh)}", f"bound{next(self.fresh)}"
        p.combine(low_fact, f"{atom} - ({1 + small}) >= 0", [("1", [f"{name}_low"], None)])
        p.combine(
            f"{high_fact}_part",
            f"1 - ({1 - small})*{atom} >= 0",
            [("1", [positive, f"{name}_inverse_low"], None)],
            {f"{name}_unit": "1", f"{name}_zero": "-1"},
        )
        weight = 1 / (1 - small)
        terms = [(str(weight), [f"{high_fact}_part"], None)]
        if high > weight:
            terms.append((str(high - weight), [], None))
        p.combine(high_fact, f"{high} - {atom} >= 0", terms)
        return Interval(atom, 1 + small, high, low_fact, high_fact)

    def exponential_of(
        self, name: str, argument: str, value: Fraction, equal: dict[str, str]
    ) -> Interval:
        """Bounds of a local name = exp(argument), where argument - value is a multiple of facts."""
        p, plain = self.p, f"{name}_plain"
        p.exponential(name, argument)
        p.exponential(plain, str(value))
        known = self.exponential(plain, value)
        minus = {fact: f"-({multiplier})" for fact, multiplier in equal.items()}
        p.combine(f"{name}_le", f"{argument} <= {value}", [], minus)
        p.combine(f"{name}_ge", f"{value} <= {argument}", [], equal)
        names = (
            {"s": argument, "t": str(value), "X": name, "Y": plain},
            {"s": str(value), "t": argument, "X": plain, "Y": name},
        )
        p.lemma(
            exponential.monotone(), names[0], {f"{name}_up": "monotone"}, {"order": f"{name}_le"}
        )
        p.lemma(
            exponential.monotone(), names[1], {f"{name}_down": "monotone"}, {"order": f"{name}_ge"}
        )
        one = Fraction(1)
        return self.state(
            name,
            known.low,
            known.high,
            [(one, [known.low_fact]), (one, [f"{name}_down"])],
            [(one, [known.high_fact]), (one, [f"{name}_up"])],
        )
