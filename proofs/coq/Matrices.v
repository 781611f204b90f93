(** * Complex numbers, finite sums, square matrices

    Just enough of them, over Coq's real numbers. A complex number is a pair of reals; a matrix of
    dimension [n] is a function of two indices, looked at below [n] only. *)

From Coq Require Import Reals Lra Psatz Arith Lia Ring.
Open Scope R_scope.

(** ** Complex numbers *)

Record C : Type := mkC { re : R; im : R }.

Declare Scope C_scope.
Delimit Scope C_scope with C.
Bind Scope C_scope with C.

Definition RtoC (x : R) : C := mkC x 0.
Definition Ci : C := mkC 0 1.
Definition Cplus (a b : C) : C := mkC (re a + re b) (im a + im b).
Definition Copp (a : C) : C := mkC (- re a) (- im a).
Definition Cminus (a b : C) : C := Cplus a (Copp b).
Definition Cmult (a b : C) : C := mkC (re a * re b - im a * im b) (re a * im b + im a * re b).
Definition Cconj (a : C) : C := mkC (re a) (- im a).
(** |a|^2 *)
Definition Cnorm2 (a : C) : R := re a * re a + im a * im a.

Infix "+" := Cplus : C_scope.
Infix "-" := Cminus : C_scope.
Infix "*" := Cmult : C_scope.
Notation "- a" := (Copp a) : C_scope.
Notation "0" := (RtoC 0) : C_scope.
Notation "1" := (RtoC 1) : C_scope.

Lemma C_eq : forall a b : C, re a = re b -> im a = im b -> a = b.
Proof. intros [a1 a2] [b1 b2]; simpl; intros -> ->; reflexivity. Qed.

Lemma C_ring : ring_theory (RtoC 0) (RtoC 1) Cplus Cmult Cminus Copp (@eq C).
Proof. constructor; intros; apply C_eq; simpl; ring. Qed.
Add Ring C_ring_instance : C_ring.

Lemma C_zero_parts : forall a : C, a = RtoC 0 <-> re a = 0 /\ im a = 0.
Proof. intros [x y]; split; [intro same; injection same; auto | intros [? ?]; apply C_eq; assumption]. Qed.

Lemma Cconj_plus : forall a b, Cconj (a + b)%C = (Cconj a + Cconj b)%C.
Proof. intros; apply C_eq; simpl; ring. Qed.
Lemma Cconj_mult : forall a b, Cconj (a * b)%C = (Cconj a * Cconj b)%C.
Proof. intros; apply C_eq; simpl; ring. Qed.
Lemma Cconj_real : forall x, Cconj (RtoC x) = RtoC x.
Proof. intros; apply C_eq; simpl; ring. Qed.
Lemma Cnorm2_conj : forall a, (a * Cconj a)%C = RtoC (Cnorm2 a).
Proof. intros; apply C_eq; unfold Cnorm2; simpl; ring. Qed.
Lemma Cnorm2_nonneg : forall a, 0 <= Cnorm2 a.
Proof. intros; unfold Cnorm2; nra. Qed.

(** ** Finite sums over 0, ..., n-1 *)

Fixpoint rsum (n : nat) (f : nat -> R) : R :=
  match n with O => 0 | S m => rsum m f + f m end.

Fixpoint csum (n : nat) (f : nat -> C) : C :=
  match n with O => RtoC 0 | S m => (csum m f + f m)%C end.

Lemma rsum_ext : forall n f g, (forall i, (i < n)%nat -> f i = g i) -> rsum n f = rsum n g.
Proof. induction n; simpl; intros f g same; [reflexivity|]. rewrite (IHn f g), same; auto. Qed.

Lemma rsum_le : forall n f g, (forall i, (i < n)%nat -> f i <= g i) -> rsum n f <= rsum n g.
Proof.
  induction n; simpl; intros f g le; [lra|].
  assert (rsum n f <= rsum n g) by auto. pose proof (le n ltac:(lia)). lra.
Qed.

Lemma rsum_plus : forall n f g, rsum n (fun i => f i + g i) = rsum n f + rsum n g.
Proof. induction n; simpl; intros; [ring|]. rewrite IHn; ring. Qed.

Lemma rsum_scale : forall n k f, rsum n (fun i => k * f i) = k * rsum n f.
Proof. induction n; simpl; intros; [ring|]. rewrite IHn; ring. Qed.

Lemma rsum_zero : forall n, rsum n (fun _ => 0) = 0.
Proof. induction n; simpl; [|rewrite IHn]; ring. Qed.

Lemma rsum_swap : forall n m (f : nat -> nat -> R),
  rsum n (fun i => rsum m (fun j => f i j)) = rsum m (fun j => rsum n (fun i => f i j)).
