(** * The paper's two spins, from Eq. 1 to Eq. 7

    Eq. 1 as a matrix, its eigenvectors and energies (Eq. 2), the coupling operators of Eq. 5 in the
    energy basis, the master equation Eq. 6 with the dissipators of Eq. 7, and what each dissipator
    does to populations ([dissipator_populations]) and to coherences ([coherence_12] and so on).

    Indices count from 0: bare states |1,1>, |1,0>, |0,1>, |0,0> are 0, 1, 2, 3; the paper's levels
    1, 2, 3, 4 are 0, 1, 2, 3. The four energies have to differ: J = 0 (where levels 3 and 4 meet)
    is left out here, and only here. *)

From Coq Require Import Reals Lra Psatz Arith Lia List.
From XXZ Require Import Bose Passivity Matrices Dissipator.
Open Scope R_scope.

(** ** Eq. 1 *)

(** One spin: index 0 is |1> (sigma_z = +1), index 1 is |0>. *)
Definition sigma_x : matrix := fun i j =>
  match i, j with 0%nat, 1%nat => RtoC 1 | 1%nat, 0%nat => RtoC 1 | _, _ => RtoC 0 end.
Definition sigma_y : matrix := fun i j =>
  match i, j with 0%nat, 1%nat => (- Ci)%C | 1%nat, 0%nat => Ci | _, _ => RtoC 0 end.
Definition sigma_z : matrix := fun i j =>
  match i, j with 0%nat, 0%nat => RtoC 1 | 1%nat, 1%nat => RtoC (-1) | _, _ => RtoC 0 end.

(** Spin 1 and spin 2 of the bare states. *)
Definition first (i : nat) : nat := match i with 0%nat => 0%nat | 1%nat => 0%nat | _ => 1%nat end.
Definition second (i : nat) : nat := match i with 0%nat => 0%nat | 2%nat => 0%nat | _ => 1%nat end.
Definition kron (A B : matrix) : matrix := fun i j =>
  (A (first i) (first j) * B (second i) (second j))%C.

Definition spin1 (A : matrix) : matrix := kron A mone.
Definition spin2 (B : matrix) : matrix := kron mone B.

Definition hamiltonian (J Delta B0 : R) : matrix :=
  mscale (RtoC (1 / 2))
    (mplus (mscale (RtoC B0) (spin1 sigma_z))
    (mplus (mscale (RtoC B0) (spin2 sigma_z))
    (mplus (mscale (RtoC J) (mmult 4 (spin1 sigma_x) (spin2 sigma_x)))
    (mplus (mscale (RtoC J) (mmult 4 (spin1 sigma_y) (spin2 sigma_y)))
           (mscale (RtoC Delta) (mmult 4 (spin1 sigma_z) (spin2 sigma_z))))))).

(** Eq. 3. *)
Definition hamiltonian_printed (J Delta B0 : R) : matrix := fun i j =>
  match i, j with
  | 0%nat, 0%nat => RtoC ((Delta + 2 * B0) / 2)
  | 1%nat, 1%nat => RtoC (- Delta / 2)
  | 1%nat, 2%nat => RtoC J
  | 2%nat, 1%nat => RtoC J
  | 2%nat, 2%nat => RtoC (- Delta / 2)
  | 3%nat, 3%nat => RtoC ((Delta - 2 * B0) / 2)
  | _, _ => RtoC 0
  end.

Ltac indices i j :=
  destruct i as [|[|[|[|i]]]]; destruct j as [|[|[|[|j]]]]; try lia.

Theorem hamiltonian_is_printed : forall J Delta B0 i j, (i < 4)%nat -> (j < 4)%nat ->
  hamiltonian J Delta B0 i j = hamiltonian_printed J Delta B0 i j.
Proof. intros J Delta B0 i j less_i less_j. indices i j; apply C_eq; simpl; lra. Qed.

(** ** Eq. 2 *)

Definition energies (J Delta B0 : R) (k : nat) : R :=
  match k with
  | 0%nat => E1 J Delta B0 | 1%nat => E2 J Delta B0 | 2%nat => E3 J Delta B0 | _ => E4 J Delta B0
  end.

