(** * Ordered populations have zero ergotropy

    In any finite dimension [n], for a state diagonal in the energy basis: when less energy never
    goes with less population, no unitary lowers the mean energy. Two steps:
    - the squared moduli of a unitary are doubly stochastic   ([unitary_doubly_stochastic]);
    - for doubly stochastic [S], sum E_i (S p)_i >= sum E_i p_i  ([rearrangement]), by a potential
      [phi] with phi_i - phi_j <= p_j (E_i - E_j): the integral of p dE over the sorted levels. *)

From Coq Require Import Reals Lra Psatz Arith Lia List.
From XXZ Require Import Matrices.
Import ListNotations.
Open Scope R_scope.

Definition passive (n : nat) (E p : nat -> R) : Prop :=
  forall i j, (i < n)%nat -> (j < n)%nat -> E i < E j -> p j <= p i.

Definition doubly_stochastic (n : nat) (S : nat -> nat -> R) : Prop :=
  (forall i j, (i < n)%nat -> (j < n)%nat -> 0 <= S i j) /\
  (forall i, (i < n)%nat -> rsum n (fun j => S i j) = 1) /\
  (forall j, (j < n)%nat -> rsum n (fun i => S i j) = 1).

(** ** |U_ij|^2 is doubly stochastic *)

Theorem unitary_doubly_stochastic : forall n U,
  unitary n U -> doubly_stochastic n (fun i j => Cnorm2 (U i j)).
Proof.
  intros n U [rows columns]. split; [|split].
  - intros; apply Cnorm2_nonneg.
  - intros i less. pose proof (rows i i less less) as row. unfold mmult, adjoint, mone in row.
    rewrite Nat.eqb_refl in row.
    rewrite (csum_ext n _ (fun j => RtoC (Cnorm2 (U i j)))) in row by (intros; apply Cnorm2_conj).
    rewrite csum_real in row. injection row; auto.
  - intros j less. pose proof (columns j j less less) as column.
    unfold mmult, adjoint, mone in column. rewrite Nat.eqb_refl in column.
    rewrite (csum_ext n _ (fun i => RtoC (Cnorm2 (U i j)))) in column.
    + rewrite csum_real in column. injection column; auto.
    + intros i _. rewrite <- Cnorm2_conj. ring.
Qed.

(** ** The potential *)

Section Potential.
Variable n : nat.
Variables E p : nat -> R.
Hypothesis is_passive : passive n E p.

(** Level [j] is above level [i]. *)
Let above (i j : nat) : Prop := E i <= E j /\ p j <= p i.

Lemma above_total : forall i j, (i < n)%nat -> (j < n)%nat -> above i j \/ above j i.
Proof.
  intros i j less_i less_j. unfold above. destruct (Rtotal_order (E i) (E j)) as [lt | [eq | gt]].
  - left. pose proof (is_passive i j less_i less_j lt). lra.
  - destruct (Rle_or_lt (p i) (p j)); [right | left]; lra.
  - right. pose proof (is_passive j i less_j less_i gt). lra.
Qed.

(** Lists of levels, highest first. *)
Inductive descending : list nat -> Prop :=
  | descending_nil : descending []
  | descending_cons : forall m l, (forall i, In i l -> above i m) -> descending l -> descending (m :: l).

Lemma descending_insert : forall x l, (x < n)%nat -> (forall i, In i l -> (i < n)%nat) ->
  descending l -> exists l', descending l' /\ forall i, In i l' <-> i = x \/ In i l.
