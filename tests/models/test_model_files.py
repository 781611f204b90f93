"""Model files: the same model as in Python, and forty ways to get one wrong, told with the line."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
import sympy as sp

import symqb
from symqb.models import BatteryModel, DomainError, ParameterError
from symqb.models.model_file import read_model_file, read_model_text
from symqb.models.toml_lines import LARGEST_FILE, parse_toml

WORDS = """
[register]
levels = [2, 2]

[system]
H = '''
  B0/2*(Z1 + Z2)
  + J/2*(X1*X2 + Y1*Y2) + Delta/2*Z1*Z2
'''

[[baths]]
name = "L"
temperature = "T_L"
coupling = "X1 + epsilon*X2"

[[baths]]
name = "R"
temperature = "T_R"
coupling = "X2"
"""
CHAIN = """
[chain]
spins = 2

[[baths]]
name = "L"
temperature = "T_L"
sites = { 1 = 1, 2 = "epsilon" }

[[baths]]
name = "R"
temperature = "T_R"
sites = { 2 = 1 }
"""
ROWS = """
[system]
H = [
  ["B0 + Delta/2", 0, 0, 0],
  [0, "-Delta/2", "J", 0],
  [0, "J", "-Delta/2", 0],
  [0, 0, 0, "Delta/2 - B0"],
]

[[baths]]
name = "L"
temperature = "T_L"
coupling = [
  [0, "epsilon", 1, 0],
  ["epsilon", 0, 0, 1],
  [1, 0, 0, "epsilon"],
  [0, 1, "epsilon", 0],
]

