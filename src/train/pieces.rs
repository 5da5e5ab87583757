//! One device's part of an update: at once, or in pieces that fit into its memory, whose gradients are added up.
//!
//! All losses are means over the pictures and every picture is drawn, changed and judged as it would be at once, so the
//! gradients are those of the whole part. What compares a picture with its batch sees the piece instead: batch
//! normalisation, whose running statistics are averaged, and the losses that hold a logit against a mean.

use super::augment::{Amount, Augmenter, Use};
use super::material::Material;
use super::share::Share;
use super::step::{Fakes, Judged, Rules, judge, teach};
use super::sum::Sum;
use crate::compute::needed;
use crate::model::{Discriminator, Generator, Weights};
use burn::tensor::Tensor;

/// What an update is made with.
pub(super) struct Players<'a> {
    pub generator: &'a Generator,
    pub discriminator: &'a Discriminator,
    pub material: &'a mut Material,
    pub rules: Rules,
    /// Number of the update of the discriminator.
    pub batch: u64,
    /// How the pictures are augmented.
    pub amount: Amount,
    /// The most pictures at once.
    pub at_once: usize,
}

/// What the generator's half needs of the discriminator's, for each piece.
pub(super) struct Half {
    first: Piece,
    rest: Vec<Piece>,
}

struct Piece {
    share: Share,
    real_logits: Tensor<1>,
    /// Of a part in one piece, the pictures that the discriminator saw. Those of several pieces would not fit.
    drawn: Option<(Fakes, Augmenter)>,
}

impl Players<'_> {
    /// How the discriminator would have to change; see [`judge`]. Where the generator does not learn from this update,
    /// `teaches` is not set.
    pub(super) fn judge(&mut self, g: &mut Weights, d: &mut Weights, scale: f64, teaches: bool) -> (Judged, Half) {
        let part = self.material.share;
        let (first, others) = part.pieces(self.at_once);
        if others.is_empty() {
            let (judged, first) = self.judge_piece(first, g, d, scale, teaches);
            return (judged, Half { first, rest: Vec::new() });
        }
        let (layout, stats) = (self.discriminator.layout(), d.stats.clone());
        let (mut judged, first) = self.judge_piece(first, g, d, scale, false);
        let weight = first.share.weight_in(part.count);
        judged.loss = judged.loss * weight;
        let mut sum = Sum::new(layout, std::mem::take(&mut judged.gradients), d.stats.clone(), weight);
        let mut rest = Vec::new();
        for share in others {
            d.stats.clone_from(&stats);
            let (mut found, piece) = self.judge_piece(share, g, d, scale, false);
            let weight = share.weight_in(part.count);
            sum.add(std::mem::take(&mut found.gradients).into_iter(), d.stats.iter().cloned(), weight);
            found.loss = found.loss * weight;
            judged.add(found);
            rest.push(piece);
        }
        (judged.gradients, d.stats) = (sum.gradients, sum.stats);
        (judged, Half { first, rest })
    }

    fn judge_piece(
        &mut self,
        share: Share,
        g: &mut Weights,
        d: &mut Weights,
        scale: f64,
        keeps_fakes: bool,
    ) -> (Judged, Piece) {
        needed(share.count);
        let (real, z, augmenter) = self.material.draw(share, self.batch, self.amount.clone());
        let see = |pictures, which| augmenter.apply(pictures, self.batch, which);
        let fakes = keeps_fakes.then(|| Fakes::draw(self.generator, g, z.clone()));
        let fake = fakes.as_ref().map_or_else(|| self.generator.frozen(z, g), Fakes::detached);
        let seen = [see(real, Use::RealForD), see(fake, Use::FakeForD)];
        let judged = judge(self.discriminator, d, seen, scale, self.rules);
        let drawn = fakes.map(|fakes| (fakes, augmenter));
        let real_logits = judged.real_logits.clone();
        (judged, Piece { share, real_logits, drawn })
    }

    /// How the generator would have to change, and the loss; see [`teach`].
    pub(super) fn teach(
        &mut self,
        g: &mut Weights,
        d: &Weights,
        Half { first, rest }: Half,
        scale: f64,
    ) -> (Vec<Option<Tensor<1>>>, Tensor<1>) {
        if rest.is_empty() {
            return self.teach_piece(first, g, d, scale);
        }
        let (pictures, stats) = (self.material.share.count, g.stats.clone());
        let weight = first.share.weight_in(pictures);
        let (gradients, loss) = self.teach_piece(first, g, d, scale);
        let mut loss = loss * weight;
        let mut sum = Sum::new(self.generator.layout(), gradients, g.stats.clone(), weight);
        for piece in rest {
            let weight = piece.share.weight_in(pictures);
            g.stats.clone_from(&stats);
            let (gradients, found) = self.teach_piece(piece, g, d, scale);
            sum.add(gradients.into_iter(), g.stats.iter().cloned(), weight);
            loss = loss + found * weight;
        }
        g.stats = sum.stats;
        (sum.gradients, loss)
    }

    fn teach_piece(
        &mut self,
        Piece { share, real_logits, drawn }: Piece,
        g: &mut Weights,
        d: &Weights,
        scale: f64,
    ) -> (Vec<Option<Tensor<1>>>, Tensor<1>) {
        needed(share.count);
        let (mut fakes, augmenter) = drawn.unwrap_or_else(|| {
            let (_, z, augmenter) = self.material.draw(share, self.batch, self.amount.clone());
            (Fakes::draw(self.generator, g, z), augmenter)
        });
        fakes.pictures = augmenter.apply(fakes.pictures, self.batch, Use::FakeForG);
        teach(self.discriminator, d, fakes, real_logits, scale, self.rules.loss)
    }
}

