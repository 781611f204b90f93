(** * Steady states of the 4-cycle 1-3-2-4-1

    The two-spin chain has the transitions 3-1, 4-1, 2-3, 2-4 only. [e31] is the rate of 3 -> 1
    (emission), [a31] that of 1 -> 3 (absorption), and so on. In a steady state one and the same
    current flows round the cycle ([cycle_current]); its sign decides four inequalities from which
    positivity, uniqueness and, with the properties of g = e/a, the ordering of the populations
    follow. *)

From Coq Require Import Reals Lra Psatz.
Open Scope R_scope.

(** The four rate equations with the left sides set to zero. *)
Definition balanced (e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 : R) : Prop :=
  e31 * p3 + e41 * p4 - (a31 + a41) * p1 = 0 /\
  a23 * p3 + a24 * p4 - (e23 + e24) * p2 = 0 /\
  a31 * p1 + e23 * p2 - (e31 + a23) * p3 = 0 /\
  a41 * p1 + e24 * p2 - (e41 + a24) * p4 = 0.

Lemma balanced_mirror : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 ->
  balanced e41 a41 e31 a31 e24 a24 e23 a23 p1 p2 p4 p3.
Proof. unfold balanced; intros; lra. Qed.

(** The current 1 -> 3 -> 2 -> 4 -> 1 is the same on every edge. *)
Lemma cycle_current : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 ->
  let current := a31 * p1 - e31 * p3 in
  a23 * p3 - e23 * p2 = current /\
  e24 * p2 - a24 * p4 = current /\
  e41 * p4 - a41 * p1 = current.
Proof. unfold balanced; intros; simpl; lra. Qed.

Lemma divide_le : forall a b x y, 0 < a -> b * x <= a * y -> b / a * x <= y.
Proof.
  intros a b x y a0 le. apply (Rmult_le_reg_l a); [assumption|].
  replace (a * (b / a * x)) with (b * x) by (field; lra). assumption.
Qed.

Lemma le_divide : forall a b x y, 0 < a -> a * y <= b * x -> y <= b / a * x.
Proof.
  intros a b x y a0 le. apply (Rmult_le_reg_l a); [assumption|].
  replace (a * (b / a * x)) with (b * x) by (field; lra). assumption.
Qed.

(** A nonnegative current orders the populations edge by edge. *)
Lemma cycle_inequalities : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  0 < a31 -> 0 < a41 -> 0 < a23 -> 0 < a24 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 ->
  0 <= a31 * p1 - e31 * p3 ->
  e31 / a31 * p3 <= p1 /\ e23 / a23 * p2 <= p3 /\ p4 <= e24 / a24 * p2 /\ p1 <= e41 / a41 * p4.
Proof.
  intros e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 a31_pos a41_pos a23_pos a24_pos steady sign.
  destruct (cycle_current _ _ _ _ _ _ _ _ _ _ _ _ steady) as (c23 & c24 & c41).
  repeat split; (apply divide_le || apply le_divide); lra.
Qed.

(** ** Positivity, uniqueness, existence: for any positive rates *)


Lemma positive_quotient : forall a b, 0 < a -> 0 < b -> 0 < a / b.
Proof. intros; unfold Rdiv; apply Rmult_lt_0_compat; [|apply Rinv_0_lt_compat]; assumption. Qed.

(** With a nonnegative current all four populations have the sign of [p2]. *)
Lemma forward_signs : forall g31 g41 g23 g24 p1 p2 p3 p4,
  0 < g31 -> 0 < g41 -> 0 < g23 -> 0 < g24 ->
  g31 * p3 <= p1 -> g23 * p2 <= p3 -> p4 <= g24 * p2 -> p1 <= g41 * p4 ->
  (0 < p2 /\ 0 < p1 /\ 0 < p3 /\ 0 < p4) \/ (p2 = 0 /\ p1 = 0 /\ p3 = 0 /\ p4 = 0)
  \/ (p2 < 0 /\ p4 < 0 /\ p1 < 0 /\ p3 < 0).
