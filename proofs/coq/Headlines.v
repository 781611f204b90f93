(** * The theorems

    Each in full, so that this file alone tells what is proved; the proofs lead to the other files.
    The first eight are spelled out on plain real numbers: [Rabs], [exp] and arithmetic are Coq's,
    and nothing else is used. Compare the levels with Eq. 2 of the paper, [n_L] and [n_R] with the
    line below Eq. 7, [emission] and [absorption] with Eq. 12, [steady] with the equations behind
    Eq. 13. The statements are generated from symqb/prove/coq_statements.py, and Coq compares the
    two whenever the proofs are checked from there. *)

From Coq Require Import Reals Lra Psatz List.
From XXZ Require Import Bose Baths Cycle Passivity Matrices Ergotropy Dissipator TwoSpins RateEquations
  SteadyState Refutations.
Import ListNotations.
Open Scope R_scope.

(** Rates written with Bose numbers are rates written with N(w) and A. *)
Ltac rates_match :=
  unfold occupation, weight, bose, E1, E2, E3, E4; simpl;
  repeat match goal with |- context [1 / (exp ?x - 1)] =>
    let n := fresh "n" in set (n := 1 / (exp x - 1)); clearbody n end;
  field.

(** At epsilon = 0 the steady state of two spins is passive: all populations are positive, less energy means strictly more population, equal energies mean equal populations.
    Scope: |J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0. *)
