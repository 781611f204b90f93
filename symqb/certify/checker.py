"""A checker of proof certificates that trusts nothing but the standard library.

A certificate is a JSON object that names a theorem in full and proves it, or refutes it, over
the ordered field of the reals with an exponential.  Every number is an exact rational.  The
format is described in ``docs/certificates.md``.  A proof is a list of steps of eight kinds:

``define``     name a quotient whose denominator was shown nonzero, or an exponential
``combine``    an identity: nonnegative multiples of products of facts and squares, plus any
               polynomial multiples of equalities
``cancel``     divide a fact by a positive factor
``split``      a polynomial is nonnegative or negative
``lemma``      a theorem proved earlier in the file, under a substitution
``exp_sum``    exp(x + y) = exp(x) exp(y)
``exp_zero``   exp(0) = 1
``exp_bound``  1 + t <= exp(t)

and a *witness* (a point of the domain) shows that hypotheses are consistent, or refutes.
Nothing in a certificate is executed, and work, size and depth are bounded.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

FORMAT = "symqb-certificate-1"
MAX_BYTES = 4_000_000  # of a certificate file
MAX_WORK = 6_000_000  # products and sums of monomials in one check
MAX_BITS = 4_000  # of a numerator or denominator
MAX_POWER = 64  # of a name in a polynomial, and of a bracket
MAX_DEPTH = 24  # of brackets, and of nested splits
MAX_TEXT = 60_000  # characters of one polynomial

Monomial = tuple[tuple[str, int], ...]
Polynomial = dict[Monomial, Fraction]

TOKEN = re.compile(r"[ ]*(?:([0-9]+(?:/[0-9]+)?)|([A-Za-z][A-Za-z0-9_]*)|([-+*^()]))")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
RELATION = re.compile(r"(>=|<=|>|<|=)")


class Refused(Exception):
    """The certificate does not prove its statement; ``code`` says why in one word."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def show(value: object) -> str:
    """A value as it may appear in a message: short."""
    return repr(value)[:60] if isinstance(value, str) else f"a {type(value).__name__}"


@dataclass(frozen=True)
class Fact:
    """``polynomial relation 0``, with relation one of ``>``, ``>=``, ``=``."""

    polynomial: Polynomial
    relation: str

    def gives(self, other: Fact) -> bool:
        """Whether this very polynomial satisfies the other, possibly weaker, relation."""
        weaker = self.relation == other.relation or other.relation == ">="
        return weaker and self.polynomial == other.polynomial


@dataclass(frozen=True)
class Definition:
    """``kind`` "exp": exp(first); "over": first / second."""

    kind: str
    first: Polynomial
    second: Polynomial


@dataclass
class Statement:
    """For all variables: the hypotheses imply every conclusion."""

    name: str
    variables: list[str]
    definitions: dict[str, Definition]
    macros: dict[str, Polynomial]
    hypotheses: dict[str, Fact]
    mentions: dict[str, list[str]]  # the hypotheses in which a name occurs
    conclusions: dict[str, Fact]

    def conclusion(self, name: object) -> Fact:
        if not isinstance(name, str) or name not in self.conclusions:
            raise Refused("no-such-conclusion", f"{self.name} does not conclude {show(name)}")
        return self.conclusions[name]


@dataclass
class Context:
    """What a proof may use at one point: names (None for a variable), abbreviations, facts."""

    names: dict[str, Definition | None]
    macros: dict[str, Polynomial]
    facts: dict[str, Fact]
    statement: Statement | None = None

    def branch(self, arithmetic: Arithmetic) -> Context:
        arithmetic.spend(len(self.names) + len(self.facts))
        return Context(dict(self.names), self.macros, dict(self.facts), self.statement)

    def fact(self, name: object) -> Fact:
        if not isinstance(name, str) or name not in self.facts:
            raise Refused("no-such-fact", f"there is no fact {show(name)} here")
        return self.facts[name]

    def add(self, name: object, fact: Fact) -> None:
        name = named(name)
        if name in self.facts:
            raise Refused("name-taken", f"there is a fact {name!r} already")
        self.facts[name] = fact


@dataclass(frozen=True)
class Verdict:
    """What a check found: ``verdict`` is "proved", "refuted" or "refused"."""

    verdict: str
    reason: str
    statement: dict[str, object] = field(default_factory=dict)
    assumes: tuple[str, ...] = ()