[[baths]]
name = "R"
temperature = "T_R"
coupling = [[[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]]
"""
POINT = {"B0": 2.0, "J": 1.0, "Delta": 0.5, "epsilon": 0.3, "T_L": 3.0, "T_R": 0.4}
SHARED = ("heat_current_L", "heat_current_R", "entropy_production", "ergotropy")


def saved(folder: Path, text: str) -> Path:
    path = folder / "model.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [WORDS, CHAIN, ROWS], ids=["words", "chain", "rows"])
def test_a_model_is_the_same_from_a_file_as_from_python(text: str, tmp_path: Path) -> None:
    loaded = symqb.load_model(saved(tmp_path, text))
    stated = symqb.xxz_battery(2).evaluate(outputs=SHARED, **POINT)
    assert set(loaded.parameters) == {*POINT, "kappa"}
    found = loaded.evaluate(outputs=SHARED, **POINT)
    assert {name: found[name] for name in SHARED} == pytest.approx(
        {name: stated[name] for name in SHARED}, rel=1e-13, abs=1e-15
    )


@pytest.mark.parametrize("text", [WORDS, CHAIN], ids=["words", "chain"])
def test_numbers_in_place_of_symbols_give_the_same(text: str, tmp_path: Path) -> None:
    stated = symqb.load_model(saved(tmp_path, text)).evaluate(outputs=SHARED, **POINT)
    for name in ("T_L", "T_R", "epsilon"):
        text = text.replace(f'"{name}"', str(POINT[name]))
    text = text.replace("epsilon*", "0.3*")
    loaded = symqb.load_model(saved(tmp_path, text))
    assert set(loaded.parameters) == {"B0", "J", "Delta", "kappa"}
    found = loaded.evaluate(outputs=SHARED, B0=2.0, J=1.0, Delta=0.5)
    assert {name: found[name] for name in SHARED} == pytest.approx(
        {name: stated[name] for name in SHARED}, rel=1e-13, abs=1e-15
    )


def test_a_chain_in_a_file_is_the_chain() -> None:
    assert read_model_text(CHAIN) == symqb.xxz_battery(2).model
    text = """
[chain]
spins = 3
J = ["J", "J + D/2"]
Delta = 0.1
B0 = [1, "h", "2/3"]
eta = 0
kappa = 2.50
dissipation = "individual"
[[baths]]
name = "L"
temperature = "T"
axis = "y"
sites = { 1 = 1, 3 = "-epsilon" }
spectrum = { s = 3, cutoff = "w_c" }
"""
    J, D, epsilon = sp.symbols("J D epsilon")
    chain = symqb.Chain(3, ("J", J + D / 2), Fraction(1, 10), (1, "h", Fraction(2, 3)))
    sites, spectrum = {1: 1, 3: -epsilon}, symqb.SpectralDensity("w_c", 3)
    bath = symqb.Bath("L", "T", sites, "y", spectrum)
    assert read_model_text(text) == BatteryModel(chain, (bath,), Fraction(5, 2), "individual")
    xyz = read_model_text("[chain]\nspins = 2\nJx = 2\nJy = 1\n" + CHAIN.split("spins = 2")[1])
    assert xyz.chain == symqb.Chain.xyz(2, 2, 1)


def test_decimals_are_what_they_show() -> None:
    text = WORDS.replace('"T_R"', "0.1").replace("J/2", "0.1*J").replace('"T_L"', "1_0.5e-1")
    model = read_model_text(text)
    assert [bath.temperature for bath in model.baths] == [Fraction(21, 20), Fraction(1, 10)]
    assert model.H[1, 2] == sp.Symbol("J") / 5


EVERYTHING = """
title = "Every key there is"
parameters = ["E", "U", "t", "theta", "w", "T", "mu", "n", "gamma", "k", "kappa"]

[register]
levels = [2, 2, 3]

[system]
H = "E*(N1 + N2) + U*N1*N2 + t*(P1*M2 + M1*P2) + w*C3*A3 + cos(theta)^2*Id"
symmetries = ["swap(1, 2)"]
reference = "lowest"

[[baths]]
name = "lead"
temperature = "T"
coupling = ["M1", "Z1*M2"]
statistics = "fermion"
dissipation = "individual"
mu = "mu"
kappa = "k^2"

[[baths]]
name = "hot"
temperature = 1
coupling = "A3 + C3"
spectrum = "omega^3*exp(-omega/10)"
occupation = "n + 1/(exp(omega/T) - 1)"

[[jumps]]
operator = "T3_01 + i*transition(3, 1, 2)"
rate = "gamma*(1 - sin(pi/6))"
bath = "hot"
"""


def test_every_key_is_what_the_records_take() -> None:
    model = read_model_text(EVERYTHING)
    reg = symqb.Register(2, 2, 3)
    E, U, t, theta, w, T, n, gamma, k = sp.symbols("E U t theta w T n gamma k")
    hop = reg.plus(1) * reg.minus(2)
    H = E * (reg.number(1) + reg.number(2)) + U * reg.number(1) * reg.number(2)
    H += t * (hop + hop.T) + w * reg.number(3) + sp.cos(theta) ** 2 * reg.identity()
    assert (model.H - H).expand().is_zero_matrix
    lead, hot = model.baths
    assert lead.operators == (reg.minus(1), reg.z(1) * reg.minus(2))
    assert (lead.statistics, lead.dissipation, lead.mu) == ("fermion", "individual", "mu")
    assert lead.kappa == k**2
    assert hot.spectrum(2) == 8 * sp.exp(sp.Rational(-1, 5))
    assert hot.occupation(w) == n + 1 / (sp.exp(w / T) - 1)
    (jump,) = model.jumps
    assert jump.operator == reg.transition(3, 0, 1) + sp.I * reg.transition(3, 1, 2)
    assert (jump.rate, jump.bath, model.reference) == (gamma / 2, "hot", "lowest")
    (swap,) = model.symmetries
    assert swap * reg.x(1) * swap == reg.x(2)
    assert swap * reg.number(3) == reg.number(3) * swap


def test_an_occupation_may_be_a_number_and_a_name_a_formula() -> None:
    text = EVERYTHING.replace('"n + 1/(exp(omega/T) - 1)"', '"n"').replace('"T"]', '"T"]')
    assert read_model_text(text).baths[1].occupation == sp.Symbol("n")


def test_lines_are_those_of_the_keys() -> None:
    text = '\ufeff# [not.this]\na = """\n[b]\n"""\r\n[t]\nb.c = [\n 1, # ]\n]\n"d e" = "[x]"\n'
    text += "[[l]]\nx = 1\n[[l]]\n  [l.m]\n  y = '#'\n"
    lines = parse_toml(text.removeprefix("\ufeff").replace("\r", ""), "x.toml").lines
    assert lines == {
        ("a",): 2,
        ("t",): 5,
        ("t", "b", "c"): 6,
        ("t", "d e"): 9,
        ("l",): 10,
        ("l", 0): 10,
        ("l", 0, "x"): 11,
        ("l", 1): 12,
        ("l", 1, "m"): 13,
        ("l", 1, "m", "y"): 14,
    }


def test_a_word_of_python_s_is_a_name() -> None:
    text = QUTRIT.replace("w1*N1", "sqrt(lambda)*N1 + is*N1").replace('"T_L"', '"lambda/2"')
    model = read_model_text(text)
    assert model.H[0, 0] == sp.sqrt(sp.Symbol("lambda")) + sp.Symbol("is")
    assert model.baths[0].temperature == sp.Symbol("lambda") / 2


def test_phases_are_exponentials() -> None:
    text = QUTRIT.replace("g*(P1*A2 + M1*C2)", "g*exp(i*phi)*P1*A2 + g*exp(-i*phi)*M1*C2")
    g, phi = sp.symbols("g phi")
    assert g * sp.exp(sp.I * phi) in set(read_model_text(text).H)


QUTRIT = """title = "A qubit and a qutrit"

[register]
levels = [2, 3]

[system]
H = "w1*N1 + w2*N2 + g*(P1*A2 + M1*C2)"

[[baths]]
name = "L"
temperature = "T_L"
coupling = "X1"

[[jumps]]
operator = "A2"
rate = "gamma"
"""
THREE = """[chain]
spins = 3
J = ["J", 1]

[[baths]]
name = "L"
temperature = "T_L"
sites = { 1 = 1, 3 = "epsilon" }
"""
Case = tuple[str, str, int, str, str, str]
WRONG: list[Case] = [
    ('"X1"', '"X1', 12, "'coupling = \"X1'", "is not TOML", "write key = value"),
    ('"A2"', "A2", 15, "'operator = A2'", "not TOML: Invalid value", "names in quotes"),
    ("coupling", "name = 1\ncoupling", 12, "name = 1", "Cannot overwrite", "write key = value"),
    ("[system]", "[sytem]", 6, "'sytem'", "unknown in the file", "did you mean 'system'?"),
    ("[system]", "[models]", 6, "'models'", "unknown in the file", "known are title, parameters"),
    ("coupling", "couplings", 12, "'couplings'", "in [[baths]]", "did you mean 'coupling'?"),
    ("rate", "rates", 16, "'rates'", "unknown in [[jumps]]", "did you mean 'rate'?"),
    ('coupling = "X1"', "", 9, "coupling", "is missing in [[baths]]", 'write coupling = "X1"'),
    ("H =", "kappa =", 6, "H", "is missing in [system]", 'write H = "w*N1"'),
    ('name = "L"', "", 9, "name", "is missing in [[baths]]", 'write name = "L"'),
    ("[[baths]]", "[baths]", 9, "[baths]", "one table where a list", "write [[baths]], once"),
    ("w1*N1 ", "w1*Q1 ", 7, "adds Q1*w1", "holds no operator", "(Q1*w1)*Id"),
    ("w1*N1 ", "w1*x1 ", 7, "'x1'", "which is no operator", "parameters = ['x1', ...]"),
    ("w1*N1 ", "w1*sigma_z1 ", 7, "'sigma_z1'", "no operator", "operators of a site are X1"),
    ("w1*N1 ", "w1*Z ", 7, "'Z'", "which is no operator", "operators of a site are X1"),
    ("w1*N1 ", "w1*N3 ", 7, "site=3", "beyond the register of 2 sites", "use 1 to 2"),
    ("w1*N1 ", "i*w1*N1 ", 7, "I*w1", "H is not Hermitian", "make each the conjugate"),
    ("w1*N1 ", "(1 + N1)/0 ", 7, "(1 + N1)/0", "divided by zero", "give operators"),
    ('"X1"', '"X2"', 12, "'X2'", "3 levels and no Pauli matrices", "use transition(2, 0, 1)"),
    ('"X1"', '"T2_03"', 12, "'T2_03'", "state 3 of site 2 does not exist", "states are 0 to 2"),
    ('"X1"', '"transition(1)"', 12, "transition 1 numbers", "gives", "it takes (site, to, from)"),
    ('"X1"', '"swap(1, 2)"', 12, "'swap(1, 2)'", "2 and 3 levels", "exchange equal sites"),
    ('"X1"', '"exp(X1)"', 12, "'exp(X1)'", "exp of an operator", "an expression in parameters"),
    ('"X1"', '"tan(X1)"', 12, "'tan(X1)'", "calls tan, which is more", "give operators"),
    ('"X1"', '"X1/Z1"', 12, "'X1/Z1'", "divides by an operator", "join operators by + - *"),
    ('"X1"', '"X1**9"', 12, "'X1**9'", "whole number from 0 to 8", "join operators by + - *"),
    ('"X1"', '"(X1 + s*Z1)**8*(X1 - s)"', 12, "adds s", "holds no operator", "(s)*Id"),
    ('"X1"', '"((s*X1 + t*Z1)**8)**8"', 12, "'((s*X1", "than 2000 terms", "lower powers"),
    ('"X1"', '"(a + b + c + d)**64*X1"', 12, "'(a + b", "than 2000 terms", "give names"),
    ('"X1"', '"X1 # and Z1"', 12, "'X1 # and Z1'", "holds a comment", "outside the quotes"),
    ('"X1"', '"cos(i*s)*X1"', 12, "cos of I*s", "is not real", "write phases as exp(i*phi)"),
    ('"X1"', '"X1 @ X1"', 12, "'X1 @ X1'", "divides by an operator", "join operators by"),
    ('"X1"', '"2 X1"', 12, "'2 X1'", "is not an expression", "give operators"),
    ('"X1"', '"X1 +"', 12, "'X1 +'", "is not an expression", "such as 'w*Z1 + g*X1*X2'"),
    ('"X1"', '"X1.T"', 12, "'X1.T'", "more than this reads", "give operators"),
    ('"X1"', f'"{"-" * 1900}X1"', 12, "'-----", "is not an expression", "give operators"),
    ('"X1"', f'"{"X1+" * 700}X1"', 12, "'X1+X1", "is not an expression", "give operators"),
    ('"X1"', '"g"', 12, "'g'", "holds no operator, and one is wanted", "the identity is Id"),
    ('"X1"', "3", 12, "coupling=3", "where an operator is wanted", "give its formula in quotes"),
    ('"X1"', "[]", 12, "coupling=[]", "holds no operator", "give one or several"),
    ('"X1"', "[[0, 1], [1]]", 12, "[2, 1]", "is not square", "a matrix over all states"),
    ('"X1"', "[[0, 1], [1, 0]]", 12, "bath L has 2 states", "H has 6", "on the whole register"),
    ('"X1"', '"Id"', 12, "the coupling of bath L", "connects nothing", "moves states"),
    ('"T_L"', '"N1"', 11, "temperature='N1'", "operator where a number", "rename a parameter"),
    ('"T_L"', "-1", 11, "temperature=-1", "is negative", "give T >= 0"),
    ('"T_L"', '"exp(exp(exp(9)))"', 11, "exp of a number", "beyond 10000", "that is meant"),
    ('"T_L"', '"((2**64)**64)**64"', 11, "'((2**64)", "number that is too long", "give a number"),
    ('"T_L"', "nan", 11, "temperature=nan", "is not a finite number", "give one"),
    ('"T_L"', "true", 11, "temperature=True", "is true or false", "give a number"),
    ('"T_L"', '"charge"', 11, "'charge'", "is the name of an output", "'charge_0'"),
    ('"T_L"', '"i*T"', 11, "temperature=I*T", "not real and finite", "give a real expression"),
    ("w1*N1 ", "1e300*N1 ", 7, "H[0, 0]", "outside 1e-290", "scale all energies"),
    ("w1*N1 ", "1e5000*N1 ", 7, "a number of thousands of digits", "outside", "scale all"),
    ('"gamma"', '"g/0"', 16, "rate='g/0'", "divided by zero", "sqrt, cos, sin and exp"),
    ('"A2"', '"0*A2"', 15, "jump operator", "is zero and does nothing", "leave that jump out"),
    ("[2, 3]", "[2, 1]", 4, "levels of site 2=1", "is too small", "at least 2"),
    ("[2, 3]", "[2, 3.0]", 4, "site 2=3.0", "is not an integer", "give a whole number"),
    ("[2, 3]", "2", 4, "levels=2", "is no list of levels", "[2, 2]"),
    ("coupling", "kappa = 0\ncoupling", 12, "kappa=0", "must be > 0", "e.g. kappa=1"),
    ("coupling", 'statistics = "photon"\ncoupling', 12, "'photon'", "is unknown", "'fermion'"),
    ("coupling", "spectrum = { s = 1 }\ncoupling", 12, "{'s': 1}", "has no cutoff", "cutoff = 10"),
    ("coupling", "spectrum = { a = 1 }\ncoupling", 12, "'a'", "in spectrum", "known are s, cutoff"),
    ("coupling", "spectrum = true\ncoupling", 12, "spectrum=True", "true or false", "expression"),
    ("H =", "reference = 9\nH =", 7, "reference=9", "is no level", "give 1 to 6"),
    ("H =", 'symmetries = "X1"\nH =', 7, "symmetry 1", "does not commute with H", "leave it out"),
    ("title", 'parameters = ["w1"]\ntitle', 8, "'w2'", "not among parameters", "add it there"),
    ("title = ", "title = 3 #", 1, "title=3", "is no text", "write title"),
]
WRONG_CHAINS: list[Case] = [
    ("spins = 3", "", 1, "spins", "is missing in [chain]", "write spins = 3"),
    ("spins = 3", "spins = 3.0", 2, "spins=3.0", "is not an integer", "whole number"),
    ("1]", "1, 2]", 3, "J=('J', 1, 2)", "3 entries, the chain needs 2", "one for each"),
    ("J =", "Jx = 1\nJ =", 4, "J=['J', 1]", "stands beside Jx", "give J and eta, or Jx and Jy"),
    ("3 = ", "4 = ", 8, "site 4", "the chain has 3 sites", "use 1 to 3"),
    ("3 = ", "01 = ", 8, "site='01'", "is no number of a site", "write 1, 2"),
    ("sites", 'axis = "z"\nsites', 8, "axis='z'", "is unknown", "choose 'x' or 'y'"),
    ("sites", 'mu = "m"\nsites', 8, "'mu'", "unknown in [[baths]]", "known are name, temperature"),
    ("[[baths]]", "[system]\n[[baths]]", 5, "'system'", "stands beside 'chain'", "leave one"),
]


@pytest.mark.parametrize(
    ("text", "case"),
    [(QUTRIT, case) for case in WRONG] + [(THREE, case) for case in WRONG_CHAINS],
    ids=[f"{new[:24]!r} for {old!r}" for old, new, *_ in WRONG + WRONG_CHAINS],
)
def test_what_is_wrong_is_told_with_its_line(text: str, case: Case, tmp_path: Path) -> None:
    old, new, line, value, rule, remedy = case
    assert old in text
    path = saved(tmp_path, text.replace(old, new, 1))
    with pytest.raises(ParameterError) as caught:
        symqb.load_model(path)
    told = str(caught.value)
    assert told.startswith(f"{path}, line {line}: ")
    for part in (value, rule, remedy):
        assert part in told
    assert len(told.splitlines()) == 1
    assert told.count("line ") == 1


def test_the_two_files_that_were_spoilt_are_right() -> None:
    assert read_model_text(QUTRIT).size == 6
    assert read_model_text(THREE).chain.spins == 3


def test_the_class_of_an_error_stays() -> None:
    with pytest.raises(DomainError, match=r"m\.toml, line 11: bath L: temperature=-1 is negative"):
        read_model_text(QUTRIT.replace('"T_L"', "-1"), "m.toml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty; give the path of a model file in TOML"),
        (b" \n\t", "is empty"),
        (b"a = 1\nb = '\xff'\n", ", line 2: byte 0xff is not UTF-8; save the file as UTF-8 text"),
        (b"#" * (LARGEST_FILE + 1), f"has {LARGEST_FILE + 1} bytes, and a model file at most"),
        (b"x = " + b"[" * 10**5, "is nested too deeply"),
        (b"x = 1" + b"0" * 5000, "or has a number too long"),
        (b"title = 'only'", "there is no table [system] and no [chain]; write one"),
        (b"system = 3", ", line 1: system=3 is no table; write [system] and its keys below"),
    ],
)
def test_what_is_no_model_file_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(ParameterError) as caught:
        read_model_file(path)
    assert str(caught.value).startswith(str(path))
    assert told in str(caught.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is a folder; give the path of a model file"):
        symqb.load_model(tmp_path)
    with pytest.raises(ParameterError, match=r"absent\.toml is no file; give the path"):
        symqb.load_model(tmp_path / "absent.toml")
    with pytest.raises(ParameterError, match="path=3 is a int; give the path"):
        symqb.load_model(3)  # type: ignore[arg-type]
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ParameterError, match="is no file"):
        symqb.load_model(tmp_path / "pipe")
