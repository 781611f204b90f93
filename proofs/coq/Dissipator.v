(** * From Eq. 7's dissipators to rate equations, any finite dimension

    Everything is in the energy basis, H = diag E with [n] different energies. [jump S E w] is
    Eq. 8: the part of the coupling operator [S] that lowers the energy by [w]. [dissipator] is
    Eq. 7, its sum running over the different positive differences of energies, each taken once.
    [dissipator_entry] gives every matrix element: gains, and a loss by half the two outgoing rates.
    With non-degenerate energies a diagonal element gains from diagonal elements only
    ([gain_diagonal]). *)

From Coq Require Import Reals Lra Psatz Arith Lia List.
From XXZ Require Import Matrices.
Import ListNotations.
Open Scope R_scope.

(** ** Definitions *)

(** Eq. 8: matrix element j,i is <j|S|i> where E_i - E_j = w, and 0 elsewhere. *)
Definition jump (S : matrix) (E : nat -> R) (w : R) : matrix :=
  fun j i => if Req_EM_T (E i - E j) w then S j i else RtoC 0.

(** A rho A^dagger - (1/2) {A^dagger A, rho}. *)
Definition lindblad (n : nat) (A rho : matrix) : matrix :=
  mminus (mmult n A (mmult n rho (adjoint A)))
         (mscale (RtoC (1 / 2)) (mplus (mmult n (mmult n (adjoint A) A) rho)
                                       (mmult n rho (mmult n (adjoint A) A)))).

Definition differences (n : nat) (E : nat -> R) : list R :=
  flat_map (fun i => map (fun j => E i - E j) (seq 0 n)) (seq 0 n).

Definition positive (x : R) : bool := if Rlt_dec 0 x then true else false.

(** The frequencies of "sum over w > 0" in Eq. 7. *)
Definition frequencies (n : nat) (E : nat -> R) : list R :=
  nodup Req_EM_T (filter positive (differences n E)).

Fixpoint ctotal {A : Type} (f : A -> C) (l : list A) : C :=
  match l with [] => RtoC 0 | b :: rest => (f b + ctotal f rest)%C end.

(** Eq. 7, with emission w = J(w) (1 + n(w)) and absorption w = J(w) n(w). *)
Definition dissipator (n : nat) (S : matrix) (E : nat -> R) (emission absorption : R -> R)
  (rho : matrix) : matrix :=
  fun k l => ctotal (fun w =>
    (RtoC (emission w) * lindblad n (jump S E w) rho k l
     + RtoC (absorption w) * lindblad n (adjoint (jump S E w)) rho k l)%C) (frequencies n E).

Definition nondegenerate (n : nat) (E : nat -> R) : Prop :=
  forall i j, (i < n)%nat -> (j < n)%nat -> E i = E j -> i = j.

(** What flows from element i,j of rho into element k,l. *)
Definition gain (S : matrix) (E : nat -> R) (emission absorption : R -> R) (k l i j : nat) : C :=
  if Req_EM_T (E i - E k) (E j - E l) then
    ((if Rlt_dec 0 (E i - E k)
      then RtoC (emission (E i - E k)%R) * (S k i * Cconj (S l j)) else RtoC 0)
     + (if Rlt_dec 0 (E k - E i)
        then RtoC (absorption (E k - E i)%R) * (Cconj (S i k) * S j l) else RtoC 0))%C
  else RtoC 0.

(** The population rate from level k to level i. *)
Definition rate (S : matrix) (E : nat -> R) (emission absorption : R -> R) (k i : nat) : R :=
  (if Rlt_dec 0 (E k - E i) then emission (E k - E i) * Cnorm2 (S i k) else 0)
  + (if Rlt_dec 0 (E i - E k) then absorption (E i - E k) * Cnorm2 (S k i) else 0).

Definition outflow (n : nat) (S : matrix) (E : nat -> R) (emission absorption : R -> R) (k : nat) : R :=
  rsum n (fun i => rate S E emission absorption k i).

(** ** The sum over frequencies *)