class Arithmetic:
    """Exact polynomials over the rationals, with every operation metered."""

    def __init__(self) -> None:
        self.work = 0

    def spend(self, amount: int) -> None:
        self.work += amount
        if self.work > MAX_WORK:
            raise Refused("too-much-work", f"the check needs more than {MAX_WORK} operations")

    def add(self, a: Polynomial, b: Polynomial, factor: int = 1) -> Polynomial:
        self.spend(1 + len(a) + len(b))
        total = dict(a)
        for monomial, value in b.items():
            value = total.get(monomial, Fraction(0)) + factor * value
            self.bound(value)
            if value:
                total[monomial] = value
            else:
                total.pop(monomial, None)
        return total

    def multiply(self, a: Polynomial, b: Polynomial) -> Polynomial:
        self.spend(1 + len(a) * len(b))
        total: Polynomial = {}
        for m, x in a.items():
            for n, y in b.items():
                powers = dict(m)
                for name, power in n:
                    powers[name] = powers.get(name, 0) + power
                    if powers[name] > MAX_POWER:
                        raise Refused("too-big", f"a power of {name} is above {MAX_POWER}")
                monomial = tuple(sorted(powers.items()))
                self.spend(len(monomial))
                value = total.get(monomial, Fraction(0)) + x * y
                self.bound(value)
                total[monomial] = value
        return {monomial: value for monomial, value in total.items() if value}

    def power(self, a: Polynomial, n: int) -> Polynomial:
        if n > MAX_POWER:
            raise Refused("too-big", f"the power {n} is above {MAX_POWER}")
        result = constant(1)
        for _ in range(n):
            result = self.multiply(result, a)
        return result

    def names(self, a: Polynomial) -> set[str]:
        self.spend(1 + sum(map(len, a)))
        return {name for monomial in a for name, _ in monomial}

    def bound(self, value: Fraction) -> None:
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        self.spend(bits >> 7)
        if bits > MAX_BITS:
            raise Refused("too-big", f"a number has more than {MAX_BITS} bits")

    def substitute(self, a: Polynomial, images: dict[str, Polynomial]) -> Polynomial:
        total: Polynomial = {}
        for monomial, value in a.items():
            product: Polynomial = {(): value}
            for name, power in monomial:
                if name not in images:
                    raise Refused("no-image", f"the substitution does not say what {name} becomes")
                product = self.multiply(product, self.power(images[name], power))
            total = self.add(total, product)
        return total


def constant(value: int | Fraction) -> Polynomial:
    """A number as a polynomial."""
    return {(): Fraction(value)} if value else {}


class Parser:
    """Reads ``2/3*x^2*(y - 1)``: numbers, names, + - * ^ and brackets; no division."""

    def __init__(self, arithmetic: Arithmetic, text: object, context: Context) -> None:
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise Refused("syntax", "a polynomial must be a string of bounded length")
        self.arithmetic, self.context, self.depth = arithmetic, context, 0
        self.tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip(" "))
        while position < end:
            match = TOKEN.match(text, position)
            if match is None:
                raise Refused("syntax", f"cannot read {text[position : position + 20]!r}")
            number, name, sign = match.groups()
            self.tokens.append(("n", number) if number else ("v", name) if name else (sign, sign))
            position = match.end()
        arithmetic.spend(len(self.tokens))
        self.tokens.append(("end", "end"))
        self.tokens.reverse()

    def take(self, kind: str) -> str | None:
        return self.tokens.pop()[1] if self.tokens[-1][0] == kind else None

    def whole(self) -> Polynomial:
        result = self.sum()
        if not self.take("end"):
            raise Refused("syntax", f"unexpected {self.tokens[-1][1]!r}")
        return result

    def sum(self) -> Polynomial:
        result = self.product() if not self.take("-") else self.negated()
        while True:
            if self.take("+"):
                result = self.arithmetic.add(result, self.product())
            elif self.take("-"):
                result = self.arithmetic.add(result, self.product(), -1)
            else:
                return result

    def negated(self) -> Polynomial:
        return self.arithmetic.add({}, self.product(), -1)

    def product(self) -> Polynomial:
        result = self.atom()
        while self.take("*"):
            result = self.arithmetic.multiply(result, self.atom())
        return result

    def atom(self) -> Polynomial:
        number, name = self.take("n"), None
        if number is not None:
            base = constant(rational(self.arithmetic, number))
        elif (name := self.take("v")) is not None:
            base = self.named(name)
        elif self.take("("):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Refused("too-big", f"brackets nested more than {MAX_DEPTH} deep")
            base = self.sum()
            self.depth -= 1
            if not self.take(")"):
                raise Refused("syntax", "a bracket is not closed")
        else:
            raise Refused("syntax", f"unexpected {self.tokens[-1][1]!r}")
        if self.take("^"):
            exponent = self.take("n")
            if exponent is None or not exponent.isdigit() or len(exponent) > 3:
                raise Refused("syntax", "a power must be a small whole number")
            return self.arithmetic.power(base, int(exponent))
        return base

    def named(self, name: str) -> Polynomial:
        if name in self.context.names:
            return {((name, 1),): Fraction(1)}
        macro = self.context.macros.get(name)
        if macro is None or not self.arithmetic.names(macro) <= self.context.names.keys():
            raise Refused("no-such-name", f"{name!r} is not introduced here")
        return macro


