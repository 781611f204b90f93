"""A Coq file is read before Coq reads it: what would make the kernel look away is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from symqb.prove.coq import AXIOMS_OF_THE_REALS, SOURCE, NotChecked, axioms, coq_results, files
from symqb.prove.coq_source import Forbidden, code_of, examine, sentences

GOOD = "From Coq Require Import Reals.\n(* a remark *)\nLemma easy : True. Proof. exact I. Qed.\n"


def objection(text: str) -> str:
    with pytest.raises(Forbidden) as caught:
        examine(text, "XXZ", ["Bose.v"])
    return str(caught.value)


def test_the_shipped_files_pass_each_after_those_it_requires() -> None:
    names = files()
    for number, name in enumerate(names):
        examine((SOURCE / name).read_text(), "XXZ", names[:number])
    with pytest.raises(Forbidden, match="is required, and is none of"):
        examine((SOURCE / names[-1]).read_text(), "XXZ", names[:3])


BAD = {
    "guard": "Unset Guard Checking.",
    "positivity": "Unset Positivity Checking.",
    "universes": "Unset Universe Checking.",
    "over two lines": "Unset\n  Guard (* so *) Checking.",
    "locally": "Local Unset Guard Checking.",
    "type in type": "Set Type In Type.",
    "any option": "Set Printing All.",
    "an attribute": "#[bypass_check(guard)] Fixpoint f (n : nat) : False := f n.",
    "an attribute with blanks": "# [ bypass_check ( guard ) ] Fixpoint f (n : nat) : False := f n.",
    "any attribute": "#[universes(polymorphic)] Definition a := 1.",
    "admitted": "Lemma false : False. Proof. Admitted.",
    "a hole": "Lemma false : False. Proof. admit. Qed.",
    "given up": "Lemma false : False. Proof. give_up. Qed.",
    "an axiom": "Axiom false : False.",
    "axioms": "Axioms a b : False.",
    "a parameter": "Parameter false : False.",
    "a conjecture": "Conjecture false : False.",
    "a variable in no section": "Variable false : False.",
    "a hypothesis in no section": "Section A. End A.\nHypothesis false : False.",
    "a context in no section": "Context (false : False).",
    "a module type": "Module Type A. End A.",
    "a primitive": "Primitive add := #int63_add.",
    "a symbol": "Symbol false : False.",
    "a file loaded": 'Load "elsewhere/other".',
    "a plugin": 'Declare ML Module "ring_plugin".',
    "a path": 'Add LoadPath "/tmp".',
    "a path, recursively": 'Add Rec LoadPath "/tmp".',
    "a path for plugins": 'Add ML Path "/tmp".',
    "required from elsewhere": "From Other Require Import Bose.",
    "required without a place": "Require Import Bose.",
    "required of ours, unknown": "From XXZ Require Import Later.",
    "exported": "From Coq Require Export Reals.",
    "a library's flag": "From Coq Require Import Reals. Global Unset Guard Checking.",
    "text redirected": 'Redirect "x" Print nat.',
    "extraction": "Extraction nat.",
    "in a proof": "Lemma a : True. Proof. Unset Guard Checking. exact I. Qed.",
    "in a proof, after a bullet": "Lemma a : True. Proof. - Unset Guard Checking. exact I. Qed.",
    "in a proof, in braces": "Lemma a : True. Proof. { Set Nested Proofs Allowed. exact I. } Qed.",
    "in a proof, with a selector": "Lemma a : True. Proof. 1: Fail Axiom x : False. exact I. Qed.",
    "timed": "Time Definition a := 1.",
    "a tactic after a proof": "Lemma a : True. Proof. exact I. Qed. exact I.",
    "a tactic after a definition": "Definition a : True. Proof. exact I. Defined. exact I.",
    "a tactic before a proof": "Lemma a : True. exact I. Proof. exact I. Qed.",
    "between strings": "Notation \"'x' (*\" := 1. Axiom f : False. Notation \"'y' *)\" := 2.",
    "after a nested comment": "(* (* *) *) Axiom f : False. (* *)",
    "after a string in a comment": '(* " *) (* " *) Axiom f : False. (* *)',
    "after two quotation marks": '(* "a"" *) " *) Axiom f : False.',
    "a comment that is none": "Definition a := x.(* Axiom f : False. *)",
    "a comment without an end": "(* (* *) Lemma a : True.",
    "a string without an end": 'Notation "x := 1.',
    "an end without a beginning": "Lemma a : True. *) Proof.",
    "a string in a statement": 'Definition a := "Axiom".',
}


@pytest.mark.parametrize("what", BAD)
def test_what_makes_the_kernel_look_away_is_refused(what: str) -> None:
    examine(GOOD, "XXZ", ["Bose.v"])
    assert objection(GOOD + BAD[what])
    assert objection(BAD[what] + "\n" + GOOD)


@pytest.mark.parametrize(
    "text",
    [
        "(* Unset Guard Checking. *)",
        '(* "*)" Axiom f : False. (* *) *)',
        '(** [Load], [Admitted] and "Parameter" are words here *)',
        "Section A. Variable x : nat. Let y := x. End A.",
        "Lemma a : True. Proof. - exact I. Qed.",
        "Notation \"'Axiom' x\" := (S x) (at level 5).",
    ],
)
def test_the_same_words_in_comments_sections_and_notations_are_not(text: str) -> None:
    examine(GOOD + text, "XXZ", ["Bose.v"])


def test_comments_and_strings_are_read_as_coq_reads_them() -> None:
    assert code_of('a "(*" b (* " *) " c *) "d""*)" e').split() == ["a", '""', "b", '""', "e"]
    assert list(sentences("Lemma a : x.y. Proof. - { exact I. } Qed.")) == [
        "Lemma a : x.y",
        "Proof",
        "exact I",
        "Qed",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "-Q . XXZ\n-arg -type-in-type\nBose.v\n",
        "-Q . XXZ -type-in-type\nBose.v\n",
        "-Q . XXZ\n../Bose.v\n",
        "-R . XXZ\nBose.v\n",
        "-Q . XXZ\n-Q /tmp Other\nBose.v\n",
    ],
)
def test_the_list_of_files_holds_no_flag_and_no_path(text: str, tmp_path: Path) -> None:
    (tmp_path / "_CoqProject").write_text(text)
    with pytest.raises(NotChecked, match="_CoqProject holds"):
        files(tmp_path)


# ---- what a theorem rests on ----------------------------------------------------------------

NOT_DEC = "ClassicalDedekindReals.sig_not_dec : forall P : Prop, {~ ~ P} + {~ P}"
EXTENSIONALITY = """FunctionalExtensionality.functional_extensionality_dep
  : forall (A : Type) (B : A -> Type) (f g : forall x : A, B x),
    (forall x : A, f x = g x) -> f = g"""


def test_the_axioms_of_the_reals_are_read_with_their_types() -> None:
    printed = f"Axioms:\n{NOT_DEC}\n{EXTENSIONALITY}\n"
    assert set(axioms("a", printed)) < AXIOMS_OF_THE_REALS.keys()
    assert len(axioms("a", printed)) == 2
    assert axioms("a", "Closed under the global context\n") == ()


@pytest.mark.parametrize(
    "line",
    [
        "false is assumed to be guarded.",
        "bad is assumed to be positive.",
        "f relies on an unsafe hierarchy.",
        "Type hierarchy is collapsed (logic is inconsistent)",
        "f",
        "",
        "ClassicalDedekindReals.sig_not_dec : False",
        "ClassicalDedekindReals.sig_not_dec",
        NOT_DEC + "\n  /\\ False",
        EXTENSIONALITY.replace("f = g", "False"),
    ],
)
def test_any_other_line_refuses(line: str) -> None:
    with pytest.raises(NotChecked, match="no axiom of Coq's real numbers"):
        axioms("a", f"Axioms:\n{NOT_DEC}\n{line}\n{EXTENSIONALITY}\n")


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "Axioms:",
        f"Fetching\nAxioms:\n{NOT_DEC}",
        "Closed under the global context\nand more",
        "Opaque constants:\nx : nat",
        "Section Variables:\nfalse : False",
    ],
)
def test_a_list_of_another_form_refuses(printed: str) -> None:
    with pytest.raises(NotChecked, match="was not understood"):
        axioms("a", printed)


def test_an_axiom_of_another_name_is_reported_by_it() -> None:
    assert axioms("a", f"Axioms:\nfalse : False\n{NOT_DEC}")[1:] == ("false",)


# ---- the whole way ---------------------------------------------------------------------------

FALSE = (
    "Fixpoint loop (n : nat) : False := loop n.\nLemma false : False. Proof. exact (loop 0). Qed.\n"
)
UNSAFE = {
    "guard": "Unset Guard Checking.\n" + FALSE,
    "hidden": "Notation \"'x' (*\" := 1. Unset Guard Checking. Notation \"'y' *)\" := 2.\n" + FALSE,
    "attribute": "#[bypass_check(guard)] " + FALSE,
    "positivity": "Unset Positivity Checking.\nInductive bad : Type := B : (bad -> False) -> bad.",
    "universes": "Unset Universe Checking.\nDefinition a : Set := Type.\n",
}


@pytest.mark.needs_coq
@pytest.mark.parametrize("what", UNSAFE)
def test_a_file_that_proves_false_is_not_checked(what: str, tmp_path: Path) -> None:
    (tmp_path / "_CoqProject").write_text("-Q . XXZ\n\nBose.v\n")
    (tmp_path / "Bose.v").write_text(UNSAFE[what])
    results = coq_results(tmp_path)
    assert {result.verdict for result in results} == {"not checked here"}
    assert all(result.reason.startswith("Bose.v: ") for result in results)


def test_no_line_shows_the_time_of_the_whole_run() -> None:
    assert {result.seconds for result in coq_results(Path("nowhere"))} == {None}
