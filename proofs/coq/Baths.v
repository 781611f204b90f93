(** * Any finite number of baths: g decreases to one, and g(x+y) <= g(x) g(y)

    A bath is a pair (weight a > 0, temperature T > 0). With N(w) = sum of a n(w,T) and A = sum of a,
    the ratio emission / absorption of a transition of frequency w is g(w) = 1 + A/N(w), whatever
    the prefactor. The passivity theorem needs of g only
    - g > 1                                        ([ratio_above_1]),
    - g strictly increasing                        ([ratio_increasing]),
    - g(x+y) <= g(x) g(y)                          ([ratio_submultiplicative]).
    The last one is Chebyshev's sum inequality: with weights S = a (n(x) + n(y) + 1), the addition
    law reads a n(x+y) = S alpha beta for the shares alpha = n(x)/(n(x)+n(y)+1) and beta = n(y)/(...),
    and both shares increase with the temperature of the bath. *)

From Coq Require Import Reals Lra Psatz List.
From XXZ Require Import Bose.
Import ListNotations.
Open Scope R_scope.

Definition bath : Type := R * R.   (* weight, temperature *)

(** Sum of [f] over a list. *)
Fixpoint total {A : Type} (f : A -> R) (l : list A) : R :=
  match l with
  | [] => 0
  | b :: rest => f b + total f rest
  end.

Definition weight (baths : list bath) : R := total (fun b => fst b) baths.

Definition occupation (baths : list bath) (w : R) : R :=
  total (fun b => fst b * bose w (snd b)) baths.

Definition proper (baths : list bath) : Prop :=
  baths <> [] /\ (forall a T, In (a, T) baths -> 0 < a /\ 0 < T).

Definition ratio (baths : list bath) (w : R) : R :=
  (occupation baths w + weight baths) / occupation baths w.

(** ** Sums over lists *)

Section Sums.
Context {A : Type}.
Implicit Types (f g : A -> R) (l : list A).

Lemma total_ext : forall f g l, (forall b, In b l -> f b = g b) -> total f l = total g l.
Proof.
  intros f g l; induction l as [|c rest IH]; simpl; intro same; [reflexivity|].
  rewrite (same c), IH; auto.
Qed.

Lemma total_nonneg : forall f l, (forall b, In b l -> 0 <= f b) -> 0 <= total f l.
Proof.
  intros f l; induction l as [|c rest IH]; simpl; intro nonneg; [lra|].
  pose proof (nonneg c (or_introl eq_refl)).
  assert (0 <= total f rest) by (apply IH; auto). lra.
Qed.

Lemma total_lt : forall f g l, l <> [] -> (forall b, In b l -> f b < g b) -> total f l < total g l.
Proof.
  intros f g l nonempty less. destruct l as [|c rest]; [contradiction|]. clear nonempty. simpl.
  assert (rest_le : total f rest <= total g rest).
  { assert (less_rest : forall b, In b rest -> f b < g b) by (intros; apply less; right; assumption).
    clear less. induction rest as [|d rest IH]; simpl; [lra|].
    pose proof (less_rest d (or_introl eq_refl)).
    assert (total f rest <= total g rest) by (apply IH; intros; apply less_rest; right; assumption).
    lra. }
  pose proof (less c (or_introl eq_refl)). lra.
Qed.

Lemma total_plus : forall f g l, total (fun b => f b + g b) l = total f l + total g l.
Proof. intros f g l; induction l as [|c rest IH]; simpl; [ring|]. rewrite IH; ring. Qed.

Lemma total_scale : forall k f l, total (fun b => k * f b) l = k * total f l.
Proof. intros k f l; induction l as [|c rest IH]; simpl; [ring|]. rewrite IH; ring. Qed.