def rational(arithmetic: Arithmetic, text: object) -> Fraction:
    """A rational number from its text."""
    if not isinstance(text, str) or not re.fullmatch(r"-?[0-9]{1,1200}(/[0-9]{1,1200})?", text):
        raise Refused("syntax", f"{show(text)} is not a rational number")
    top, _, bottom = text.partition("/")
    if bottom and int(bottom) == 0:
        raise Refused("denominator", "a number has denominator zero")
    value = Fraction(int(top), int(bottom or 1))
    arithmetic.bound(value)
    return value


def keys(record: object, required: str, optional: str = "") -> dict[str, object]:
    """The record, if it is an object with exactly the keys it should have."""
    needed, allowed = set(required.split()), set((required + " " + optional).split())
    if not isinstance(record, dict) or not needed <= record.keys() <= allowed:
        raise Refused("format", f"expected an object with keys {sorted(allowed)}")
    return record


def listed(value: object) -> list[object]:
    """The value, if it is a list."""
    if not isinstance(value, list):
        raise Refused("format", "expected a list")
    return value


def table(value: object) -> dict[str, object]:
    """The value, if it is an object."""
    if not isinstance(value, dict):
        raise Refused("format", "expected an object")
    return value


def named(value: object) -> str:
    """The value, if it is a name."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise Refused("bad-name", f"{show(value)} is not a name")
    return value


class Checker:
    """One check of one certificate."""

    def __init__(self) -> None:
        self.arithmetic = Arithmetic()
        self.lemmas: dict[str, Statement] = {}
        self.used = {"exp_sum": 0, "exp_zero": 0, "exp_bound": 0}

    def polynomial(self, text: object, context: Context) -> Polynomial:
        return Parser(self.arithmetic, text, context).whole()

    def relation(self, text: object, context: Context) -> Fact:
        parts = RELATION.split(text) if isinstance(text, str) else []
        if len(parts) != 3:
            raise Refused("syntax", f"{show(text)} is not a relation")
        left, sign, right = parts
        if sign in ("<", "<="):
            left, sign, right = right, sign.replace("<", ">"), left
        left, right = self.polynomial(left, context), self.polynomial(right, context)
        return Fact(self.arithmetic.add(left, right, -1), sign)

    # ---- statements ---------------------------------------------------------------------

    def statement(self, record: object) -> Statement:
        record = keys(record, "name variables definitions hypotheses conclusions")
        title, *variables = map(named, [record["name"], *listed(record["variables"])])
        context = Context({}, {}, {})
        for name in variables:
            self.introduce(name, None, context)
        definitions: dict[str, Definition] = {}
        for entry in listed(record["definitions"]):
            kind = next((k for k in ("exp", "over", "is") if k in table(entry)), "exp")
            fields = keys(entry, f"name {kind}")
            if kind == "is":
                polynomial = self.polynomial(fields["is"], context)
                name = self.introduce(fields["name"], None, context)
                del context.names[name]
                context.macros[name] = polynomial
            else:
                definition = self.definition(kind, fields[kind], context)
                name = self.introduce(fields["name"], definition, context)
                definitions[name] = definition
        hypotheses = self.relations(record["hypotheses"], context)
        conclusions = self.relations(record["conclusions"], context)
        if not conclusions:
            raise Refused("format", "a statement needs a conclusion")
        mentions: dict[str, list[str]] = {}
        for name, fact in hypotheses.items():
            for used in self.arithmetic.names(fact.polynomial):
                mentions.setdefault(used, []).append(name)
        return Statement(
            title,
            variables,
            definitions,
            context.macros,
            hypotheses,
            mentions,
            conclusions,
        )

    def relations(self, record: object, context: Context) -> dict[str, Fact]:
        found = Context({}, {}, {})
        for name, text in table(record).items():
            found.add(name, self.relation(text, context))
        return found.facts

    def definition(self, kind: str, body: object, context: Context) -> Definition:
        if kind == "exp":
            return Definition("exp", self.polynomial(body, context), {})
        parts = listed(body)
        if len(parts) != 2:
            raise Refused("format", "a quotient has a numerator and a denominator")
        first, second = (self.polynomial(part, context) for part in parts)
        return Definition("over", first, second)

    def introduce(self, name: object, definition: Definition | None, context: Context) -> str:
        name = named(name)
        taken = context.statement is not None and (
            name in context.statement.definitions or name in context.statement.macros
        )
        if name in context.names or name in context.macros or taken:
            raise Refused("name-taken", f"the name {name!r} is in use")
        context.names[name] = definition
        return name

    # ---- proofs -------------------------------------------------------------------------

    def theorem(self, record: dict[str, object]) -> Statement:
        """Check that the proof establishes every conclusion of the statement."""
        statement = self.statement(record["statement"])
        names: dict[str, Definition | None] = dict.fromkeys(statement.variables)
        context = Context(names, statement.macros, {}, statement)
        self.activate(context)
        self.steps(record["proof"], context, 0)
        for name in statement.definitions:
            if name not in context.names:
                raise Refused("definition-missing", f"{name} was never shown to be defined")
        for name, conclusion in statement.conclusions.items():
            if name not in context.facts or not context.facts[name].gives(conclusion):
                raise Refused("conclusion-unproved", f"no fact named {name} gives it")
        return statement

    def activate(self, context: Context, new: str | None = None) -> None:
        """A hypothesis can be used once every name in it is defined; the last may be ``new``."""
        if (statement := context.statement) is None:
            return
        for name in statement.hypotheses if new is None else statement.mentions.get(new, ()):
            fact = statement.hypotheses[name]
            defined = self.arithmetic.names(fact.polynomial) <= context.names.keys()
            if defined and name not in context.facts:
                context.add(name, fact)

    def steps(self, steps: object, context: Context, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Refused("too-big", f"splits nested more than {MAX_DEPTH} deep")
        rules = {
            "combine": self.combine,
            "cancel": self.cancel,
            "exp_sum": self.exp_sum,
            "exp_zero": self.exp_zero,
            "exp_bound": self.exp_bound,
        }
        for entry in listed(steps):
            self.arithmetic.spend(1)
            step = table(entry)
            if "define" in step:
                self.define(step, context)
            elif "split" in step:
                self.split(step, context, depth)
            elif "lemma" in step:
                self.lemma(step, context)
            else:
                rule = next((name for name in rules if name in step), None)
                if rule is None:
                    raise Refused("unknown-step", f"no such step: {show(' '.join(map(str, step)))}")
                keys(step, f"fact claim {rule}")
                claim = self.relation(step["claim"], context)
                rules[rule](step[rule], claim, context)
                context.add(step["fact"], claim)

    def define(self, step: dict[str, object], context: Context) -> None:
        name = step["define"]
        given = context.statement.definitions if context.statement else {}
        if isinstance(name, str) and name in given and name not in context.names:
            keys(step, "define", "nonzero")
            definition = given[name]
            rests = map(self.arithmetic.names, (definition.first, definition.second))
            if not set().union(*rests) <= context.names.keys():
                raise Refused("no-such-name", f"{name} rests on what is not yet defined")
            context.names[name] = definition
        else:
            kind = "over" if "over" in step else "exp"
            keys(step, f"define {kind}", "nonzero" if kind == "over" else "")
            definition = self.definition(kind, step[kind], context)
            name = self.introduce(name, definition, context)
        if definition.kind == "over":
            self.defined_quotient(name, step, definition, context)
        elif "nonzero" in step:
            raise Refused("format", "an exponential has no denominator")
        self.activate(context, name)

    def defined_quotient(
        self, name: str, step: dict[str, object], body: Definition, context: Context
    ) -> None:
        """Add the fact name * denominator = numerator, the denominator being nonzero."""
        if self.arithmetic.names(body.second):
            shown = context.fact(step.get("nonzero"))
            negative = self.arithmetic.add({}, body.second, -1)
            if shown.relation != ">" or shown.polynomial not in (body.second, negative):
                raise Refused("denominator", f"the denominator of {name} is not shown nonzero")
        elif not body.second or "nonzero" in step:
            raise Refused(
                "denominator", f"{name} has a denominator that is zero, or a needless proof"
            )
        image: Polynomial = {((name, 1),): Fraction(1)}
        product = self.arithmetic.multiply(image, body.second)
        context.add(name, Fact(self.arithmetic.add(product, body.first, -1), "="))

    def combine(self, body: object, claim: Fact, context: Context) -> None:
        total: Polynomial = {}
        strict = inequality = False
        for term in map(table, listed(body)):
            if "times" in term:
                keys(term, "times equality")
                fact = context.fact(term["equality"])
                if fact.relation != "=":
                    raise Refused("not-an-equality", f"{term['equality']} is an inequality")
                factor = self.polynomial(term["times"], context)
                total = self.arithmetic.add(
                    total, self.arithmetic.multiply(factor, fact.polynomial)
                )
                continue
            keys(term, "c", "facts square")
            inequality = True
            weight = rational(self.arithmetic, term["c"])
            if weight <= 0:
                raise Refused("negative-weight", f"the weight {weight} is not positive")
            product = constant(weight)
            facts = [context.fact(name) for name in listed(term.get("facts", []))]
            for fact in facts:
                if fact.relation == "=":
                    raise Refused(
                        "not-an-inequality", "an equality needs a multiplier, not a weight"
                    )
                product = self.arithmetic.multiply(product, fact.polynomial)
            if "square" in term:
                root = self.polynomial(term["square"], context)
                product = self.arithmetic.multiply(product, self.arithmetic.multiply(root, root))
            elif all(fact.relation == ">" for fact in facts):
                strict = True
            total = self.arithmetic.add(total, product)
        if claim.relation == "=" and inequality:
            raise Refused("not-an-equality", "inequalities do not give an equality")
        if claim.relation == ">" and not strict:
            raise Refused("not-strict", "no term of the combination is strictly positive")
        if total != claim.polynomial:
            raise Refused("not-identical", "the combination is not the claim")

    def cancel(self, body: object, claim: Fact, context: Context) -> None:
        body = keys(body, "factor product")
        factor, product = context.fact(body["factor"]), context.fact(body["product"])
        if factor.relation != ">":
            raise Refused("factor-not-positive", f"{body['factor']} is not strictly positive")
        expected = Fact(
            self.arithmetic.multiply(factor.polynomial, claim.polynomial), claim.relation
        )
        if not product.gives(expected):
            raise Refused("not-identical", "the product is not factor times claim")

    def split(self, step: dict[str, object], context: Context, depth: int) -> None:
        keys(step, "split nonnegative negative gives")
        polynomial = self.polynomial(step["split"], context)
        opposite = self.arithmetic.add({}, polynomial, -1)
        gives = self.relations(step["gives"], context)
        cases = {"nonnegative": Fact(polynomial, ">="), "negative": Fact(opposite, ">")}
        for case, assumed in cases.items():
            branch = context.branch(self.arithmetic)
            part = keys(step[case], "assume proof")
            branch.add(part["assume"], assumed)
            self.steps(part["proof"], branch, depth + 1)
            for name, fact in gives.items():
                if name in context.facts or name not in branch.facts:
                    raise Refused("branch-unproved", f"the {case} case does not show {name}")
                if not branch.facts[name].gives(fact):
                    raise Refused("branch-unproved", f"the {case} case does not show {name}")
        for name, fact in gives.items():
            context.add(name, fact)

    def lemma(self, step: dict[str, object], context: Context) -> None:
        keys(step, "lemma with given gives")
        statement = self.lemmas.get(step["lemma"]) if isinstance(step["lemma"], str) else None
        if statement is None:
            raise Refused("no-such-lemma", f"{show(step['lemma'])} was not proved before")
        images = self.instantiate(statement, step, context)
        for name, target in table(step["gives"]).items():
            fields = keys(target, "conclusion claim")
            claim = self.relation(fields["claim"], context)
            conclusion = statement.conclusion(fields["conclusion"])
            image = self.arithmetic.substitute(conclusion.polynomial, images)
            if not Fact(image, conclusion.relation).gives(claim):
                raise Refused("not-identical", f"{show(name)} is not what the lemma gives")
            context.add(name, claim)

    def instantiate(
        self, statement: Statement, record: dict[str, object], context: Context
    ) -> dict[str, Polynomial]:
        """Images of the statement's names, if they meet its definitions and hypotheses."""
        given = table(record["given"])
        texts = table(record["with"])
        self.arithmetic.spend(len(statement.variables) + len(statement.definitions))
        unknown = texts.keys() - set(statement.variables) - statement.definitions.keys()
        if unknown or given.keys() - statement.hypotheses.keys():
            raise Refused("format", "the substitution names what the statement has not")
        images = {
            name: self.polynomial(texts[name], context)
            for name in statement.variables
            if name in texts
        }
        for name, body in statement.definitions.items():
            if name in texts:
                self.matched(name, texts[name], body, images, context)
                images[name] = self.polynomial(texts[name], context)
        for name, hypothesis in statement.hypotheses.items():
            image = self.arithmetic.substitute(hypothesis.polynomial, images)
            if self.arithmetic.names(image) or name in given:
                if not context.fact(given.get(name)).gives(Fact(image, hypothesis.relation)):
                    raise Refused("hypothesis-unproved", f"{given[name]} is not {name}")
            elif not holds(image.get((), Fraction(0)), hypothesis.relation):
                raise Refused("hypothesis-unproved", f"{name} is false there")
        return images

    def matched(
        self,
        name: str,
        text: object,
        body: Definition,
        images: dict[str, Polynomial],
        here: Context,
    ) -> None:
        """A defined name may only become a name defined in the same way."""
        local = here.names.get(text) if isinstance(text, str) else None
        first = self.arithmetic.substitute(body.first, images)
        second = self.arithmetic.substitute(body.second, images)
        if local != Definition(body.kind, first, second):
            raise Refused("definition-differs", f"{name} becomes something defined otherwise")

    def exponent(self, name: object, context: Context) -> tuple[Polynomial, Polynomial]:
        """The exponential as a polynomial in its own name, and its argument."""
        definition = context.names.get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or definition is None or definition.kind != "exp":
            raise Refused("not-an-exponential", f"{show(name)} is not an exponential")
        return {((name, 1),): Fraction(1)}, definition.first

    def exp_sum(self, body: object, claim: Fact, context: Context) -> None:
        names = listed(body)
        if len(names) != 3:
            raise Refused("format", "exp_sum needs [x, y, x + y]")
        (x, p), (y, q), (z, r) = (self.exponent(name, context) for name in names)
        if self.arithmetic.add(p, q) != r:
            raise Refused("argument", "the third exponent is not the sum of the other two")
        product = self.arithmetic.multiply(x, y)
        self.analytic("exp_sum", Fact(self.arithmetic.add(z, product, -1), "="), claim)

    def exp_zero(self, body: object, claim: Fact, context: Context) -> None:
        x, p = self.exponent(body, context)
        if p:
            raise Refused("argument", "the exponent is not zero")
        self.analytic("exp_zero", Fact(self.arithmetic.add(x, constant(1), -1), "="), claim)

    def exp_bound(self, body: object, claim: Fact, context: Context) -> None:
        x, p = self.exponent(body, context)
        lower = self.arithmetic.add(p, constant(1))
        self.analytic("exp_bound", Fact(self.arithmetic.add(x, lower, -1), ">="), claim)

    def analytic(self, rule: str, fact: Fact, claim: Fact) -> None:
        if fact != claim:
            raise Refused("not-identical", f"the claim is not what {rule} gives")
        self.used[rule] += 1

    # ---- whole certificates -------------------------------------------------------------

    def certificate(self, record: object) -> str:
        """Check everything; "proved" or "refuted"."""
        outcome = "proof" if "proof" in table(record) else "refutation"
        optional = "consistent" if outcome == "proof" else ""
        record = keys(record, f"format lemmas statement {outcome}", optional)
        if record["format"] != FORMAT:
            raise Refused("format", f"the format is not {FORMAT}")
        for entry in listed(record["lemmas"]):
            lemma = self.theorem(keys(entry, "statement proof"))
            if lemma.name in self.lemmas:
                raise Refused("name-taken", f"there is a lemma {lemma.name!r} already")
            self.lemmas[lemma.name] = lemma
        if outcome == "refutation":
            self.refutation(record)
            return "refuted"
        statement = self.theorem(record)
        if "consistent" not in record:
            raise Refused("inconsistent", "no point is given that meets the hypotheses")
        witness = keys(record["consistent"], "steps with given")
        self.witness(statement, witness)
        return "proved"

    def witness(
        self, statement: Statement, record: dict[str, object]
    ) -> tuple[Context, dict[str, Polynomial]]:
        context = Context({}, {}, {})
        self.steps(record["steps"], context, 0)
        if set(statement.variables) - table(record["with"]).keys():
            raise Refused("no-image", "the witness does not say where every variable is")
        return context, self.instantiate(statement, record, context)

    def refutation(self, record: dict[str, object]) -> None:
        """A point where every quotient is defined, the hypotheses hold and a conclusion fails."""
        statement = self.statement(record["statement"])
        body = keys(record["refutation"], "steps with given violates by")
        context, images = self.witness(statement, body)
        if statement.definitions.keys() - images.keys():
            raise Refused("definition-missing", "a quotient was not shown to be defined there")
        conclusion = statement.conclusion(body["violates"])
        value = self.arithmetic.substitute(conclusion.polynomial, images)
        opposite = self.arithmetic.add({}, value, -1)
        failing = {
            ">": [Fact(opposite, ">=")],
            ">=": [Fact(opposite, ">")],
            "=": [Fact(opposite, ">"), Fact(value, ">")],
        }[conclusion.relation]
        shown = context.fact(body["by"])
        if not any(shown.gives(fact) for fact in failing):
            raise Refused("not-violated", "the named fact does not contradict the conclusion")