Proof.
  induction n; simpl; intros; [symmetry; apply rsum_zero|]. rewrite IHn, rsum_plus; reflexivity.
Qed.

Lemma csum_ext : forall n f g, (forall i, (i < n)%nat -> f i = g i) -> csum n f = csum n g.
Proof. induction n; simpl; intros f g same; [reflexivity|]. rewrite (IHn f g), same; auto. Qed.

Lemma csum_plus : forall n f g, csum n (fun i => f i + g i)%C = (csum n f + csum n g)%C.
Proof. induction n; simpl; intros; [ring|]. rewrite IHn; ring. Qed.

Lemma csum_scale : forall n k f, csum n (fun i => k * f i)%C = (k * csum n f)%C.
Proof. induction n; simpl; intros; [ring|]. rewrite IHn; ring. Qed.

Lemma csum_scale_r : forall n k f, csum n (fun i => f i * k)%C = (csum n f * k)%C.
Proof. induction n; simpl; intros; [ring|]. rewrite IHn; ring. Qed.

Lemma csum_zero : forall n f, (forall i, (i < n)%nat -> f i = RtoC 0) -> csum n f = RtoC 0.
Proof. induction n; simpl; intros f zero; [reflexivity|]. rewrite IHn, zero; auto. ring. Qed.

Lemma csum_single : forall n f k, (k < n)%nat ->
  (forall i, (i < n)%nat -> i <> k -> f i = RtoC 0) -> csum n f = f k.
Proof.
  induction n; simpl; intros f k less zero; [lia|].
  destruct (Nat.eq_dec k n) as [-> | other].
  - rewrite csum_zero; [ring|]. intros; apply zero; lia.
  - rewrite (IHn f k), (zero n); [ring| lia | lia | lia |]. intros; apply zero; lia.
Qed.

Lemma csum_swap : forall n m (f : nat -> nat -> C),
  csum n (fun i => csum m (fun j => f i j)) = csum m (fun j => csum n (fun i => f i j)).
Proof.
  induction n; simpl; intros; [symmetry; apply csum_zero; reflexivity|].
  rewrite IHn, csum_plus; reflexivity.
Qed.

Lemma csum_real : forall n f, csum n (fun i => RtoC (f i)) = RtoC (rsum n f).
Proof. induction n; simpl; intros; [reflexivity|]. rewrite IHn. apply C_eq; simpl; ring. Qed.

(** ** Matrices *)

Definition matrix : Type := nat -> nat -> C.

Definition mmult (n : nat) (A B : matrix) : matrix := fun i j => csum n (fun k => A i k * B k j)%C.
Definition mplus (A B : matrix) : matrix := fun i j => (A i j + B i j)%C.
Definition mminus (A B : matrix) : matrix := fun i j => (A i j - B i j)%C.
Definition mscale (c : C) (A : matrix) : matrix := fun i j => (c * A i j)%C.
Definition adjoint (A : matrix) : matrix := fun i j => Cconj (A j i).
Definition mone : matrix := fun i j => if Nat.eqb i j then RtoC 1 else RtoC 0.
Definition diag (d : nat -> R) : matrix := fun i j => if Nat.eqb i j then RtoC (d i) else RtoC 0.
Definition trace (n : nat) (A : matrix) : C := csum n (fun i => A i i).

Definition unitary (n : nat) (U : matrix) : Prop :=
  (forall i j, (i < n)%nat -> (j < n)%nat -> mmult n U (adjoint U) i j = mone i j) /\
  (forall i j, (i < n)%nat -> (j < n)%nat -> mmult n (adjoint U) U i j = mone i j).

Lemma diag_same : forall d i, diag d i i = RtoC (d i).
Proof. intros; unfold diag; rewrite Nat.eqb_refl; reflexivity. Qed.

Lemma diag_other : forall d i j, i <> j -> diag d i j = RtoC 0.
Proof. intros d i j other; unfold diag; apply Nat.eqb_neq in other; rewrite other; reflexivity. Qed.

Lemma mmult_diag_left : forall n d A i j, (i < n)%nat -> mmult n (diag d) A i j = (RtoC (d i) * A i j)%C.
Proof.
  intros n d A i j less. unfold mmult. rewrite (csum_single n _ i less).
  - rewrite diag_same; reflexivity.
  - intros k _ other. rewrite diag_other by auto. ring.
Qed.

Lemma mmult_diag_right : forall n d A i j, (j < n)%nat -> mmult n A (diag d) i j = (A i j * RtoC (d j))%C.
Proof.
  intros n d A i j less. unfold mmult. rewrite (csum_single n _ j less).
  - rewrite diag_same; reflexivity.
  - intros k _ other. rewrite diag_other by auto. ring.
Qed.