#[cfg(test)]
mod tests {
    use crate::compute::{ComputeDevice, furthest};
    use crate::config::{Augment, DataConfig, Norm, Preset, RunConfig};
    use crate::data::{DataHome, Dataset};
    use crate::interrupt::JobControl;
    use crate::train::Trainer;
    use std::sync::Arc;

    /// A narrow preset, with everything that pieces have to keep apart.
    fn small(preset: &str, norm: Option<Norm>) -> (RunConfig, Arc<Dataset>) {
        let mut config = Preset::find(preset).unwrap().config();
        config.data = DataConfig { demo_count: 16, ..DataConfig::default() };
        (config.model.g_width, config.model.d_width, config.model.latent_size) = (4, 4, 8);
        (config.batch, config.held_out, config.penalty_every) = (7, 0.0, 3);
        (config.augment, config.augment_target) = (Augment::ColourGeometry, 0.6);
        (config.tunables.r1, config.tunables.r2, config.tunables.d_steps) = (0.5, 0.25, 2);
        config.model.norm = norm.unwrap_or(config.model.norm);
        let folder = tempfile::tempdir().unwrap();
        let home = DataHome::at(folder.path());
        let dataset = Dataset::prepare(&config.data, config.model.size, &home, JobControl::unattended()).unwrap();
        (config, Arc::new(dataset))
    }

    /// A training after so many steps: the losses of each, and the gradients of the last one, which are the moments of
    /// an optimiser without memory.
    fn trained(config: &RunConfig, dataset: &Arc<Dataset>, at_once: u32, steps: usize) -> [Vec<f32>; 2] {
        let config = RunConfig { at_once, beta1: 0.0, ..config.clone() };
        let mut trainer = Trainer::new(config, ComputeDevice::cpu(), dataset.clone()).unwrap();
        (0..steps).for_each(|_| trainer.step().unwrap());
        let losses = trainer.read_losses().unwrap().into_iter().flat_map(|step| step.values).collect();
        let saved = trainer.checkpoint(0, 0.0).unwrap();
        let moments = saved.tensors().filter(|(name, _)| name.contains("/m/") || name.contains(".m/"));
        [losses, moments.flat_map(|(_, values)| values.to_vec()).collect()]
    }

    /// Where pictures do not meet within a batch, pieces of any size teach what the whole does.
    #[test]
    fn pieces_add_up_to_the_batch() {
        let (config, dataset) = small("modern-64", Some(Norm::None));
        let trained = |at_once, steps| trained(&config, &dataset, at_once, steps);
        let ([_, gradients], [losses, _]) = (trained(0, 1), trained(0, 6));
        let largest = gradients.iter().fold(0.0f32, |largest, g| largest.max(g.abs()));
        for at_once in [6, 3, 2, 1] {
            let ([_, found], [later, _]) = (trained(at_once, 1), trained(at_once, 6));
            let apart = [furthest(&gradients, &found) / largest, furthest(&losses, &later)];
            println!("{at_once} at once: gradients {:.1e}, losses of six steps {:.1e}", apart[0], apart[1]);
            // Of the second update; the first makes numbers of the same size of small gradients and large ones.
            assert!(apart[0] < 3e-5 && apart[1] < 1e-3, "{at_once} at once: {apart:?}");
        }
        for at_once in [7, 100] {
            assert_eq!(trained(at_once, 6)[0], losses);
        }
    }

    /// With batch normalisation another training results, and no worse one: its losses stay near.
    #[test]
    fn batch_normalisation_sees_a_piece() {
        for preset in ["modern-64", "classic-64"] {
            let (config, dataset) = small(preset, None);
            let config = RunConfig { penalty_every: 64, ..config };
            let [whole, pieces] = [0, 4].map(|at_once| trained(&config, &dataset, at_once, 12)[0].clone());
            let apart = furthest(&whole, &pieces);
            println!("{preset}: {apart}");
            assert!(pieces.iter().all(|loss| loss.is_finite()));
            assert!(apart > 1e-4 && apart < 1.0, "{preset}: {apart}");
        }
    }
}
