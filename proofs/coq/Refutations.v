(** * Where passivity stops

    Two explicit rational parameter points at which the one steady state has an inverted pair,
    E1 < E3 with p1 < p3: one at eps = 1 inside the field range of the theorem, one at eps = 0 with
    |J + Delta| < B0 < |J| + |Delta|. Both by bounds on the rates: exp is enclosed from
    1 + t <= exp t and exp (2 t) = (exp t)^2 alone, the populations are tree sums. *)

From Coq Require Import Reals Lra Psatz Arith Lia.
From XXZ Require Import Bose Cycle Passivity Matrices Ergotropy TwoSpins
  RateEquations SteadyState.
Open Scope R_scope.

(** ** Enclosures *)

Lemma exp_upper : forall t, t < 1 -> exp t <= / (1 - t).
Proof.
  intros t less. pose proof (exp_tangent (- t)) as below. rewrite exp_Ropp in below.
  rewrite <- (Rinv_inv (exp t)). apply Rinv_le_contravar; lra.
Qed.

Lemma exp_double : forall t lo hi lo' hi', lo <= exp t <= hi -> 0 <= lo ->
  lo' <= lo * lo -> hi * hi <= hi' -> lo' <= exp (2 * t) <= hi'.
Proof.
  intros t lo hi lo' hi' [low high] pos below above.
  replace (2 * t) with (t + t) by ring. rewrite exp_plus. split; nra.
Qed.

Lemma exp_product : forall x y lx hx ly hy lo hi,
  lx <= exp x <= hx -> ly <= exp y <= hy -> 0 <= lx -> 0 <= ly ->
  lo <= lx * ly -> hx * hy <= hi -> lo <= exp (x + y) <= hi.
Proof.
  intros x y lx hx ly hy lo hi [? ?] [? ?] ? ? below above. rewrite exp_plus.
  split.
  - apply Rle_trans with (lx * ly); [assumption|]. apply Rmult_le_compat; assumption.
  - apply Rle_trans with (hx * hy); [|assumption].
    apply Rmult_le_compat; try assumption; left; apply exp_pos.
Qed.

Lemma bose_between : forall w T lo hi nlo nhi, lo <= exp (w / T) <= hi -> 1 < lo ->
  nlo * (hi - 1) <= 1 -> 1 <= nhi * (lo - 1) -> nlo <= bose w T <= nhi.
