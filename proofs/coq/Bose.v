(** * Bose numbers, with nothing but [1 + t <= exp t] ([exp_tangent])

    [bose w T] is n(w) = [exp(w/T) - 1]^-1 (below Eq. 7 of the paper). Three facts are needed
    about it and none uses a derivative:
    - it is positive and strictly decreasing in the frequency        ([bose_pos], [bose_decreasing]);
    - the addition law n(x+y) (n(x) + n(y) + 1) = n(x) n(y)           ([bose_addition]);
    - the share n(x) / (n(x) + n(y) + 1) does not decrease with T     ([share_monotone]),
      which rests on the chord bound exp(l z) <= l exp z + (1 - l)    ([exp_chord]). *)

From Coq Require Import Reals Lra Psatz.
Open Scope R_scope.

Definition bose (w T : R) : R := 1 / (exp (w / T) - 1).

(** ** The exponential *)

(** From the series itself: Coq's library proves [1 + t <= exp t] by the mean value theorem, which
    rests on one more axiom (excluded middle) than the real numbers do. *)

Definition exp_term (t : R) (i : nat) : R := / INR (fact i) * t ^ i.

Lemma exp_series : forall t, Un_cv (sum_f_R0 (exp_term t)) (exp t).
Proof. intro t. exact (proj2_sig (exist_exp t)). Qed.

Lemma inverse_factorial : forall i, 0 < / INR (fact i) <= 1.
Proof.
  intro i. split; [apply Rinv_0_lt_compat, INR_fact_lt_0|].
  rewrite <- Rinv_1. apply Rinv_le_contravar; [lra|].
  change 1 with (INR 1). apply le_INR, lt_O_fact.
Qed.

Lemma exp_above_line : forall t, 0 <= t -> 1 + t <= exp t.
Proof.
  intros t t0. replace (1 + t) with (sum_f_R0 (exp_term t) 1) by (unfold exp_term; simpl; field).
  apply sum_incr; [exact (exp_series t)|]. intro i. unfold exp_term.
  apply Rmult_le_pos; [left; apply inverse_factorial | apply pow_le; exact t0].
Qed.

(** The terms are below those of the geometric series. *)
Lemma exp_below_geometric : forall t, 0 < t < 1 -> exp t <= / (1 - t).
Proof.
  intros t [t0 t1].
  refine (Rle_cv_lim (Un := sum_f_R0 (exp_term t)) (Vn := fun _ => / (1 - t)) _ (exp_series t) _).
  - intro n. apply Rle_trans with (sum_f_R0 (fun i => t ^ i) n).
    + apply sum_Rle. intros i _. unfold exp_term. pose proof (inverse_factorial i).
      pose proof (pow_lt t i t0). nra.
    + rewrite tech3 by lra. unfold Rdiv. pose proof (pow_lt t (S n) t0).
      pose proof (Rinv_0_lt_compat (1 - t) ltac:(lra)). nra.
  - intros eps eps_pos. exists 0%nat. intros n _. unfold R_dist. rewrite Rminus_eq_0, Rabs_R0.
    exact eps_pos.
Qed.

Lemma exp_tangent : forall t, 1 + t <= exp t.
Proof.
  intro t. destruct (Rle_or_lt 0 t) as [pos | neg]; [apply exp_above_line; exact pos|].
  destruct (Rle_or_lt t (-1)) as [far | near].
  - pose proof (exp_pos t). lra.
  - replace t with (- - t) at 2 by ring. rewrite exp_Ropp.
    rewrite <- (Rinv_inv (1 + t)). apply Rinv_le_contravar; [apply exp_pos|].
    replace (1 + t) with (1 - - t) by ring. apply exp_below_geometric. lra.
Qed.

Lemma exp_rises : forall x y, x < y -> exp x < exp y.
Proof.
  intros x y less. replace y with (x + (y - x)) by ring. rewrite exp_plus.
  pose proof (exp_tangent (y - x)). pose proof (exp_pos x). nra.
Qed.

(** The tangent at [z] lies below the exponential. *)
Lemma exp_tangent_at : forall z t, exp z * (1 + (t - z)) <= exp t.
Proof.
  intros z t. replace t with (z + (t - z)) at 2 by ring. rewrite exp_plus.
  apply Rmult_le_compat_l; [left; apply exp_pos | apply exp_tangent].
Qed.

(** The chord from 0 to [z] lies above it: add [l] and [1 - l] times two tangents at [l z]. *)
Lemma exp_chord : forall l z, 0 <= l <= 1 -> exp (l * z) <= l * exp z + (1 - l).
Proof.
  intros l z [l0 l1].
  pose proof (exp_tangent_at (l * z) z) as upper.
  pose proof (exp_tangent_at (l * z) 0) as lower.
  rewrite exp_0 in lower.
  nra.
Qed.

Lemma exp_above_1 : forall t, 0 < t -> 1 < exp t.
Proof. intros t pos. pose proof (exp_tangent t). lra. Qed.

Lemma quotient_pos : forall w T, 0 < w -> 0 < T -> 0 < w / T.
Proof. intros w T w0 T0. unfold Rdiv. apply Rmult_lt_0_compat; [|apply Rinv_0_lt_compat]; lra. Qed.

Lemma exp_quotient_above_1 : forall w T, 0 < w -> 0 < T -> 1 < exp (w / T).
Proof. intros. apply exp_above_1, quotient_pos; assumption. Qed.

(** ** The Bose number *)

Lemma bose_pos : forall w T, 0 < w -> 0 < T -> 0 < bose w T.
Proof.
  intros w T w0 T0. pose proof (exp_quotient_above_1 w T w0 T0).
  unfold bose. apply quotient_pos; lra.