Proof.
  intros g31 g41 g23 g24 p1 p2 p3 p4 g31_pos g41_pos g23_pos g24_pos le13 le32 le42 le14.
  destruct (Rtotal_order p2 0) as [neg | [zero | pos]].
  - right; right. assert (p4 < 0) by nra. assert (p1 < 0) by nra. assert (p3 < 0) by nra. lra.
  - right; left. subst p2. assert (p4 <= 0) by nra. assert (0 <= p3) by nra.
    assert (p1 <= 0) by nra. assert (p3 <= 0) by nra. assert (p3 = 0) by lra.
    assert (0 <= p1) by nra. assert (p1 = 0) by lra. assert (0 <= p4) by nra. lra.
  - left. assert (0 < p3) by nra. assert (0 < p1) by nra. assert (0 < p4) by nra. lra.
Qed.

Lemma cycle_signs : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  0 < e31 -> 0 < a31 -> 0 < e41 -> 0 < a41 -> 0 < e23 -> 0 < a23 -> 0 < e24 -> 0 < a24 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 ->
  (0 < p2 /\ 0 < p1 /\ 0 < p3 /\ 0 < p4) \/ (p2 = 0 /\ p1 = 0 /\ p3 = 0 /\ p4 = 0)
  \/ (p2 < 0 /\ p4 < 0 /\ p1 < 0 /\ p3 < 0).
Proof.
  intros e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4
    e31_pos a31_pos e41_pos a41_pos e23_pos a23_pos e24_pos a24_pos steady.
  destruct (Rle_or_lt 0 (a31 * p1 - e31 * p3)) as [forward | backward].
  - destruct (cycle_inequalities _ _ _ _ _ _ _ _ _ _ _ _
      a31_pos a41_pos a23_pos a24_pos steady forward) as (le13 & le32 & le42 & le14).
    apply (forward_signs (e31 / a31) (e41 / a41) (e23 / a23) (e24 / a24));
      try assumption; apply positive_quotient; assumption.
  - pose proof (balanced_mirror _ _ _ _ _ _ _ _ _ _ _ _ steady) as mirror.
    destruct (cycle_current _ _ _ _ _ _ _ _ _ _ _ _ steady) as (c23 & c24 & c41).
    destruct (cycle_inequalities _ _ _ _ _ _ _ _ _ _ _ _
      a41_pos a31_pos a24_pos a23_pos mirror ltac:(lra)) as (le14 & le42 & le32 & le13).
    destruct (forward_signs (e41 / a41) (e31 / a31) (e24 / a24) (e23 / a23) p1 p2 p4 p3)
      as [all | [none | neg]]; try assumption; try (apply positive_quotient; assumption).
    + left; tauto.
    + right; left; tauto.
    + right; right; tauto.
Qed.

Lemma cycle_positive : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  0 < e31 -> 0 < a31 -> 0 < e41 -> 0 < a41 -> 0 < e23 -> 0 < a23 -> 0 < e24 -> 0 < a24 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 -> p1 + p2 + p3 + p4 = 1 ->
  0 < p1 /\ 0 < p2 /\ 0 < p3 /\ 0 < p4.
Proof.
  intros until p4. intros ? ? ? ? ? ? ? ? steady one.
  apply cycle_signs in steady; try assumption. destruct steady as [? | [? | ?]]; lra.
Qed.

(** The rate equations are linear: two solutions of equal sum differ by a solution of sum zero. *)
Lemma cycle_unique : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 q1 q2 q3 q4,
  0 < e31 -> 0 < a31 -> 0 < e41 -> 0 < a41 -> 0 < e23 -> 0 < a23 -> 0 < e24 -> 0 < a24 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 q1 q2 q3 q4 ->
  p1 + p2 + p3 + p4 = q1 + q2 + q3 + q4 ->
  p1 = q1 /\ p2 = q2 /\ p3 = q3 /\ p4 = q4.
Proof.
  intros until q4. intros ? ? ? ? ? ? ? ? steady_p steady_q same.
  assert (steady : balanced e31 a31 e41 a41 e23 a23 e24 a24
    (p1 - q1) (p2 - q2) (p3 - q3) (p4 - q4)) by (unfold balanced in *; lra).
  apply cycle_signs in steady; try assumption. destruct steady as [? | [? | ?]]; lra.
