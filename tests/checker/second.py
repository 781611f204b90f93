"""A second checker of certificates, written from docs/certificates.md and from nothing else.

It shares no line and no idea of representation with ``symqb/certify/checker.py``: polynomials are
FLINT's, texts are read by a machine with an explicit stack, scopes are chains of maps.  It is made
to disagree: where the page can be read in two ways it takes the narrower one.
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flint import Ordering, fmpq, fmpq_mpoly_ctx

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")
FILE_BYTES, POLYNOMIAL_CHARACTERS, NUMBER_BITS, NUMBER_DIGITS = 4_000_000, 60_000, 4000, 1200
NESTING, POWER, NAME_CHARACTERS = 24, 64, 40
EFFORT = 20_000_000  # products of terms: the page leaves the unit of work to each checker
ORDER = {">": (">",), ">=": (">", "=", ">="), "=": ("=",)}  # what is at least as strong


class No(Exception):
    """The certificate is refused, and why."""


def demand(condition: bool, why: str) -> None:
    if not condition:
        raise No(why)


# -------------------------------------------------------------------------- JSON as the page has it


def keys(value: Any, needed: str, allowed: str = "") -> dict[str, Any]:
    """The object, if its keys are all of the first and some of the second."""
    demand(type(value) is dict, "an object is expected")
    present = set(value)
    demand(present >= set(needed.split()), f"one of the keys {needed} is missing")
    demand(present <= set(needed.split() + allowed.split()), "a key is not known here")
    return dict(value)


def array(value: Any) -> list[Any]:
    demand(type(value) is list, "a list is expected")
    return list(value)


def text(value: Any) -> str:
    demand(type(value) is str, "a string is expected")
    return str(value)


def name(value: Any) -> str:
    word = text(value)
    good = 0 < len(word) <= NAME_CHARACTERS and word[0] in LETTERS
    demand(good and set(word[1:]) <= LETTERS | DIGITS | {"_"}, "not a name")
    return word


def by_name(value: Any) -> dict[str, Any]:
    demand(type(value) is dict, "an object is expected")
    return {name(key): item for key, item in value.items()}


# ------------------------------------------------------------------------------------ polynomials


class Effort:
    """How much multiplication is left to a check."""

    def __init__(self) -> None:
        self.left = EFFORT

    def spend(self, amount: int) -> None:
        self.left -= amount
        demand(self.left >= 0, "too much work")


class Ring:
    """Polynomials over the rationals in given names, with multiplication that is paid for."""

    def __init__(self, names: Iterable[str], effort: Effort) -> None:
        words = sorted(set(names))
        self.context = fmpq_mpoly_ctx.get(["_", *words], Ordering.degrevlex)
        self.generators = dict(zip(words, self.context.gens()[1:], strict=True))
        self.effort = effort
        self.zero, self.one = self.constant(fmpq(0)), self.constant(fmpq(1))

    def constant(self, value: Any) -> Any:
        return self.context.constant(value)

    def times(self, left: Any, right: Any) -> Any:
        self.effort.spend(1 + len(left) * len(right))
        product = self.measured(left * right)
        demand(max(product.degrees()) <= POWER, "a degree is too high")
        return product

    def plus(self, left: Any, right: Any) -> Any:
        self.effort.spend(1 + len(left) + len(right))
        return self.measured(left + right)

    def measured(self, polynomial: Any) -> Any:
        for value in polynomial.coeffs():
            bits = max(value.p.bit_length(), value.q.bit_length())
            demand(bits <= NUMBER_BITS, "a coefficient is too long")
        return polynomial

    def names(self, polynomial: Any) -> set[str]:
        """The names that occur; one that cancels does not."""
        degrees = polynomial.degrees()[1:]
        return {w for w, n in zip(self.generators, degrees, strict=True) if n > 0}

    def power(self, base: Any, exponent: int) -> Any:
        result = self.one
        for _ in range(exponent):
            result = self.times(result, base)
        return result

    def number(self, polynomial: Any) -> Any | None:
        """The value of a constant; None for any other polynomial."""
        value = sum(polynomial.coeffs(), fmpq(0)) if len(polynomial) < 2 else fmpq(0)
        return value if polynomial == self.constant(value) else None


class Fact(NamedTuple):
    """``polynomial relation 0``."""

    polynomial: Any
    relation: str

    def gives(self, other: Fact) -> bool:
        return self.relation in ORDER[other.relation] and bool(self.polynomial == other.polynomial)


# --------------------------------------------------------------------------------- reading of texts


def tokens(source: str) -> Iterator[tuple[str, str]]:
    """The marks, numbers and words of a text, each with its kind."""
    place = 0
    while place < len(source):
        end, letter = place + 1, source[place]
        if letter in DIGITS:
            while end < len(source) and source[end] in DIGITS | {"/"}:
                end += 1
            yield "number", source[place:end]
        elif letter in LETTERS:
            while end < len(source) and source[end] in LETTERS | DIGITS | {"_"}:
                end += 1
            yield "word", name(source[place:end])
        elif letter in "+-*^()":
            yield letter, letter
        else:
            demand(letter == " ", "a character that no polynomial has")
        place = end
    yield "end", ""


def whole(digits: str) -> int:
    demand(digits != "" and set(digits) <= DIGITS, "not a number")
    demand(len(digits) <= NUMBER_DIGITS, "a number is too long")
    return int(digits)


def rational(source: str) -> Any:
    top, stroke, bottom = source.partition("/")
    denominator = whole(bottom) if stroke else 1
    demand(denominator != 0, "a number has the denominator zero")
    return fmpq(whole(top), denominator)


@dataclass
class Level:
    """A sum being read: what is done, and the sign and the product in hand."""

    total: Any
    sign: int = 1
    product: Any = None
    last: Any = None  # the factor that a power may still raise


class Reader:
    """Reads polynomials: one pass, with a stack of open brackets."""

    def __init__(self, ring: Ring, meaning: Callable[[str], Any]) -> None:
        self.ring, self.meaning = ring, meaning

    def polynomial(self, source: Any) -> Any:
        source = text(source)
        demand(len(source) <= POLYNOMIAL_CHARACTERS, "a polynomial is too long")
        stack = [Level(self.ring.zero)]
        expected = "start"  # start | operand | exponent | operator | operator, no power
        for kind, word in tokens(source):
            if expected in ("start", "operand"):
                expected = self.operand(stack, kind, word, expected == "start")
            elif expected == "exponent":
                demand(kind == "number", "a power is not a whole number")
                exponent = whole(word)
                demand(exponent <= POWER and len(word) <= 3, "a power is too high")
                stack[-1].last = self.ring.power(stack[-1].last, exponent)
                expected = "no power"
            elif kind == "end":
                demand(len(stack) == 1, "a bracket is open")
                return self.close(stack[0])
            else:
                expected = self.operator(stack, kind, expected == "operator")
        raise No("a polynomial ends too early")

    def operand(self, stack: list[Level], kind: str, word: str, start: bool) -> str:
        if kind == "-" and start:
            stack[-1].sign = -1
            return "operand"
        if kind == "(":
            demand(len(stack) <= NESTING, "brackets are nested too deep")
            stack.append(Level(self.ring.zero))
            return "start"
        demand(kind in ("number", "word"), "a number, a name or a bracket is expected")
        value = self.meaning(word) if kind == "word" else self.ring.constant(rational(word))
        stack[-1].last = value
        return "operator"

    def operator(self, stack: list[Level], kind: str, power: bool) -> str:
        top = stack[-1]
        if kind == "^":
            demand(power, "a power of a power without brackets")
            return "exponent"
        if kind == "*":
            self.factor(top)
            return "operand"
        if kind == ")":
            demand(len(stack) > 1, "a bracket closes that was never open")
            value = self.close(stack.pop())
            stack[-1].last = value
            return "operator"
        demand(kind in "+-", "an operator is expected")
        self.close(top)
        top.sign = 1 if kind == "+" else -1
        return "operand"

    def factor(self, level: Level) -> None:
        alone = level.product is None
        level.product = level.last if alone else self.ring.times(level.product, level.last)

    def close(self, level: Level) -> Any:
        self.factor(level)
        level.total = self.ring.plus(level.total, level.sign * level.product)
        level.product = level.last = None
        return level.total

    def relation(self, source: Any) -> Fact:
        source = text(source)
        at = min((k for k, letter in enumerate(source) if letter in "<>="), default=-1)
        demand(at >= 0, "a relation without a sign of order")
        sign = source[at : at + 2] if source[at : at + 2] in (">=", "<=") else source[at]
        left, right = self.polynomial(source[:at]), self.polynomial(source[at + len(sign) :])
        if sign[0] == "<":
            left, right, sign = right, left, ">" + sign[1:]
        return Fact(self.ring.plus(left, -right), sign)


def words(source: Any) -> set[str]:
    """The names that stand in a polynomial or relation."""
    blank = "".join(" " if letter in "<>=" else letter for letter in text(source))
    return {word for kind, word in tokens(blank) if kind == "word"}


# ------------------------------------------------------------------------------------- statements


class Meaning(NamedTuple):
    """What an introduced name stands for: nothing (a variable), exp of one, or one over another."""

    kind: str
    parts: tuple[Any, ...] = ()


class Statement:
    """A statement as written, and as soon as a ring is chosen, as polynomials."""

    def __init__(self, value: Any) -> None:
        record = keys(value, "name variables definitions hypotheses conclusions")
        self.name = name(record["name"])
        self.variables = [name(item) for item in array(record["variables"])]
        self.sources: dict[str, tuple[str, list[Any]]] = {}
        self.names = set(self.variables)
        demand(len(self.names) == len(self.variables), "a variable is named twice")
        for item in array(record["definitions"]):
            self.define(item)
        self.hypotheses = by_name(record["hypotheses"])
        self.conclusions = by_name(record["conclusions"])
        demand(bool(self.conclusions), "there is no conclusion")
        for item in [*self.hypotheses.values(), *self.conclusions.values()]:
            self.known(item)

    def define(self, value: Any) -> None:
        kind = next((k for k in ("exp", "over", "is") if type(value) is dict and k in value), "exp")
        record = keys(value, f"name {kind}")
        word = name(record["name"])
        demand(word not in self.names, "a name is used twice")
        parts = array(record["over"]) if kind == "over" else [record[kind]]
        demand(len(parts) == (2 if kind == "over" else 1), "a quotient has two parts")
        for part in parts:
            self.known(part)
        self.sources[word] = (kind, parts)
        self.names.add(word)

    def known(self, source: Any) -> None:
        demand(words(source) <= self.names, "a statement uses a name before it is there")

    @property
    def defined(self) -> list[str]:
        return [word for word, (kind, _) in self.sources.items() if kind != "is"]


class Read:
    """A statement in a ring: meanings of its definitions, its hypotheses and conclusions."""

    def __init__(self, statement: Statement, ring: Ring) -> None:
        self.statement, self.ring = statement, ring
        self.short: dict[str, Any] = {}
        self.meanings = {word: Meaning("variable") for word in statement.variables}
        reader = Reader(ring, self.value)
        for word, (kind, sources) in statement.sources.items():
            parts = tuple(reader.polynomial(source) for source in sources)
            if kind == "is":
                self.short[word] = parts[0]
            else:
                self.meanings[word] = Meaning(kind, parts)
        self.hypotheses = {k: reader.relation(v) for k, v in statement.hypotheses.items()}
        self.conclusions = {k: reader.relation(v) for k, v in statement.conclusions.items()}
        self.needs = {k: ring.names(fact.polynomial) for k, fact in self.hypotheses.items()}

    def value(self, word: str) -> Any:
        return self.short[word] if word in self.short else self.ring.generators[word]


# ------------------------------------------------------------------------------------------ proofs


def defined_in(steps: Any) -> set[str]:
    """All names that any step of a proof, however deep, may introduce."""
    found: set[str] = set()
    todo = [steps]
    while todo:
        item = todo.pop()
        if type(item) is list:
            todo += item
        elif type(item) is dict:
            todo += list(item.values())
            if type(item.get("define")) is str:
                found.add(name(item["define"]))
    return found


@dataclass
class Place:
    """Where a proof stands: what is introduced, what is known, what awaits its names."""

    meanings: ChainMap[str, Meaning]
    facts: ChainMap[str, Fact]
    depth: int = 0

    def inner(self) -> Place:
        return Place(self.meanings.new_child(), self.facts.new_child(), self.depth + 1)


class Lemma(NamedTuple):
    """A theorem that is proved, as the statement it was read as."""

    statement: Statement
    read: Read


@dataclass
class Proof:
    """Replays steps over one statement (None: of nothing, as in a witness)."""

    read: Read
    lemmas: dict[str, Lemma]
    place: Place = field(init=False)

    def __post_init__(self) -> None:
        variables = {word: Meaning("variable") for word in self.read.statement.variables}
        self.place = Place(ChainMap(variables), ChainMap())
        self.ring = self.read.ring
        self.reader = Reader(self.ring, self.value)
        self.awaken(None)

    # what may be used

    def value(self, word: str) -> Any:
        if word in self.read.short:
            expansion = self.read.short[word]
            self.introduced(expansion)
            return expansion
        demand(word in self.place.meanings, "a name that is not introduced")
        return self.ring.generators[word]

    def introduced(self, polynomial: Any) -> None:
        needs = self.ring.names(polynomial)
        demand(needs <= self.place.meanings.keys(), "it rests on what is not introduced")

    def fact(self, word: Any) -> Fact:
        word = name(word)
        demand(word in self.place.facts, "there is no such fact")
        return self.place.facts[word]

    def learn(self, word: Any, fact: Fact) -> None:
        word = name(word)
        demand(word not in self.place.facts, "a fact's name is taken")
        self.place.facts[word] = fact

    def awaken(self, new: str | None) -> None:
        """Hypotheses become facts when their last name is introduced."""
        for word, needs in self.read.needs.items():
            fresh = new is None or new in needs
            if fresh and needs <= self.place.meanings.keys() and word not in self.place.facts:
                self.place.facts[word] = self.read.hypotheses[word]

    # the steps

    def run(self, steps: Any) -> None:
        for step in array(steps):
            demand(type(step) is dict, "a step is an object")
            if "define" in step:
                self.define(step)
            elif "split" in step:
                self.split(step)
            elif "lemma" in step:
                self.use(step)
            else:
                self.derive(step)

    def define(self, step: dict[str, Any]) -> None:
        word = name(step["define"])
        demand(word not in self.place.meanings, "a name is introduced twice")
        if word in self.read.meanings:
            keys(step, "define", "nonzero")
            meaning = self.read.meanings[word]
            for part in meaning.parts:
                self.introduced(part)
        else:
            demand(word not in self.read.short, "an abbreviation cannot be introduced")
            kind = "over" if "over" in step else "exp"
            keys(step, f"define {kind}", "nonzero")
            parts = array(step["over"]) if kind == "over" else [step["exp"]]
            demand(len(parts) == (2 if kind == "over" else 1), "a quotient has two parts")
            meaning = Meaning(kind, tuple(self.reader.polynomial(part) for part in parts))
        if meaning.kind == "exp":
            demand("nonzero" not in step, "an exponential has no denominator")
        else:
            self.nonzero(meaning.parts[1], step)
        self.place.meanings[word] = meaning
        if meaning.kind == "over":
            product = self.ring.times(self.ring.generators[word], meaning.parts[1])
            self.learn(word, Fact(product - meaning.parts[0], "="))
        self.awaken(word)

    def nonzero(self, denominator: Any, step: dict[str, Any]) -> None:
        value = self.ring.number(denominator)
        if value is not None:
            demand(value != 0 and "nonzero" not in step, "a denominator that is a number")
            return
        demand("nonzero" in step, "a denominator may be zero")
        known = self.fact(step["nonzero"])
        demand(known.relation == ">", "a fact that is not strict shows nothing nonzero")
        same = known.polynomial == denominator or known.polynomial == -denominator
        demand(bool(same), "the fact speaks of another polynomial")

    def split(self, step: dict[str, Any]) -> None:
        keys(step, "split nonnegative negative gives")
        outside = self.place
        demand(outside.depth < NESTING, "splits are nested too deep")
        divider = self.reader.polynomial(step["split"])
        gives = {k: self.reader.relation(v) for k, v in by_name(step["gives"]).items()}
        demand(not any(word in outside.facts for word in gives), "a fact's name is taken")
        cases = {"nonnegative": Fact(divider, ">="), "negative": Fact(-divider, ">")}
        for case, assumption in cases.items():
            branch = keys(step[case], "assume proof")
            self.place = outside.inner()
            self.learn(branch["assume"], assumption)
            self.run(branch["proof"])
            for word, claim in gives.items():
                demand(self.fact(word).gives(claim), "a branch does not show what it must")
            self.place = outside
        for word, claim in gives.items():
            self.learn(word, claim)

    def derive(self, step: dict[str, Any]) -> None:
        rules = {
            "combine": self.combine,
            "cancel": self.cancel,
            "exp_sum": self.exp_sum,
            "exp_zero": self.exp_zero,
            "exp_bound": self.exp_bound,
        }
        rule = next((key for key in rules if key in step), "combine")
        keys(step, f"fact claim {rule}")
        claim = self.reader.relation(step["claim"])
        rules[rule](step[rule], claim)
        self.learn(step["fact"], claim)

    def combine(self, terms: Any, claim: Fact) -> None:
        total, strict = self.ring.zero, False
        for term in array(terms):
            if type(term) is dict and "times" in term:
                keys(term, "times equality")
                known = self.fact(term["equality"])
                demand(known.relation == "=", "only an equality may be multiplied freely")
                part = self.ring.times(self.reader.polynomial(term["times"]), known.polynomial)
            else:
                keys(term, "c", "facts square")
                demand(claim.relation != "=", "an equality does not follow from inequalities")
                part, sharp = self.positive(term)
                strict = strict or sharp
            total = self.ring.plus(total, part)
        demand(bool(total == claim.polynomial), "the sum is not the claim")
        demand(strict or claim.relation != ">", "the claim is strict and no term is")

    def positive(self, term: dict[str, Any]) -> tuple[Any, bool]:
        weight = rational(text(term["c"]))
        demand(weight > 0, "a weight is not positive")
        part, sharp = self.ring.constant(weight), "square" not in term
        for word in array(term.get("facts", [])):
            known = self.fact(word)
            demand(known.relation in (">", ">="), "an equality is no factor")
            sharp = sharp and known.relation == ">"
            part = self.ring.times(part, known.polynomial)
        if "square" in term:
            root = self.reader.polynomial(term["square"])
            part = self.ring.times(part, self.ring.times(root, root))
        return part, sharp

    def cancel(self, value: Any, claim: Fact) -> None:
        record = keys(value, "factor product")
        factor, product = self.fact(record["factor"]), self.fact(record["product"])
        demand(factor.relation == ">", "the factor is not strict")
        scaled = Fact(self.ring.times(factor.polynomial, claim.polynomial), claim.relation)
        demand(product.gives(scaled), "the product is not factor times claim")

    def exponent(self, word: Any) -> tuple[Any, Any]:
        word = name(word)
        demand(word in self.place.meanings, "a name that is not introduced")
        meaning = self.place.meanings[word]
        demand(meaning.kind == "exp", "not an exponential")
        return self.ring.generators[word], meaning.parts[0]

    def exp_sum(self, value: Any, claim: Fact) -> None:
        demand(len(array(value)) == 3, "three exponentials are needed")
        (x, a), (y, b), (z, c) = map(self.exponent, value)
        demand(bool(a + b == c), "the exponents do not add up")
        demand(claim == Fact(z - self.ring.times(x, y), "="), "not the rule's claim")

    def exp_zero(self, value: Any, claim: Fact) -> None:
        x, a = self.exponent(value)
        demand(self.ring.number(a) == 0, "the exponent is not zero")
        demand(claim == Fact(x - self.ring.one, "="), "not the rule's claim")

    def exp_bound(self, value: Any, claim: Fact) -> None:
        x, a = self.exponent(value)
        demand(claim == Fact(x - self.ring.one - a, ">="), "not the rule's claim")

    def use(self, step: dict[str, Any]) -> None:
        keys(step, "lemma with given gives")
        word = name(step["lemma"])
        demand(word in self.lemmas, "there is no such lemma before")
        image = Image(self, self.lemmas[word].read, step["with"])
        image.hypotheses(step["given"])
        gives = by_name(step["gives"])
        news: dict[str, Fact] = {}
        for key, value in gives.items():
            record = keys(value, "conclusion claim")
            claim = self.reader.relation(record["claim"])
            shown = image.conclusion(record["conclusion"])
            demand(shown.gives(claim), "the lemma does not conclude this")
            news[key] = claim
        for key, claim in news.items():
            self.learn(key, claim)


class Image:
    """A statement under a substitution into the names of a proof."""

    def __init__(self, proof: Proof, read: Read, images: Any) -> None:
        self.proof, self.read, self.ring = proof, read, proof.ring
        self.images: dict[str, Any] = {}
        given = by_name(images)
        statement = read.statement
        known = {*statement.variables, *statement.defined}
        demand(set(given) <= known, "an image of what the statement does not have")
        for word in (word for word in statement.variables if word in given):
            self.images[word] = proof.reader.polynomial(given[word])
        for word in (word for word in statement.defined if word in given):
            self.definition(word, name(given[word]))

    def definition(self, word: str, target: str) -> None:
        demand(target in self.proof.place.meanings, "the image is not introduced")
        ours, theirs = self.proof.place.meanings[target], self.read.meanings[word]
        demand(ours.kind == theirs.kind, "an image of another kind")
        for mine, part in zip(ours.parts, theirs.parts, strict=True):
            demand(bool(mine == self.of(part)), "the image is defined otherwise")
        self.images[word] = self.ring.generators[target]

    def of(self, polynomial: Any) -> Any:
        """The polynomial with every name replaced by its image."""
        order = ["_", *self.read.ring.generators]
        total = self.ring.zero
        for powers, coefficient in polynomial.terms():
            part = self.ring.constant(coefficient)
            for word, exponent in zip(order, powers, strict=True):
                if exponent:
                    demand(word in self.images, "a name that occurs has no image")
                    part = self.ring.times(part, self.ring.power(self.images[word], int(exponent)))
            total = self.ring.plus(total, part)
        return total

    def hypotheses(self, given: Any) -> None:
        named = by_name(given)
        demand(set(named) <= set(self.read.hypotheses), "no hypothesis of this name")
        for word, hypothesis in self.read.hypotheses.items():
            meant = Fact(self.of(hypothesis.polynomial), hypothesis.relation)
            if word in named:
                shown = self.proof.fact(named[word]).gives(meant)
                demand(shown, "the fact does not give the hypothesis")
            else:
                demand(self.true(meant), "a hypothesis is not shown")

    def true(self, fact: Fact) -> bool:
        value = self.ring.number(fact.polynomial)
        if value is None:
            return False
        return bool({">": value > 0, ">=": value >= 0, "=": value == 0}[fact.relation])

    def conclusion(self, word: Any) -> Fact:
        word = name(word)
        demand(word in self.read.conclusions, "no conclusion of this name")
        fact = self.read.conclusions[word]
        return Fact(self.of(fact.polynomial), fact.relation)


# -------------------------------------------------------------------------------------- the whole


NOTHING = {
    "name": "nothing",
    "variables": [],
    "definitions": [],
    "hypotheses": {},
    "conclusions": {"none": "0 = 0"},
}


class Certificate:
    """A certificate while it is checked."""

    def __init__(self, value: Any) -> None:
        refutes = type(value) is dict and "refutation" in value
        ends = "refutation" if refutes else "proof consistent"
        self.record = keys(value, f"format lemmas statement {ends}")
        demand(self.record["format"] == "symqb-certificate-1", "another format")
        self.effort = Effort()
        self.lemmas: dict[str, Lemma] = {}

    def check(self) -> str:
        for item in array(self.record["lemmas"]):
            record = keys(item, "statement proof")
            statement = Statement(record["statement"])
            demand(statement.name not in self.lemmas, "two lemmas of one name")
            read = self.prove(statement, record["proof"])
            self.lemmas[statement.name] = Lemma(statement, read)
        statement = Statement(self.record["statement"])
        if "refutation" in self.record:
            self.refute(statement, self.record["refutation"])
            return "refuted"
        read = self.prove(statement, self.record["proof"])
        record = keys(self.record["consistent"], "steps with given")
        image = self.witness(read, record)
        demand(set(statement.variables) <= set(image.images), "a variable has no value")
        return "proved"

    def prove(self, statement: Statement, steps: Any) -> Read:
        ring = Ring(statement.names | defined_in(steps), self.effort)
        proof = Proof(Read(statement, ring), self.lemmas)
        proof.run(steps)
        for word in statement.defined:
            demand(word in proof.place.meanings, "a definition is never introduced")
        for word, claim in proof.read.conclusions.items():
            demand(proof.fact(word).gives(claim), "a conclusion is not proved")
        return proof.read

    def witness(self, read: Read, record: dict[str, Any]) -> Image:
        nothing = Statement(NOTHING)
        ring = Ring(defined_in(record["steps"]), self.effort)
        proof = Proof(Read(nothing, ring), self.lemmas)
        proof.run(record["steps"])
        image = Image(proof, read, record["with"])
        image.hypotheses(record["given"])
        return image

    def refute(self, statement: Statement, value: Any) -> None:
        record = keys(value, "steps with given violates by")
        read = Read(statement, Ring(statement.names, self.effort))
        image = self.witness(read, record)
        needed = {*statement.variables, *statement.defined}
        demand(needed <= set(image.images), "a name has no value")
        claim = image.conclusion(record["violates"])
        against = image.proof.fact(record["by"])
        minus = -claim.polynomial
        opposed = {
            ">": [Fact(minus, ">=")],
            ">=": [Fact(minus, ">")],
            "=": [Fact(claim.polynomial, ">"), Fact(minus, ">")],
        }
        contradicts = any(against.gives(fact) for fact in opposed[claim.relation])
        demand(contradicts, "the fact does not contradict the conclusion")


def second_check(certificate: Any) -> str:
    """``proved``, ``refuted``, or ``refused: why`` for a certificate already parsed."""
    try:
        return Certificate(certificate).check()
    except No as why:
        return f"refused: {why}"


def second_check_text(data: bytes) -> str:
    """The same for the bytes of a file."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        demand(len(found) == len(pairs), "an object has a key twice")
        return found

    try:
        demand(len(data) <= FILE_BYTES, "the file is too long")
        return second_check(json.loads(data.decode("utf-8"), object_pairs_hook=unique))
    except No as why:
        return f"refused: {why}"
    except (ValueError, RecursionError):
        return "refused: not JSON"