Qed.

Lemma bose_decreasing : forall x y T, 0 < x -> x < y -> 0 < T -> bose y T < bose x T.
Proof.
  intros x y T x0 xy T0.
  pose proof (exp_quotient_above_1 x T x0 T0).
  assert (exp (x / T) < exp (y / T)).
  { apply exp_rises. unfold Rdiv. apply Rmult_lt_compat_r; [apply Rinv_0_lt_compat|]; lra. }
  unfold bose, Rdiv. rewrite !Rmult_1_l. apply Rinv_lt_contravar; [nra | lra].
Qed.

(** Addition law. *)
Lemma bose_addition : forall x y T, 0 < x -> 0 < y -> 0 < T ->
  bose (x + y) T * (bose x T + bose y T + 1) = bose x T * bose y T.
Proof.
  intros x y T x0 y0 T0.
  pose proof (exp_quotient_above_1 x T x0 T0).
  pose proof (exp_quotient_above_1 y T y0 T0).
  unfold bose.
  replace ((x + y) / T) with (x / T + y / T) by (field; lra).
  rewrite exp_plus. field.
  repeat split; nra.
Qed.

(** n(-w) = -(1 + n(w)): a negative frequency turns emission into absorption, so that the rates of
    Eq. 12 are right for either sign of the frequency. *)
Lemma bose_negative : forall w T, 0 < w -> 0 < T -> bose (- w) T = - (1 + bose w T).
Proof.
  intros w T w0 T0. pose proof (exp_quotient_above_1 w T w0 T0).
  unfold bose. replace (- w / T) with (- (w / T)) by (field; lra).
  rewrite exp_Ropp. field. repeat split; try lra.
Qed.

(** ** The share n(x) / (n(x) + n(y) + 1) *)

Definition share (x y T : R) : R := bose x T / (bose x T + bose y T + 1).

(** n(x,S) (n(y,T) + 1) <= n(x,T) (n(y,S) + 1) when S <= T: the chord bound with l = S/T, once for
    exp(x/T) and once for exp(-y/T). *)
Lemma bose_cross : forall x y S T, 0 < x -> 0 < y -> 0 < S -> S <= T ->
  bose x S * (bose y T + 1) <= bose x T * (bose y S + 1).
Proof.
  intros x y S T x0 y0 S0 ST.
  assert (T0 : 0 < T) by lra.
  set (l := S / T).
  assert (l_range : 0 <= l <= 1).
  { unfold l. split; [left; apply quotient_pos; lra|].
    apply (Rmult_le_reg_r T); [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; lra. }
  pose proof (exp_quotient_above_1 x S x0 S0) as xS.
  pose proof (exp_quotient_above_1 x T x0 T0) as xT.
  pose proof (exp_quotient_above_1 y S y0 S0) as yS.
  pose proof (exp_quotient_above_1 y T y0 T0) as yT.
  assert (chord_x : exp (x / T) - 1 <= l * (exp (x / S) - 1)).
  { replace (x / T) with (l * (x / S)) by (unfold l; field; lra).
    pose proof (exp_chord l (x / S) l_range). lra. }
  assert (chord_y : l * (1 - / exp (y / S)) <= 1 - / exp (y / T)).
  { rewrite <- !exp_Ropp.
    replace (- (y / T)) with (l * - (y / S)) by (unfold l; field; lra).
    pose proof (exp_chord l (- (y / S)) l_range). lra. }
  assert (inv_S : 0 < / exp (y / S) < 1).
  { split; [apply Rinv_0_lt_compat; lra|]. rewrite <- Rinv_1. apply Rinv_lt_contravar; lra. }
  assert (inv_T : 0 < / exp (y / T) < 1).
  { split; [apply Rinv_0_lt_compat; lra|]. rewrite <- Rinv_1. apply Rinv_lt_contravar; lra. }
  assert (main : (exp (x / T) - 1) * (1 - / exp (y / S))
                 <= (exp (x / S) - 1) * (1 - / exp (y / T))) by nra.
  assert (succ : forall R, 1 < exp (y / R) -> bose y R + 1 = / (1 - / exp (y / R))).
  { intros R above. unfold bose. field. repeat split; lra. }
  rewrite !succ by assumption. unfold bose, Rdiv. rewrite !Rmult_1_l.
  rewrite <- !Rinv_mult.
  apply Rinv_le_contravar; [|exact main].
  apply Rmult_lt_0_compat; lra.
Qed.

Lemma share_monotone : forall x y S T, 0 < x -> 0 < y -> 0 < S -> S <= T ->
  share x y S <= share x y T.
Proof.
  intros x y S T x0 y0 S0 ST.
  pose proof (bose_cross x y S T x0 y0 S0 ST).
  pose proof (bose_pos x S x0 S0). pose proof (bose_pos y S y0 S0).
  assert (T0 : 0 < T) by lra.
  pose proof (bose_pos x T x0 T0). pose proof (bose_pos y T y0 T0).
  unfold share.
  apply (Rmult_le_reg_r ((bose x S + bose y S + 1) * (bose x T + bose y T + 1))); [nra|].
  replace (bose x S / (bose x S + bose y S + 1)
           * ((bose x S + bose y S + 1) * (bose x T + bose y T + 1)))
    with (bose x S * (bose x T + bose y T + 1)) by (field; lra).
  replace (bose x T / (bose x T + bose y T + 1)
           * ((bose x S + bose y S + 1) * (bose x T + bose y T + 1)))
    with (bose x T * (bose x S + bose y S + 1)) by (field; lra).
  nra.
Qed.