(** Column k holds the state Phi_(k+1). *)
Definition eigenvectors : matrix := fun i k =>
  match i, k with
  | 3%nat, 0%nat => RtoC 1                 (* Phi_1 = |0,0> *)
  | 0%nat, 1%nat => RtoC 1                 (* Phi_2 = |1,1> *)
  | 2%nat, 2%nat => RtoC (/ sqrt 2)        (* Phi_3 = (|0,1> - |1,0>) / sqrt 2 *)
  | 1%nat, 2%nat => RtoC (- / sqrt 2)
  | 2%nat, 3%nat => RtoC (/ sqrt 2)        (* Phi_4 = (|1,0> + |0,1>) / sqrt 2 *)
  | 1%nat, 3%nat => RtoC (/ sqrt 2)
  | _, _ => RtoC 0
  end.

Lemma half : / sqrt 2 * / sqrt 2 = 1 / 2.
Proof.
  pose proof (sqrt_lt_R0 2 ltac:(lra)). rewrite <- Rinv_mult, sqrt_sqrt; lra.
Qed.

Theorem eigenvectors_unitary : unitary 4 eigenvectors.
Proof.
  pose proof half as half. set (r := / sqrt 2) in half.
  split; intros i j less_i less_j; indices i j; apply C_eq; simpl; fold r; lra.
Qed.

Theorem eigenvectors_diagonalise : forall J Delta B0 i k, (i < 4)%nat -> (k < 4)%nat ->
  mmult 4 (hamiltonian J Delta B0) eigenvectors i k
  = (RtoC (energies J Delta B0 k) * eigenvectors i k)%C.
Proof.
  intros J Delta B0 i k less_i less_k. unfold mmult at 1.
  rewrite (csum_ext 4 _ (fun m => hamiltonian_printed J Delta B0 i m * eigenvectors m k)%C)
    by (intros m less; rewrite hamiltonian_is_printed by assumption; reflexivity).
  indices i k; apply C_eq; simpl; unfold E1, E2, E3, E4; field;
    apply Rgt_not_eq, sqrt_lt_R0; lra.
Qed.

(** ** Eqs. 5 and 8: the coupling operators in the energy basis *)

(** a sigma_x^(1) + b sigma_x^(2), seen from the energy basis: V^dagger S V. *)
Definition coupling (a b : R) : matrix :=
  mmult 4 (adjoint eigenvectors)
    (mmult 4 (mplus (mscale (RtoC a) (spin1 sigma_x)) (mscale (RtoC b) (spin2 sigma_x))) eigenvectors).

Definition amplitude (a b : R) (i j : nat) : R :=
  match i, j with
  | 0%nat, 2%nat | 2%nat, 0%nat => (b - a) * / sqrt 2
  | 0%nat, 3%nat | 3%nat, 0%nat => (b + a) * / sqrt 2
  | 1%nat, 2%nat | 2%nat, 1%nat => (a - b) * / sqrt 2
  | 1%nat, 3%nat | 3%nat, 1%nat => (a + b) * / sqrt 2
  | _, _ => 0
  end.

Theorem coupling_amplitude : forall a b i j, (i < 4)%nat -> (j < 4)%nat ->
  coupling a b i j = RtoC (amplitude a b i j).
Proof.
  intros a b i j less_i less_j. unfold coupling.
  set (S := mplus (mscale (RtoC a) (spin1 sigma_x)) (mscale (RtoC b) (spin2 sigma_x))).
  assert (action : forall m k, (m < 4)%nat -> (k < 4)%nat -> S m k = RtoC (match m, k with
    | 0%nat, 1%nat | 1%nat, 0%nat | 2%nat, 3%nat | 3%nat, 2%nat => b
    | 0%nat, 2%nat | 2%nat, 0%nat | 1%nat, 3%nat | 3%nat, 1%nat => a
    | _, _ => 0 end)).
  { intros m k less_m less_k. unfold S. indices m k; apply C_eq; simpl; ring. }
  unfold mmult at 1.
  rewrite (csum_ext 4 _ (fun m => adjoint eigenvectors i m * csum 4 (fun k =>
    RtoC (match m, k with
    | 0%nat, 1%nat | 1%nat, 0%nat | 2%nat, 3%nat | 3%nat, 2%nat => b
    | 0%nat, 2%nat | 2%nat, 0%nat | 1%nat, 3%nat | 3%nat, 1%nat => a
    | _, _ => 0 end) * eigenvectors k j))%C).
  - clear. set (r := / sqrt 2).
    indices i j; apply C_eq; simpl; fold r; ring.
  - intros m less_m. f_equal. unfold mmult. apply csum_ext. intros k less_k.
    rewrite action by assumption. reflexivity.