Proof.
  intros x l less_x less desc. induction desc as [|m l top desc IH].
  - exists [x]. split; [constructor; [intros i [] | constructor]|].
    intro i; simpl; intuition.
  - destruct (above_total m x) as [high | low]; [apply less; left; reflexivity | exact less_x | |].
    + exists (x :: m :: l). split; [|intro i; simpl; intuition].
      constructor; [|constructor; assumption].
      intros i [<- | inside]; [exact high|].
      pose proof (top i inside). unfold above in *. lra.
    + destruct IH as (l' & desc' & same); [intros; apply less; right; assumption|].
      exists (m :: l'). split; [|intro i; simpl; rewrite same; intuition].
      constructor; [|assumption]. intros i inside. apply same in inside.
      destruct inside as [-> | inside]; [exact low | apply top; exact inside].
Qed.

Lemma descending_exists : forall k, (k <= n)%nat ->
  exists l, descending l /\ forall i, In i l <-> (i < k)%nat.
Proof.
  induction k as [|k IH]; intro le.
  - exists []. split; [constructor|]. intro i; simpl; lia.
  - destruct IH as (l & desc & same); [lia|].
    destruct (descending_insert k l) as (l' & desc' & same'); try assumption.
    { intros i inside. apply same in inside. lia. }
    exists l'. split; [assumption|]. intro i. rewrite same', same. lia.
Qed.

Lemma potential_list : forall l, descending l ->
  exists phi : nat -> R, forall i j, In i l -> In j l -> phi i - phi j <= p j * (E i - E j).
Proof.
  intros l desc. induction desc as [|m l top desc IH].
  - exists (fun _ => 0). intros i j [].
  - destruct IH as [phi bound]. destruct desc as [|h l top_h desc].
    + exists (fun _ => 0). intros i j [<- | []] [<- | []]. nra.
    + set (value := phi h + p h * (E m - E h)).
      exists (fun k => if Nat.eqb k m then value else phi k).
      assert (h_low : forall j, In j (h :: l) -> above j h).
      { intros j [<- | inside]; [unfold above; lra | apply top_h; exact inside]. }
      pose proof (top h (or_introl eq_refl)) as m_high.
      assert (into : forall i, In i (m :: h :: l) -> i <> m -> In i (h :: l)).
      { intros i [same | inside] other; [congruence | exact inside]. }
      intros i j inside_i inside_j.
      destruct (Nat.eqb_spec i m) as [-> | other_i]; destruct (Nat.eqb_spec j m) as [-> | other_j].
      * cbv beta. lra.
      * apply into in inside_j; [|exact other_j].
        pose proof (bound h j (or_introl eq_refl) inside_j). pose proof (h_low j inside_j).
        unfold value, above in *. nra.
      * apply into in inside_i; [|exact other_i].
        pose proof (bound i h inside_i (or_introl eq_refl)). pose proof (top i inside_i).
        unfold value, above in *. nra.
      * apply bound; apply into; assumption.
Qed.

Lemma potential_exists : exists phi : nat -> R, forall i j, (i < n)%nat -> (j < n)%nat ->
  phi i - phi j <= p j * (E i - E j).
Proof.
  destruct (descending_exists n (le_n n)) as (l & desc & same).
  destruct (potential_list l desc) as [phi bound].
  exists phi. intros i j less_i less_j. apply bound; apply same; assumption.
Qed.

(** ** The rearrangement inequality *)

Theorem rearrangement : forall S, doubly_stochastic n S ->
  rsum n (fun i => E i * p i) <= rsum n (fun i => E i * rsum n (fun j => S i j * p j)).
Proof.
  intros S (nonneg & rows & columns). destruct potential_exists as [phi bound].
  assert (below : rsum n (fun i => rsum n (fun j => S i j * (phi i + (E j * p j - phi j))))
    <= rsum n (fun i => E i * rsum n (fun j => S i j * p j))).
  { apply rsum_le. intros i less_i. rewrite <- rsum_scale. apply rsum_le. intros j less_j.
    pose proof (bound i j less_i less_j). pose proof (nonneg i j less_i less_j). nra. }
  assert (value : rsum n (fun i => rsum n (fun j => S i j * (phi i + (E j * p j - phi j))))
    = rsum n (fun i => E i * p i)).
  { rewrite (rsum_ext n _ (fun i => phi i + rsum n (fun j => S i j * (E j * p j - phi j)))).
    - rewrite rsum_plus, rsum_swap.
      rewrite (rsum_ext n (fun j => rsum n _) (fun j => E j * p j + (-1) * phi j)).
      + rewrite rsum_plus, rsum_scale. ring.
      + intros j less_j.
        rewrite (rsum_ext n _ (fun i => (E j * p j - phi j) * S i j)) by (intros; ring).
        rewrite rsum_scale, columns by assumption. ring.
    - intros i less_i.
      rewrite (rsum_ext n _ (fun j => phi i * S i j + S i j * (E j * p j - phi j))) by (intros; ring).
      rewrite rsum_plus, rsum_scale, rows by assumption. ring. }
  lra.
Qed.

End Potential.

(** ** Mean energies as traces *)

(** Tr(H rho) for H = diag E, rho = diag p. *)
Definition energy (n : nat) (E p : nat -> R) : C := trace n (mmult n (diag E) (diag p)).

(** Tr(H U rho U^dagger). *)
Definition energy_after (n : nat) (E p : nat -> R) (U : matrix) : C :=
  trace n (mmult n (diag E) (mmult n U (mmult n (diag p) (adjoint U)))).

Lemma energy_value : forall n E p, energy n E p = RtoC (rsum n (fun i => E i * p i)).
Proof.
  intros. unfold energy, trace. rewrite <- csum_real. apply csum_ext. intros i less.
  rewrite mmult_diag_left, diag_same by assumption. apply C_eq; simpl; ring.
Qed.

Lemma energy_after_value : forall n E p U,
  energy_after n E p U
  = RtoC (rsum n (fun i => E i * rsum n (fun j => Cnorm2 (U i j) * p j))).
Proof.
  intros. unfold energy_after, trace. rewrite <- csum_real. apply csum_ext. intros i less.
  rewrite mmult_diag_left by assumption.
  replace (mmult n U (mmult n (diag p) (adjoint U)) i i)
    with (RtoC (rsum n (fun j => Cnorm2 (U i j) * p j))).
  - apply C_eq; simpl; ring.
  - unfold mmult at 1. rewrite <- csum_real. apply csum_ext. intros j less_j.
    rewrite mmult_diag_left by assumption. unfold adjoint.
    apply C_eq; unfold Cnorm2; simpl; ring.
Qed.

(** No unitary lowers the mean energy of a passive state. *)
Theorem no_unitary_lowers_energy : forall n E p U,
  passive n E p -> unitary n U ->
  re (energy n E p) <= re (energy_after n E p U).
Proof.
  intros n E p U is_passive is_unitary. rewrite energy_value, energy_after_value. simpl.
  apply rearrangement; [exact is_passive | apply unitary_doubly_stochastic; exact is_unitary].
Qed.