Qed.

(** Kirchhoff: each root has four spanning trees. *)
Definition trees1 (e31 a31 e41 a41 e23 a23 e24 a24 : R) : R :=
  a23 * e24 * e41 + e31 * e24 * e41 + e23 * e31 * e41 + a24 * e23 * e31.
Definition trees2 (e31 a31 e41 a41 e23 a23 e24 a24 : R) : R :=
  a31 * a23 * e41 + a31 * a23 * a24 + a41 * a24 * e31 + a41 * a24 * a23.
Definition trees3 (e31 a31 e41 a41 e23 a23 e24 a24 : R) : R :=
  a41 * a24 * e23 + e24 * e41 * a31 + e41 * a31 * e23 + a31 * a24 * e23.
Definition trees4 (e31 a31 e41 a41 e23 a23 e24 a24 : R) : R :=
  a41 * e31 * e23 + a41 * e31 * e24 + a41 * a23 * e24 + a31 * a23 * e24.

Lemma trees_balanced : forall e31 a31 e41 a41 e23 a23 e24 a24,
  balanced e31 a31 e41 a41 e23 a23 e24 a24
    (trees1 e31 a31 e41 a41 e23 a23 e24 a24) (trees2 e31 a31 e41 a41 e23 a23 e24 a24)
    (trees3 e31 a31 e41 a41 e23 a23 e24 a24) (trees4 e31 a31 e41 a41 e23 a23 e24 a24).
Proof. intros; unfold balanced, trees1, trees2, trees3, trees4; repeat split; ring. Qed.

Ltac positive := repeat first [apply Rplus_lt_0_compat | apply Rmult_lt_0_compat | assumption].

Lemma cycle_exists : forall e31 a31 e41 a41 e23 a23 e24 a24,
  0 < e31 -> 0 < a31 -> 0 < e41 -> 0 < a41 -> 0 < e23 -> 0 < a23 -> 0 < e24 -> 0 < a24 ->
  exists p1 p2 p3 p4, balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4
    /\ p1 + p2 + p3 + p4 = 1.