def holds(value: Fraction, relation: str) -> bool:
    """Whether a number stands in a relation to zero."""
    return value > 0 or (value == 0 and relation != ">") if relation != "=" else value == 0


def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object from its pairs, no key occurring twice."""
    record = dict(pairs)
    if len(record) != len(pairs):
        raise Refused("format", "a key occurs twice in one object")
    return record


def load(source: str | Path) -> object:
    """The JSON value in a file, refusing what is too long, too deep or ambiguous."""
    try:
        with open(source, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Refused("unreadable", str(error)) from None
    if len(data) > MAX_BYTES:
        raise Refused("too-big", f"the file is longer than {MAX_BYTES} bytes")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise Refused("format", f"not JSON: {str(error)[:80]}") from None


def check(certificate: object, statement: object = None) -> Verdict:
    """Check one certificate, a JSON object or the path of a file that holds one.

    Args:
        certificate: the object, or the path of a UTF-8 JSON file.
        statement: if given, the certificate's statement must be this one, to the letter.

    Returns:
        A verdict, "proved" or "refuted" with what is assumed, or "refused" with the reason.
    """
    checker = Checker()
    try:
        record = table(load(certificate) if isinstance(certificate, (str, Path)) else certificate)
        outcome, shown = checker.certificate(record), table(record["statement"])
        if statement is not None and record["statement"] != statement:
            raise Refused("statement-differs", "the certificate is for another statement")
    except Refused as refusal:
        return Verdict("refused", f"{refusal.code}: {refusal}")
    except RecursionError:
        return Verdict("refused", "too-big: nested too deep")
    facts = {
        "exp_sum": "exp(x + y) = exp(x) exp(y)",
        "exp_zero": "exp(0) = 1",
        "exp_bound": "1 + t <= exp(t)",
    }
    assumed = [f"{facts[rule]}, {n} times" for rule, n in checker.used.items() if n]
    reason = f"checked with {checker.arithmetic.work} operations"
    return Verdict(outcome, reason, shown, ("ordered field of the reals", *assumed))


def main(arguments: list[str]) -> int:
    """Print the verdict on each file; 0 if none was refused, 1 if one was, 2 for misuse."""
    if not arguments:
        print("usage: python -m symqb.certify FILE ...", file=sys.stderr)
        return 2
    refused = False
    for path in arguments:
        verdict = check(path)
        refused |= verdict.verdict == "refused"
        print(f"{path}: {verdict.verdict} ({verdict.reason})")
        if verdict.statement:
            print(json.dumps(verdict.statement, indent=1))
        for assumption in verdict.assumes:
            print(f"  assumes: {assumption}")
    return int(refused)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