Theorem two_spin_passivity :
  forall J Delta B0 T_L T_R kappa p1 p2 p3 p4 : R,
    0 < T_L ->
    0 < T_R ->
    0 < kappa ->
    Rabs J + Rabs Delta < B0 ->
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let epsilon := 0 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * (1 + n_L w) + kappa * w / 2 * (1 + n_R w) in
    let absorption (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * n_L w + kappa * w / 2 * n_R w in
    let E31 := emission (-1) w31 in
    let A31 := absorption (-1) w31 in
    let E41 := emission 1 w41 in
    let A41 := absorption 1 w41 in
    let E23 := emission (-1) w23 in
    let A23 := absorption (-1) w23 in
    let E24 := emission 1 w24 in
    let A24 := absorption 1 w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    let ordered (Ei Ej pi pj : R) :=
      (Ei < Ej -> pj < pi) /\
      (Ej < Ei -> pi < pj) /\
      (Ei = Ej -> pi = pj) in
    steady p1 p2 p3 p4 ->
    p1 + p2 + p3 + p4 = 1 ->
    0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4 /\
    ordered E1 E2 p1 p2 /\
    ordered E1 E3 p1 p3 /\
    ordered E1 E4 p1 p4 /\
    ordered E2 E3 p2 p3 /\
    ordered E2 E4 p2 p4 /\
    ordered E3 E4 p3 p4.
Proof.
  intros J Delta B0 T_L T_R kappa p1 p2 p3 p4 T_L_pos T_R_pos kappa_pos strong. cbv zeta.
  intros steady one.
  destruct (symmetric_passivity J Delta B0 T_L T_R kappa p1 p2 p3 p4
    T_L_pos T_R_pos kappa_pos strong steady one) as [(? & ? & ? & ?) (? & ? & ? & ? & ? & ?)].
  repeat (apply conj; [assumption|]). assumption.
Qed.

(** The rate equations with Eq. 12's rates have exactly one steady state, for every epsilon.
    Scope: |J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0. *)
Theorem two_spin_steady_state :
  forall J Delta B0 T_L T_R kappa epsilon : R,
    0 < T_L ->
    0 < T_R ->
    0 < kappa ->
    Rabs J + Rabs Delta < B0 ->
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * (1 + n_L w) + kappa * w / 2 * (1 + n_R w) in
    let absorption (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * n_L w + kappa * w / 2 * n_R w in
    let E31 := emission (-1) w31 in
    let A31 := absorption (-1) w31 in
    let E41 := emission 1 w41 in
    let A41 := absorption 1 w41 in
    let E23 := emission (-1) w23 in
    let A23 := absorption (-1) w23 in
    let E24 := emission 1 w24 in
    let A24 := absorption 1 w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    (exists p1 p2 p3 p4 : R, (steady p1 p2 p3 p4 /\ p1 + p2 + p3 + p4 = 1) /\ (forall q1 q2 q3 q4 : R, (steady q1 q2 q3 q4 -> (q1 + q2 + q3 + q4 = 1 -> q1 = p1 /\ q2 = p2 /\ q3 = p3 /\ q4 = p4)))).
Proof.
  intros J Delta B0 T_L T_R kappa epsilon T_L_pos T_R_pos kappa_pos strong.
  exact (steady_populations_exist J Delta B0 T_L T_R kappa epsilon T_L_pos T_R_pos kappa_pos strong).
Qed.

(** The same for any positive bath weights and any positive prefactor on each transition.
    Scope: |J| + |Delta| < B0; temperatures, weights and prefactors > 0. *)
Theorem weighted_passivity :
  forall J Delta B0 T_L T_R a_L a_R c31 c41 c23 c24 p1 p2 p3 p4 : R,
    0 < T_L ->
    0 < T_R ->
    0 < a_L ->
    0 < a_R ->
    0 < c31 ->
    0 < c41 ->
    0 < c23 ->
    0 < c24 ->
    Rabs J + Rabs Delta < B0 ->
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (c w : R) := c * (a_L * (1 + n_L w) + a_R * (1 + n_R w)) in
    let absorption (c w : R) := c * (a_L * n_L w + a_R * n_R w) in
    let E31 := emission c31 w31 in
    let A31 := absorption c31 w31 in
    let E41 := emission c41 w41 in
    let A41 := absorption c41 w41 in
    let E23 := emission c23 w23 in
    let A23 := absorption c23 w23 in
    let E24 := emission c24 w24 in
    let A24 := absorption c24 w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    let ordered (Ei Ej pi pj : R) :=
      (Ei < Ej -> pj < pi) /\
      (Ej < Ei -> pi < pj) /\
      (Ei = Ej -> pi = pj) in
    steady p1 p2 p3 p4 ->
    p1 + p2 + p3 + p4 = 1 ->
    0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4 /\
    ordered E1 E2 p1 p2 /\
    ordered E1 E3 p1 p3 /\
    ordered E1 E4 p1 p4 /\
    ordered E2 E3 p2 p3 /\
    ordered E2 E4 p2 p4 /\
    ordered E3 E4 p3 p4.
Proof.
  intros J Delta B0 T_L T_R a_L a_R c31 c41 c23 c24 p1 p2 p3 p4
    T_L_pos T_R_pos a_L_pos a_R_pos c31_pos c41_pos c23_pos c24_pos strong. cbv zeta.
  intros steady one.
  assert (goal : (0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4) /\
    all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4).
  { refine (passivity_rates [(a_L, T_L); (a_R, T_R)] J Delta B0 _ _ _ _ _ _ _ _ _ _ _ _ p1 p2 p3 p4
      (two_baths_proper a_L a_R T_L T_R a_L_pos a_R_pos T_L_pos T_R_pos) strong
      c31_pos c41_pos c23_pos c24_pos _ _ _ _ _ _ _ _ steady one);
      rates_match. }
  destruct goal as [(? & ? & ? & ?) (? & ? & ? & ? & ? & ?)].
  repeat (apply conj; [assumption|]). assumption.
Qed.

(** With individual dissipation (|a|^2 + epsilon^2 |b|^2) the steady state is passive for every epsilon.
    Scope: every real epsilon; |J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0. *)
Theorem individual_passivity :
  forall J Delta B0 T_L T_R kappa epsilon p1 p2 p3 p4 : R,
    0 < T_L ->
    0 < T_R ->
    0 < kappa ->
    Rabs J + Rabs Delta < B0 ->
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (w : R) := kappa * w * (1 + epsilon ^ 2) / 2 * (1 + n_L w) + kappa * w / 2 * (1 + n_R w) in
    let absorption (w : R) := kappa * w * (1 + epsilon ^ 2) / 2 * n_L w + kappa * w / 2 * n_R w in
    let E31 := emission w31 in
    let A31 := absorption w31 in
    let E41 := emission w41 in
    let A41 := absorption w41 in
    let E23 := emission w23 in
    let A23 := absorption w23 in
    let E24 := emission w24 in
    let A24 := absorption w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    let ordered (Ei Ej pi pj : R) :=
      (Ei < Ej -> pj < pi) /\
      (Ej < Ei -> pi < pj) /\
      (Ei = Ej -> pi = pj) in
    steady p1 p2 p3 p4 ->
    p1 + p2 + p3 + p4 = 1 ->
    0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4 /\
    ordered E1 E2 p1 p2 /\
    ordered E1 E3 p1 p3 /\
    ordered E1 E4 p1 p4 /\
    ordered E2 E3 p2 p3 /\
    ordered E2 E4 p2 p4 /\
    ordered E3 E4 p3 p4.
Proof.
  intros J Delta B0 T_L T_R kappa epsilon p1 p2 p3 p4 T_L_pos T_R_pos kappa_pos strong. cbv zeta.
  intros steady one.
  destruct (frequencies_positive J Delta B0 strong) as (w31 & w41 & w23 & w24 & _).
  assert (prefactor : forall w, 0 < w -> 0 < kappa * w / 2).
  { intros w w_pos. apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra. }
  pose proof (pow2_ge_0 epsilon).
  assert (goal : (0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4) /\
    all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4).
  { refine (passivity_rates [(1 + epsilon ^ 2, T_L); (1, T_R)] J Delta B0 _ _ _ _ _ _ _ _ _ _ _ _ p1 p2 p3 p4
      (two_baths_proper (1 + epsilon ^ 2) 1 T_L T_R _ Rlt_0_1 T_L_pos T_R_pos) strong
      (prefactor _ w31) (prefactor _ w41) (prefactor _ w23) (prefactor _ w24)
      _ _ _ _ _ _ _ _ steady one);
      [lra | rates_match ..]. }
  destruct goal as [(? & ? & ? & ?) (? & ? & ? & ? & ? & ?)].
  repeat (apply conj; [assumption|]). assumption.
Qed.

(** With the left rates as Eq. 18 prints them the steady state is passive.
    Scope: |J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0. *)
Theorem eq18_passivity :
  forall J Delta B0 T_L T_R kappa p1 p2 p3 p4 : R,
    0 < T_L ->
    0 < T_R ->
    0 < kappa ->
    Rabs J + Rabs Delta < B0 ->
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (w : R) := 2 * kappa * w * (1 + n_L w) + kappa * w / 2 * (1 + n_R w) in
    let absorption (w : R) := 2 * kappa * w * n_L w + kappa * w / 2 * n_R w in
    let E31 := emission w31 in
    let A31 := absorption w31 in
    let E41 := emission w41 in
    let A41 := absorption w41 in
    let E23 := emission w23 in
    let A23 := absorption w23 in
    let E24 := emission w24 in
    let A24 := absorption w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    let ordered (Ei Ej pi pj : R) :=
      (Ei < Ej -> pj < pi) /\
      (Ej < Ei -> pi < pj) /\
      (Ei = Ej -> pi = pj) in
    steady p1 p2 p3 p4 ->
    p1 + p2 + p3 + p4 = 1 ->
    0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4 /\
    ordered E1 E2 p1 p2 /\
    ordered E1 E3 p1 p3 /\
    ordered E1 E4 p1 p4 /\
    ordered E2 E3 p2 p3 /\
    ordered E2 E4 p2 p4 /\
    ordered E3 E4 p3 p4.
Proof.
  intros J Delta B0 T_L T_R kappa p1 p2 p3 p4 T_L_pos T_R_pos kappa_pos strong. cbv zeta.
  intros steady one.
  destruct (frequencies_positive J Delta B0 strong) as (w31 & w41 & w23 & w24 & _).
  assert (prefactor : forall w, 0 < w -> 0 < kappa * w / 2).
  { intros w w_pos. apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra. }
  assert (goal : (0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4) /\
    all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4).
  { refine (passivity_rates [(4, T_L); (1, T_R)] J Delta B0 _ _ _ _ _ _ _ _ _ _ _ _ p1 p2 p3 p4
      (two_baths_proper (4) 1 T_L T_R _ Rlt_0_1 T_L_pos T_R_pos) strong
      (prefactor _ w31) (prefactor _ w41) (prefactor _ w23) (prefactor _ w24)
      _ _ _ _ _ _ _ _ steady one);
      [lra | rates_match ..]. }
  destruct goal as [(? & ? & ? & ?) (? & ? & ? & ? & ? & ?)].
  repeat (apply conj; [assumption|]). assumption.
Qed.

(** At epsilon = 1, J = 1, Delta = 1/2, B0 = 2, T_L = 39, T_R = 1 the steady state has E1 < E3 and p1 < p3.
    Scope: one point, every kappa > 0. *)
Theorem inversion_at_epsilon_1 :
  forall kappa p1 p2 p3 p4 : R,
    0 < kappa ->
    let J := 1 in
    let Delta := 1 / 2 in
    let B0 := 2 in
    let T_L := 39 in
    let T_R := 1 in
    let epsilon := 1 in
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * (1 + n_L w) + kappa * w / 2 * (1 + n_R w) in
    let absorption (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * n_L w + kappa * w / 2 * n_R w in
    let E31 := emission (-1) w31 in
    let A31 := absorption (-1) w31 in
    let E41 := emission 1 w41 in
    let A41 := absorption 1 w41 in
    let E23 := emission (-1) w23 in
    let A23 := absorption (-1) w23 in
    let E24 := emission 1 w24 in
    let A24 := absorption 1 w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    steady p1 p2 p3 p4 ->
    p1 + p2 + p3 + p4 = 1 ->
    Rabs J + Rabs Delta < B0 /\
    E1 < E3 /\
    p1 < p3.
Proof.
  intros kappa p1 p2 p3 p4 kappa_pos. cbv zeta. intros steady one.
  split; [rewrite !Rabs_pos_eq; lra|].
  exact (inversion_at_eps_1 kappa p1 p2 p3 p4 kappa_pos steady one).
Qed.

(** At epsilon = 0, J = 1, Delta = -1/2, B0 = 0.501, T_L = 1, T_R = 0.0001, where |J + Delta| < B0 < |J| + |Delta|, the steady state has E1 < E3 and p1 < p3.
    Scope: one point, every kappa > 0. *)
Theorem inversion_at_weak_field :
  forall kappa p1 p2 p3 p4 : R,
    0 < kappa ->
    let J := 1 in
    let Delta := - (1 / 2) in
    let B0 := 501 / 1000 in
    let T_L := 1 in
    let T_R := 1 / 10000 in
    let epsilon := 0 in
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * (1 + n_L w) + kappa * w / 2 * (1 + n_R w) in
    let absorption (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * n_L w + kappa * w / 2 * n_R w in
    let E31 := emission (-1) w31 in
    let A31 := absorption (-1) w31 in
    let E41 := emission 1 w41 in
    let A41 := absorption 1 w41 in
    let E23 := emission (-1) w23 in
    let A23 := absorption (-1) w23 in
    let E24 := emission 1 w24 in
    let A24 := absorption 1 w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    steady p1 p2 p3 p4 ->
    p1 + p2 + p3 + p4 = 1 ->
    Rabs (J + Delta) < B0 /\
    B0 < Rabs J + Rabs Delta /\
    E1 < E3 /\
    p1 < p3.
Proof.
  intros kappa p1 p2 p3 p4 kappa_pos. cbv zeta. intros steady one.
  split; [rewrite Rabs_pos_eq; lra|].
  split; [rewrite Rabs_Ropp, !Rabs_pos_eq; lra|].
  exact (weak_field_inversion kappa p1 p2 p3 p4 kappa_pos steady one).
Qed.

(** At that last point there is a steady state.
    Scope: one point, every kappa > 0. *)
Theorem weak_field_steady_state :
  forall kappa : R,
    0 < kappa ->
    let J := 1 in
    let Delta := - (1 / 2) in
    let B0 := 501 / 1000 in
    let T_L := 1 in
    let T_R := 1 / 10000 in
    let epsilon := 0 in
    let E1 := (Delta - 2 * B0) / 2 in
    let E2 := (Delta + 2 * B0) / 2 in
    let E3 := - Delta / 2 - J in
    let E4 := - Delta / 2 + J in
    let w31 := E3 - E1 in
    let w41 := E4 - E1 in
    let w23 := E2 - E3 in
    let w24 := E2 - E4 in
    let n_L (w : R) := 1 / (exp (w / T_L) - 1) in
    let n_R (w : R) := 1 / (exp (w / T_R) - 1) in
    let emission (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * (1 + n_L w) + kappa * w / 2 * (1 + n_R w) in
    let absorption (sign w : R) := kappa * w * (epsilon + sign) ^ 2 / 2 * n_L w + kappa * w / 2 * n_R w in
    let E31 := emission (-1) w31 in
    let A31 := absorption (-1) w31 in
    let E41 := emission 1 w41 in
    let A41 := absorption 1 w41 in
    let E23 := emission (-1) w23 in
    let A23 := absorption (-1) w23 in
    let E24 := emission 1 w24 in
    let A24 := absorption 1 w24 in
    let steady (p1 p2 p3 p4 : R) :=
      E31 * p3 + E41 * p4 - (A31 + A41) * p1 = 0 /\
      A23 * p3 + A24 * p4 - (E23 + E24) * p2 = 0 /\
      A31 * p1 + E23 * p2 - (E31 + A23) * p3 = 0 /\
      A41 * p1 + E24 * p2 - (E41 + A24) * p4 = 0 in
    (exists p1 p2 p3 p4 : R, steady p1 p2 p3 p4 /\ p1 + p2 + p3 + p4 = 1).
Proof.
  exact weak_field_exists.
Qed.

(** The same for any finite number of baths and any positive prefactor on each transition.
    Scope: |J| + |Delta| < B0; a list of baths with weights, temperatures > 0; prefactors > 0. *)
Theorem any_baths_passivity :
  forall (baths : list (R * R)) (J Delta B0 c31 c41 c23 c24 p1 p2 p3 p4 : R),
    baths <> nil ->
    (forall a T, In (a, T) baths -> 0 < a /\ 0 < T) ->
    Rabs J + Rabs Delta < B0 ->
    0 < c31 -> 0 < c41 -> 0 < c23 -> 0 < c24 ->
    let N w := fold_right (fun b s => fst b * (1 / (exp (w / snd b) - 1)) + s) 0 baths in
    let A := fold_right (fun b s => fst b + s) 0 baths in
    let w31 := E3 J Delta B0 - E1 J Delta B0 in
    let w41 := E4 J Delta B0 - E1 J Delta B0 in
    let w23 := E2 J Delta B0 - E3 J Delta B0 in
    let w24 := E2 J Delta B0 - E4 J Delta B0 in
    balanced (c31 * (N w31 + A)) (c31 * N w31) (c41 * (N w41 + A)) (c41 * N w41)
             (c23 * (N w23 + A)) (c23 * N w23) (c24 * (N w24 + A)) (c24 * N w24) p1 p2 p3 p4 ->
    p1 + p2 + p3 + p4 = 1 ->
    (0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4) /\
    all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4.
Proof.
  intros baths J Delta B0 c31 c41 c23 c24 p1 p2 p3 p4 nonempty pos strong
    c31_pos c41_pos c23_pos c24_pos N A w31 w41 w23 w24 steady one.
  assert (is_N : forall w, N w = occupation baths w).
  { intro w. unfold N, occupation, bose. clear. induction baths as [|b rest IH]; simpl;
      [reflexivity | rewrite IH; reflexivity]. }
  assert (is_A : A = weight baths).
  { unfold A, weight. clear. induction baths as [|b rest IH]; simpl;
      [reflexivity | rewrite IH; reflexivity]. }
  rewrite !is_N, is_A in steady.
  exact (passivity_rates baths J Delta B0 c31 c41 c23 c24 _ _ _ _ _ _ _ _ p1 p2 p3 p4
    (conj nonempty pos) strong c31_pos c41_pos c23_pos c24_pos
    eq_refl eq_refl eq_refl eq_refl eq_refl eq_refl eq_refl eq_refl steady one).
Qed.

(** For any finite number of baths, g = emission / absorption obeys g(x+y) <= g(x) g(y).
    Scope: x, y > 0; weights and temperatures > 0. *)
Theorem ratio_submultiplicative_any_baths :
  forall (baths : list (R * R)) (x y : R),
    baths <> nil ->
    (forall a T, In (a, T) baths -> 0 < a /\ 0 < T) ->
    0 < x -> 0 < y ->
    ratio baths (x + y) <= ratio baths x * ratio baths y.
Proof.
  intros baths x y nonempty pos. exact (ratio_submultiplicative baths (conj nonempty pos) x y).
Qed.

(** The squared moduli of a unitary matrix are doubly stochastic.
    Scope: every finite dimension. *)
Theorem squared_moduli_doubly_stochastic :
  forall (n : nat) (U : matrix),
    unitary n U -> doubly_stochastic n (fun i j => Cnorm2 (U i j)).
Proof.
  exact unitary_doubly_stochastic.
Qed.

(** No unitary lowers the mean energy of a diagonal state with ordered populations.
    Scope: every finite dimension, energies in any order, degeneracies included. *)
Theorem ordered_populations_zero_ergotropy :
  forall (n : nat) (E p : nat -> R) (U : matrix),
    (forall i j, (i < n)%nat -> (j < n)%nat -> E i < E j -> p j <= p i) ->
    unitary n U ->
    re (trace n (mmult n (diag E) (diag p)))
    <= re (trace n (mmult n (diag E) (mmult n U (mmult n (diag p) (adjoint U))))).
Proof.
  exact no_unitary_lowers_energy.
Qed.

(** The diagonal of Eq. 7's dissipator, in the energy basis, is the rate equation with rates |<k|S|i>|^2 times emission or absorption at |E_i - E_k|.
    Scope: every finite dimension, non-degenerate energies, any coupling operator, any state. *)
Theorem rate_equations_from_eq7 :
  forall (n k : nat) (S rho : matrix) (E : nat -> R) (emission absorption : R -> R),
    nondegenerate n E -> (k < n)%nat ->
    dissipator n S E emission absorption rho k k
    = (csum n (fun i => RtoC (rate S E emission absorption i k) * rho i i)
       - RtoC (rsum n (fun i => rate S E emission absorption k i)) * rho k k)%C.
Proof.
  intros n k S rho E emission absorption.
  exact (dissipator_diagonal n S E emission absorption rho k).
Qed.

(** Eq. 1 is the matrix Eq. 3; the states of Eq. 2 are orthonormal eigenvectors of it.
    Scope: all real J, Delta, B0. *)
Theorem two_spin_eigensystem :
  forall J Delta B0 : R,
    (forall i j, (i < 4)%nat -> (j < 4)%nat ->
       hamiltonian J Delta B0 i j = hamiltonian_printed J Delta B0 i j) /\
    unitary 4 eigenvectors /\
    (forall i k, (i < 4)%nat -> (k < 4)%nat ->
       mmult 4 (hamiltonian J Delta B0) eigenvectors i k
       = (RtoC (energies J Delta B0 k) * eigenvectors i k)%C).
Proof.
  intros J Delta B0. split; [exact (hamiltonian_is_printed J Delta B0)|].
  split; [exact eigenvectors_unitary | exact (eigenvectors_diagonalise J Delta B0)].
Qed.

(** The diagonal of Eq. 6 with Eqs. 5, 7, 8 is the rate equation with the rates of Eq. 12.
    Scope: every real epsilon, kappa, T_L, T_R; |J| + |Delta| < B0, J != 0; any matrix rho. *)
Theorem two_spin_rate_equations :
  forall (J Delta B0 T_L T_R kappa epsilon : R) (rho : matrix),
    Rabs J + Rabs Delta < B0 -> J <> 0 ->
    let e := rate_e T_L T_R kappa epsilon in let a := rate_a T_L T_R kappa epsilon in
    let w31 := E3 J Delta B0 - E1 J Delta B0 in let w41 := E4 J Delta B0 - E1 J Delta B0 in
    let w23 := E2 J Delta B0 - E3 J Delta B0 in let w24 := E2 J Delta B0 - E4 J Delta B0 in
    let e31 := RtoC (e (-1) w31) in let a31 := RtoC (a (-1) w31) in
    let e41 := RtoC (e 1 w41) in let a41 := RtoC (a 1 w41) in
    let e23 := RtoC (e (-1) w23) in let a23 := RtoC (a (-1) w23) in
    let e24 := RtoC (e 1 w24) in let a24 := RtoC (a 1 w24) in
    let p1 := rho 0%nat 0%nat in let p2 := rho 1%nat 1%nat in
    let p3 := rho 2%nat 2%nat in let p4 := rho 3%nat 3%nat in
    let L := master_equation J Delta B0 T_L T_R kappa epsilon rho in
    L 0%nat 0%nat = (e31 * p3 + e41 * p4 - (a31 + a41) * p1)%C /\
    L 1%nat 1%nat = (a23 * p3 + a24 * p4 - (e23 + e24) * p2)%C /\
    L 2%nat 2%nat = (a31 * p1 + e23 * p2 - (e31 + a23) * p3)%C /\
    L 3%nat 3%nat = (a41 * p1 + e24 * p2 - (e41 + a24) * p4)%C.
Proof.
  exact master_equation_populations.
Qed.

(** A stationary state of Eq. 6 is diagonal in the energy basis, for every epsilon.
    Scope: every real epsilon; |J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0, J != 0; any Hermitian matrix rho. *)
Theorem two_spin_coherences_vanish :
  forall (J Delta B0 T_L T_R kappa epsilon : R) (rho : matrix),
    0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
    hermitian 4 rho -> stationary J Delta B0 T_L T_R kappa epsilon rho ->
    forall k l, (k < 4)%nat -> (l < 4)%nat -> k <> l -> rho k l = RtoC 0.
Proof.
  exact coherences_vanish.
Qed.

(** At epsilon = 0, Eq. 6 has exactly one stationary state of trace 1; it is diagonal, positive and ordered.
    Scope: |J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0, J != 0. *)
Theorem two_spin_stationary_state :
  forall J Delta B0 T_L T_R kappa : R,
    0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
    exists p1 p2 p3 p4 : R,
      let state := diag (populations p1 p2 p3 p4) in
      hermitian 4 state /\ trace 4 state = RtoC 1 /\
      stationary J Delta B0 T_L T_R kappa 0 state /\
      (0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4) /\
      all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4 /\
      (forall rho : matrix,
         hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary J Delta B0 T_L T_R kappa 0 rho ->
         forall i j, (i < 4)%nat -> (j < 4)%nat -> rho i j = state i j).
Proof.
  intros J Delta B0 T_L T_R kappa T_L_pos T_R_pos kappa_pos strong coupled.
  destruct (steady_populations_exist J Delta B0 T_L T_R kappa 0 T_L_pos T_R_pos kappa_pos strong)
    as (p1 & p2 & p3 & p4 & [steady one] & unique).
  exists p1, p2, p3, p4. intro state.
  destruct (symmetric_passivity J Delta B0 T_L T_R kappa p1 p2 p3 p4
    T_L_pos T_R_pos kappa_pos strong steady one) as [positive order].
  split; [|split; [|split; [|split; [exact positive | split; [exact order|]]]]].
  - apply diag_hermitian.
  - apply C_eq; cbn; lra.
  - apply diagonal_stationary; assumption.
  - intros rho self trace_one stops i j less_i less_j.
    destruct (steady_state_is_passive J Delta B0 T_L T_R kappa rho T_L_pos T_R_pos kappa_pos strong
      coupled self trace_one stops) as (q1 & q2 & q3 & q4 & same & balance & q_one & _).
    destruct (unique q1 q2 q3 q4 balance q_one) as (-> & -> & -> & ->).
    apply same; assumption.
Qed.

(** At epsilon = 0 no unitary lowers the mean energy of the stationary state of Eq. 6.
    Scope: |J| + |Delta| < B0 (J, Delta of either sign), T_L, T_R, kappa > 0, J != 0. *)
Theorem two_spin_zero_ergotropy :
  forall (J Delta B0 T_L T_R kappa : R) (rho U : matrix),
    0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
    hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary J Delta B0 T_L T_R kappa 0 rho ->
    unitary 4 U ->
    mean_energy 4 (energies J Delta B0) rho
    <= mean_energy 4 (energies J Delta B0) (rotated 4 U rho).
Proof.
  exact steady_state_has_no_ergotropy.
Qed.

(** At epsilon = 1, J = 1, Delta = 1/2, B0 = 2, T_L = 39, T_R = 1 there is a stationary state of Eq. 6, and a unitary lowers its mean energy.
    Scope: one point, every kappa > 0. *)
Theorem work_at_epsilon_1 :
  forall kappa : R, 0 < kappa ->
    let is_state (rho : matrix) :=
      hermitian 4 rho /\ trace 4 rho = RtoC 1 /\ stationary 1 (1 / 2) 2 39 1 kappa 1 rho in
    let E := energies 1 (1 / 2) 2 in
    (exists rho : matrix, is_state rho) /\
    (forall rho : matrix, is_state rho ->
       exists U : matrix, unitary 4 U /\
         mean_energy 4 E (rotated 4 U rho) < mean_energy 4 E rho).
Proof.
  intros kappa kappa_pos is_state E. split; [exact (state_at_eps_1 kappa kappa_pos)|].
  intros rho (self & trace_one & steady). exact (work_at_eps_1 kappa rho kappa_pos self trace_one steady).
Qed.
