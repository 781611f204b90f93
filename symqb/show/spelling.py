r"""How a name is spelled in LaTeX: in every formula, by every printer, so that pdflatex takes it.

A name is any Python identifier: ``B0``, ``alpha1``, ``λ``, ``ħ``, ``x_``, ``a__b``, ``ж``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

SYMBOLS = {
    "B0": "B_0",
    "Jx": "J_x",
    "Jy": "J_y",
    "epsilon": r"\varepsilon",
    "T_L": "T_L",
    "T_R": "T_R",
}
"""Names that the paper spells in a way of its own."""

SMALL = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma
    tau upsilon phi chi psi omega""".split()  # noqa: SIM905  # a list of words reads as one
CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()  # noqa: SIM905
GREEK = {name: rf"\{name}" for name in (*SMALL, *CAPITAL)} | {"epsilon": r"\varepsilon"}
"""Names of the letters that have a command; others have the shape of Latin ones."""

LETTERS = {"ħ": r"\hbar"}
IN_TEXT = frozenset("øØæÆœŒßłŁ")
"""Letters that every font of text has, and none of mathematics."""
ACCENTS = {
    0x300: "grave",
    0x301: "acute",
    0x302: "hat",
    0x303: "tilde",
    0x304: "bar",
    0x306: "breve",
    0x307: "dot",
    0x308: "ddot",
    0x30A: "mathring",
    0x30C: "check",
}
MODIFIERS = ("hat", "bar", "tilde", "dot", "vec")

PLAIN = re.compile(r"(?P<base>[^\W\d_]+)(?P<number>[0-9]*)(?P<rest>(?:_[^\W_]+)*)")


def symbol_latex(name: str) -> str:
    r"""A symbol's name in LaTeX: a letter, with what follows it as its index.

    Examples
    --------
    >>> symbol_latex("alpha1"), symbol_latex("T_hot"), symbol_latex("λ"), symbol_latex("x_")
    ('\\alpha_{1}', 'T_{\\mathrm{hot}}', '\\lambda', '\\mathrm{x\\_}')
    """
    if name in SYMBOLS:
        return SYMBOLS[name]
    parts = PLAIN.fullmatch(name)
    if parts is None:
        return verbatim_latex(name)
    base = _base(parts["base"])
    indices = [parts["number"], *map(index_latex, parts["rest"].split("_"))]
    index = r",\,".join(text for text in indices if text)
    return f"{base}_{{{index}}}" if index else base


def index_latex(name: str) -> str:
    r"""A name as an index: letters and numbers as they are, words upright.

    Examples
    --------
    >>> index_latex("L"), index_latex("12"), index_latex("hot"), index_latex("a_b")
    ('L', '12', '\\mathrm{hot}', '\\mathrm{a\\_b}')
    """
    if name.isascii() and (len(name) <= 1 or name.isdigit()):
        return name if name != "_" else r"\_"
    if "_" in name or not name.isidentifier():
        return verbatim_latex(name) if not name.isalnum() else rf"\mathrm{{{_characters(name)}}}"
    letters = name.rstrip("0123456789")
    return _base(letters) if letters == name else rf"\mathrm{{{_characters(name)}}}"


def bath_latex(name: str) -> str:
    r"""A bath's name as an index: upright, as a name and no quantity is set.

    Examples
    --------
    >>> bath_latex("L"), bath_latex("hot"), bath_latex("μ")
    ('\\mathrm{L}', '\\mathrm{hot}', '\\mu')
    """
    index = index_latex(name)
    return index if "\\" in index else rf"\mathrm{{{index}}}"


def words_latex(name: str) -> str:
    r"""A name of words as upright text in a formula, blanks for underscores.

    Examples
    --------
    >>> words_latex("heat_current_L")
    '\\mathrm{heat\\ current\\ L}'
    """
    words = _characters(name, underscore="\\ ")
    return rf"\mathrm{{{words}}}"


def verbatim_latex(name: str) -> str:
    r"""A name letter by letter, as it is typed; characters without a command by their number.

    Examples
    --------
    >>> verbatim_latex("a__b"), verbatim_latex("ж")
    ('\\mathrm{a\\_\\_b}', '\\mathrm{[0436]}')
    """
    return r"\mathrm{" + "".join(map(_typed, name)) + "}"


def spellings(
    names: Iterable[str], taken: Callable[[str], object] = lambda latex: False
) -> dict[str, str]:
    r"""Names in LaTeX, no two alike: those that would look alike are spelled as they are typed.

    Parameters
    ----------
    names : iterable of str
        All names that occur together.
    taken : callable
        Whether a spelling means something else already.

    Examples
    --------
    >>> spellings(["x1", "x_1", "J"])
    {'x1': '\\mathrm{x1}', 'x_1': '\\mathrm{x\\_1}', 'J': 'J'}
    """
    found = {name: symbol_latex(name) for name in names}
    # \omega_0 and \omega_{0} are set alike
    alike = Counter(re.sub(r"[{}]", "", latex) for latex in found.values())
    return {
        name: verbatim_latex(name)
        if alike[re.sub(r"[{}]", "", latex)] > 1 or taken(latex)
        else latex
        for name, latex in found.items()
    }


def _base(letters: str) -> str:
    """What carries the index: one letter, Greek or not, perhaps with an accent, or a word."""
    if letters in GREEK:
        return GREEK[letters]
    characters = _split(letters)
    if len(characters) == 1:
        return _character(characters[0])
    for modifier in MODIFIERS:
        stem = letters.removesuffix(modifier)
        if stem != letters and (len(stem) == 1 or stem in GREEK):
            return rf"\{modifier}{{{_base(stem)}}}"
    return rf"\mathrm{{{_characters(letters)}}}"


def _split(text: str) -> list[str]:
    """Characters, each with the accents that belong to it."""
    found: list[str] = []
    for character in unicodedata.normalize("NFD", text):
        if found and unicodedata.combining(character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _characters(text: str, underscore: str = r"\_") -> str:
    parts = [underscore if c == "_" else _character(c) for c in _split(text)]
    # a command ends where no letter follows
    spaced = [f"{p} " if p[0] == "\\" and p[-1].isalpha() else p for p in parts[:-1]]
    return "".join([*spaced, *parts[-1:]])


def _character(character: str) -> str:
    """One character, with its accents, as math."""
    base, accents = character[0], character[1:]
    if not accents:
        return _letter(base)
    letter = _letter(base)
    for accent in accents:
        command = ACCENTS.get(ord(accent))
        if command is None:
            return _typed(base) + "".join(map(_typed, accents))
        letter = rf"\{command}{{{letter}}}"
    return letter


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter if letter.isalnum() else _typed(letter)
    if letter in LETTERS:
        return LETTERS[letter]
    if letter in IN_TEXT:
        return rf"\text{{{letter}}}"
    words = unicodedata.name(letter, "").split()
    if words[:1] == ["GREEK"] and words[2:3] == ["LETTER"] and len(words) == 4:
        name = words[3].lower().replace("lamda", "lambda")
        name = name.capitalize() if words[1] == "CAPITAL" else name
        if name in GREEK:
            return GREEK[name]
    return rf"\mathrm{{{_typed(letter)}}}"


def _typed(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    return r"\_" if character == "_" else f"[{ord(character):04X}]"