(** Chebyshev's sum inequality, with weights [s] and two sequences that rise and fall together. *)
Lemma chebyshev : forall (s alpha beta : A -> R) l,
  (forall b, In b l -> 0 <= s b) ->
  (forall b c, In b l -> In c l -> 0 <= (alpha b - alpha c) * (beta b - beta c)) ->
  total (fun b => s b * alpha b) l * total (fun b => s b * beta b) l
  <= total s l * total (fun b => s b * (alpha b * beta b)) l.
Proof.
  intros s alpha beta l; induction l as [|c rest IH]; simpl; intros pos together; [lra|].
  assert (IH' := IH (fun b h => pos b (or_intror h))
                    (fun b d hb hd => together b d (or_intror hb) (or_intror hd))).
  assert (cross : 0 <= total (fun b => s b * ((alpha c - alpha b) * (beta c - beta b))) rest).
  { apply total_nonneg. intros b inside. apply Rmult_le_pos; [apply pos|apply together]; auto. }
  assert (expand : total (fun b => s b * ((alpha c - alpha b) * (beta c - beta b))) rest
    = alpha c * beta c * total s rest + (- alpha c) * total (fun b => s b * beta b) rest
      + (- beta c) * total (fun b => s b * alpha b) rest
      + total (fun b => s b * (alpha b * beta b)) rest).
  { rewrite <- !total_scale, <- !total_plus. apply total_ext. intros; ring. }
  rewrite expand in cross.
  pose proof (pos c (or_introl eq_refl)) as sc.
  pose proof (Rmult_le_pos _ _ sc cross). nra.
Qed.

End Sums.

(** ** The three properties of g *)

Section Properties.
Variable baths : list bath.
Hypothesis baths_proper : proper baths.

Lemma weight_pos : 0 < weight baths.
Proof.
  destruct baths_proper as [nonempty pos].
  replace 0 with (total (fun _ : bath => 0) baths).
  - apply total_lt; [exact nonempty|]. intros [a T] inside. apply (pos a T inside).
  - clear. induction baths; simpl; lra.
Qed.

Lemma occupation_pos : forall w, 0 < w -> 0 < occupation baths w.
Proof.
  intros w w0. destruct baths_proper as [nonempty pos].
  replace 0 with (total (fun _ : bath => 0) baths).
  - apply total_lt; [exact nonempty|]. intros [a T] inside. destruct (pos a T inside).
    apply Rmult_lt_0_compat; [assumption|]. apply bose_pos; assumption.
  - clear. induction baths; simpl; lra.
Qed.

Lemma occupation_decreasing : forall x y, 0 < x -> x < y ->
  occupation baths y < occupation baths x.
Proof.
  intros x y x0 xy. destruct baths_proper as [nonempty pos].
  apply total_lt; [exact nonempty|]. intros [a T] inside. destruct (pos a T inside).
  apply Rmult_lt_compat_l; [assumption|]. apply bose_decreasing; assumption.
Qed.

(** N(x+y) >= N(x) N(y) / (N(x) + N(y) + A). *)
Lemma occupation_addition : forall x y, 0 < x -> 0 < y ->
  occupation baths x * occupation baths y
  <= (occupation baths x + occupation baths y + weight baths) * occupation baths (x + y).
Proof.
  intros x y x0 y0. destruct baths_proper as [_ pos].
  set (s := fun b : bath => fst b * (bose x (snd b) + bose y (snd b) + 1)).
  set (alpha := fun b : bath => share x y (snd b)).
  set (beta := fun b : bath => share y x (snd b)).
  assert (facts : forall b, In b baths ->
    0 < fst b /\ 0 < snd b /\ 0 < bose x (snd b) /\ 0 < bose y (snd b)).
  { intros [a T] inside. destruct (pos a T inside). simpl.
    repeat split; try assumption; apply bose_pos; assumption. }
  assert (sum_x : total (fun b => s b * alpha b) baths = occupation baths x).
  { apply total_ext. intros b inside. destruct (facts b inside) as (? & ? & ? & ?).
    unfold s, alpha, share. field. lra. }
  assert (sum_y : total (fun b => s b * beta b) baths = occupation baths y).
  { apply total_ext. intros b inside. destruct (facts b inside) as (? & ? & ? & ?).
    unfold s, beta, share. field. lra. }
  assert (sum_xy : total (fun b => s b * (alpha b * beta b)) baths = occupation baths (x + y)).
  { apply total_ext. intros b inside. destruct (facts b inside) as (? & ? & ? & ?).
    pose proof (bose_addition x y (snd b) ltac:(assumption) ltac:(assumption) ltac:(assumption)) as law.
    assert (value : bose (x + y) (snd b)
      = bose x (snd b) * bose y (snd b) / (bose x (snd b) + bose y (snd b) + 1)).
    { rewrite <- law. field. lra. }
    rewrite value. unfold s, alpha, beta, share. field. lra. }
  assert (sum_s : total s baths = occupation baths x + occupation baths y + weight baths).
  { unfold occupation, weight. rewrite <- !total_plus. apply total_ext. intros; unfold s; ring. }
  rewrite <- sum_x, <- sum_y at 1. rewrite <- sum_xy, <- sum_s.
  apply chebyshev.
  - intros b inside. destruct (facts b inside) as (? & ? & ? & ?). unfold s. nra.
  - intros b c inside_b inside_c.
    destruct (facts b inside_b) as (? & ? & ? & ?). destruct (facts c inside_c) as (? & ? & ? & ?).
    unfold alpha, beta. destruct (Rle_or_lt (snd b) (snd c)) as [colder | hotter].
    + pose proof (share_monotone x y (snd b) (snd c) x0 y0 ltac:(assumption) colder).
      pose proof (share_monotone y x (snd b) (snd c) y0 x0 ltac:(assumption) colder). nra.
    + pose proof (share_monotone x y (snd c) (snd b) x0 y0 ltac:(assumption) (Rlt_le _ _ hotter)).
      pose proof (share_monotone y x (snd c) (snd b) y0 x0 ltac:(assumption) (Rlt_le _ _ hotter)). nra.
Qed.

Lemma ratio_value : forall w, 0 < w ->
  ratio baths w = 1 + weight baths * / occupation baths w.
Proof. intros w w0. pose proof (occupation_pos w w0). unfold ratio. field. lra. Qed.

Lemma ratio_above_1 : forall w, 0 < w -> 1 < ratio baths w.
Proof.
  intros w w0. rewrite ratio_value by assumption.
  pose proof (occupation_pos w w0) as pos. pose proof (Rinv_0_lt_compat _ pos).
  pose proof weight_pos. nra.
Qed.

Lemma ratio_increasing : forall x y, 0 < x -> x < y -> ratio baths x < ratio baths y.
Proof.
  intros x y x0 xy. rewrite !ratio_value by lra.
  pose proof (occupation_decreasing x y x0 xy) as less.
  pose proof (occupation_pos x x0) as px. pose proof (occupation_pos y ltac:(lra)) as py.
  pose proof (Rinv_lt_contravar _ _ (Rmult_lt_0_compat _ _ py px) less).
  pose proof weight_pos. nra.
Qed.

Lemma ratio_submultiplicative : forall x y, 0 < x -> 0 < y ->
  ratio baths (x + y) <= ratio baths x * ratio baths y.
Proof.
  intros x y x0 y0.
  pose proof (occupation_addition x y x0 y0) as law.
  pose proof (occupation_pos x x0). pose proof (occupation_pos y y0).
  pose proof (occupation_pos (x + y) ltac:(lra)). pose proof weight_pos.
  unfold ratio. set (X := occupation baths x) in *. set (Y := occupation baths y) in *.
  set (Z := occupation baths (x + y)) in *. set (A := weight baths) in *.
  apply (Rmult_le_reg_r (X * Y * Z)); [apply Rmult_lt_0_compat; nra|].
  replace ((Z + A) / Z * (X * Y * Z)) with (X * Y * Z + A * (X * Y)) by (field; lra).
  replace ((X + A) / X * ((Y + A) / Y) * (X * Y * Z))
    with (X * Y * Z + A * ((X + Y + A) * Z)) by (field; lra).
  nra.
Qed.

End Properties.
