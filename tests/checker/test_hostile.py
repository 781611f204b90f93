"""Whatever is fed to the checker, it answers: no crash, no hang, no file it executes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symqb.certify import check

ACCEPT = sorted((Path(__file__).parent / "accept").glob("*.json"))
KEYS = [
    "format",
    "lemmas",
    "statement",
    "proof",
    "consistent",
    "refutation",
    "name",
    "variables",
    "definitions",
    "hypotheses",
    "conclusions",
    "define",
    "exp",
    "over",
    "is",
    "nonzero",
    "fact",
    "claim",
    "combine",
    "cancel",
    "split",
    "lemma",
    "with",
    "given",
    "gives",
    "steps",
    "c",
    "facts",
    "square",
    "times",
    "equality",
    "factor",
    "product",
    "assume",
    "nonnegative",
    "negative",
    "exp_sum",
    "exp_zero",
    "exp_bound",
    "violates",
    "by",
    "conclusion",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
    | st.sampled_from(["symqb-certificate-1", "x", "x > 0", "x = x", "1", "x^2", "(((", "1/0", "-"])
)
BOUNDED = {"too-big", "too-much-work", "syntax", "conclusion-unproved", "not-identical"}
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=25,
)


@st.composite
def relations(draw: Any, names: list[str], depth: int) -> str:
    """Text of a relation, most of it well formed."""
    blank = draw(st.sampled_from(["", " "]))
    sides = [draw(polynomials(names, depth)) for _ in range(2)]
    return blank + draw(st.sampled_from([">", ">=", "=", "<=", "<"])).join(sides)


@st.composite
def polynomials(draw: Any, names: list[str], depth: int) -> str:
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return str(draw(st.sampled_from([*names, "0", "1", "2/3", "05", "7/04"])))
    inner = polynomials(names, depth - 1)
    form = draw(
        st.sampled_from(["({a} {s} {b})", "{a}*{b}", "({a})^{n}", "-{a}", "{a}-{b}", "(-{a})"])
    )
    return str(form).format(
        a=draw(inner), b=draw(inner), s=draw(st.sampled_from("+-*")), n=draw(st.integers(0, 3))
    )


def assert_agreement(certificate: Any, second_check: Any) -> None:
    verdict = check(certificate)
    if not verdict.reason.startswith("too-much-work"):  # which each checker counts as it likes
        assert second_check(certificate).split(":")[0] == verdict.verdict


@given(JSON)
def test_any_json_gets_a_verdict(second_check: Any, value: Any) -> None:
    if isinstance(value, str):  # a string is the path of a file
        value = [value]
    assert check(value).verdict == "refused"
    assert second_check(value).startswith("refused")


@given(st.sampled_from(ACCEPT), st.data())
def test_a_certificate_with_anything_in_one_place_gets_a_verdict(
    second_check: Any, path: Path, data: Any
) -> None:
    certificate = json.loads(path.read_text())
    place, key = certificate, data.draw(st.sampled_from(sorted(certificate)))
    while isinstance(place[key], (dict, list)) and place[key] and data.draw(st.booleans()):
        place = place[key]
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
    place[key] = data.draw(JSON)
    assert_agreement(certificate, second_check)


@given(st.binary(max_size=300))
def test_any_file_gets_a_verdict(
    tmp_path_factory: pytest.TempPathFactory, second_text: Any, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "certificate.json"
    path.write_bytes(data)
    assert check(path).verdict == "refused"
    assert second_text(data).startswith("refused")


@given(st.text(alphabet="xy0123456789/+-*^()>=< .e", max_size=40))
def test_any_text_for_a_relation_gets_a_verdict(second_check: Any, text: str) -> None:
    certificate = json.loads(ACCEPT[0].read_text())
    certificate["statement"]["hypotheses"] |= {"h": text}
    assert_agreement(certificate, second_check)


@given(relations(["x", "e", "u"], 4))
def test_a_relation_that_may_be_true_at_the_witness_gets_a_verdict(
    second_check: Any, text: str
) -> None:
    """Well-formed text, so that agreement is about values as often as about form."""
    definitions = [{"name": "e", "exp": "x - 1"}, {"name": "u", "is": "x + e"}]
    statement = {
        "name": "s",
        "variables": ["x"],
        "definitions": definitions,
        "hypotheses": {"h": text},
        "conclusions": {"c": "1 > 0"},
    }
    zero = [{"define": "z", "exp": "0"}]
    proof = [{"fact": "c", "claim": "1 > 0", "combine": [{"c": "1"}]}, {"define": "e"}]
    at = {"steps": zero, "with": {"x": "1", "e": "z"}, "given": {}}
    certificate = {
        "format": "symqb-certificate-1",
        "lemmas": [],
        "statement": statement,
        "proof": proof,
        "consistent": at,
    }
    assert_agreement(certificate, second_check)


def hostile() -> dict[str, Any]:
    base = json.loads((Path(__file__).parent / "accept" / "combine.json").read_text())

    def with_claim(claim: str) -> Any:
        changed = json.loads(json.dumps(base))
        changed["proof"][0]["claim"] = claim
        return changed

    def nested(depth: int) -> Any:
        step: Any = {"fact": "z", "claim": "1 > 0", "combine": [{"c": "1"}]}
        for k in range(depth):
            side = {"assume": f"a{k}", "proof": [step]}
            other = {"assume": f"a{k}", "proof": [step]} if k < 2 else side
            step = {"split": "x", "nonnegative": side, "negative": other, "gives": {}}
        changed = json.loads(json.dumps(base))
        changed["proof"].append(step)
        return changed

    tower = json.loads(json.dumps(base))
    tower["statement"]["definitions"] = [{"name": "m0", "is": "x + y + 1"}] + [
        {"name": f"m{k}", "is": f"m{k - 1}*m{k - 1}"} for k in range(1, 40)
    ]
    return {
        "a power of powers": with_claim("(((x + y)^64)^64)^64 >= 0"),
        "a large number to a large power": with_claim("(" + "9" * 1000 + "*x)^64 >= 0"),
        "many brackets": with_claim("(" * 20000 + "x" + ")" * 20000 + " >= 0"),
        "a long sum": with_claim(" + ".join(["x*y"] * 12000) + " >= 0"),
        "a long product": with_claim("*".join(["x"] * 25000) + " >= 0"),
        "many products of sums": with_claim("*".join(["(x + y)"] * 7000) + " >= 0"),
        "deep splits": nested(40),
        "a tower of abbreviations": tower,
    }


@pytest.mark.parametrize("name", sorted(hostile()))
def test_hostile_input_is_refused_within_its_budget(name: str) -> None:
    verdict = check(hostile()[name])
    assert verdict.verdict == "refused"
    assert verdict.reason.split(":")[0] in BOUNDED


def test_many_idle_names_and_hypotheses_cost_little() -> None:
    """They are no reason to refuse a proof, and must not make its check grow as their product."""
    certificate = json.loads((Path(__file__).parent / "accept" / "combine.json").read_text())
    certificate["statement"]["hypotheses"] |= {f"h{k}": "x*y*x*y >= 0" for k in range(3000)}
    idle = [{"define": f"n{k}", "exp": "x"} for k in range(3000)]
    certificate["proof"] = idle + certificate["proof"]
    verdict = check(certificate)
    assert verdict.verdict == "proved"
    work = int(verdict.reason.split()[2])
    assert work < 3000 * 3000 / 10


def test_deep_json_is_refused(tmp_path: Path) -> None:
    for text in ("[" * 200_000, '{"a":' * 200_000, "[" * 900 + "]" * 900):
        path = tmp_path / "deep.json"
        path.write_text(text)
        assert check(path).verdict == "refused"
    value: Any = []
    for _ in range(100_000):
        value = [value]
    assert check({"format": value}).verdict == "refused"


def test_a_long_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(" " * 4_000_001)
    assert check(path).reason.startswith("too-big")


def test_a_repeated_key_is_refused(tmp_path: Path) -> None:
    text = ACCEPT[0].read_text()
    path = tmp_path / "twice.json"
    path.write_text(text.replace('"lemmas": []', '"lemmas": [], "lemmas": []'))
    assert "twice" in check(path).reason


def test_a_missing_file_is_a_refusal() -> None:
    assert check("no/such/file.json").reason.startswith("unreadable")