Qed.

(** ** Eqs. 6 and 7 *)

(** Emission J(w) (1 + n(w)) and absorption J(w) n(w) with J(w) = kappa w. *)
Definition emission (kappa T w : R) : R := kappa * w * (1 + bose w T).
Definition absorption (kappa T w : R) : R := kappa * w * bose w T.

(** -i [H, rho] in the energy basis. *)
Definition unitary_part (n : nat) (E : nat -> R) (rho : matrix) : matrix :=
  mscale (- Ci) (mminus (mmult n (diag E) rho) (mmult n rho (diag E))).

(** The right side of Eq. 6, in the energy basis: left bath on sigma_x^(1) + eps sigma_x^(2), right
    bath on sigma_x^(2). *)
Definition master_equation (J Delta B0 T_L T_R kappa eps : R) (rho : matrix) : matrix :=
  let E := energies J Delta B0 in
  mplus (unitary_part 4 E rho)
  (mplus (dissipator 4 (coupling 1 eps) E (emission kappa T_L) (absorption kappa T_L) rho)
         (dissipator 4 (coupling 0 1) E (emission kappa T_R) (absorption kappa T_R) rho)).

(** ** Consequences of |J| + |Delta| < B0 and J <> 0 *)

Lemma energies_distinct : forall J Delta B0, Rabs J + Rabs Delta < B0 -> J <> 0 ->
  nondegenerate 4 (energies J Delta B0).
Proof.
  intros J Delta B0 strong coupled i j less_i less_j same.
  destruct (frequencies_positive J Delta B0 strong) as (? & ? & ? & ? & ?).
  unfold energies in same. indices i j; try reflexivity; exfalso; try lra;
    apply coupled; unfold E3, E4 in same; lra.
Qed.

Lemma unitary_part_entry : forall E rho k l, (k < 4)%nat -> (l < 4)%nat ->
  unitary_part 4 E rho k l = (mkC 0 (- (E k - E l)) * rho k l)%C.
Proof.
  intros E rho k l less_k less_l. unfold unitary_part, mscale, mminus.
  rewrite mmult_diag_left, mmult_diag_right by assumption. apply C_eq; simpl; ring.
Qed.

(** The four transitions: population rates between level 1 or 2 and level 3 or 4. *)
Section Rates.
Variables J Delta B0 : R.
Hypothesis strong : Rabs J + Rabs Delta < B0.
Variables (a b : R) (up down : R -> R).   (* up: absorption, down: emission *)

Let E := energies J Delta B0.
Let S := coupling a b.
Let w31 := E3 J Delta B0 - E1 J Delta B0.
Let w41 := E4 J Delta B0 - E1 J Delta B0.
Let w23 := E2 J Delta B0 - E3 J Delta B0.
Let w24 := E2 J Delta B0 - E4 J Delta B0.

Lemma coupling_norm : forall i j, (i < 4)%nat -> (j < 4)%nat ->
  Cnorm2 (S i j) = amplitude a b i j * amplitude a b i j.
Proof.
  intros. unfold S. rewrite coupling_amplitude by assumption. unfold Cnorm2; simpl; ring.
Qed.

Lemma square_half : forall x, x * / sqrt 2 * (x * / sqrt 2) = x ^ 2 / 2.
Proof. intro x. replace (x ^ 2 / 2) with (x ^ 2 * (1 / 2)) by field. rewrite <- half. ring. Qed.

Ltac rate_value :=
  destruct (frequencies_positive J Delta B0 strong) as (? & ? & ? & ? & ?);
  unfold rate; rewrite !coupling_norm by lia; unfold E, energies;
  repeat match goal with |- context [Rlt_dec ?x ?y] =>
    destruct (Rlt_dec x y); try (exfalso; lra) end;
  simpl amplitude; rewrite ?square_half; fold w31 w41 w23 w24; field.