Proof.
  intros w T lo hi nlo nhi [low high] above below_n above_n. unfold bose.
  set (x := exp (w / T)) in *. split.
  - apply (Rmult_le_reg_r (x - 1)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra.
    destruct (Rle_or_lt 0 nlo); nra.
  - apply (Rmult_le_reg_r (x - 1)); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. nra.
Qed.

(** exp 1 to 0.4 %, by squaring exp (1/64) six times. *)
Lemma exp_1 : 27 / 10 <= exp 1 <= 2731 / 1000.
Proof.
  assert (e128 : 129 / 128 <= exp (1 / 128) <= 128 / 127).
  { pose proof (exp_tangent (1 / 128)). pose proof (exp_upper (1 / 128) ltac:(lra)).
    replace (/ (1 - 1 / 128)) with (128 / 127) in * by field. lra. }
  assert (e64 : 1015686 / 1000000 <= exp (1 / 64) <= 1015811 / 1000000).
  { replace (1 / 64) with (2 * (1 / 128)) by field.
    apply (exp_double _ _ _ _ _ e128); lra. }
  assert (e32 : 103161 / 100000 <= exp (1 / 32) <= 103188 / 100000).
  { replace (1 / 32) with (2 * (1 / 64)) by field. apply (exp_double _ _ _ _ _ e64); lra. }
  assert (e16 : 106421 / 100000 <= exp (1 / 16) <= 106478 / 100000).
  { replace (1 / 16) with (2 * (1 / 32)) by field. apply (exp_double _ _ _ _ _ e32); lra. }
  assert (e8 : 113254 / 100000 <= exp (1 / 8) <= 113376 / 100000).
  { replace (1 / 8) with (2 * (1 / 16)) by field. apply (exp_double _ _ _ _ _ e16); lra. }
  assert (e4 : 128264 / 100000 <= exp (1 / 4) <= 128542 / 100000).
  { replace (1 / 4) with (2 * (1 / 8)) by field. apply (exp_double _ _ _ _ _ e8); lra. }
  assert (e2 : 164516 / 100000 <= exp (1 / 2) <= 165231 / 100000).
  { replace (1 / 2) with (2 * (1 / 4)) by field. apply (exp_double _ _ _ _ _ e4); lra. }
  replace 1 with (2 * (1 / 2)) by field. apply (exp_double _ _ _ _ _ e2); lra.
Qed.

Lemma exp_half : 3 / 2 <= exp (1 / 2) <= 2.
Proof.
  pose proof (exp_tangent (1 / 2)). pose proof (exp_upper (1 / 2) ltac:(lra)).
  replace (/ (1 - 1 / 2)) with 2 in * by field. lra.
Qed.

(** ** Tree sums within bounds *)

Definition within (lo x hi : R) : Prop := 0 <= lo /\ lo <= x <= hi.

Lemma product_within : forall l1 x1 h1 l2 x2 h2 l3 x3 h3,
  within l1 x1 h1 -> within l2 x2 h2 -> within l3 x3 h3 ->
  l1 * l2 * l3 <= x1 * x2 * x3 <= h1 * h2 * h3.
Proof.
  unfold within; intros l1 x1 h1 l2 x2 h2 l3 x3 h3 (p1 & a1 & b1) (p2 & a2 & b2) (p3 & a3 & b3).
  pose proof (Rmult_le_pos _ _ p1 p2). assert (0 <= x1 * x2) by (apply Rmult_le_pos; lra).
  split; repeat apply Rmult_le_compat; try assumption; lra.
Qed.

(** Level 3 above level 1 for all rates in a box, if so in its worst corner. *)
Lemma inversion_in_box :
  forall e31 a31 e41 a41 e23 a23 e24 a24 l1 h1 l2 h2 l3 h3 l4 h4 l5 h5 l6 h6 l7 h7 l8 h8,
  within l1 e31 h1 -> within l2 a31 h2 -> within l3 e41 h3 -> within l4 a41 h4 ->
  within l5 e23 h5 -> within l6 a23 h6 -> within l7 e24 h7 -> within l8 a24 h8 ->
  trees1 h1 h2 h3 h4 h5 h6 h7 h8 < trees3 l1 l2 l3 l4 l5 l6 l7 l8 ->
  trees1 e31 a31 e41 a41 e23 a23 e24 a24 < trees3 e31 a31 e41 a41 e23 a23 e24 a24.
Proof.
  intros until h8. intros be31 ba31 be41 ba41 be23 ba23 be24 ba24 corner.
  unfold trees1, trees3 in *.
  pose proof (product_within _ _ _ _ _ _ _ _ _ ba23 be24 be41).
  pose proof (product_within _ _ _ _ _ _ _ _ _ be31 be24 be41).
  pose proof (product_within _ _ _ _ _ _ _ _ _ be23 be31 be41).
  pose proof (product_within _ _ _ _ _ _ _ _ _ ba24 be23 be31).
  pose proof (product_within _ _ _ _ _ _ _ _ _ ba41 ba24 be23).
  pose proof (product_within _ _ _ _ _ _ _ _ _ be24 be41 ba31).
  pose proof (product_within _ _ _ _ _ _ _ _ _ be41 ba31 be23).
  pose proof (product_within _ _ _ _ _ _ _ _ _ ba31 ba24 be23).
  lra.
Qed.

(** ** The coupling strength drops out *)

Lemma steady_without_kappa : forall J Delta B0 T_L T_R kappa eps p1 p2 p3 p4, 0 < kappa ->
  steady_populations J Delta B0 T_L T_R kappa eps p1 p2 p3 p4 ->
  steady_populations J Delta B0 T_L T_R 1 eps p1 p2 p3 p4.
Proof.
  intros J Delta B0 T_L T_R kappa eps p1 p2 p3 p4 kappa_pos.
  assert (scaled_e : forall sign w, rate_e T_L T_R kappa eps sign w
    = kappa * rate_e T_L T_R 1 eps sign w) by (intros; unfold rate_e; field).
  assert (scaled_a : forall sign w, rate_a T_L T_R kappa eps sign w
    = kappa * rate_a T_L T_R 1 eps sign w) by (intros; unfold rate_a; field).
  unfold steady_populations, balanced. cbv zeta. rewrite !scaled_e, !scaled_a.
  intros (b1 & b2 & b3 & b4). repeat split; apply (Rmult_eq_reg_l kappa); lra.
Qed.

(** A steady state with positive rates is ordered as the tree sums are. *)
Lemma inverted_by_trees : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  0 < e31 -> 0 < a31 -> 0 < e41 -> 0 < a41 -> 0 < e23 -> 0 < a23 -> 0 < e24 -> 0 < a24 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 -> p1 + p2 + p3 + p4 = 1 ->
  trees1 e31 a31 e41 a41 e23 a23 e24 a24 < trees3 e31 a31 e41 a41 e23 a23 e24 a24 -> p1 < p3.
Proof.
  intros until p4. intros ? ? ? ? ? ? ? ? steady one less.
  destruct (cycle_trees e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4)
    as (k & k_pos & -> & _ & -> & _); try assumption.
  apply Rmult_lt_compat_l; assumption.
Qed.

(** ** eps = 1: J = 1, Delta = 1/2, B0 = 2, T_L = 39, T_R = 1

    A point of the paper's own figures. The left bath does not reach the transitions 31 and 23, the
    cold right bath pumps 2 -> 3 and drains 3 -> 1 slowly. *)

Lemma bose_cold : 1 <= bose (1 / 2) 1 <= 2 /\ 1 / 7 <= bose (3 / 2) 1 <= 43 / 100 /\
  1 / 31 <= bose (5 / 2) 1 <= 16 / 100 /\ 1 / 127 <= bose (7 / 2) 1 <= 7 / 100.
Proof.
  destruct exp_half as [low high].
  assert (e1 : 9 / 4 <= exp (2 * (1 / 2)) <= 4) by (apply (exp_double _ (3 / 2) 2); lra).
  assert (e3 : 27 / 8 <= exp (1 / 2 + 2 * (1 / 2)) <= 8)
    by (apply (exp_product _ _ (3 / 2) 2 (9 / 4) 4); lra).
  assert (e5 : 243 / 32 <= exp ((1 / 2 + 2 * (1 / 2)) + 2 * (1 / 2)) <= 32)
    by (apply (exp_product _ _ (27 / 8) 8 (9 / 4) 4); lra).
  assert (e7 : 2187 / 128 <= exp (((1 / 2 + 2 * (1 / 2)) + 2 * (1 / 2)) + 2 * (1 / 2)) <= 128)
    by (apply (exp_product _ _ (243 / 32) 32 (9 / 4) 4); lra).
  split; [|split; [|split]].
  - apply (bose_between _ _ (3 / 2) 2); try lra. replace (1 / 2 / 1) with (1 / 2) by field. lra.
  - apply (bose_between _ _ (27 / 8) 8); try lra.
    replace (3 / 2 / 1) with (1 / 2 + 2 * (1 / 2)) by field. lra.
  - apply (bose_between _ _ (243 / 32) 32); try lra.
    replace (5 / 2 / 1) with (1 / 2 + 2 * (1 / 2) + 2 * (1 / 2)) by field. lra.
  - apply (bose_between _ _ (2187 / 128) 128); try lra.
    replace (7 / 2 / 1) with (1 / 2 + 2 * (1 / 2) + 2 * (1 / 2) + 2 * (1 / 2)) by field. lra.
Qed.

(** A hot bath: T/w - 1 <= n <= T/w. *)
Lemma bose_hot : forall w T, 0 < w -> w < T -> T / w - 1 <= bose w T <= T / w.
Proof.
  intros w T w_pos hot.
  assert (ratio : 0 < w / T < 1).
  { split; [apply quotient_pos; lra|]. apply (Rmult_lt_reg_r T); [lra|].
    unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
  pose proof (exp_tangent (w / T)). pose proof (exp_upper (w / T) ltac:(lra)).
  apply (bose_between _ _ (1 + w / T) (/ (1 - w / T))); try lra.
  - right. field. lra.
  - right. field. lra.
Qed.

Theorem inversion_at_eps_1 : forall kappa p1 p2 p3 p4, 0 < kappa ->
  steady_populations 1 (1 / 2) 2 39 1 kappa 1 p1 p2 p3 p4 -> p1 + p2 + p3 + p4 = 1 ->
  E1 1 (1 / 2) 2 < E3 1 (1 / 2) 2 /\ p1 < p3.
Proof.
  intros kappa p1 p2 p3 p4 kappa_pos steady one.
  split; [unfold E1, E3; lra|].
  apply steady_without_kappa in steady; [|assumption].
  unfold steady_populations in steady. cbv zeta in steady.
  replace (E3 1 (1 / 2) 2 - E1 1 (1 / 2) 2) with (1 / 2) in steady by (unfold E1, E3; lra).
  replace (E4 1 (1 / 2) 2 - E1 1 (1 / 2) 2) with (5 / 2) in steady by (unfold E1, E4; lra).
  replace (E2 1 (1 / 2) 2 - E3 1 (1 / 2) 2) with (7 / 2) in steady by (unfold E2, E3; lra).
  replace (E2 1 (1 / 2) 2 - E4 1 (1 / 2) 2) with (3 / 2) in steady by (unfold E2, E4; lra).
  destruct bose_cold as (c1 & c3 & c5 & c7).
  pose proof (bose_hot (5 / 2) 39 ltac:(lra) ltac:(lra)) as h5.
  pose proof (bose_hot (3 / 2) 39 ltac:(lra) ltac:(lra)) as h3.
  unfold rate_e, rate_a in steady.
  eapply inverted_by_trees; cycle 8; [exact steady | exact one | | lra ..].
  eapply (inversion_in_box _ _ _ _ _ _ _ _
    (1 / 2) (3 / 4) (1 / 4) (1 / 2) 78 85 73 80 (176 / 100) (188 / 100) (1 / 73) (13 / 100)
    78 83 75 79); unfold within; try (split; [lra|]; lra).
  unfold trees1, trees3. lra.
Qed.

(** ** eps = 0: J = 1, Delta = -1/2, B0 = 501/1000, T_L = 1, T_R = 1/10000

    |J + Delta| < B0 < |J| + |Delta|: level 4 lies above level 2, w24 < 0, and the rates of Eq. 12 are
    those of the reversed transition ([bose_negative]). *)

Lemma bose_weak : 999 <= bose (1 / 1000) 1 <= 1000.
Proof. pose proof (bose_hot (1 / 1000) 1 ltac:(lra) ltac:(lra)). lra. Qed.

Lemma bose_warm : 6 / 10 - 25 / 1000 <= bose (1001 / 1000) 1 <= 6 / 10 -12 / 1000 /\
  577 / 1000 <= bose (999 / 1000) 1 <= 591 / 1000 /\
  154 / 1000 <= bose (2001 / 1000) 1 <= 159 / 1000.
Proof.
  destruct exp_1 as [low high].
  assert (z : 1001 / 1000 <= exp (1 / 1000) <= 1000 / 999).
  { pose proof (exp_tangent (1 / 1000)). pose proof (exp_upper (1 / 1000) ltac:(lra)).
    replace (/ (1 - 1 / 1000)) with (1000 / 999) in * by field. lra. }
  assert (z' : 999 / 1000 <= exp (- (1 / 1000)) <= 1000 / 1001).
  { pose proof (exp_tangent (- (1 / 1000))). pose proof (exp_upper (- (1 / 1000)) ltac:(lra)).
    replace (/ (1 - - (1 / 1000))) with (1000 / 1001) in * by field. lra. }
  split; [|split].
  - apply (bose_between _ _ (27027 / 10000) (2734 / 1000)); try lra.
    replace (1001 / 1000 / 1) with (1 + 1 / 1000) by field.
    apply (exp_product _ _ _ _ _ _ _ _ (conj low high) z); lra.
  - apply (bose_between _ _ (26973 / 10000) (2729 / 1000)); try lra.
    replace (999 / 1000 / 1) with (1 + - (1 / 1000)) by field.
    apply (exp_product _ _ _ _ _ _ _ _ (conj low high) z'); lra.
  - apply (bose_between _ _ (7297 / 1000) (7467 / 1000)); try lra.
    replace (2001 / 1000 / 1) with (1 + (1 + 1 / 1000)) by field.
    apply (exp_product 1 (1 + 1 / 1000) (27 / 10) (2731 / 1000) (27027 / 10000) (2734 / 1000));
      try lra.
    apply (exp_product _ _ _ _ _ _ _ _ (conj low high) z); lra.
Qed.

(** A cold bath is empty: n <= T/w, and n(w) <= 1/36 at w/T = 10. *)
Lemma bose_empty : forall w, 999 / 1000 <= w -> 0 < bose w (1 / 10000) <= 2 / 10000.
Proof.
  intros w high. split; [apply bose_pos; lra|].
  pose proof (exp_tangent (w / (1 / 10000))) as tangent.
  replace (w / (1 / 10000)) with (10000 * w) in tangent by field.
  unfold bose. replace (w / (1 / 10000)) with (10000 * w) by field.
  apply (Rmult_le_reg_r (exp (10000 * w) - 1)); [lra|].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
Qed.

Lemma bose_empty_weak : 0 < bose (1 / 1000) (1 / 10000) <= 1 / 35.
Proof.
  split; [apply bose_pos; lra|].
  assert (e5 : 6 <= exp 5) by (pose proof (exp_tangent 5); lra).
  unfold bose. replace (1 / 1000 / (1 / 10000)) with (5 + 5) by field. rewrite exp_plus.
  assert (36 <= exp 5 * exp 5) by nra.
  apply (Rmult_le_reg_r (exp 5 * exp 5 - 1)); [lra|].
  unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra.
Qed.

Theorem weak_field_inversion : forall kappa p1 p2 p3 p4, 0 < kappa ->
  steady_populations 1 (- (1 / 2)) (501 / 1000) 1 (1 / 10000) kappa 0 p1 p2 p3 p4 ->
  p1 + p2 + p3 + p4 = 1 ->
  E1 1 (- (1 / 2)) (501 / 1000) < E3 1 (- (1 / 2)) (501 / 1000) /\ p1 < p3.
Proof.
  intros kappa p1 p2 p3 p4 kappa_pos steady one.
  split; [unfold E1, E3; lra|].
  apply steady_without_kappa in steady; [|assumption].
  unfold steady_populations in steady. cbv zeta in steady.
  replace (E3 1 (- (1 / 2)) (501 / 1000) - E1 1 (- (1 / 2)) (501 / 1000)) with (1 / 1000) in steady
    by (unfold E1, E3; lra).
  replace (E4 1 (- (1 / 2)) (501 / 1000) - E1 1 (- (1 / 2)) (501 / 1000)) with (2001 / 1000) in steady
    by (unfold E1, E4; lra).
  replace (E2 1 (- (1 / 2)) (501 / 1000) - E3 1 (- (1 / 2)) (501 / 1000)) with (1001 / 1000) in steady
    by (unfold E2, E3; lra).
  replace (E2 1 (- (1 / 2)) (501 / 1000) - E4 1 (- (1 / 2)) (501 / 1000)) with (- (999 / 1000)) in steady
    by (unfold E2, E4; lra).
  pose proof bose_weak as n1. destruct bose_warm as (n3 & n4 & n2).
  pose proof bose_empty_weak as m1.
  pose proof (bose_empty (1001 / 1000) ltac:(lra)) as m3.
  pose proof (bose_empty (999 / 1000) ltac:(lra)) as m4.
  pose proof (bose_empty (2001 / 1000) ltac:(lra)) as m2.
  unfold rate_e, rate_a in steady. rewrite !bose_negative in steady by lra.
  eapply inverted_by_trees; cycle 8; [exact steady | exact one | | lra ..].
  eapply (inversion_in_box _ _ _ _ _ _ _ _
    (5005 / 10000) (50102 / 100000) (4995 / 10000) (50002 / 100000)
    (21550 / 10000) (21603 / 10000) (1540 / 10000) (1593 / 10000)
    (12887 / 10000) (12955 / 10000) (2877 / 10000) (2945 / 10000)
    (2882 / 10000) (2954 / 10000) (12872 / 10000) (12944 / 10000)); unfold within; try (split; [lra|]; lra).
  unfold trees1, trees3. lra.
Qed.

(** A negative frequency: emission is the absorption of the reversed transition, and vice versa. *)
Lemma rate_reversed : forall T_L T_R kappa eps sign w, 0 < w -> 0 < T_L -> 0 < T_R ->
  rate_e T_L T_R kappa eps sign (- w) = rate_a T_L T_R kappa eps sign w /\
  rate_a T_L T_R kappa eps sign (- w) = rate_e T_L T_R kappa eps sign w.
Proof.
  intros T_L T_R kappa eps sign w w_pos T_L_pos T_R_pos. unfold rate_e, rate_a.
  rewrite !bose_negative by assumption. split; field.
Qed.

Theorem weak_field_exists : forall kappa, 0 < kappa ->
  exists p1 p2 p3 p4,
    steady_populations 1 (- (1 / 2)) (501 / 1000) 1 (1 / 10000) kappa 0 p1 p2 p3 p4 /\
    p1 + p2 + p3 + p4 = 1.
Proof.
  intros kappa kappa_pos. unfold steady_populations. cbv zeta.
  assert (w24 : E2 1 (- (1 / 2)) (501 / 1000) - E4 1 (- (1 / 2)) (501 / 1000) = - (999 / 1000))
    by (unfold E2, E4; lra).
  rewrite w24.
  destruct (rate_reversed 1 (1 / 10000) kappa 0 1 (999 / 1000)) as [-> ->]; try lra.
  apply cycle_exists; apply rates_pos; try lra; unfold E1, E2, E3, E4; lra.
Qed.

(** ** Work from an inverted pair *)

Definition swap_1_3 : matrix := fun i j =>
  match i, j with
  | 0%nat, 2%nat | 2%nat, 0%nat | 1%nat, 1%nat | 3%nat, 3%nat => RtoC 1
  | _, _ => RtoC 0
  end.

Lemma swap_unitary : unitary 4 swap_1_3.
Proof. split; intros i j less_i less_j; indices i j; apply C_eq; cbn; ring. Qed.

Theorem inversion_gives_work : forall J Delta B0 p1 p2 p3 p4,
  E1 J Delta B0 < E3 J Delta B0 -> p1 < p3 ->
  exists U, unitary 4 U /\
    re (energy_after 4 (energies J Delta B0) (populations p1 p2 p3 p4) U)
    < re (energy 4 (energies J Delta B0) (populations p1 p2 p3 p4)).
Proof.
  intros J Delta B0 p1 p2 p3 p4 lower inverted. exists swap_1_3. split; [apply swap_unitary|].
  rewrite energy_after_value, energy_value. unfold Cnorm2. cbn.
  pose proof (Rmult_lt_0_compat (E3 J Delta B0 - E1 J Delta B0) (p3 - p1) ltac:(lra) ltac:(lra)). lra.
Qed.

(** The stationary state of Eq. 6 itself at the point of [inversion_at_eps_1] gives work. *)
Theorem work_at_eps_1 : forall kappa rho, 0 < kappa ->
  hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary 1 (1 / 2) 2 39 1 kappa 1 rho ->
  exists U, unitary 4 U /\
    mean_energy 4 (energies 1 (1 / 2) 2) (rotated 4 U rho)
    < mean_energy 4 (energies 1 (1 / 2) 2) rho.
Proof.
  intros kappa rho kappa_pos self trace_one steady.
  assert (strong : Rabs 1 + Rabs (1 / 2) < 2) by (rewrite !Rabs_pos_eq; lra).
  destruct (stationary_diagonal 1 (1 / 2) 2 39 1 kappa 1 rho ltac:(lra) ltac:(lra) kappa_pos strong
    ltac:(lra) self trace_one steady) as (p1 & p2 & p3 & p4 & same & balance & one).
  destruct (inversion_at_eps_1 kappa p1 p2 p3 p4 kappa_pos balance one) as [lower inverted].
  destruct (inversion_gives_work 1 (1 / 2) 2 p1 p2 p3 p4 lower inverted) as (U & is_unitary & work).
  exists U. split; [exact is_unitary|].
  destruct (energies_of_diagonal 4 (energies 1 (1 / 2) 2) rho (populations p1 p2 p3 p4) U same)
    as [-> ->].
  exact work.
Qed.

(** There is such a state. *)
Lemma state_at_eps_1 : forall kappa, 0 < kappa -> exists rho,
  hermitian 4 rho /\ trace 4 rho = RtoC 1 /\ stationary 1 (1 / 2) 2 39 1 kappa 1 rho.
Proof.
  intros kappa kappa_pos.
  assert (strong : Rabs 1 + Rabs (1 / 2) < 2) by (rewrite !Rabs_pos_eq; lra).
  destruct (steady_populations_exist 1 (1 / 2) 2 39 1 kappa 1 ltac:(lra) ltac:(lra) kappa_pos strong)
    as (p1 & p2 & p3 & p4 & [steady one] & _).
  exists (diag (populations p1 p2 p3 p4)). split; [apply diag_hermitian|]. split.
  - apply C_eq; cbn; lra.
  - apply diagonal_stationary; try assumption. lra.
Qed.