Proof.
  intros until a24. intros ? ? ? ? ? ? ? ?.
  pose proof (trees_balanced e31 a31 e41 a41 e23 a23 e24 a24) as steady.
  set (k1 := trees1 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  set (k2 := trees2 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  set (k3 := trees3 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  set (k4 := trees4 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  assert (0 < k1) by (unfold k1, trees1; positive).
  assert (0 < k2) by (unfold k2, trees2; positive).
  assert (0 < k3) by (unfold k3, trees3; positive).
  assert (0 < k4) by (unfold k4, trees4; positive).
  set (k := k1 + k2 + k3 + k4). assert (0 < k) by (unfold k; lra).
  exists (k1 / k), (k2 / k), (k3 / k), (k4 / k). split; [|unfold k; field; fold k; lra].
  destruct steady as (s1 & s2 & s3 & s4).
  assert (divided : forall x y z u v w, x * u + y * v - z * w = 0 ->
    x * (u / k) + y * (v / k) - z * (w / k) = 0).
  { intros x y z u v w zero.
    replace (x * (u / k) + y * (v / k) - z * (w / k)) with ((x * u + y * v - z * w) / k)
      by (field; lra).
    rewrite zero. field. lra. }
  repeat split; apply divided; assumption.
Qed.

(** Every steady state is proportional to the tree sums. *)
Lemma cycle_trees : forall e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4,
  0 < e31 -> 0 < a31 -> 0 < e41 -> 0 < a41 -> 0 < e23 -> 0 < a23 -> 0 < e24 -> 0 < a24 ->
  balanced e31 a31 e41 a41 e23 a23 e24 a24 p1 p2 p3 p4 -> p1 + p2 + p3 + p4 = 1 ->
  exists k, 0 < k /\ p1 = k * trees1 e31 a31 e41 a41 e23 a23 e24 a24
    /\ p2 = k * trees2 e31 a31 e41 a41 e23 a23 e24 a24
    /\ p3 = k * trees3 e31 a31 e41 a41 e23 a23 e24 a24
    /\ p4 = k * trees4 e31 a31 e41 a41 e23 a23 e24 a24.
Proof.
  intros until p4. intros ? ? ? ? ? ? ? ? steady one.
  pose proof (trees_balanced e31 a31 e41 a41 e23 a23 e24 a24) as trees.
  set (k1 := trees1 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  set (k2 := trees2 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  set (k3 := trees3 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  set (k4 := trees4 e31 a31 e41 a41 e23 a23 e24 a24) in *.
  assert (0 < k1) by (unfold k1, trees1; positive).
  assert (0 < k2) by (unfold k2, trees2; positive).
  assert (0 < k3) by (unfold k3, trees3; positive).
  assert (0 < k4) by (unfold k4, trees4; positive).
  set (k := k1 + k2 + k3 + k4). assert (0 < k) by (unfold k; lra).
  exists (/ k). split; [apply Rinv_0_lt_compat; assumption|].
  apply (cycle_unique e31 a31 e41 a41 e23 a23 e24 a24); try assumption.
  - unfold balanced in *.
    destruct trees as (t1 & t2 & t3 & t4).
    assert (scaled : forall x y z u v w, x * u + y * v - z * w = 0 ->
      x * (/ k * u) + y * (/ k * v) - z * (/ k * w) = 0).
    { intros x y z u v w zero.
      replace (x * (/ k * u) + y * (/ k * v) - z * (/ k * w))
        with (/ k * (x * u + y * v - z * w)) by ring. rewrite zero. ring. }
    repeat split; apply scaled; assumption.
  - rewrite one. unfold k. field. fold k. lra.
Qed.

(** ** Ordering

    The conclusion about one pair of levels: strictly less energy means strictly more population,
    equal energies mean equal populations. *)
Definition ordered (Ei Ej pi pj : R) : Prop :=
  (Ei < Ej -> pj < pi) /\ (Ej < Ei -> pi < pj) /\ (Ei = Ej -> pi = pj).

(** What the ratios g = e/a satisfy when the four frequencies are positive and
    w31 + w23 = w41 + w24: [g_sum] stands for g(w31 + w23). *)
Lemma forward_ordering : forall g31 g41 g23 g24 g_sum p1 p2 p3 p4,
  1 < g31 -> 1 < g41 -> 1 < g23 -> 1 < g24 -> g41 < g_sum -> g24 < g_sum -> g_sum <= g31 * g23 ->
  0 < p1 -> 0 < p2 -> 0 < p3 -> 0 < p4 ->
  g31 * p3 <= p1 -> g23 * p2 <= p3 -> p4 <= g24 * p2 -> p1 <= g41 * p4 ->
  p3 < p1 /\ p2 < p3 /\ p4 < p1 /\ p2 < p4
  /\ (g24 < g23 -> p4 < p3) /\ (g41 < g31 -> p3 < p4)
  /\ (g24 = g23 -> g41 = g31 -> p3 = p4).
Proof.
  intros g31 g41 g23 g24 g_sum p1 p2 p3 p4 above31 above41 above23 above24 less41 less24 product
    pos1 pos2 pos3 pos4 le13 le32 le42 le14.
  assert (le12 : g31 * g23 * p2 <= p1).
  { apply Rle_trans with (g31 * p3); [|assumption]. rewrite Rmult_assoc.
    apply Rmult_le_compat_l; lra. }
  assert (lt12 : g_sum * p2 <= p1).
  { apply Rle_trans with (g31 * g23 * p2); [|assumption]. apply Rmult_le_compat_r; lra. }
  assert (lt41 : p4 < p1).
  { apply Rle_lt_trans with (g24 * p2); [assumption|].
    apply Rlt_le_trans with (g_sum * p2); [|assumption]. apply Rmult_lt_compat_r; lra. }
  assert (lt24 : p2 < p4).
  { apply (Rmult_lt_reg_l g41); [lra|]. apply Rlt_le_trans with p1; [|assumption].
    apply Rlt_le_trans with (g_sum * p2); [|assumption]. apply Rmult_lt_compat_r; lra. }
  repeat split; try assumption; try nra.
Qed.
