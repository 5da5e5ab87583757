//! How far the discriminator is, on one scale for all losses.

use crate::config::LossKind;

/// Label smoothing from which the best loss is out of reach in healthy runs.
pub(super) const SMOOTHED: f64 = 0.05;

/// Where the discriminator's loss lies between guessing (0) and the best that it can reach (1). Below 0 it does worse
/// than if it guessed. A penalty that is added to the loss makes it look further from the best.
pub(super) fn mastery(kind: LossKind, loss_d: f64, smoothing: f64) -> f64 {
    let [guessing, best] = reference(kind, smoothing);
    (guessing - loss_d) / (guessing - best)
}

/// Mastery below which the discriminator does not win, from which it may, and from which it surely does.
pub(super) fn winning(kind: LossKind, smoothing: f64) -> [f64; 3] {
    match kind {
        LossKind::Bce if smoothing >= SMOOTHED => [0.93, 0.95, 0.985],
        // Losses without smoothed labels come close to their best in healthy runs, too.
        _ => [0.985, 0.993, 0.998],
    }
}

/// The discriminator's loss where it cannot tell the pictures apart, and where it tells them perfectly; from the
/// formulas in `train/loss.rs`: `[guessing, best]`.
pub(crate) fn reference(kind: LossKind, smoothing: f64) -> [f64; 2] {
    let ln2 = std::f64::consts::LN_2;
    // p log p, 0 at 0.
    let entropy = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    match kind {
        // Both logits 0; at best the entropy of the smoothed label.
        LossKind::Bce => [2.0 * ln2, entropy(smoothing) + entropy(1.0 - smoothing)],
        // Both logits 1/2.
        LossKind::Lsgan => [0.25, 0.0],
        LossKind::Hinge => [2.0, 0.0],
        LossKind::RaLsgan | LossKind::RaHinge => [1.0, 0.0],
        LossKind::Rpgan => [ln2, 0.0],
    }
}

/// Whether only differences of logits mean anything.
pub(super) fn is_relativistic(kind: LossKind) -> bool {
    crate::train::loss::needs_real(kind)
}