Lemma ctotal_ext : forall {A} (f g : A -> C) l, (forall b, In b l -> f b = g b) -> ctotal f l = ctotal g l.
Proof.
  intros A f g l; induction l as [|c rest IH]; simpl; intro same; [reflexivity|].
  rewrite (same c), IH; auto.
Qed.

Lemma ctotal_zero : forall {A} (f : A -> C) l, (forall b, In b l -> f b = RtoC 0) -> ctotal f l = RtoC 0.
Proof.
  intros A f l; induction l as [|c rest IH]; simpl; intro zero; [reflexivity|].
  rewrite (zero c), IH; auto. ring.
Qed.

Lemma ctotal_plus : forall {A} (f g : A -> C) l, ctotal (fun b => f b + g b)%C l = (ctotal f l + ctotal g l)%C.
Proof. intros A f g l; induction l as [|c rest IH]; simpl; [ring|]. rewrite IH; ring. Qed.

Lemma ctotal_scale_r : forall {A} (f : A -> C) k l, ctotal (fun b => f b * k)%C l = (ctotal f l * k)%C.
Proof. intros A f k l; induction l as [|c rest IH]; simpl; [ring|]. rewrite IH; ring. Qed.

Lemma ctotal_csum : forall {A} n (f : A -> nat -> C) l,
  ctotal (fun b => csum n (f b)) l = csum n (fun i => ctotal (fun b => f b i) l).
Proof.
  intros A n f l; induction l as [|c rest IH]; simpl.
  - symmetry. apply csum_zero. reflexivity.
  - rewrite IH, csum_plus. reflexivity.
Qed.

Lemma frequencies_spec : forall n E w, In w (frequencies n E) <->
  0 < w /\ exists i j, (i < n)%nat /\ (j < n)%nat /\ w = E i - E j.
Proof.
  intros n E w. unfold frequencies, differences. rewrite nodup_In, filter_In, in_flat_map.
  unfold positive. split.
  - intros [(i & inside_i & inside) pos]. destruct (Rlt_dec 0 w); [|discriminate].
    apply in_map_iff in inside. destruct inside as (j & same & inside_j).
    apply in_seq in inside_i. apply in_seq in inside_j.
    split; [assumption|]. exists i, j. repeat split; [lia | lia | auto].
  - intros (pos & i & j & less_i & less_j & same). split.
    + exists i. split; [apply in_seq; lia|]. apply in_map_iff. exists j. split; [auto|].
      apply in_seq; lia.
    + destruct (Rlt_dec 0 w); [reflexivity | contradiction].
Qed.

Lemma ctotal_select : forall d (f : R -> C) l, NoDup l -> In d l ->
  ctotal (fun w => if Req_EM_T d w then f w else RtoC 0) l = f d.
Proof.
  intros d f l nodup. induction nodup as [|w rest fresh nodup IH]; [intros []|].
  simpl. intros [-> | inside].
  - destruct (Req_EM_T d d) as [_|other]; [|contradiction other; reflexivity].
    rewrite ctotal_zero; [ring|]. intros b inside.
    destruct (Req_EM_T d b) as [same|_]; [subst b; contradiction | reflexivity].
  - destruct (Req_EM_T d w) as [same|_]; [subst w; contradiction|]. rewrite IH by assumption. ring.
Qed.

(** The terms of one transition: exactly one if it goes down in energy, none otherwise. *)
Lemma frequency_sum : forall n E i j (f : R -> C), (i < n)%nat -> (j < n)%nat ->
  ctotal (fun w => if Req_EM_T (E i - E j) w then f w else RtoC 0) (frequencies n E)
  = if Rlt_dec 0 (E i - E j) then f (E i - E j) else RtoC 0.
Proof.
  intros n E i j f less_i less_j. destruct (Rlt_dec 0 (E i - E j)) as [pos | not_pos].
  - apply ctotal_select; [apply NoDup_nodup|]. apply frequencies_spec. split; [assumption|].
    exists i, j; auto.
  - apply ctotal_zero. intros w inside. apply frequencies_spec in inside. destruct inside as [pos _].
    destruct (Req_EM_T (E i - E j) w); [lra | reflexivity].
Qed.

(** ** One jump operator *)