Lemma rate_31 : rate S E down up 2 0 = down w31 * ((b - a) ^ 2 / 2).
Proof. rate_value. Qed.
Lemma rate_13 : rate S E down up 0 2 = up w31 * ((b - a) ^ 2 / 2).
Proof. rate_value. Qed.
Lemma rate_41 : rate S E down up 3 0 = down w41 * ((b + a) ^ 2 / 2).
Proof. rate_value. Qed.
Lemma rate_14 : rate S E down up 0 3 = up w41 * ((b + a) ^ 2 / 2).
Proof. rate_value. Qed.
Lemma rate_23 : rate S E down up 1 2 = down w23 * ((b - a) ^ 2 / 2).
Proof. rate_value. Qed.
Lemma rate_32 : rate S E down up 2 1 = up w23 * ((b - a) ^ 2 / 2).
Proof. rate_value. Qed.
Lemma rate_24 : rate S E down up 1 3 = down w24 * ((b + a) ^ 2 / 2).
Proof. rate_value. Qed.
Lemma rate_42 : rate S E down up 3 1 = up w24 * ((b + a) ^ 2 / 2).
Proof. rate_value. Qed.

(** No other transition. *)
Lemma rate_none : forall i j, (i < 4)%nat -> (j < 4)%nat ->
  amplitude a b i j = 0 -> amplitude a b j i = 0 -> rate S E down up i j = 0.
Proof.
  intros i j less_i less_j none none'. unfold rate. rewrite !coupling_norm by assumption.
  rewrite none, none'. destruct (Rlt_dec 0 (E i - E j)); destruct (Rlt_dec 0 (E j - E i)); ring.
Qed.

(** The diagonal of one dissipator. *)
Theorem dissipator_populations : forall rho,
  J <> 0 ->
  let p1 := rho 0%nat 0%nat in let p2 := rho 1%nat 1%nat in
  let p3 := rho 2%nat 2%nat in let p4 := rho 3%nat 3%nat in
  let e31 := RtoC (down w31 * ((b - a) ^ 2 / 2)) in let a31 := RtoC (up w31 * ((b - a) ^ 2 / 2)) in
  let e41 := RtoC (down w41 * ((b + a) ^ 2 / 2)) in let a41 := RtoC (up w41 * ((b + a) ^ 2 / 2)) in
  let e23 := RtoC (down w23 * ((b - a) ^ 2 / 2)) in let a23 := RtoC (up w23 * ((b - a) ^ 2 / 2)) in
  let e24 := RtoC (down w24 * ((b + a) ^ 2 / 2)) in let a24 := RtoC (up w24 * ((b + a) ^ 2 / 2)) in
  let D := dissipator 4 S E down up rho in
  D 0%nat 0%nat = (e31 * p3 + e41 * p4 - (a31 + a41) * p1)%C /\
  D 1%nat 1%nat = (a23 * p3 + a24 * p4 - (e23 + e24) * p2)%C /\
  D 2%nat 2%nat = (a31 * p1 + e23 * p2 - (e31 + a23) * p3)%C /\
  D 3%nat 3%nat = (a41 * p1 + e24 * p2 - (e41 + a24) * p4)%C.
Proof.
  intros rho coupled p1 p2 p3 p4 e31 a31 e41 a41 e23 a23 e24 a24 D.
  pose proof (energies_distinct J Delta B0 strong coupled) as distinct.
  assert (none : forall i, (i < 4)%nat -> rate S E down up i i = 0).
  { intros i less. apply rate_none; try assumption;
      destruct i as [|[|[|[|i]]]]; (reflexivity || lia). }
  repeat split; unfold D; rewrite dissipator_diagonal by (assumption || lia);
    unfold outflow, csum, rsum; rewrite !none by lia;
    rewrite ?(rate_none 0 1), ?(rate_none 1 0), ?(rate_none 2 3), ?(rate_none 3 2) by (lia || reflexivity);
    rewrite ?rate_31, ?rate_13, ?rate_41, ?rate_14, ?rate_23, ?rate_32, ?rate_24, ?rate_42;
    unfold e31, a31, e41, a41, e23, a23, e24, a24, p1, p2, p3, p4; apply C_eq; simpl; ring.
Qed.

(** ** Coherences *)

(** The real number behind [gain]. *)
Definition flow (k l i j : nat) : R :=
  if Req_EM_T (E i - E k) (E j - E l) then
    (if Rlt_dec 0 (E i - E k)
     then down (E i - E k) * (amplitude a b k i * amplitude a b l j) else 0)
    + (if Rlt_dec 0 (E k - E i)
       then up (E k - E i) * (amplitude a b i k * amplitude a b j l) else 0)
  else 0.

Lemma gain_flow : forall k l i j, (k < 4)%nat -> (l < 4)%nat -> (i < 4)%nat -> (j < 4)%nat ->
  gain S E down up k l i j = RtoC (flow k l i j).
