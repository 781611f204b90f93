(** * Passivity of the steady state, any finite number of baths

    The levels of Eq. 2, the ratios g of [Baths.v] and the current of [Cycle.v] together. The
    statement [passivity_rates] takes the eight rates as they come, with the eight equations that
    say: emission c (N(w) + A), absorption c N(w), one prefactor c > 0 for each transition and one
    mixture of baths for all. The headline theorems ([Headlines.v]) are instances of it. *)

From Coq Require Import Reals Lra Psatz List.
From XXZ Require Import Bose Baths Cycle.
Import ListNotations.
Open Scope R_scope.

(** Eq. 2. *)
Definition E1 (J Delta B0 : R) : R := (Delta - 2 * B0) / 2.
Definition E2 (J Delta B0 : R) : R := (Delta + 2 * B0) / 2.
Definition E3 (J Delta B0 : R) : R := - Delta / 2 - J.
Definition E4 (J Delta B0 : R) : R := - Delta / 2 + J.

(** For |J| + |Delta| < B0, whatever the signs of J and Delta, all four frequencies are positive. *)
Lemma frequencies_positive : forall J Delta B0, Rabs J + Rabs Delta < B0 ->
  0 < E3 J Delta B0 - E1 J Delta B0 /\ 0 < E4 J Delta B0 - E1 J Delta B0 /\
  0 < E2 J Delta B0 - E3 J Delta B0 /\ 0 < E2 J Delta B0 - E4 J Delta B0 /\ 0 < B0.
Proof.
  intros J Delta B0 strong. unfold E1, E2, E3, E4.
  pose proof (Rle_abs J). pose proof (Rle_abs (- J)) as minus_J. rewrite Rabs_Ropp in minus_J.
  pose proof (Rle_abs Delta). pose proof (Rle_abs (- Delta)) as minus_D. rewrite Rabs_Ropp in minus_D.
  lra.
Qed.

(** [ordered] for all six pairs of levels. *)
Definition all_ordered (e1 e2 e3 e4 p1 p2 p3 p4 : R) : Prop :=
  ordered e1 e2 p1 p2 /\ ordered e1 e3 p1 p3 /\ ordered e1 e4 p1 p4 /\
  ordered e2 e3 p2 p3 /\ ordered e2 e4 p2 p4 /\ ordered e3 e4 p3 p4.

Lemma ordered_swap : forall Ei Ej pi pj, ordered Ei Ej pi pj -> ordered Ej Ei pj pi.
Proof.
  unfold ordered; intros Ei Ej pi pj (below & above & equal). repeat split; try assumption.
  intro same. symmetry. apply equal. symmetry. exact same.
Qed.

Lemma all_ordered_mirror : forall e1 e2 e3 e4 p1 p2 p3 p4,
  all_ordered e1 e2 e4 e3 p1 p2 p4 p3 -> all_ordered e1 e2 e3 e4 p1 p2 p3 p4.
Proof.
  unfold all_ordered; intros e1 e2 e3 e4 p1 p2 p3 p4 (o12 & o14 & o13 & o24 & o23 & o43).
  pose proof (ordered_swap _ _ _ _ o43). tauto.
Qed.

(** Levels numbered, frequencies positive, current 1 -> 3 -> 2 -> 4 -> 1 nonnegative. *)
Lemma passivity_forward : forall baths e1 e2 e3 e4 p1 p2 p3 p4,
  proper baths ->
  e1 < e3 -> e1 < e4 -> e3 < e2 -> e4 < e2 ->
  0 < p1 -> 0 < p2 -> 0 < p3 -> 0 < p4 ->
  ratio baths (e3 - e1) * p3 <= p1 -> ratio baths (e2 - e3) * p2 <= p3 ->
  p4 <= ratio baths (e2 - e4) * p2 -> p1 <= ratio baths (e4 - e1) * p4 ->
  all_ordered e1 e2 e3 e4 p1 p2 p3 p4.
Proof.
  intros baths e1 e2 e3 e4 p1 p2 p3 p4 mix lt13 lt14 lt32 lt42 pos1 pos2 pos3 pos4
    le13 le32 le42 le14.
  assert (above : forall w, 0 < w -> 1 < ratio baths w) by (intros; apply ratio_above_1; assumption).
  assert (grow : forall x y, 0 < x -> x < y -> ratio baths x < ratio baths y)
    by (intros; apply ratio_increasing; assumption).
  pose proof (ratio_submultiplicative baths mix (e3 - e1) (e2 - e3) ltac:(lra) ltac:(lra)) as product.
  pose proof (above (e3 - e1) ltac:(lra)) as above31. pose proof (above (e4 - e1) ltac:(lra)) as above41.
  pose proof (above (e2 - e3) ltac:(lra)) as above23. pose proof (above (e2 - e4) ltac:(lra)) as above24.
  pose proof (grow (e4 - e1) (e3 - e1 + (e2 - e3)) ltac:(lra) ltac:(lra)) as less41.
  pose proof (grow (e2 - e4) (e3 - e1 + (e2 - e3)) ltac:(lra) ltac:(lra)) as less24.
  destruct (forward_ordering _ _ _ _ _ p1 p2 p3 p4
    above31 above41 above23 above24
    less41 less24 product pos1 pos2 pos3 pos4 le13 le32 le42 le14)
    as (lt31' & lt23' & lt41' & lt24' & order34 & order43 & equal34).
  unfold all_ordered, ordered. repeat split; intros; try lra.
  - apply order34. apply grow; lra.
  - apply order43. apply grow; lra.
  - apply equal34; f_equal; lra.