(** No two entries in one row. *)
Definition sparse (n : nat) (A : matrix) : Prop :=
  forall k i j, (k < n)%nat -> (i < n)%nat -> (j < n)%nat -> i <> j -> A k i = RtoC 0 \/ A k j = RtoC 0.

Definition column (n : nat) (A : matrix) (k : nat) : R := rsum n (fun i => Cnorm2 (A i k)).

Lemma number_diagonal : forall n A k j, sparse n A -> (k < n)%nat -> (j < n)%nat ->
  mmult n (adjoint A) A k j = if Nat.eqb k j then RtoC (column n A k) else RtoC 0.
Proof.
  intros n A k j rows less_k less_j. unfold mmult, adjoint. destruct (Nat.eqb_spec k j) as [-> | other].
  - unfold column. rewrite <- csum_real. apply csum_ext. intros i _. rewrite <- Cnorm2_conj. ring.
  - apply csum_zero. intros i less_i.
    destruct (rows i k j less_i less_k less_j other) as [-> | ->]; apply C_eq; simpl; ring.
Qed.

Lemma lindblad_entry : forall n A rho k l, sparse n A -> (k < n)%nat -> (l < n)%nat ->
  lindblad n A rho k l
  = (csum n (fun i => csum n (fun j => (A k i * Cconj (A l j)) * rho i j))
     - RtoC ((column n A k + column n A l) / 2) * rho k l)%C.
Proof.
  intros n A rho k l rows less_k less_l. unfold lindblad, mminus, mscale, mplus. f_equal.
  - unfold mmult at 1. apply csum_ext. intros i _. unfold mmult, adjoint.
    rewrite <- csum_scale. apply csum_ext. intros j _. ring.
  - unfold mmult at 1 3.
    rewrite (csum_single n _ k less_k), (csum_single n _ l less_l).
    + rewrite !number_diagonal, !Nat.eqb_refl by assumption. apply C_eq; simpl; field.
    + intros j less_j other. rewrite number_diagonal by assumption.
      apply Nat.eqb_neq in other. rewrite other. ring.
    + intros j less_j other. rewrite number_diagonal by assumption.
      rewrite Nat.eqb_sym. apply Nat.eqb_neq in other. rewrite other. ring.
Qed.

Lemma jump_sparse : forall n S E w, nondegenerate n E -> sparse n (jump S E w).
Proof.
  intros n S E w distinct k i j less_k less_i less_j other. unfold jump.
  destruct (Req_EM_T (E i - E k) w) as [same_i | _]; [|left; reflexivity].
  destruct (Req_EM_T (E j - E k) w) as [same_j | _]; [|right; reflexivity].
  exfalso. apply other. apply distinct; try assumption. lra.
Qed.

Lemma adjoint_jump_sparse : forall n S E w, nondegenerate n E -> sparse n (adjoint (jump S E w)).
Proof.
  intros n S E w distinct k i j less_k less_i less_j other. unfold adjoint, jump.
  destruct (Req_EM_T (E k - E i) w) as [same_i | _]; [|left; apply Cconj_real].
  destruct (Req_EM_T (E k - E j) w) as [same_j | _]; [|right; apply Cconj_real].
  exfalso. apply other. apply distinct; try assumption. lra.
Qed.

(** ** Every matrix element of Eq. 7 *)

Lemma gain_sum : forall n S E emission absorption k l i j,
  (k < n)%nat -> (l < n)%nat -> (i < n)%nat -> (j < n)%nat ->
  ctotal (fun w =>
    (RtoC (emission w) * (jump S E w k i * Cconj (jump S E w l j))
     + RtoC (absorption w) * (adjoint (jump S E w) k i * Cconj (adjoint (jump S E w) l j)))%C)
    (frequencies n E)
  = gain S E emission absorption k l i j.
