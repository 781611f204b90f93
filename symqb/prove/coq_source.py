"""What may stand in a Coq file of ours: comments and strings read as Coq reads them.

Coq's kernel checks what it is told to check.  A file can tell it to look away (``Unset Guard
Checking``), can assume what it should prove, or can load something else.  So each sentence of a
file must begin with a command of a short list, all of which leave the kernel as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SECTION_ONLY = frozenset({"Variable", "Variables", "Hypothesis", "Hypotheses", "Context", "Let"})
_PLAIN = frozenset(
    re.findall(
        r"\w+",
        "Add Bind Corollary Declare Definition Delimit End Fixpoint From Implicit Import Inductive "
        "Infix Lemma Ltac Notation Open Proof Qed Defined Record Section Theorem",
    )
)
#: Commands that do harmless things only when they go on like this.
_FORMS = {
    "Add": re.compile(r"Add (Ring|Field) \w+ : \w+"),
    "Declare": re.compile(r"Declare Scope \w+"),
    "Implicit": re.compile(r"Implicit Types?\b[^.]*"),
    "Import": re.compile(r"Import ListNotations"),
    "Proof": re.compile(r"Proof"),
}
_REQUIRE = re.compile(r"From (Coq|\w+) Require Import((?: \w+)+)")
#: Words that leave a hole, or that tell the kernel to look away, wherever they stand.
_NOWHERE = re.compile(
    r"\b(Admitted|admit|give_up|Axioms?|Parameters?|Conjectures?|bypass_check|Unset|Load)\b"
)
_SELECTOR = re.compile(r"(?:[-+*{}]|\d+\s*:|all\s*:|\s)*")


class Forbidden(ValueError):
    """A Coq file holds something that a proof must not hold; the message says what."""


def code_of(text: str) -> str:
    """Return a Coq file without its comments, the inside of its strings left out.

    Comments nest, a string inside a comment hides what would end it, and a string outside hides
    what would begin one; two quotation marks inside a string are one.

    Raises
    ------
    Forbidden
        A comment or a string that does not end, or ends without a beginning, or that begins right
        after another sign, which Coq may read as one token with it (as in ``x.(f)``).

    Examples
    --------
    >>> code_of('a (* b (* c *) "*)" d *) e "(*" f.')
    'a   e "" f.'
    """
    found: list[str] = []
    depth, place = 0, 0
    while place < len(text):
        pair = text[place : place + 2]
        begins = not depth and (pair == "(*" or pair[0] == '"')
        if begins and text[max(place - 1, 0) : place] not in ("", " ", "\n"):
            raise Forbidden(f"{text[place - 1 : place + 20]!r}: a blank must stand before {pair!r}")
        if text[place] == '"':
            place = _string_end(text, place)
            found += [] if depth else ['""']
        elif pair == "(*":
            depth, place = depth + 1, place + 2
        elif pair == "*)" and depth:
            depth, place = depth - 1, place + 2
            found += [] if depth else [" "]
        elif pair == "*)":
            raise Forbidden("a comment ends that has not begun")
        else:
            found += [] if depth else [text[place]]
            place += 1
    if depth:
        raise Forbidden("a comment does not end")
    return "".join(found)


def _string_end(text: str, start: int) -> int:
    """The place after the string that begins at a quotation mark."""
    place = start + 1
    while True:
        place = text.find('"', place)
        if place < 0:
            raise Forbidden("a string does not end")
        if text[place : place + 2] != '""':
            return place + 1
        place += 2


def sentences(code: str) -> Iterator[str]:
    """The sentences of a file without comments: each ends with a full stop before a blank."""
    for part in re.split(r"\.(?=\s|$)", code):
        sentence = " ".join(part[_SELECTOR.match(part).end() :].split())  # type: ignore[union-attr]
        if sentence:
            yield sentence


def examine(text: str, library: str, files: Sequence[str]) -> None:
    """Refuse a Coq file that could prove what is not so.

    Parameters
    ----------
    text : str
        The file.
    library : str
        The logical name of our folder.
    files : sequence of str
        The names of our files, which alone may be required besides Coq's own library.

    Raises
    ------
    Forbidden
        Something is assumed or left open, a check of the kernel is switched off, a file or plugin
        that is not ours is loaded, or a command is not on the short list.

    Examples
    --------
    >>> examine("Lemma easy : True. Proof. exact I. Qed.", "XXZ", [])
    >>> examine("Unset Guard Checking.", "XXZ", [])
    Traceback (most recent call last):
    symqb.prove.coq_source.Forbidden: it contains 'Unset': a proof assumes nothing ...
    """
    code = code_of(text)
    if found := _NOWHERE.search(code):
        raise Forbidden(
            f"it contains {found.group()!r}: a proof assumes nothing and switches nothing off"
        )
    if "#[" in code:
        raise Forbidden("it contains '#[': attributes are not needed and may switch checks off")
    depth, proving = 0, False
    for sentence in sentences(code):
        word = re.match(r"\w*", sentence).group()  # type: ignore[union-attr]
        if proving and not word[:1].isupper():
            continue  # a tactic: what it builds the kernel checks at Qed
        _command(word, sentence, depth, library, files)
        depth += (word == "Section") - (word == "End")
        proving = word == "Proof" or (proving and word not in ("Qed", "Defined"))


def _command(word: str, sentence: str, depth: int, library: str, files: Sequence[str]) -> None:
    """Refuse a command that is not on the list, or goes on otherwise than it should."""
    if word in _SECTION_ONLY:
        if not depth:
            raise Forbidden(f"{sentence[:60]!r} stands in no section, where it is an axiom")
        return
    if word not in _PLAIN:
        raise Forbidden(f"{sentence[:60]!r} is not a command that a proof of ours needs")
    if word == "From":
        _required(sentence, library, files)
    if '"' in sentence and word not in ("Notation", "Infix", "Ltac"):
        raise Forbidden(f"{sentence[:60]!r} holds a string, which only a notation or Ltac needs")
    form = _FORMS.get(word)
    if form is not None and not form.fullmatch(sentence):
        raise Forbidden(f"{sentence[:60]!r} is not a form of {word} that a proof of ours needs")


def _required(sentence: str, library: str, files: Sequence[str]) -> None:
    """Refuse anything but Coq's own library and our files."""
    form = _REQUIRE.fullmatch(sentence)
    if form is None or form[1] not in ("Coq", library):
        raise Forbidden(f"{sentence[:60]!r} requires what is neither Coq's library nor ours")
    known = {name.removesuffix(".v") for name in files}
    if form[1] == library and (foreign := set(form[2].split()) - known):
        raise Forbidden(f"{min(foreign)} is required, and is none of {', '.join(files)}")
