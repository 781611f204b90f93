"""Writing certificates: a proof that is replayed by the checker as it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symqb.certify.checker import (
    FORMAT,
    Arithmetic,
    Checker,
    Context,
    Fact,
    Monomial,
    Polynomial,
    Refused,
    Statement,
)
from symqb.prove.search import combine, products

Record = dict[str, Any]
Definition = tuple[str, str, str | Sequence[str]]
"""The name that is defined, "exp" or "over" or "is", and the body."""


class NotFound(Exception):
    """The search found no proof; the verdict is then inconclusive, never "proved"."""


class Unmetered(Arithmetic):
    """The search may work longer than the checker allows itself."""

    def spend(self, amount: int) -> None:
        self.work += amount


def statement(
    name: str,
    variables: str,
    definitions: Sequence[Definition] = (),
    hypotheses: Mapping[str, str] | None = None,
    conclusions: Mapping[str, str] | None = None,
) -> Record:
    """A statement record: for all ``variables``, the hypotheses imply the conclusions.

    Parameters
    ----------
    name : str
        Name of the theorem.
    variables : str
        Names of real variables, separated by blanks.
    definitions : sequence of (str, "exp" or "over" or "is", body)
        In order.
    hypotheses, conclusions : mapping
        Relations by name.

    Returns
    -------
    dict
        The JSON object that a certificate carries.
    """
    listed = [
        {"name": n, kind: list(body) if kind == "over" else body} for n, kind, body in definitions
    ]
    return {
        "name": name,
        "variables": variables.split(),
        "definitions": listed,
        "hypotheses": dict(hypotheses or {}),
        "conclusions": dict(conclusions or {}),
    }


def write_monomial(monomial: Monomial) -> str:
    return "*".join(name if power == 1 else f"{name}^{power}" for name, power in monomial)


def write(polynomial: Polynomial) -> str:
    """The polynomial as the checker reads it."""
    text = ""
    for monomial, value in sorted(polynomial.items(), key=lambda item: (-len(item[0]), item[0])):
        size, factors = abs(value), write_monomial(monomial)
        term = str(size) if not factors else factors if size == 1 else f"{size}*{factors}"
        sign = "-" if value < 0 else "+"
        text += f" {sign} {term}" if text else ("-" if value < 0 else "") + term
    return text or "0"


@dataclass(frozen=True)
class Theorem:
    """A finished lemma or theorem, with the lemmas it rests on."""

    statement: Record
    proof: list[Record]
    lemmas: tuple[Theorem, ...] = ()

    @property
    def name(self) -> str:
        return str(self.statement["name"])

    def closure(self) -> list[Theorem]:
        """Every lemma needed, each after those it needs itself."""
        found: dict[str, Theorem] = {}
        for lemma in self.lemmas:
            for needed in [*lemma.closure(), lemma]:
                found.setdefault(needed.name, needed)
        return list(found.values())


class Proof:
    """A proof under construction; a step the checker refuses raises at once."""

    def __init__(
        self,
        record: Record | None,
        lemmas: Sequence[Theorem] = (),
        _inside: tuple[Checker, Context] | None = None,
    ) -> None:
        self.record, self.lemmas, self.written = record, tuple(lemmas), list[Record]()
        self.needed: dict[str, Theorem] = {}
        if _inside is not None:
            self.checker, self.context = _inside
            return
        self.checker = Checker()
        self.checker.arithmetic = Unmetered()
        for lemma in self.lemmas:
            self.checker.lemmas[lemma.name] = self.checker.statement(lemma.statement)
        self.context = Context({}, {}, {})
        if record is not None:
            parsed = self.checker.statement(record)
            self.context = Context(dict.fromkeys(parsed.variables), parsed.macros, {}, parsed)
            self.checker.activate(self.context)

    # ---- reading what is known ------------------------------------------------------------

    def polynomial(self, text: str) -> Polynomial:
        return self.checker.polynomial(text, self.context)

    def fact(self, name: str) -> Fact:
        return self.context.fact(name)

    def claim(self, name: str) -> str:
        fact = self.fact(name)
        return f"{write(fact.polynomial)} {fact.relation} 0"

    def step(self, record: Record) -> None:
        self.checker.steps([record], self.context, 0)
        self.written.append(record)

    # ---- steps ----------------------------------------------------------------------------

    def define(self, *names: str, nonzero: str | None = None) -> None:
        """Introduce definitions of the statement."""
        for name in names:
            self.step({"define": name} | ({"nonzero": nonzero} if nonzero else {}))

    def exponential(self, name: str, argument: str) -> None:
        self.step({"define": name, "exp": argument})

    def quotient(self, name: str, top: str, bottom: str, nonzero: str | None = None) -> None:
        record: Record = {"define": name, "over": [top, bottom]}
        self.step(record | ({"nonzero": nonzero} if nonzero else {}))

    def stated_record(self) -> Record:
        """The statement this proof is of."""
        if self.record is None:
            raise NotFound("a branch or a witness has no statement")
        return self.record

    def stated(self, name: str) -> bool:
        """Whether the statement itself defines the name."""
        return self.context.statement is not None and name in self.context.statement.definitions

    def named_exponential(self, name: str, argument: str) -> None:
        """Introduce it from the statement if it is defined there, else here."""
        if self.stated(name):
            self.define(name)
        else:
            self.exponential(name, argument)

    def named_quotient(self, name: str, top: str, bottom: str, nonzero: str | None = None) -> None:
        if self.stated(name):
            self.define(name, nonzero=nonzero)
        else:
            self.quotient(name, top, bottom, nonzero)

    def combine(
        self,
        fact: str,
        claim: str,
        terms: Iterable[tuple[str, Sequence[str], str | None]] = (),
        equal: Mapping[str, str] | None = None,
    ) -> None:
        """``terms``: (weight, facts, square or None); ``equal``: multiplier of each equality."""
        body: list[Record] = []
        for weight, facts, square in terms:
            term: Record = {"c": weight}
            if facts:
                term["facts"] = list(facts)
            if square is not None:
                term["square"] = square
            body.append(term)
        body += [{"times": m, "equality": e} for e, m in (equal or {}).items()]
        self.step({"fact": fact, "claim": claim, "combine": body})

    def cancel(self, fact: str, claim: str, factor: str, product: str) -> None:
        self.step({"fact": fact, "claim": claim, "cancel": {"factor": factor, "product": product}})

    def exp_sum(self, fact: str, x: str, y: str, z: str) -> None:
        self.step({"fact": fact, "claim": f"{z} = {x}*{y}", "exp_sum": [x, y, z]})

    def exp_zero(self, fact: str, x: str) -> None:
        self.step({"fact": fact, "claim": f"{x} = 1", "exp_zero": x})

    def exp_bound(self, fact: str, x: str) -> None:
        _, argument = self.checker.exponent(x, self.context)
        self.step(
            {
                "fact": fact,
                "claim": f"{x} >= 1 + {write(argument)}".replace("+ -", "- "),
                "exp_bound": x,
            }
        )

    def search(
        self,
        fact: str,
        claim: str,
        facts: Sequence[str] = (),
        equal: Mapping[str, Sequence[str] | str] | None = None,
        degree: int = 1,
        squares: Sequence[str] = (),
    ) -> None:
        """Find a combination: products of at most ``degree`` facts, given multiplier terms."""
        target = self.checker.relation(claim, self.context)
        arithmetic = self.checker.arithmetic
        terms: list[tuple[tuple[str, ...], str | None]] = []
        candidates: list[Polynomial] = []
        for chosen in products(len(facts), degree) if target.relation != "=" else []:
            product: Polynomial = {(): Fraction(1)}
            for index in chosen:
                product = arithmetic.multiply(product, self.fact(facts[index]).polynomial)
            names = tuple(facts[i] for i in chosen)
            for square in [None, *squares]:
                root = self.polynomial(square or "1")
                terms.append((names, square))
                candidates.append(arithmetic.multiply(product, arithmetic.multiply(root, root)))
        columns: list[tuple[str, Polynomial]] = []
        for name, multipliers in (equal or {}).items():
            for text in [multipliers] if isinstance(multipliers, str) else multipliers:
                columns.append((name, self.polynomial(text)))
        reward = [
            k
            for k, (names, square) in enumerate(terms)
            if square is None and all(self.fact(n).relation == ">" for n in names)
        ]
        found = combine(
            target.polynomial,
            candidates,
            [arithmetic.multiply(m, self.fact(e).polynomial) for e, m in columns],
            reward if target.relation == ">" else (),
        )
        if found is None:
            raise NotFound(f"no combination gives {fact}: {claim}")
        multiples: dict[str, Polynomial] = {}
        for k, value in found.multiples.items():
            name, multiplier = columns[k]
            scaled = arithmetic.multiply({(): value}, multiplier)
            multiples[name] = arithmetic.add(multiples.get(name, {}), scaled)
        self.combine(
            fact,
            claim,
            [(str(value), *terms[k]) for k, value in found.weights.items()],
            {name: write(poly) for name, poly in multiples.items() if poly},
        )

    def split(
        self,
        on: str,
        gives: Mapping[str, str],
        nonnegative: Callable[[Proof], None],
        negative: Callable[[Proof], None],
        assume: tuple[str, str] = ("nonneg", "neg"),
    ) -> None:
        """Two cases, each written by a function that is handed the branch."""
        polynomial = self.polynomial(on)
        opposite = self.checker.arithmetic.add({}, polynomial, -1)
        record: Record = {"split": on}
        sides = [
            ("nonnegative", Fact(polynomial, ">="), nonnegative, assume[0]),
            ("negative", Fact(opposite, ">"), negative, assume[1]),
        ]
        for side, assumed, write_branch, label in sides:
            inside = (self.checker, self.context.branch(self.checker.arithmetic))
            inside[1].add(label, assumed)
            branch = Proof(None, self.lemmas, inside)
            write_branch(branch)
            self.needed |= branch.needed
            record[side] = {"assume": label, "proof": branch.written}
        self.step(record | {"gives": dict(gives)})

    def lemma(
        self,
        lemma: Theorem,
        images: Mapping[str, str],
        gives: Mapping[str, str],
        given: Mapping[str, str] | None = None,
    ) -> None:
        """Use a lemma; facts for its hypotheses are looked up unless ``given`` names them."""
        parsed = self.checker.lemmas[lemma.name]
        self.needed[lemma.name] = lemma
        found = dict(given or {})
        places = self.places(parsed, images)
        for name, hypothesis in parsed.hypotheses.items():
            image = self.checker.arithmetic.substitute(hypothesis.polynomial, places)
            if name not in found and self.checker.arithmetic.names(image):
                found[name] = self.lookup(Fact(image, hypothesis.relation), f"{lemma.name}.{name}")
        targets: Record = {}
        for fact, conclusion in gives.items():
            target = parsed.conclusions[conclusion]
            image = self.checker.arithmetic.substitute(target.polynomial, places)
            claim = f"{write(image)} {target.relation} 0"
            targets[fact] = {"conclusion": conclusion, "claim": claim}
        self.step({"lemma": lemma.name, "with": dict(images), "given": found, "gives": targets})

    def places(self, parsed: Statement, images: Mapping[str, str]) -> dict[str, Polynomial]:
        return {name: self.polynomial(text) for name, text in images.items()}

    def lookup(self, wanted: Fact, label: str) -> str:
        for name, fact in self.context.facts.items():
            if fact.gives(wanted):
                return name
        text = f"{write(wanted.polynomial)} {wanted.relation} 0"
        raise NotFound(f"hypothesis {label}: no fact gives {text}")

    def done(self) -> Theorem:
        """The theorem, once the checker agrees that every conclusion is shown."""
        if self.record is None:
            raise NotFound("a branch is not a theorem")
        theorem = Theorem(self.record, self.written, tuple(self.needed.values()))
        checker = Checker()
        checker.arithmetic = Unmetered()
        for lemma in self.lemmas:
            checker.lemmas[lemma.name] = checker.statement(lemma.statement)
        checker.theorem({"statement": self.record, "proof": self.written})
        return theorem


def prune(steps: Sequence[Record], wanted: set[str]) -> list[Record]:
    """Drop the steps whose facts nothing uses."""
    kept: list[Record] = []
    needed = set(wanted)
    for step in reversed(steps):
        if "define" in step:
            needed |= {step["nonzero"]} if "nonzero" in step else set()
            kept.append(step)
            continue
        if "split" in step:
            gives = {k: v for k, v in step["gives"].items() if k in needed}
            if not gives:
                continue
            step = dict(step, gives=gives)
            for side in ("nonnegative", "negative"):
                inner = prune(step[side]["proof"], set(gives))
                step[side] = dict(step[side], proof=inner)
                needed |= mentioned(inner)
        elif "lemma" in step:
            gives = {k: v for k, v in step["gives"].items() if k in needed}
            if not gives:
                continue
            step = dict(step, gives=gives)
            needed |= set(step["given"].values())
        elif step["fact"] not in needed:
            continue
        else:
            needed |= mentioned([step])
        kept.append(step)
    return kept[::-1]


def mentioned(steps: Sequence[Record]) -> set[str]:
    """Every string in the steps that could be the name of a fact."""
    found: set[str] = set()
    todo: list[Any] = [
        {k: v for k, v in step.items() if k not in ("fact", "claim")} for step in steps
    ]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            todo += value.values()
    return found


def pruned(theorem: Theorem) -> Record:
    conclusions = set(theorem.statement["conclusions"])
    return {"statement": theorem.statement, "proof": prune(theorem.proof, conclusions)}


@dataclass(frozen=True)
class Witness:
    """A point of the domain, with the lemmas that its own steps use."""

    record: Record
    lemmas: tuple[Theorem, ...] = ()


def certificate(theorem: Theorem, witness: Witness) -> Record:
    """A certificate of a proved theorem; the witness shows that it is not vacuous."""
    main = pruned(theorem)
    needed = Theorem({"name": ""}, [], (*theorem.lemmas, *witness.lemmas)).closure()
    consistent = prune_witness(witness.record)
    return {
        "format": FORMAT,
        "lemmas": [pruned(lemma) for lemma in needed],
        "statement": main["statement"],
        "consistent": consistent,
        "proof": main["proof"],
    }


def refutation(statement_record: Record, witness: Witness, violates: str, by: str) -> Record:
    """A certificate that the statement is false at the witness's point."""
    return {
        "format": FORMAT,
        "lemmas": [pruned(lemma) for lemma in Theorem({"name": ""}, [], witness.lemmas).closure()],
        "statement": statement_record,
        "refutation": prune_witness(witness.record, {by}) | {"violates": violates, "by": by},
    }


def prune_witness(record: Record, wanted: set[str] | None = None) -> Record:
    kept = prune(record["steps"], (wanted or set()) | set(record["given"].values()))
    return {"steps": kept, "with": record["with"], "given": record["given"]}


def point(**values: str) -> Witness:
    """A witness at rational values, where no exponential occurs in a hypothesis."""
    return Witness({"steps": [], "with": values, "given": {}})


__all__ = [
    "NotFound",
    "Proof",
    "Record",
    "Refused",
    "Theorem",
    "Witness",
    "certificate",
    "point",
    "prune",
    "refutation",
    "statement",
    "write",
]