Proof.
  intros n S E emission absorption k l i j less_k less_l less_i less_j.
  rewrite ctotal_plus. unfold gain. destruct (Req_EM_T (E i - E k) (E j - E l)) as [same | differ].
  - f_equal.
    + rewrite <- (frequency_sum n E i k
        (fun w => (RtoC (emission w) * (S k i * Cconj (S l j)))%C)) by assumption.
      apply ctotal_ext. intros w _. unfold jump. rewrite <- same.
      destruct (Req_EM_T (E i - E k) w); [reflexivity | apply C_eq; simpl; ring].
    + rewrite <- (frequency_sum n E k i
        (fun w => (RtoC (absorption w) * (Cconj (S i k) * S j l))%C)) by assumption.
      apply ctotal_ext. intros w _. unfold adjoint, jump.
      replace (E l - E j) with (E k - E i) by lra.
      destruct (Req_EM_T (E k - E i) w); apply C_eq; simpl; ring.
  - rewrite !ctotal_zero; [ring | |].
    + intros w _. unfold adjoint, jump.
      destruct (Req_EM_T (E k - E i) w); destruct (Req_EM_T (E l - E j) w);
        try (exfalso; lra); apply C_eq; simpl; ring.
    + intros w _. unfold jump.
      destruct (Req_EM_T (E i - E k) w); destruct (Req_EM_T (E j - E l) w);
        try (exfalso; lra); apply C_eq; simpl; ring.
Qed.

Lemma Cnorm2_zero : Cnorm2 (RtoC 0) = 0.
Proof. unfold Cnorm2; simpl; ring. Qed.

Lemma outflow_sum : forall n S E emission absorption k, (k < n)%nat ->
  ctotal (fun w =>
    (RtoC (emission w) * RtoC (column n (jump S E w) k)
     + RtoC (absorption w) * RtoC (column n (adjoint (jump S E w)) k))%C) (frequencies n E)
  = RtoC (outflow n S E emission absorption k).
Proof.
  intros n S E emission absorption k less_k. unfold outflow, column. rewrite <- csum_real.
  rewrite (ctotal_ext _ (fun w => csum n (fun i =>
    (RtoC (emission w) * RtoC (Cnorm2 (jump S E w i k))
     + RtoC (absorption w) * RtoC (Cnorm2 (adjoint (jump S E w) i k)))%C))).
  - rewrite ctotal_csum. apply csum_ext. intros i less_i. rewrite ctotal_plus. unfold rate.
    replace (RtoC ((if Rlt_dec 0 (E k - E i) then emission (E k - E i) * Cnorm2 (S i k) else 0)
                   + (if Rlt_dec 0 (E i - E k) then absorption (E i - E k) * Cnorm2 (S k i) else 0)))
      with ((if Rlt_dec 0 (E k - E i) then RtoC (emission (E k - E i)%R * Cnorm2 (S i k)) else RtoC 0)
            + (if Rlt_dec 0 (E i - E k) then RtoC (absorption (E i - E k)%R * Cnorm2 (S k i))
               else RtoC 0))%C
      by (destruct (Rlt_dec 0 (E k - E i)); destruct (Rlt_dec 0 (E i - E k)); apply C_eq; simpl; ring).
    f_equal.
    + rewrite <- (frequency_sum n E k i (fun w => RtoC (emission w * Cnorm2 (S i k)))) by assumption.
      apply ctotal_ext. intros w _. unfold jump.
      destruct (Req_EM_T (E k - E i) w); [|rewrite Cnorm2_zero]; apply C_eq; simpl; ring.
    + rewrite <- (frequency_sum n E i k (fun w => RtoC (absorption w * Cnorm2 (S k i)))) by assumption.
      apply ctotal_ext. intros w _. unfold adjoint, jump.
      destruct (Req_EM_T (E i - E k) w); unfold Cnorm2; apply C_eq; simpl; ring.
  - intros w _. rewrite csum_plus, !csum_scale, !csum_real. reflexivity.
Qed.

Theorem dissipator_entry : forall n S E emission absorption rho k l,
  nondegenerate n E -> (k < n)%nat -> (l < n)%nat ->
  dissipator n S E emission absorption rho k l
  = (csum n (fun i => csum n (fun j => gain S E emission absorption k l i j * rho i j))
     - RtoC ((outflow n S E emission absorption k + outflow n S E emission absorption l) / 2)
       * rho k l)%C.
