(** * Eq. 12: the rate equations of the two spins

    The diagonal of Eq. 6, with both baths and the collective coupling, is the rate equation with the
    rates of Eq. 12, for every eps ([master_equation_populations]). *)

From Coq Require Import Reals Lra Psatz.
From XXZ Require Import Bose Passivity Matrices Dissipator TwoSpins.
Open Scope R_scope.

(** Eq. 12, both baths together; [sign] is (-1)^j: -1 for the transitions 31 and 23, +1 for 41
    and 24. *)
Definition rate_e (T_L T_R kappa eps sign w : R) : R :=
  kappa * w * (eps + sign) ^ 2 / 2 * (1 + bose w T_L) + kappa * w / 2 * (1 + bose w T_R).
Definition rate_a (T_L T_R kappa eps sign w : R) : R :=
  kappa * w * (eps + sign) ^ 2 / 2 * bose w T_L + kappa * w / 2 * bose w T_R.

Theorem master_equation_populations : forall J Delta B0 T_L T_R kappa eps rho,
  Rabs J + Rabs Delta < B0 -> J <> 0 ->
  let e := rate_e T_L T_R kappa eps in let a := rate_a T_L T_R kappa eps in
  let w31 := E3 J Delta B0 - E1 J Delta B0 in let w41 := E4 J Delta B0 - E1 J Delta B0 in
  let w23 := E2 J Delta B0 - E3 J Delta B0 in let w24 := E2 J Delta B0 - E4 J Delta B0 in
  let e31 := RtoC (e (-1) w31) in let a31 := RtoC (a (-1) w31) in
  let e41 := RtoC (e 1 w41) in let a41 := RtoC (a 1 w41) in
  let e23 := RtoC (e (-1) w23) in let a23 := RtoC (a (-1) w23) in
  let e24 := RtoC (e 1 w24) in let a24 := RtoC (a 1 w24) in
  let p1 := rho 0%nat 0%nat in let p2 := rho 1%nat 1%nat in
  let p3 := rho 2%nat 2%nat in let p4 := rho 3%nat 3%nat in
  let L := master_equation J Delta B0 T_L T_R kappa eps rho in
  L 0%nat 0%nat = (e31 * p3 + e41 * p4 - (a31 + a41) * p1)%C /\
  L 1%nat 1%nat = (a23 * p3 + a24 * p4 - (e23 + e24) * p2)%C /\
  L 2%nat 2%nat = (a31 * p1 + e23 * p2 - (e31 + a23) * p3)%C /\
  L 3%nat 3%nat = (a41 * p1 + e24 * p2 - (e41 + a24) * p4)%C.
Proof.
  intros J Delta B0 T_L T_R kappa eps rho strong coupled e a w31 w41 w23 w24
    e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 L.
  destruct (dissipator_populations J Delta B0 strong 1 eps
    (absorption kappa T_L) (emission kappa T_L) rho coupled) as (l1 & l2 & l3 & l4).
  destruct (dissipator_populations J Delta B0 strong 0 1
    (absorption kappa T_R) (emission kappa T_R) rho coupled) as (r1 & r2 & r3 & r4).
  unfold L, master_equation, mplus.
  rewrite !unitary_part_entry, l1, l2, l3, l4, r1, r2, r3, r4 by lia.
  unfold e31, a31, e41, a41, e23, a23, e24, a24, e, a, rate_e, rate_a, emission, absorption.
  fold w31 w41 w23 w24. fold p1 p2 p3 p4.
  repeat split; apply C_eq; simpl; field.
Qed.
