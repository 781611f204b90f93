(** * The steady state of Eq. 6 itself

    A Hermitian 4 x 4 matrix of trace 1 on which the right side of Eq. 6 vanishes is diagonal in the
    energy basis ([coherences_vanish], for every eps): coherences are driven by coherences alone, in
    pairs at most, and each loses more than it can receive. Its diagonal solves the rate equations,
    so that at eps = 0 the passivity theorem and the theorem on unitaries apply to it. *)

From Coq Require Import Reals Lra Psatz Arith Lia List.
From XXZ Require Import Bose Baths Cycle Passivity Matrices Ergotropy Dissipator TwoSpins
  RateEquations.
Open Scope R_scope.

(** ** In a steady state the coherences vanish *)

Lemma squares_zero : forall u v, u * u + v * v = 0 -> u = 0 /\ v = 0.
Proof. intros u v zero. split; nra. Qed.

Lemma single_vanishes : forall a alpha x, 0 < a -> (mkC (- a) alpha * x)%C = RtoC 0 -> x = RtoC 0.
Proof.
  intros a alpha [x1 x2] a_pos zero. apply C_zero_parts in zero. simpl in zero.
  destruct zero as [zero1 zero2].
  assert (norm : a * (x1 * x1 + x2 * x2) = 0).
  { replace (a * (x1 * x1 + x2 * x2))
      with (- (x1 * (- a * x1 - alpha * x2) + x2 * (- a * x2 + alpha * x1))) by ring.
    rewrite zero1, zero2. ring. }
  apply Rmult_integral in norm. destruct norm as [? | norm]; [lra|].
  apply squares_zero in norm. destruct norm. apply C_eq; assumption.
Qed.