Proof.
  intros n S E emission absorption rho k l distinct less_k less_l. unfold dissipator.
  set (term := fun w i j =>
    (RtoC (emission w) * (jump S E w k i * Cconj (jump S E w l j))
     + RtoC (absorption w) * (adjoint (jump S E w) k i * Cconj (adjoint (jump S E w) l j)))%C).
  set (loss := fun w m =>
    (RtoC (emission w) * RtoC (column n (jump S E w) m)
     + RtoC (absorption w) * RtoC (column n (adjoint (jump S E w)) m))%C).
  rewrite (ctotal_ext _ (fun w =>
    (csum n (fun i => csum n (fun j => term w i j * rho i j))
     + (loss w k * (RtoC (- (1 / 2)) * rho k l) + loss w l * (RtoC (- (1 / 2)) * rho k l)))%C)).
  - rewrite ctotal_plus, ctotal_csum, ctotal_plus, !ctotal_scale_r.
    unfold loss. rewrite !outflow_sum by assumption.
    rewrite (csum_ext n _ (fun i => csum n (fun j => gain S E emission absorption k l i j * rho i j)%C)).
    + unfold Cminus. f_equal. apply C_eq; simpl; field.
    + intros i less_i. rewrite ctotal_csum. apply csum_ext. intros j less_j.
      rewrite ctotal_scale_r. unfold term. rewrite gain_sum by assumption. reflexivity.
  - intros w _.
    rewrite !lindblad_entry by (assumption || apply jump_sparse || apply adjoint_jump_sparse; assumption).
    unfold term, loss.
    rewrite (csum_ext n (fun i => csum n (fun j =>
      ((RtoC (emission w) * (jump S E w k i * Cconj (jump S E w l j))
        + RtoC (absorption w) * (adjoint (jump S E w) k i * Cconj (adjoint (jump S E w) l j)))
       * rho i j)%C))
      (fun i => (RtoC (emission w) * csum n (fun j => jump S E w k i * Cconj (jump S E w l j) * rho i j)
        + RtoC (absorption w) * csum n (fun j =>
            adjoint (jump S E w) k i * Cconj (adjoint (jump S E w) l j) * rho i j))%C)).
    + rewrite csum_plus, !csum_scale. apply C_eq; simpl; field.
    + intros i _. rewrite <- !csum_scale, <- csum_plus. apply csum_ext. intros j _. ring.
Qed.

(** ** Diagonal elements: the rate equations *)

Lemma gain_diagonal : forall n S E emission absorption k i j, nondegenerate n E ->
  (k < n)%nat -> (i < n)%nat -> (j < n)%nat ->
  gain S E emission absorption k k i j
  = if Nat.eqb i j then RtoC (rate S E emission absorption i k) else RtoC 0.
Proof.
  intros n S E emission absorption k i j distinct less_k less_i less_j. unfold gain.
  destruct (Req_EM_T (E i - E k) (E j - E k)) as [same | differ].
  - assert (i = j) by (apply distinct; try assumption; lra). subst j. rewrite Nat.eqb_refl.
    unfold rate.
    destruct (Rlt_dec 0 (E i - E k)); destruct (Rlt_dec 0 (E k - E i)); unfold Cnorm2;
      apply C_eq; simpl; ring.
  - destruct (Nat.eqb_spec i j) as [-> | _]; [exfalso; apply differ; reflexivity | reflexivity].
Qed.

Theorem dissipator_diagonal : forall n S E emission absorption rho k,
  nondegenerate n E -> (k < n)%nat ->
  dissipator n S E emission absorption rho k k
  = (csum n (fun i => RtoC (rate S E emission absorption i k) * rho i i)
     - RtoC (outflow n S E emission absorption k) * rho k k)%C.
Proof.
  intros n S E emission absorption rho k distinct less_k.
  rewrite dissipator_entry by assumption. f_equal.
  - apply csum_ext. intros i less_i. rewrite (csum_single n _ i less_i).
    + rewrite (gain_diagonal n) by assumption. rewrite Nat.eqb_refl. reflexivity.
    + intros j less_j other. rewrite (gain_diagonal n) by assumption.
      assert (neq : Nat.eqb i j = false) by (apply Nat.eqb_neq; auto). rewrite neq. ring.
  - f_equal. f_equal. field.
Qed.