Qed.

(** The rates as they come. *)
Theorem passivity_rates :
  forall baths J Delta B0 c31 c41 c23 c24 e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  proper baths -> Rabs J + Rabs Delta < B0 ->
  0 < c31 -> 0 < c41 -> 0 < c23 -> 0 < c24 ->
  let w31 := E3 J Delta B0 - E1 J Delta B0 in
  let w41 := E4 J Delta B0 - E1 J Delta B0 in
  let w23 := E2 J Delta B0 - E3 J Delta B0 in
  let w24 := E2 J Delta B0 - E4 J Delta B0 in
  e31 = c31 * (occupation baths w31 + weight baths) -> a31 = c31 * occupation baths w31 ->
  e41 = c41 * (occupation baths w41 + weight baths) -> a41 = c41 * occupation baths w41 ->
  e23 = c23 * (occupation baths w23 + weight baths) -> a23 = c23 * occupation baths w23 ->
  e24 = c24 * (occupation baths w24 + weight baths) -> a24 = c24 * occupation baths w24 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 ->
  p1 + p2 + p3 + p4 = 1 ->
  (0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4) /\
  all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4.
Proof.
  intros baths J Delta B0 c31 c41 c23 c24 e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4
    mix strong c31_pos c41_pos c23_pos c24_pos w31 w41 w23 w24
    is_e31 is_a31 is_e41 is_a41 is_e23 is_a23 is_e24 is_a24 steady one.
  destruct (frequencies_positive J Delta B0 strong) as (w31_pos & w41_pos & w23_pos & w24_pos & _).
  fold w31 in w31_pos. fold w41 in w41_pos. fold w23 in w23_pos. fold w24 in w24_pos.
  pose proof (weight_pos baths mix) as A_pos.
  assert (rates_pos : forall c w, 0 < c -> 0 < w ->
    0 < c * (occupation baths w + weight baths) /\ 0 < c * occupation baths w).
  { intros c w c_pos w_pos. pose proof (occupation_pos baths mix w w_pos).
    split; apply Rmult_lt_0_compat; lra. }
  destruct (rates_pos c31 w31 c31_pos w31_pos) as [e31_pos a31_pos].
  destruct (rates_pos c41 w41 c41_pos w41_pos) as [e41_pos a41_pos].
  destruct (rates_pos c23 w23 c23_pos w23_pos) as [e23_pos a23_pos].
  destruct (rates_pos c24 w24 c24_pos w24_pos) as [e24_pos a24_pos].
  rewrite <- is_e31 in e31_pos. rewrite <- is_a31 in a31_pos.
  rewrite <- is_e41 in e41_pos. rewrite <- is_a41 in a41_pos.
  rewrite <- is_e23 in e23_pos. rewrite <- is_a23 in a23_pos.
  rewrite <- is_e24 in e24_pos. rewrite <- is_a24 in a24_pos.
  assert (is_ratio : forall c w, 0 < c -> 0 < w ->
    c * (occupation baths w + weight baths) / (c * occupation baths w) = ratio baths w).
  { intros c w c_pos w_pos. pose proof (occupation_pos baths mix w w_pos).
    unfold ratio. field. lra. }
  assert (g31 : e31 / a31 = ratio baths w31) by (subst e31 a31; apply is_ratio; assumption).
  assert (g41 : e41 / a41 = ratio baths w41) by (subst e41 a41; apply is_ratio; assumption).
  assert (g23 : e23 / a23 = ratio baths w23) by (subst e23 a23; apply is_ratio; assumption).
  assert (g24 : e24 / a24 = ratio baths w24) by (subst e24 a24; apply is_ratio; assumption).
  destruct (cycle_positive e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4) as (pos1 & pos2 & pos3 & pos4);
    try assumption.
  split; [tauto|].
  destruct (Rle_or_lt 0 (a31 * p1 - e31 * p3)) as [forward | backward].
  - destruct (cycle_inequalities e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4)
      as (le13 & le32 & le42 & le14); try assumption.
    rewrite g31 in le13. rewrite g23 in le32. rewrite g24 in le42. rewrite g41 in le14.
    apply (passivity_forward baths); unfold w31, w41, w23, w24 in *; try assumption; lra.
  - apply all_ordered_mirror.
    destruct (cycle_current _ _ _ _ _ _ _ _ _ _ _ _ steady) as (c23' & c24' & c41').
    destruct (cycle_inequalities e41 a41 e31 a31 e24 a24 e23 a23 p1 p2 p4 p3)
      as (le14 & le42 & le32 & le13); try assumption; try lra.
    { apply balanced_mirror. assumption. }
    rewrite g31 in le13. rewrite g23 in le32. rewrite g24 in le42. rewrite g41 in le14.
    apply (passivity_forward baths); unfold w31, w41, w23, w24 in *; try assumption; lra.
Qed.

(** Two baths as a list. *)
Lemma two_baths_proper : forall a_L a_R T_L T_R, 0 < a_L -> 0 < a_R -> 0 < T_L -> 0 < T_R ->
  proper [(a_L, T_L); (a_R, T_R)].
Proof.
  intros a_L a_R T_L T_R aL aR TL TR. split; [discriminate|].
  intros a T [same | [same | []]]; injection same as <- <-; split; assumption.
Qed.
