"""A second checker of certificates, written from docs/certificates.md and from nothing else.

It shares no code with the first: polynomials are python-flint's, text is read by an operator
stack, scopes are immutable mappings, and every rule is a function from a step to new facts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly_ctx

IDENTIFIER = re.compile(r"\A[A-Za-z][A-Za-z0-9_]{0,39}\Z")


class Bad(Exception):
    """Not a proof."""


def need(condition: Any, why: str) -> None:
    if not condition:
        raise Bad(why)


@dataclass(frozen=True)
class Scope:
    names: dict  # name -> None | ("exp", p) | ("over", p, q)
    short: dict  # abbreviation -> polynomial
    facts: dict  # name -> (polynomial, relation)
    theorem: Any = None

    def with_fact(self, name, fact):
        need(isinstance(name, str) and IDENTIFIER.match(name), "bad fact name")
        need(name not in self.facts, "fact name taken")
        return replace(self, facts={**self.facts, name: fact})

    def with_name(self, name, body):
        return replace(self, names={**self.names, name: body})


@dataclass(frozen=True)
class Theorem:
    name: str
    variables: tuple
    bodies: dict
    short: dict
    hypotheses: dict
    conclusions: dict


class Second:
    def __init__(self, certificate: Any) -> None:
        words = sorted(self.words(certificate)) or ["unused"]
        self.ring = fmpq_mpoly_ctx.get(words, Ordering.lex)
        self.names, self.index = words, {word: k for k, word in enumerate(words)}
        self.zero, self.one = self.ring.constant(0), self.ring.constant(1)
        self.lemmas: dict = {}

    def words(self, value: Any) -> set:
        """Every name the certificate introduces anywhere."""
        found: set = set()
        todo = [value]
        while todo:
            item = todo.pop()
            if isinstance(item, dict):
                todo += item.values()
                found |= {item[k] for k in ("define", "name") if isinstance(item.get(k), str)}
                variables = item.get("variables")
                found |= (
                    {v for v in variables if isinstance(v, str)}
                    if isinstance(variables, list)
                    else set()
                )
            elif isinstance(item, list):
                todo += item
        return {word for word in found if IDENTIFIER.match(word)}

    # ---- text ---------------------------------------------------------------------------

    def tokens(self, text: Any) -> list:
        need(isinstance(text, str) and len(text) <= 60000, "not a polynomial")
        pieces = re.split(r"([0-9]+(?:/[0-9]+)?|[A-Za-z][A-Za-z0-9_]*|[-+*^()])", text)
        need(all(set(gap) <= {" "} for gap in pieces[::2]), "strange characters")
        return pieces[1::2]

    def read(self, text: Any, scope: Scope) -> Any:
        """Operators wait on a stack until one that binds no tighter follows."""
        values: list = []
        waiting: list = []
        operand, powered = True, False
        tokens = self.tokens(text)
        strength = {"+": 1, "-": 1, "*": 2}

        def settle(least: int) -> None:
            while waiting and waiting[-1] != "(" and strength[waiting[-1]] >= least:
                sign, right, left = waiting.pop(), values.pop(), values.pop()
                values.append(
                    left + right if sign == "+" else left - right if sign == "-" else left * right
                )

        position = 0
        while position < len(tokens):
            token = tokens[position]
            if operand:
                if token == "-":
                    need(
                        position == 0 or tokens[position - 1] == "(",
                        "a sign inside a product or sum",
                    )
                    values.append(self.zero)
                    waiting.append("-")
                elif token == "(":
                    waiting.append("(")
                    need(waiting.count("(") <= 24, "too deep")
                else:
                    values.append(self.atom(token, scope))
                    operand, powered = False, False
            elif token == "^":
                need(not powered and position + 1 < len(tokens), "bad power")
                exponent = tokens[position + 1]
                need(re.fullmatch(r"[0-9]{1,3}", exponent) and int(exponent) <= 64, "bad power")
                values.append(values.pop() ** int(exponent))
                position, powered = position + 1, True
            elif token == ")":
                settle(1)
                need(waiting and waiting.pop() == "(", "unbalanced")
                powered = False
            else:
                need(token in strength, "an operator is missing")
                settle(strength[token])
                waiting.append(token)
                operand = True
            position += 1
        need(not operand, "something is missing")
        settle(1)
        need(not waiting and len(values) == 1, "unbalanced")
        return values[0]

    def atom(self, token: str, scope: Scope) -> Any:
        if token[0].isdigit():
            return self.ring.constant(self.number(token))
        need(token[0].isalpha(), "an operand is missing")
        if token in scope.names:
            return self.ring.gen(self.index[token])
        need(
            token in scope.short and self.used(scope.short[token]) <= scope.names.keys(),
            "unknown name",
        )
        return scope.short[token]

    def number(self, text: Any) -> Any:
        need(
            isinstance(text, str) and re.fullmatch(r"-?[0-9]{1,1200}(/[0-9]{1,1200})?", text),
            "not a number",
        )
        top, _, bottom = text.partition("/")
        need(not bottom or int(bottom), "division by zero")
        return fmpq(int(top), int(bottom or 1))

    def used(self, polynomial: Any) -> set:
        """The names that occur in a polynomial."""
        powers = [{k for k, e in enumerate(m) if e} for m, _ in polynomial.terms()]
        return {self.names[k] for k in set().union(*powers)}

    def relation(self, text: Any, scope: Scope) -> tuple:
        need(isinstance(text, str), "not a relation")
        signs = re.findall(r">=|<=|>|<|=", text)
        need(len(signs) == 1, "not one relation")
        left, right = text.split(signs[0])
        difference = self.read(left, scope) - self.read(right, scope)
        if signs[0][0] == "<":
            return -difference, signs[0].replace("<", ">")
        return difference, signs[0]

    # ---- statements ---------------------------------------------------------------------

    def statement(self, record: Any) -> Theorem:
        exact(record, {"name", "variables", "definitions", "hypotheses", "conclusions"})
        need(
            isinstance(record["variables"], list) and isinstance(record["definitions"], list),
            "lists",
        )
        scope = Scope({}, {}, {})
        need(isinstance(record["name"], str) and IDENTIFIER.match(record["name"]), "bad name")
        for name in record["variables"]:
            self.fresh(name, scope)
            scope = scope.with_name(name, None)
        bodies: dict = {}
        for entry in record["definitions"]:
            need(isinstance(entry, dict) and len(entry) == 2 and "name" in entry, "bad definition")
            (kind,) = entry.keys() - {"name"}
            name = entry["name"]
            self.fresh(name, scope)
            if kind == "is":
                scope = replace(scope, short={**scope.short, name: self.read(entry["is"], scope)})
            else:
                bodies[name] = self.body(kind, entry[kind], scope)
                scope = scope.with_name(name, bodies[name])
        groups = []
        for key in ("hypotheses", "conclusions"):
            need(isinstance(record[key], dict), "relations by name")
            need(all(isinstance(n, str) and IDENTIFIER.match(n) for n in record[key]), "bad name")
            groups.append({n: self.relation(text, scope) for n, text in record[key].items()})
        need(groups[1], "no conclusion")
        return Theorem(record["name"], tuple(record["variables"]), bodies, scope.short, *groups)

    def fresh(self, name: Any, scope: Scope) -> None:
        need(isinstance(name, str) and IDENTIFIER.match(name), "bad name")
        need(name not in scope.names and name not in scope.short, "name taken")
        if scope.theorem is not None:
            need(name not in scope.theorem.bodies and name not in scope.theorem.short, "name taken")

    def body(self, kind: str, text: Any, scope: Scope) -> tuple:
        if kind == "exp":
            return "exp", self.read(text, scope)
        need(kind == "over" and isinstance(text, list) and len(text) == 2, "bad definition")
        return "over", self.read(text[0], scope), self.read(text[1], scope)

    # ---- proofs -------------------------------------------------------------------------

    def theorem(self, record: Any) -> Theorem:
        theorem = self.statement(record["statement"])
        scope = self.wake(Scope(dict.fromkeys(theorem.variables), theorem.short, {}, theorem))
        scope = self.follow(record["proof"], scope, 0)
        need(theorem.bodies.keys() <= scope.names.keys(), "a definition is missing")
        for name, conclusion in theorem.conclusions.items():
            need(name in scope.facts and implies(scope.facts[name], conclusion), "not concluded")
        return theorem

    def wake(self, scope: Scope) -> Scope:
        if scope.theorem is None:
            return scope
        ready = {
            name: fact for name, fact in scope.theorem.hypotheses.items()
            if name not in scope.facts and self.used(fact[0]) <= scope.names.keys()
        }  # fmt: skip
        return replace(scope, facts={**scope.facts, **ready})

    def follow(self, steps: Any, scope: Scope, depth: int) -> Scope:
        need(isinstance(steps, list) and depth <= 24, "steps")
        kinds = (
            "define",
            "split",
            "lemma",
            "combine",
            "cancel",
            "exp_sum",
            "exp_zero",
            "exp_bound",
        )
        for step in steps:
            need(isinstance(step, dict), "a step is an object")
            kind = next((k for k in kinds if k in step), None)
            need(kind, "unknown step")
            if kind == "define":
                scope = self.define(step, scope)
            elif kind == "split":
                scope = self.split(step, scope, depth)
            elif kind == "lemma":
                scope = self.lemma(step, scope)
            else:
                exact(step, {"fact", "claim", kind})
                claim = self.relation(step["claim"], scope)
                getattr(self, kind)(step[kind], claim, scope)
                scope = scope.with_fact(step["fact"], claim)
        return scope

    def fact(self, name: Any, scope: Scope) -> tuple:
        need(isinstance(name, str) and name in scope.facts, "no such fact")
        return scope.facts[name]

    def define(self, step: dict, scope: Scope) -> Scope:
        name = step["define"]
        own = scope.theorem.bodies if scope.theorem is not None else {}
        if isinstance(name, str) and name in own and name not in scope.names:
            exact(step, {"define"}, {"nonzero"})
            body = own[name]
            need(
                all(self.used(p) <= scope.names.keys() for p in body[1:]), "rests on the undefined"
            )
        else:
            kind = "over" if "over" in step else "exp"
            exact(step, {"define", kind}, {"nonzero"} if kind == "over" else set())
            body = self.body(kind, step[kind], scope)
            self.fresh(name, scope)
        if body[0] == "exp":
            need("nonzero" not in step, "an exponential has no denominator")
            return self.wake(scope.with_name(name, body))
        _, top, bottom = body
        nonzero = step.get("nonzero")
        if self.used(bottom):
            shown, relation = self.fact(nonzero, scope)
            need(relation == ">" and (shown == bottom or shown == -bottom), "denominator")
        else:
            need(bottom != 0 and nonzero is None, "denominator")
        scope = scope.with_name(name, body)
        equation = self.ring.gen(self.index[name]) * bottom - top
        return self.wake(scope.with_fact(name, (equation, "=")))

    def combine(self, terms: Any, claim: tuple, scope: Scope) -> None:
        need(isinstance(terms, list), "terms")
        strict, weighted, rest = False, False, claim[0]
        for term in terms:
            need(isinstance(term, dict), "term")
            if "times" in term:
                exact(term, {"times", "equality"})
                polynomial, relation = self.fact(term["equality"], scope)
                need(relation == "=", "not an equality")
                rest -= self.read(term["times"], scope) * polynomial
                continue
            exact(term, {"c"}, {"facts", "square"})
            weighted = True
            product = self.ring.constant(self.number(term["c"]))
            need(self.number(term["c"]) > 0, "a weight is not positive")
            need(isinstance(term.get("facts", []), list), "facts")
            relations = []
            for name in term.get("facts", []):
                polynomial, relation = self.fact(name, scope)
                need(relation != "=", "an equality among inequalities")
                relations.append(relation)
                product *= polynomial
            if "square" in term:
                product *= self.read(term["square"], scope) ** 2
            strict |= "square" not in term and ">=" not in relations
            rest -= product
        need(rest == 0, "not an identity")
        need(claim[1] != ">" or strict, "not strict")
        need(claim[1] != "=" or not weighted, "not an equality")

    def cancel(self, body: Any, claim: tuple, scope: Scope) -> None:
        exact(body, {"factor", "product"})
        factor, product = self.fact(body["factor"], scope), self.fact(body["product"], scope)
        need(factor[1] == ">", "the factor may vanish")
        need(implies(product, (factor[0] * claim[0], claim[1])), "not the product")

    def exponential(self, name: Any, scope: Scope) -> tuple:
        need(isinstance(name, str) and (scope.names.get(name) or ("",))[0] == "exp", "not exp")
        return self.ring.gen(self.index[name]), scope.names[name][1]

    def exp_sum(self, body: Any, claim: tuple, scope: Scope) -> None:
        need(isinstance(body, list) and len(body) == 3, "exp_sum")
        (x, p), (y, q), (z, r) = (self.exponential(name, scope) for name in body)
        need(p + q == r and claim == (z - x * y, "="), "exp_sum")

    def exp_zero(self, body: Any, claim: tuple, scope: Scope) -> None:
        x, p = self.exponential(body, scope)
        need(p == 0 and claim == (x - 1, "="), "exp_zero")

    def exp_bound(self, body: Any, claim: tuple, scope: Scope) -> None:
        x, p = self.exponential(body, scope)
        need(claim == (x - 1 - p, ">="), "exp_bound")

    def split(self, step: dict, scope: Scope, depth: int) -> Scope:
        exact(step, {"split", "nonnegative", "negative", "gives"})
        polynomial = self.read(step["split"], scope)
        need(isinstance(step["gives"], dict), "gives")
        gives = {name: self.relation(text, scope) for name, text in step["gives"].items()}
        for case, assumed in (
            ("nonnegative", (polynomial, ">=")),
            ("negative", (-polynomial, ">")),
        ):
            exact(step[case], {"assume", "proof"})
            branch = scope.with_fact(step[case]["assume"], assumed)
            branch = self.follow(step[case]["proof"], branch, depth + 1)
            for name, fact in gives.items():
                need(name in branch.facts and implies(branch.facts[name], fact), "a case is open")
        for name, fact in gives.items():
            scope = scope.with_fact(name, fact)
        return scope

    def lemma(self, step: dict, scope: Scope) -> Scope:
        exact(step, {"lemma", "with", "given", "gives"})
        need(isinstance(step["lemma"], str) and step["lemma"] in self.lemmas, "no such lemma")
        theorem = self.lemmas[step["lemma"]]
        images = self.images(theorem, step, scope)
        need(isinstance(step["gives"], dict), "gives")
        for name, target in step["gives"].items():
            exact(target, {"conclusion", "claim"})
            need(str(target["conclusion"]) in theorem.conclusions, "no such conclusion")
            claim = self.relation(target["claim"], scope)
            polynomial, relation = theorem.conclusions[target["conclusion"]]
            need(
                implies((self.put(polynomial, images), relation), claim), "not what the lemma gives"
            )
            scope = scope.with_fact(name, claim)
        return scope

    def put(self, polynomial: Any, images: dict) -> Any:
        """The polynomial with every name replaced by its image."""
        total, names = self.zero, self.names
        for powers, coefficient in polynomial.terms():
            term = self.ring.constant(coefficient)
            for k, power in enumerate(powers):
                if power:
                    need(names[k] in images, "no image")
                    term *= images[names[k]] ** int(power)
            total += term
        return total

    def images(self, theorem: Theorem, record: dict, scope: Scope) -> dict:
        texts, given = record["with"], record["given"]
        need(isinstance(texts, dict) and isinstance(given, dict), "with and given")
        need(texts.keys() <= set(theorem.variables) | theorem.bodies.keys(), "unknown names")
        need(given.keys() <= theorem.hypotheses.keys(), "unknown hypotheses")
        images = {v: self.read(texts[v], scope) for v in theorem.variables if v in texts}
        for name, body in theorem.bodies.items():
            if name not in texts:
                continue
            text = texts[name]
            wanted = (body[0], *(self.put(p, images) for p in body[1:]))
            need(isinstance(text, str) and scope.names.get(text) == wanted, "defined otherwise")
            images[name] = self.ring.gen(self.index[text])
        for name, (polynomial, relation) in theorem.hypotheses.items():
            image = self.put(polynomial, images)
            if name in given or self.used(image):
                need(implies(self.fact(given.get(name), scope), (image, relation)), "hypothesis")
            else:
                value = image.leading_coefficient() if image != 0 else fmpq(0)
                true = {">": value > 0, ">=": value >= 0, "=": value == 0}[relation]
                need(true, "a hypothesis fails")
        return images

    # ---- certificates -------------------------------------------------------------------

    def run(self, record: Any) -> str:
        need(isinstance(record, dict), "an object")
        keys = {"format", "lemmas", "statement"}
        if "proof" in record:
            exact(record, keys | {"proof", "consistent"})
        else:
            exact(record, keys | {"refutation"})
        need(
            record["format"] == "symqb-certificate-1" and isinstance(record["lemmas"], list),
            "format",
        )
        for entry in record["lemmas"]:
            exact(entry, {"statement", "proof"})
            lemma = self.theorem(entry)
            need(lemma.name not in self.lemmas, "lemma name taken")
            self.lemmas[lemma.name] = lemma
        if "proof" in record:
            theorem = self.theorem(record)
            exact(record["consistent"], {"steps", "with", "given"})
            self.witness(theorem, record["consistent"])
            return "proved"
        self.refutation(self.statement(record["statement"]), record["refutation"])
        return "refuted"

    def witness(self, theorem: Theorem, body: dict) -> tuple:
        scope = self.follow(body["steps"], Scope({}, {}, {}), 0)
        need(
            isinstance(body["with"], dict) and set(theorem.variables) <= body["with"].keys(),
            "a variable is nowhere",
        )
        return scope, self.images(theorem, body, scope)

    def refutation(self, theorem: Theorem, body: Any) -> None:
        exact(body, {"steps", "with", "given", "violates", "by"})
        scope, images = self.witness(theorem, body)
        need(theorem.bodies.keys() <= images.keys(), "a definition is missing")
        need(
            isinstance(body["violates"], str) and body["violates"] in theorem.conclusions,
            "violates",
        )
        polynomial, relation = theorem.conclusions[body["violates"]]
        value, shown = self.put(polynomial, images), self.fact(body["by"], scope)
        if relation == "=":
            need(implies(shown, (value, ">")) or implies(shown, (-value, ">")), "not violated")
        else:
            need(implies(shown, (-value, ">=" if relation == ">" else ">")), "not violated")


def exact(record: Any, required: set, optional: frozenset | set = frozenset()) -> None:
    need(isinstance(record, dict), "an object")
    need(required <= record.keys() <= required | optional, "keys")


def implies(fact: tuple, other: tuple) -> bool:
    return fact[0] == other[0] and (fact[1] == other[1] or other[1] == ">=")


def second_check(certificate: Any) -> str:
    """ "proved", "refuted", or "refused: why"."""
    try:
        return Second(certificate).run(certificate)
    except Bad as bad:
        return f"refused: {bad}"
    except RecursionError:
        return "refused: too deep"