Proof.
  intros. unfold gain, flow, S. rewrite !coupling_amplitude by assumption.
  destruct (Req_EM_T (E i - E k) (E j - E l)); [|reflexivity].
  destruct (Rlt_dec 0 (E i - E k)); destruct (Rlt_dec 0 (E k - E i)); apply C_eq; simpl; ring.
Qed.

(** [f w * c] if the two frequencies agree, and nothing otherwise. *)
Definition shared (w w' : R) (f : R -> R) (c : R) : R := if Req_EM_T w w' then f w * c else 0.

Let s := (b - a) * / sqrt 2.   (* amplitude of 1-3 and, up to its sign, of 2-3 *)
Let t := (b + a) * / sqrt 2.   (* amplitude of 1-4 and of 2-4 *)

Lemma energies_3_4_differ : J <> 0 -> E3 J Delta B0 <> E4 J Delta B0.
Proof. intros coupled same. apply coupled. unfold E3, E4 in same. lra. Qed.

Ltac flow_value :=
  let coupled := fresh in
  intros coupled i j less_i less_j; apply energies_3_4_differ in coupled;
  destruct (frequencies_positive J Delta B0 strong) as (? & ? & ? & ? & ?);
  unfold flow, shared, w31, w41, w23, w24, E, s, t;
  indices i j; simpl;
  repeat match goal with
  | |- context [Req_EM_T ?x ?y] =>
      destruct (Req_EM_T x y); try (exfalso; first [lra | apply coupled; lra])
  | |- context [Rlt_dec ?x ?y] => destruct (Rlt_dec x y); try (exfalso; lra)
  end; try ring.

Lemma flow_12 : J <> 0 -> forall i j, (i < 4)%nat -> (j < 4)%nat -> flow 0 1 i j = 0.
Proof. flow_value. Qed.

Lemma flow_34 : J <> 0 -> forall i j, (i < 4)%nat -> (j < 4)%nat -> flow 2 3 i j = 0.
Proof. flow_value. Qed.

Lemma flow_13 : J <> 0 -> forall i j, (i < 4)%nat -> (j < 4)%nat -> flow 0 2 i j =
  match i, j with
  | 2%nat, 1%nat => shared w31 w23 down (- (s * s))
  | 3%nat, 1%nat => shared w41 w23 down (- (s * t))
  | _, _ => 0 end.
Proof. flow_value. Qed.

Lemma flow_14 : J <> 0 -> forall i j, (i < 4)%nat -> (j < 4)%nat -> flow 0 3 i j =
  match i, j with
  | 2%nat, 1%nat => shared w31 w24 down (s * t)
  | 3%nat, 1%nat => shared w41 w24 down (t * t)
  | _, _ => 0 end.
Proof. flow_value. Qed.

Lemma flow_32 : J <> 0 -> forall i j, (i < 4)%nat -> (j < 4)%nat -> flow 2 1 i j =
  match i, j with
  | 0%nat, 2%nat => shared w31 w23 up (- (s * s))
  | 0%nat, 3%nat => shared w31 w24 up (s * t)
  | _, _ => 0 end.
Proof. flow_value. Qed.

Lemma flow_42 : J <> 0 -> forall i j, (i < 4)%nat -> (j < 4)%nat -> flow 3 1 i j =
  match i, j with
  | 0%nat, 2%nat => shared w41 w23 up (- (s * t))
  | 0%nat, 3%nat => shared w41 w24 up (t * t)
  | _, _ => 0 end.
Proof. flow_value. Qed.

Let out := outflow 4 S E down up.

Lemma coherence_12 : forall rho, J <> 0 ->
  dissipator 4 S E down up rho 0%nat 1%nat = (RtoC (- ((out 0%nat + out 1%nat) / 2)) * rho 0%nat 1%nat)%C.
Proof.
  intros rho coupled. rewrite dissipator_entry by (try apply energies_distinct; assumption || lia).
  fold out. simpl csum. rewrite !gain_flow, !(flow_12 coupled) by lia. apply C_eq; simpl; ring.
Qed.

Lemma coherence_34 : forall rho, J <> 0 ->
  dissipator 4 S E down up rho 2%nat 3%nat = (RtoC (- ((out 2%nat + out 3%nat) / 2)) * rho 2%nat 3%nat)%C.
Proof.
  intros rho coupled. rewrite dissipator_entry by (try apply energies_distinct; assumption || lia).
  fold out. simpl csum. rewrite !gain_flow, !(flow_34 coupled) by lia. apply C_eq; simpl; ring.
Qed.

Lemma coherence_13 : forall rho, J <> 0 ->
  dissipator 4 S E down up rho 0%nat 2%nat =
  (RtoC (- ((out 0%nat + out 2%nat) / 2)) * rho 0%nat 2%nat
   + RtoC (shared w31 w23 down (- (s * s))) * rho 2%nat 1%nat
   + RtoC (shared w41 w23 down (- (s * t))) * rho 3%nat 1%nat)%C.
Proof.
  intros rho coupled. rewrite dissipator_entry by (try apply energies_distinct; assumption || lia).
  fold out. simpl csum. rewrite !gain_flow, !(flow_13 coupled) by lia. apply C_eq; simpl; ring.
Qed.

Lemma coherence_14 : forall rho, J <> 0 ->
  dissipator 4 S E down up rho 0%nat 3%nat =
  (RtoC (- ((out 0%nat + out 3%nat) / 2)) * rho 0%nat 3%nat
   + RtoC (shared w31 w24 down (s * t)) * rho 2%nat 1%nat
   + RtoC (shared w41 w24 down (t * t)) * rho 3%nat 1%nat)%C.
Proof.
  intros rho coupled. rewrite dissipator_entry by (try apply energies_distinct; assumption || lia).
  fold out. simpl csum. rewrite !gain_flow, !(flow_14 coupled) by lia. apply C_eq; simpl; ring.
Qed.

Lemma coherence_32 : forall rho, J <> 0 ->
  dissipator 4 S E down up rho 2%nat 1%nat =
  (RtoC (- ((out 2%nat + out 1%nat) / 2)) * rho 2%nat 1%nat
   + RtoC (shared w31 w23 up (- (s * s))) * rho 0%nat 2%nat
   + RtoC (shared w31 w24 up (s * t)) * rho 0%nat 3%nat)%C.
Proof.
  intros rho coupled. rewrite dissipator_entry by (try apply energies_distinct; assumption || lia).
  fold out. simpl csum. rewrite !gain_flow, !(flow_32 coupled) by lia. apply C_eq; simpl; ring.
Qed.

Lemma coherence_42 : forall rho, J <> 0 ->
  dissipator 4 S E down up rho 3%nat 1%nat =
  (RtoC (- ((out 3%nat + out 1%nat) / 2)) * rho 3%nat 1%nat
   + RtoC (shared w41 w23 up (- (s * t))) * rho 0%nat 2%nat
   + RtoC (shared w41 w24 up (t * t)) * rho 0%nat 3%nat)%C.
Proof.
  intros rho coupled. rewrite dissipator_entry by (try apply energies_distinct; assumption || lia).
  fold out. simpl csum. rewrite !gain_flow, !(flow_42 coupled) by lia. apply C_eq; simpl; ring.
Qed.

Lemma amplitude_products :
  s * s = (b - a) ^ 2 / 2 /\ t * t = (b + a) ^ 2 / 2 /\ s * t = (b - a) * (b + a) / 2.
Proof.
  unfold s, t. rewrite !square_half. repeat split.
  replace ((b - a) * (b + a) / 2) with ((b - a) * (b + a) * (1 / 2)) by field. rewrite <- half. ring.
Qed.

Lemma outflows :
  out 0%nat = up w31 * ((b - a) ^ 2 / 2) + up w41 * ((b + a) ^ 2 / 2) /\
  out 1%nat = down w23 * ((b - a) ^ 2 / 2) + down w24 * ((b + a) ^ 2 / 2) /\
  out 2%nat = down w31 * ((b - a) ^ 2 / 2) + up w23 * ((b - a) ^ 2 / 2) /\
  out 3%nat = down w41 * ((b + a) ^ 2 / 2) + up w24 * ((b + a) ^ 2 / 2).
Proof.
  assert (none : forall i, (i < 4)%nat -> rate S E down up i i = 0).
  { intros i less. apply rate_none; try assumption;
      destruct i as [|[|[|[|i]]]]; (reflexivity || lia). }
  unfold out, outflow, rsum. rewrite !none by lia.
  rewrite (rate_none 0 1), (rate_none 1 0), (rate_none 2 3), (rate_none 3 2) by (lia || reflexivity).
  rewrite rate_31, rate_13, rate_41, rate_14, rate_23, rate_32, rate_24, rate_42.
  repeat split; ring.
Qed.

End Rates.