Lemma pair_vanishes : forall a alpha b beta m m' x y,
  - b < m < b -> - a < m' < a ->
  (mkC (- a) alpha * x + RtoC m * y)%C = RtoC 0 ->
  (mkC (- b) beta * y + RtoC m' * x)%C = RtoC 0 -> x = RtoC 0 /\ y = RtoC 0.
Proof.
  intros a alpha b beta m m' [x1 x2] [y1 y2] [m_low m_high] [m'_low m'_high] zero_x zero_y.
  apply C_zero_parts in zero_x. apply C_zero_parts in zero_y. simpl in zero_x, zero_y.
  destruct zero_x as [u1 u2]. destruct zero_y as [v1 v2].
  assert (my1 : m * y1 = a * x1 + alpha * x2) by lra.
  assert (my2 : m * y2 = a * x2 - alpha * x1) by lra.
  assert (mx1 : m' * x1 = b * y1 + beta * y2) by lra.
  assert (mx2 : m' * x2 = b * y2 - beta * y1) by lra.
  assert (norm_x : m * m * (y1 * y1 + y2 * y2) = (a * a + alpha * alpha) * (x1 * x1 + x2 * x2)).
  { replace (m * m * (y1 * y1 + y2 * y2)) with ((m * y1) * (m * y1) + (m * y2) * (m * y2)) by ring.
    rewrite my1, my2. ring. }
  assert (norm_y : m' * m' * (x1 * x1 + x2 * x2) = (b * b + beta * beta) * (y1 * y1 + y2 * y2)).
  { replace (m' * m' * (x1 * x1 + x2 * x2)) with ((m' * x1) * (m' * x1) + (m' * x2) * (m' * x2)) by ring.
    rewrite mx1, mx2. ring. }
  assert (gap_b : 0 < b * b - m * m).
  { replace (b * b - m * m) with ((b - m) * (b + m)) by ring. apply Rmult_lt_0_compat; lra. }
  assert (gap_a : 0 < a * a - m' * m').
  { replace (a * a - m' * m') with ((a - m') * (a + m')) by ring. apply Rmult_lt_0_compat; lra. }
  assert (X0 : 0 <= x1 * x1 + x2 * x2) by nra. assert (Y0 : 0 <= y1 * y1 + y2 * y2) by nra.
  set (X := x1 * x1 + x2 * x2) in *. set (Y := y1 * y1 + y2 * y2) in *.
  pose proof (Rle_0_sqr alpha) as sq_alpha. pose proof (Rle_0_sqr beta) as sq_beta.
  unfold Rsqr in sq_alpha, sq_beta.
  pose proof (Rmult_le_pos _ _ sq_alpha X0). pose proof (Rmult_le_pos _ _ sq_beta Y0).
  assert (balance : (a * a - m' * m') * X + (b * b - m * m) * Y <= 0) by lra.
  assert (x_zero : X = 0) by nra. assert (y_zero : Y = 0) by nra.
  apply squares_zero in x_zero, y_zero. destruct x_zero, y_zero.
  split; apply C_eq; assumption.
Qed.

Definition hermitian (n : nat) (rho : matrix) : Prop :=
  forall i j, (i < n)%nat -> (j < n)%nat -> rho j i = Cconj (rho i j).

Section Steady.
Variables J Delta B0 T_L T_R kappa eps : R.
Hypotheses (T_L_pos : 0 < T_L) (T_R_pos : 0 < T_R) (kappa_pos : 0 < kappa).
Hypothesis strong : Rabs J + Rabs Delta < B0.
Hypothesis coupled : J <> 0.
Variable rho : matrix.
Hypothesis steady : forall k l, (k < 4)%nat -> (l < 4)%nat ->
  master_equation J Delta B0 T_L T_R kappa eps rho k l = RtoC 0.

Let w31 := E3 J Delta B0 - E1 J Delta B0.
Let w41 := E4 J Delta B0 - E1 J Delta B0.
Let w23 := E2 J Delta B0 - E3 J Delta B0.
Let w24 := E2 J Delta B0 - E4 J Delta B0.
Let dL := emission kappa T_L.
Let uL := absorption kappa T_L.
Let dR := emission kappa T_R.
Let uR := absorption kappa T_R.

Lemma emission_pos : forall T w, 0 < T -> 0 < w -> 0 < emission kappa T w.
Proof.
  intros T w T_pos w_pos. pose proof (bose_pos w T w_pos T_pos). unfold emission.
  apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra.
Qed.

Lemma absorption_pos : forall T w, 0 < T -> 0 < w -> 0 < absorption kappa T w.
Proof.
  intros T w T_pos w_pos. pose proof (bose_pos w T w_pos T_pos). unfold absorption.
  apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra.
Qed.

(** Half the two outgoing rates, both baths. *)
Let out (k : nat) : R :=
  outflow 4 (coupling 1 eps) (energies J Delta B0) dL uL k
  + outflow 4 (coupling 0 1) (energies J Delta B0) dR uR k.

(** Twice the rates of one bath and its squared amplitudes, as they are needed below. *)
Lemma out_values :
  let x := (eps - 1) ^ 2 / 2 in let y := (eps + 1) ^ 2 / 2 in
  out 0%nat = uL w31 * x + uL w41 * y + (uR w31 + uR w41) / 2 /\
  out 1%nat = dL w23 * x + dL w24 * y + (dR w23 + dR w24) / 2 /\
  out 2%nat = dL w31 * x + uL w23 * x + (dR w31 + uR w23) / 2 /\
  out 3%nat = dL w41 * y + uL w24 * y + (dR w41 + uR w24) / 2.
Proof.
  destruct (outflows J Delta B0 strong 1 eps uL dL) as (l0 & l1 & l2 & l3).
  destruct (outflows J Delta B0 strong 0 1 uR dR) as (r0 & r1 & r2 & r3).
  unfold out. rewrite l0, l1, l2, l3, r0, r1, r2, r3. fold w31 w41 w23 w24.
  simpl. repeat split; field.
Qed.

(** What couples one coherence to another when two frequencies agree: both baths. *)
Let both (w w' : R) (fL fR : R -> R) (cL cR : R) : R := shared w w' fL cL + shared w w' fR cR.

Let E := energies J Delta B0.
Let damping (k l : nat) : C := mkC (- ((out k + out l) / 2)) (- (E k - E l)).
Let u2 := (eps - 1) ^ 2 / 2.
Let v2 := (eps + 1) ^ 2 / 2.
Let uv := (eps - 1) * (eps + 1) / 2.

Ltac equation entry :=
  let from_left := fresh in let from_right := fresh in let zero := fresh in
  pose proof (entry J Delta B0 strong 1 eps uL dL rho coupled) as from_left;
  pose proof (entry J Delta B0 strong 0 1 uR dR rho coupled) as from_right;
  match type of from_left with dissipator _ _ _ _ _ _ ?k ?l = _ =>
    pose proof (steady k l ltac:(lia) ltac:(lia)) as zero end;
  unfold master_equation, mplus in zero; rewrite unitary_part_entry in zero by lia;
  fold uL dL uR dR in zero; rewrite from_left, from_right in zero;
  rewrite <- zero;
  destruct (amplitude_products 1 eps) as (ssL & ttL & stL);
  destruct (amplitude_products 0 1) as (ssR & ttR & stR);
  rewrite ?ssL, ?ttL, ?stL, ?ssR, ?ttR, ?stR;
  unfold both; fold w31 w41 w23 w24;
  unfold shared;
  repeat match goal with |- context [Req_EM_T ?x ?y] => destruct (Req_EM_T x y) end;
  unfold damping, E, out, u2, v2, uv; apply C_eq; cbn [re im Cmult Cplus RtoC]; field.

Lemma equation_12 : (damping 0 1 * rho 0%nat 1%nat)%C = RtoC 0.
Proof. equation coherence_12. Qed.

Lemma equation_34 : (damping 2 3 * rho 2%nat 3%nat)%C = RtoC 0.
Proof. equation coherence_34. Qed.

Lemma equation_13 :
  (damping 0 2 * rho 0%nat 2%nat + RtoC (both w31 w23 dL dR (- u2) (- (1 / 2))) * rho 2%nat 1%nat
   + RtoC (both w41 w23 dL dR (- uv) (- (1 / 2))) * rho 3%nat 1%nat)%C = RtoC 0.
Proof. equation coherence_13. Qed.

Lemma equation_14 :
  (damping 0 3 * rho 0%nat 3%nat + RtoC (both w31 w24 dL dR uv (1 / 2)) * rho 2%nat 1%nat
   + RtoC (both w41 w24 dL dR v2 (1 / 2)) * rho 3%nat 1%nat)%C = RtoC 0.
Proof. equation coherence_14. Qed.

Lemma equation_32 :
  (damping 2 1 * rho 2%nat 1%nat + RtoC (both w31 w23 uL uR (- u2) (- (1 / 2))) * rho 0%nat 2%nat
   + RtoC (both w31 w24 uL uR uv (1 / 2)) * rho 0%nat 3%nat)%C = RtoC 0.
Proof. equation coherence_32. Qed.

Lemma equation_42 :
  (damping 3 1 * rho 3%nat 1%nat + RtoC (both w41 w23 uL uR (- uv) (- (1 / 2))) * rho 0%nat 2%nat
   + RtoC (both w41 w24 uL uR v2 (1 / 2)) * rho 0%nat 3%nat)%C = RtoC 0.
Proof. equation coherence_42. Qed.

Lemma both_same : forall w w' fL fR cL cR, w = w' -> both w w' fL fR cL cR = fL w * cL + fR w * cR.
Proof.
  intros w w' fL fR cL cR same. unfold both, shared.
  destruct (Req_EM_T w w'); [reflexivity | contradiction].
Qed.

Lemma both_other : forall w w' fL fR cL cR, w <> w' -> both w w' fL fR cL cR = 0.
Proof.
  intros w w' fL fR cL cR other. unfold both, shared.
  destruct (Req_EM_T w w'); [contradiction | ring].
Qed.

(** What the bounds below need of the rates of one frequency. *)
Lemma rates_positive : forall w, 0 < w ->
  (0 < dL w /\ 0 <= dL w * eps ^ 2 /\ 0 <= dL w * (eps - 1) ^ 2 /\ 0 <= dL w * (eps + 1) ^ 2) /\
  (0 < uL w /\ 0 <= uL w * eps ^ 2 /\ 0 <= uL w * (eps - 1) ^ 2 /\ 0 <= uL w * (eps + 1) ^ 2) /\
  0 < dR w /\ 0 < uR w.
Proof.
  intros w w_pos.
  pose proof (emission_pos T_L w T_L_pos w_pos) as p1. fold dL in p1.
  pose proof (absorption_pos T_L w T_L_pos w_pos) as p2. fold uL in p2.
  pose proof (emission_pos T_R w T_R_pos w_pos) as p3. fold dR in p3.
  pose proof (absorption_pos T_R w T_R_pos w_pos) as p4. fold uR in p4.
  pose proof (pow2_ge_0 eps). pose proof (pow2_ge_0 (eps - 1)). pose proof (pow2_ge_0 (eps + 1)).
  repeat split; try assumption; apply Rmult_le_pos; lra.
Qed.

Ltac facts :=
  destruct (frequencies_positive J Delta B0 strong) as (pos31 & pos41 & pos23 & pos24 & _);
  change (0 < w31) in pos31; change (0 < w41) in pos41;
  change (0 < w23) in pos23; change (0 < w24) in pos24;
  destruct (rates_positive _ pos31) as ((? & ? & ? & ?) & (? & ? & ? & ?) & ? & ?);
  destruct (rates_positive _ pos41) as ((? & ? & ? & ?) & (? & ? & ? & ?) & ? & ?);
  destruct (rates_positive _ pos23) as ((? & ? & ? & ?) & (? & ? & ? & ?) & ? & ?);
  destruct (rates_positive _ pos24) as ((? & ? & ? & ?) & (? & ? & ? & ?) & ? & ?);
  destruct out_values as (out0 & out1 & out2 & out3);
  rewrite ?out0, ?out1, ?out2, ?out3; unfold u2, v2, uv.

(** Drop a vanishing coupling from an equation of motion. *)
Lemma drop_first : forall x y z : C, (x + RtoC 0 * y + z)%C = RtoC 0 -> (x + z)%C = RtoC 0.
Proof. intros x y z <-. ring. Qed.
Lemma drop_second : forall x y z : C, (x + y + RtoC 0 * z)%C = RtoC 0 -> (x + y)%C = RtoC 0.
Proof. intros x y z <-. ring. Qed.
Lemma drop_both : forall x y z : C, (x + RtoC 0 * y + RtoC 0 * z)%C = RtoC 0 -> x = RtoC 0.
Proof. intros x y z <-. ring. Qed.

Ltac resolve eq :=
  try rewrite (both_same w31 w23) in eq by assumption;
  try rewrite (both_other w31 w23) in eq by assumption;
  try rewrite (both_same w41 w23) in eq by assumption;
  try rewrite (both_other w41 w23) in eq by assumption;
  try rewrite (both_same w31 w24) in eq by assumption;
  try rewrite (both_other w31 w24) in eq by assumption;
  try rewrite (both_same w41 w24) in eq by assumption;
  try rewrite (both_other w41 w24) in eq by assumption;
  first [apply drop_both in eq | apply drop_first in eq | apply drop_second in eq].

(** The same frequency means the same Bose numbers. *)
Ltac same_rates same :=
  pose proof (f_equal dL same); pose proof (f_equal uL same);
  pose proof (f_equal dR same); pose proof (f_equal uR same).

Ltac bounds :=
  facts;
  repeat match goal with
  | h : dL _ = dL _ |- _ => rewrite ?h; clear h | h : uL _ = uL _ |- _ => rewrite ?h; clear h
  | h : dR _ = dR _ |- _ => rewrite ?h; clear h | h : uR _ = uR _ |- _ => rewrite ?h; clear h
  end;
  try split; lra.

Lemma upper_coherences_vanish :
  rho 0%nat 1%nat = RtoC 0 /\ rho 2%nat 3%nat = RtoC 0 /\ rho 0%nat 2%nat = RtoC 0 /\
  rho 0%nat 3%nat = RtoC 0 /\ rho 2%nat 1%nat = RtoC 0 /\ rho 3%nat 1%nat = RtoC 0.
Proof.
  pose proof equation_13 as eq13. pose proof equation_14 as eq14.
  pose proof equation_32 as eq32. pose proof equation_42 as eq42.
  split; [|split].
  - apply (single_vanishes _ _ _) with (2 := equation_12). bounds.
  - apply (single_vanishes _ _ _) with (2 := equation_34). bounds.
  - assert (values : w31 = B0 - Delta - J /\ w41 = B0 - Delta + J
                     /\ w23 = B0 + Delta + J /\ w24 = B0 + Delta - J).
    { unfold w31, w41, w23, w24, E1, E2, E3, E4. repeat split; field. }
    destruct values as (v31 & v41 & v23 & v24).
    assert (J_sign : J < 0 \/ 0 < J) by (destruct (Rtotal_order J 0) as [? | [? | ?]]; tauto).
    destruct (Req_EM_T w41 w23) as [same | c41_23].
    { (* Delta = 0: 1-3 with 4-2, and 1-4 with 3-2 *)
      assert (same' : w31 = w24) by lra.
      assert (c31_23 : w31 <> w23) by (destruct J_sign; lra).
      assert (c41_24 : w41 <> w24) by (destruct J_sign; lra).
      resolve eq13. resolve eq14. resolve eq32. resolve eq42.
      same_rates same. same_rates same'.
      destruct (fun m m' => pair_vanishes _ _ _ _ _ _ _ _ m m' eq13 eq42) as [x13 y42];
        [bounds | bounds |].
      destruct (fun m m' => pair_vanishes _ _ _ _ _ _ _ _ m m' eq14 eq32) as [x14 y32];
        [bounds | bounds |].
      repeat split; assumption. }
    assert (c31_24 : w31 <> w24) by lra.
    destruct (Req_EM_T w31 w23) as [same | c31_23].
    { (* Delta = - J: 1-3 with 3-2 *)
      assert (c41_24 : w41 <> w24) by (destruct J_sign; lra).
      resolve eq13. resolve eq14. resolve eq32. resolve eq42.
      same_rates same.
      destruct (fun m m' => pair_vanishes _ _ _ _ _ _ _ _ m m' eq13 eq32) as [x13 y32];
        [bounds | bounds |].
      apply single_vanishes in eq14; [|bounds]. apply single_vanishes in eq42; [|bounds].
      repeat split; assumption. }
    destruct (Req_EM_T w41 w24) as [same | c41_24].
    { (* Delta = J: 1-4 with 4-2 *)
      resolve eq13. resolve eq14. resolve eq32. resolve eq42.
      same_rates same.
      destruct (fun m m' => pair_vanishes _ _ _ _ _ _ _ _ m m' eq14 eq42) as [x14 y42];
        [bounds | bounds |].
      apply single_vanishes in eq13; [|bounds]. apply single_vanishes in eq32; [|bounds].
      repeat split; assumption. }
    resolve eq13. resolve eq14. resolve eq32. resolve eq42.
    apply single_vanishes in eq13; [|bounds]. apply single_vanishes in eq32; [|bounds].
    apply single_vanishes in eq14; [|bounds]. apply single_vanishes in eq42; [|bounds].
    repeat split; assumption.
Qed.

End Steady.

(** The right side of Eq. 6 vanishes. *)
Definition stationary (J Delta B0 T_L T_R kappa eps : R) (rho : matrix) : Prop :=
  forall k l, (k < 4)%nat -> (l < 4)%nat ->
    master_equation J Delta B0 T_L T_R kappa eps rho k l = RtoC 0.

Theorem coherences_vanish : forall J Delta B0 T_L T_R kappa eps rho,
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
  hermitian 4 rho -> stationary J Delta B0 T_L T_R kappa eps rho ->
  forall k l, (k < 4)%nat -> (l < 4)%nat -> k <> l -> rho k l = RtoC 0.
Proof.
  intros J Delta B0 T_L T_R kappa eps rho T_L_pos T_R_pos kappa_pos strong coupled self steady
    k l less_k less_l other.
  destruct (upper_coherences_vanish J Delta B0 T_L T_R kappa eps T_L_pos T_R_pos kappa_pos strong
    coupled rho steady) as (c01 & c23 & c02 & c03 & c21 & c31).
  indices k l; try (contradiction other; reflexivity); try assumption;
    rewrite self by lia; rewrite ?c01, ?c23, ?c02, ?c03, ?c21, ?c31; apply Cconj_real.
Qed.

(** ** The rate equations for a real diagonal state *)

Definition steady_populations (J Delta B0 T_L T_R kappa eps p1 p2 p3 p4 : R) : Prop :=
  let e := rate_e T_L T_R kappa eps in let a := rate_a T_L T_R kappa eps in
  let w31 := E3 J Delta B0 - E1 J Delta B0 in let w41 := E4 J Delta B0 - E1 J Delta B0 in
  let w23 := E2 J Delta B0 - E3 J Delta B0 in let w24 := E2 J Delta B0 - E4 J Delta B0 in
  balanced (e (-1) w31) (a (-1) w31) (e 1 w41) (a 1 w41)
    (e (-1) w23) (a (-1) w23) (e 1 w24) (a 1 w24) p1 p2 p3 p4.

Definition populations (p1 p2 p3 p4 : R) (k : nat) : R :=
  match k with 0%nat => p1 | 1%nat => p2 | 2%nat => p3 | _ => p4 end.

(** A diagonal state is stationary exactly when its populations solve the rate equations. *)
Theorem diagonal_stationary : forall J Delta B0 T_L T_R kappa eps p1 p2 p3 p4,
  Rabs J + Rabs Delta < B0 -> J <> 0 ->
  (stationary J Delta B0 T_L T_R kappa eps (diag (populations p1 p2 p3 p4))
   <-> steady_populations J Delta B0 T_L T_R kappa eps p1 p2 p3 p4).
Proof.
  intros J Delta B0 T_L T_R kappa eps p1 p2 p3 p4 strong coupled.
  set (rho := diag (populations p1 p2 p3 p4)).
  destruct (master_equation_populations J Delta B0 T_L T_R kappa eps rho strong coupled)
    as (m1 & m2 & m3 & m4).
  unfold steady_populations, balanced. split.
  - intro steady.
    rewrite steady in m1 by lia. rewrite steady in m2 by lia.
    rewrite steady in m3 by lia. rewrite steady in m4 by lia.
    symmetry in m1. symmetry in m2. symmetry in m3. symmetry in m4.
    apply C_zero_parts in m1. apply C_zero_parts in m2.
    apply C_zero_parts in m3. apply C_zero_parts in m4.
    destruct m1 as [m1 _]. destruct m2 as [m2 _]. destruct m3 as [m3 _]. destruct m4 as [m4 _].
    unfold rho in *. rewrite !diag_same in *. cbn in m1, m2, m3, m4.
    repeat split; lra.
  - intros (b1 & b2 & b3 & b4) k l less_k less_l.
    destruct (Nat.eq_dec k l) as [same | other].
    + subst l. destruct k as [|[|[|[|k]]]]; try lia;
        [rewrite m1 | rewrite m2 | rewrite m3 | rewrite m4];
        unfold rho; rewrite !diag_same; apply C_eq; cbn; lra.
    + assert (zero : rho k l = RtoC 0) by (apply diag_other; exact other).
      assert (dissipated : forall S down up, dissipator 4 S (energies J Delta B0) down up rho k l = RtoC 0).
      { intros S down up. rewrite dissipator_entry by (try apply energies_distinct; assumption).
        rewrite zero, csum_zero; [ring|]. intros i less_i. apply csum_zero. intros j less_j.
        destruct (Nat.eq_dec i j) as [<- | apart].
        - unfold gain. destruct (Req_EM_T (energies J Delta B0 i - energies J Delta B0 k)
            (energies J Delta B0 i - energies J Delta B0 l)) as [same | _]; [|ring].
          exfalso. apply other. apply (energies_distinct J Delta B0 strong coupled); try assumption. lra.
        - unfold rho. rewrite (diag_other _ i j apart). ring. }
      unfold master_equation, mplus. rewrite unitary_part_entry, !dissipated, zero by assumption. ring.
Qed.

(** ** Eq. 6 at eps = 0: diagonal, unique, ordered, and no work to be had *)

Lemma all_ordered_passive : forall J Delta B0 p1 p2 p3 p4,
  all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4 ->
  passive 4 (energies J Delta B0) (populations p1 p2 p3 p4).
Proof.
  intros J Delta B0 p1 p2 p3 p4 (o12 & o13 & o14 & o23 & o24 & o34) i j less_i less_j lower.
  assert (use : forall e e' q q', ordered e e' q q' -> (e < e' -> q' <= q) /\ (e' < e -> q <= q')).
  { intros e e' q q' (below & above & _). split; intro less; left; auto. }
  apply use in o12, o13, o14, o23, o24, o34.
  destruct o12, o13, o14, o23, o24, o34.
  unfold energies, populations in *.
  indices i j; first [contradiction (Rlt_irrefl _ lower) | auto].
Qed.

(** Eq. 12 at eps = 0 as two baths of equal weight. *)
Lemma symmetric_passivity : forall J Delta B0 T_L T_R kappa p1 p2 p3 p4,
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 ->
  steady_populations J Delta B0 T_L T_R kappa 0 p1 p2 p3 p4 -> p1 + p2 + p3 + p4 = 1 ->
  (0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4) /\
  all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4.
Proof.
  intros J Delta B0 T_L T_R kappa p1 p2 p3 p4 T_L_pos T_R_pos kappa_pos strong steady one.
  destruct (frequencies_positive J Delta B0 strong) as (w31 & w41 & w23 & w24 & _).
  assert (prefactor : forall w, 0 < w -> 0 < kappa * w / 2).
  { intros w w_pos. apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; lra. }
  refine (passivity_rates (cons (1, T_L) (cons (1, T_R) nil)) J Delta B0 _ _ _ _ _ _ _ _ _ _ _ _
    p1 p2 p3 p4 (two_baths_proper 1 1 T_L T_R ltac:(lra) ltac:(lra) T_L_pos T_R_pos) strong
    (prefactor _ w31) (prefactor _ w41) (prefactor _ w23) (prefactor _ w24)
    _ _ _ _ _ _ _ _ steady one);
    unfold rate_e, rate_a, occupation, weight; simpl; field.
Qed.

Lemma rates_pos : forall T_L T_R kappa eps sign w, 0 < T_L -> 0 < T_R -> 0 < kappa -> 0 < w ->
  0 < rate_e T_L T_R kappa eps sign w /\ 0 < rate_a T_L T_R kappa eps sign w.
Proof.
  intros T_L T_R kappa eps sign w T_L_pos T_R_pos kappa_pos w_pos.
  pose proof (bose_pos w T_L w_pos T_L_pos). pose proof (bose_pos w T_R w_pos T_R_pos).
  pose proof (pow2_ge_0 (eps + sign)) as square.
  assert (kw : 0 < kappa * w) by (apply Rmult_lt_0_compat; assumption).
  assert (front : 0 <= kappa * w * (eps + sign) ^ 2 / 2).
  { pose proof (Rmult_le_pos _ _ (Rlt_le _ _ kw) square). lra. }
  unfold rate_e, rate_a.
  pose proof (Rmult_le_pos _ (1 + bose w T_L) front ltac:(lra)).
  pose proof (Rmult_le_pos _ (bose w T_L) front ltac:(lra)).
  pose proof (Rmult_lt_0_compat (kappa * w / 2) (1 + bose w T_R) ltac:(lra) ltac:(lra)).
  pose proof (Rmult_lt_0_compat (kappa * w / 2) (bose w T_R) ltac:(lra) ltac:(lra)).
  split; lra.
Qed.

(** Exactly one steady state, for every eps. *)
Theorem steady_populations_exist : forall J Delta B0 T_L T_R kappa eps,
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 ->
  exists p1 p2 p3 p4,
    (steady_populations J Delta B0 T_L T_R kappa eps p1 p2 p3 p4 /\ p1 + p2 + p3 + p4 = 1) /\
    forall q1 q2 q3 q4,
      steady_populations J Delta B0 T_L T_R kappa eps q1 q2 q3 q4 -> q1 + q2 + q3 + q4 = 1 ->
      q1 = p1 /\ q2 = p2 /\ q3 = p3 /\ q4 = p4.
Proof.
  intros J Delta B0 T_L T_R kappa eps T_L_pos T_R_pos kappa_pos strong.
  destruct (frequencies_positive J Delta B0 strong) as (w31 & w41 & w23 & w24 & _).
  destruct (rates_pos T_L T_R kappa eps (-1) _ T_L_pos T_R_pos kappa_pos w31).
  destruct (rates_pos T_L T_R kappa eps 1 _ T_L_pos T_R_pos kappa_pos w41).
  destruct (rates_pos T_L T_R kappa eps (-1) _ T_L_pos T_R_pos kappa_pos w23).
  destruct (rates_pos T_L T_R kappa eps 1 _ T_L_pos T_R_pos kappa_pos w24).
  unfold steady_populations. cbv zeta.
  edestruct cycle_exists as (p1 & p2 & p3 & p4 & steady & one); cycle -1;
    [exists p1, p2, p3, p4; split; [split; [exact steady | exact one]|] | assumption..].
  intros q1 q2 q3 q4 steady_q one_q.
  eapply cycle_unique; cycle 8; [exact steady_q | exact steady | lra | assumption..].
Qed.

(** A stationary state is diagonal with real populations that solve the rate equations. *)
Theorem stationary_diagonal : forall J Delta B0 T_L T_R kappa eps rho,
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
  hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary J Delta B0 T_L T_R kappa eps rho ->
  exists p1 p2 p3 p4,
    (forall i j, (i < 4)%nat -> (j < 4)%nat -> rho i j = diag (populations p1 p2 p3 p4) i j) /\
    steady_populations J Delta B0 T_L T_R kappa eps p1 p2 p3 p4 /\ p1 + p2 + p3 + p4 = 1.
Proof.
  intros J Delta B0 T_L T_R kappa eps rho T_L_pos T_R_pos kappa_pos strong coupled self trace_one steady.
  pose proof (coherences_vanish J Delta B0 T_L T_R kappa eps rho T_L_pos T_R_pos kappa_pos strong
    coupled self steady) as diagonal.
  assert (real : forall k, (k < 4)%nat -> im (rho k k) = 0).
  { intros k less. pose proof (f_equal im (self k k less less)) as same. simpl in same. lra. }
  set (p := fun k => re (rho k k)).
  exists (p 0%nat), (p 1%nat), (p 2%nat), (p 3%nat). split; [|split].
  - intros i j less_i less_j. unfold diag. destruct (Nat.eqb_spec i j) as [<- | other].
    + destruct i as [|[|[|[|i]]]]; try lia; apply C_eq; try reflexivity; apply real; lia.
    + apply diagonal; assumption.
  - destruct (master_equation_populations J Delta B0 T_L T_R kappa eps rho strong coupled)
      as (m1 & m2 & m3 & m4).
    rewrite steady in m1 by lia. rewrite steady in m2 by lia.
    rewrite steady in m3 by lia. rewrite steady in m4 by lia.
    apply (f_equal re) in m1. apply (f_equal re) in m2. apply (f_equal re) in m3. apply (f_equal re) in m4.
    cbn in m1, m2, m3, m4. unfold steady_populations, balanced, p. repeat split; lra.
  - pose proof (f_equal re trace_one) as sum. cbn in sum. unfold p. lra.
Qed.

Theorem steady_state_is_passive : forall J Delta B0 T_L T_R kappa rho,
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
  hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary J Delta B0 T_L T_R kappa 0 rho ->
  exists p1 p2 p3 p4,
    (forall i j, (i < 4)%nat -> (j < 4)%nat -> rho i j = diag (populations p1 p2 p3 p4) i j) /\
    steady_populations J Delta B0 T_L T_R kappa 0 p1 p2 p3 p4 /\ p1 + p2 + p3 + p4 = 1 /\
    all_ordered (E1 J Delta B0) (E2 J Delta B0) (E3 J Delta B0) (E4 J Delta B0) p1 p2 p3 p4.
Proof.
  intros J Delta B0 T_L T_R kappa rho T_L_pos T_R_pos kappa_pos strong coupled self trace_one steady.
  destruct (stationary_diagonal J Delta B0 T_L T_R kappa 0 rho T_L_pos T_R_pos kappa_pos strong
    coupled self trace_one steady) as (p1 & p2 & p3 & p4 & same & balance & one).
  exists p1, p2, p3, p4. repeat (apply conj; [assumption|]).
  exact (proj2 (symmetric_passivity J Delta B0 T_L T_R kappa p1 p2 p3 p4
    T_L_pos T_R_pos kappa_pos strong balance one)).
Qed.

Lemma diag_hermitian : forall n d, hermitian n (diag d).
Proof.
  intros n d i j _ _. unfold diag. rewrite Nat.eqb_sym.
  destruct (Nat.eqb_spec i j) as [-> | _]; symmetry; apply Cconj_real.
Qed.

(** Tr(H rho) and Tr(H U rho U^dagger) of any state. *)
Definition mean_energy (n : nat) (E : nat -> R) (rho : matrix) : R :=
  re (trace n (mmult n (diag E) rho)).
Definition rotated (n : nat) (U rho : matrix) : matrix := mmult n U (mmult n rho (adjoint U)).

Lemma energies_of_diagonal : forall n E rho p U,
  (forall i j, (i < n)%nat -> (j < n)%nat -> rho i j = diag p i j) ->
  mean_energy n E rho = re (energy n E p) /\
  mean_energy n E (rotated n U rho) = re (energy_after n E p U).
Proof.
  intros n E rho p U same. unfold mean_energy, rotated, energy, energy_after, trace. split; f_equal.
  - apply csum_ext. intros i less. unfold mmult. apply csum_ext.
    intros k less_k. rewrite same by assumption. reflexivity.
  - apply csum_ext. intros i less. unfold mmult at 1 4.
    apply csum_ext. intros k less_k. f_equal. unfold mmult at 1 3. apply csum_ext. intros m less_m.
    f_equal. unfold mmult. apply csum_ext. intros l less_l. rewrite same by assumption. reflexivity.
Qed.

Theorem steady_state_has_no_ergotropy : forall J Delta B0 T_L T_R kappa rho U,
  0 < T_L -> 0 < T_R -> 0 < kappa -> Rabs J + Rabs Delta < B0 -> J <> 0 ->
  hermitian 4 rho -> trace 4 rho = RtoC 1 -> stationary J Delta B0 T_L T_R kappa 0 rho ->
  unitary 4 U ->
  mean_energy 4 (energies J Delta B0) rho
  <= mean_energy 4 (energies J Delta B0) (rotated 4 U rho).
Proof.
  intros J Delta B0 T_L T_R kappa rho U T_L_pos T_R_pos kappa_pos strong coupled self trace_one
    steady is_unitary.
  destruct (steady_state_is_passive J Delta B0 T_L T_R kappa rho T_L_pos T_R_pos kappa_pos strong
    coupled self trace_one steady) as (p1 & p2 & p3 & p4 & same & _ & _ & order).
  destruct (energies_of_diagonal 4 (energies J Delta B0) rho (populations p1 p2 p3 p4) U same)
    as [before after].
  rewrite before, after.
  exact (no_unitary_lowers_energy 4 (energies J Delta B0) (populations p1 p2 p3 p4) U
    (all_ordered_passive _ _ _ _ _ _ _ order) is_unitary).
Qed.
