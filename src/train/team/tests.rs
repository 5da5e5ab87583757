//! A team against the same slices one after the other, and against one device; and what a member that fails leaves.

use super::order::{Judge, Network};
use super::*;
use crate::compute::{ComputeDevice, furthest};
use crate::config::{Augment, DNorm, DataConfig, Norm, Preset, RateDecay, RunConfig};
use crate::data::{DataHome, Dataset};
use crate::interrupt::JobControl;
use crate::model::{Discriminator, Generator};
use crate::train::augment::{Amount, Augmenter, Use, adapt};
use crate::train::material::Material;
use crate::train::schedule::colour_factor;
use crate::train::step::{Fakes, NetworkState, Rules, judge, teach};
use crate::train::{TrainError, Trainer};
use std::sync::Arc;

/// A preset with narrow networks, on sixteen cats.
fn small(preset: &str, change: impl FnOnce(&mut RunConfig)) -> (RunConfig, Arc<Dataset>) {
    let mut config = Preset::find(preset).unwrap().config();
    config.data = DataConfig { demo_count: 16, ..DataConfig::default() };
    (config.model.g_width, config.model.d_width, config.model.latent_size) = (4, 4, 8);
    (config.batch, config.held_out) = (7, 0.0);
    change(&mut config);
    let folder = tempfile::tempdir().unwrap();
    let home = DataHome::at(folder.path());
    let dataset = Dataset::prepare(&config.data, config.model.size, &home, JobControl::unattended()).unwrap();
    (config, Arc::new(dataset))
}

/// Everything that a team has to keep apart: penalties in some updates, augmentation that adapts and settles, several
/// updates of the discriminator.
fn busy(config: &mut RunConfig) {
    config.augment = Augment::ColourGeometry;
    config.augment_target = 0.6;
    (config.settle_colours, config.max_steps, config.rate_decay) = (true, 50, RateDecay::Off);
    config.penalty_every = 3;
    (config.tunables.r1, config.tunables.r2, config.tunables.d_steps) = (0.5, 0.25, 2);
}

fn trainer(config: &RunConfig, dataset: &Arc<Dataset>) -> Trainer {
    Trainer::new(config.clone(), ComputeDevice::cpu(), dataset.clone()).unwrap()
}

fn local(config: &RunConfig, dataset: &Arc<Dataset>, members: usize) -> Team {
    let shares = Share::split(config.batch as usize, members);
    let training: Vec<u32> = (0..dataset.len() as u32).collect();
    let start = |share: &Share| -> Box<dyn Link> {
        let (config, cpu) = (config.clone(), ComputeDevice::cpu());
        Box::new(LocalMember::start(config, cpu, dataset.clone(), training.clone(), *share).unwrap())
    };
    let others = shares[1..].iter().map(start).collect();
    Team::new(shares, others)
}

/// A trainer with so many members in all.
fn together(config: &RunConfig, dataset: &Arc<Dataset>, members: usize) -> Trainer {
    let mut trainer = trainer(config, dataset);
    trainer.join(local(config, dataset, members));
    assert_eq!(trainer.other_members().count(), members - 1);
    trainer
}

/// All numbers of a training but its losses.
fn state(trainer: &mut Trainer) -> Vec<f32> {
    trainer.checkpoint(0, 0.0).unwrap().tensors().flat_map(|(_, values)| values.to_vec()).collect()
}

fn values(tensors: &[Tensor<1>]) -> Vec<Vec<f32>> {
    read(tensors.to_vec()).unwrap()
}

/// The step in plain words: each slice by itself on one device, means on the host.
struct ByHand {
    config: RunConfig,
    slices: Vec<Material>,
    generator: Generator,
    discriminator: Discriminator,
    g: NetworkState,
    d: NetworkState,
    strength: Tensor<1>,
    batch: u64,
}

impl ByHand {
    fn new(config: &RunConfig, dataset: &Arc<Dataset>, members: usize) -> Self {
        let (device, training) = (ComputeDevice::cpu(), (0..dataset.len() as u32).collect::<Vec<_>>());
        let slices = Share::split(config.batch as usize, members).into_iter().map(|share| {
            let mut material = Material::new(config, &device, dataset.clone(), &training);
            material.share = share;
            material
        });
        let (generator, discriminator) = (Generator::new(&config.model), Discriminator::new(&config.model));
        Self {
            slices: slices.collect(),
            g: NetworkState::new(generator.layout().init(config.seed, 0, device.device())),
            d: NetworkState::new(discriminator.layout().init(config.seed, 1, device.device())),
            generator,
            discriminator,
            strength: Tensor::zeros([1], device.device()),
            batch: 0,
            config: config.clone(),
        }
    }

    fn colours(&self) -> f32 {
        let step = self.batch / u64::from(self.config.tunables.d_steps);
        colour_factor(self.config.settle_colours, step, Some(self.config.max_steps))
    }

    /// The weighted mean of what the slices found, each a list of tensors.
    fn mean(&self, found: &[Vec<Tensor<1>>]) -> Vec<Tensor<1>> {
        let found: Vec<Vec<Vec<f32>>> = found.iter().map(|tensors| values(tensors)).collect();
        let device = ComputeDevice::cpu();
        let of = |i: usize| {
            let weight = |slice: &Material| (f64::from(slice.share.count as u32) / f64::from(self.config.batch)) as f32;
            let number = |at: usize| found.iter().zip(&self.slices).map(|(f, slice)| f[i][at] * weight(slice)).sum();
            let mean: Vec<f32> = (0..found[0][i].len()).map(number).collect();
            Tensor::from_floats(mean.as_slice(), device.device())
        };
        (0..found[0].len()).map(of).collect()
    }

    /// One step; gives both losses.
    fn step(&mut self) -> [f32; 2] {
        let (tunables, kind) = (self.config.tunables.clone(), self.config.model.loss);
        let mut losses = [0.0; 2];
        for last in (0..tunables.d_steps).map(|n| n + 1 == tunables.d_steps) {
            let rules = Rules::of(&self.config, &tunables, &self.discriminator, self.batch);
            let (mut gradients, mut numbers, mut stats) = (Vec::new(), Vec::new(), Vec::new());
            let mut logits: Vec<[Tensor<1>; 2]> = Vec::new();
            let mut halves: Vec<(Fakes, Tensor<1>, Augmenter, Vec<Tensor<1>>)> = Vec::new();
            for i in 0..self.slices.len() {
                let (real, z, augmenter) = {
                    let amount = Amount { strength: self.strength.clone(), colours: self.colours() };
                    let share = self.slices[i].share;
                    self.slices[i].draw(share, self.batch, amount)
                };
                let (mut g, mut d) = (self.g.weights.clone(), self.d.weights.clone());
                let see = |x: Tensor<4>, which| augmenter.apply(x, self.batch, which);
                // Without a lesson for it, the generator's other algorithms are used, which round otherwise.
                let (fakes, fake) = if last {
                    let fakes = Fakes::draw(&self.generator, &mut g, z);
                    let fake = fakes.detached();
                    (Some(fakes), fake)
                } else {
                    (None, self.generator.frozen(z, &g))
                };
                let seen = [see(real, Use::RealForD), see(fake, Use::FakeForD)];
                let judged = judge(&self.discriminator, &mut d, seen, 1.0, rules);
                gradients.push(judged.gradients.into_iter().map(Option::unwrap).collect());
                numbers.push(vec![judged.loss.clone()]);
                logits.push(judged.all_logits.clone());
                stats.push(d.stats);
                halves.extend(fakes.map(|fakes| (fakes, judged.real_logits, augmenter, g.stats)));
            }
            let mean = self.mean(&gradients).into_iter().map(Some).collect();
            let numbers = self.mean(&numbers);
            self.d.weights.stats = self.mean(&stats);
            self.d.learn(mean, tunables.lr_d, rules.betas);
            losses[0] = values(&numbers[..1])[0][0];
            if last {
                let (mut gradients, mut found, mut stats) = (Vec::new(), Vec::new(), Vec::new());
                for (mut fakes, real_logits, augmenter, g_stats) in halves {
                    fakes.pictures = augmenter.apply(fakes.pictures, self.batch, Use::FakeForG);
                    let (gradient, loss) = teach(&self.discriminator, &self.d.weights, fakes, real_logits, 1.0, kind);
                    gradients.push(gradient.into_iter().map(Option::unwrap).collect());
                    found.push(vec![loss]);
                    stats.push(g_stats);
                }
                let mean = self.mean(&gradients).into_iter().map(Some).collect();
                losses[1] = values(&self.mean(&found))[0][0];
                self.g.weights.stats = self.mean(&stats);
                self.g.learn(mean, tunables.lr_g, rules.betas);
                if self.config.augment_adapts() {
                    let all = |which: usize| Tensor::cat(logits.iter().map(|l| l[which].clone()).collect(), 0);
                    let sure = crate::train::loss::margin(kind, all(0), all(1)).sign().mean();
                    let target = self.config.augment_target;
                    self.strength = adapt(self.strength.clone(), sure, target, self.config.batch);
                }
            }
            self.batch += 1;
        }
        losses
    }
}

/// Fifty steps of two and of three members: losses and weights of the same slices one after the other.
#[test]
fn a_team_computes_what_its_slices_say() {
    for (preset, members) in [("quick-32", 2), ("quick-32", 3), ("modern-64", 2), ("modern-64", 3)] {
        let (config, dataset) = small(preset, busy);
        let (mut team, mut hand) = (together(&config, &dataset, members), ByHand::new(&config, &dataset, members));
        let mut apart = 0.0f32;
        for _ in 0..50 {
            team.step().unwrap();
            let expected = hand.step();
            let read = team.read_losses().unwrap();
            apart = apart.max(furthest(&read[0].values[..2], &expected));
        }
        let saved = team.checkpoint(0, 0.0).unwrap();
        let layouts = [("g", hand.generator.layout(), &hand.g), ("d", hand.discriminator.layout(), &hand.d)];
        for (prefix, layout, network) in layouts {
            let tensors: Vec<_> = network.weights.tensors().cloned().collect();
            for ((name, _), expected) in layout.names().zip(values(&tensors)) {
                let found = &saved.find(&format!("{prefix}/{name}")).unwrap().values;
                apart = apart.max(furthest(found, &expected));
            }
        }
        println!("{preset} by {members}: at most {apart:.1e} apart from its slices");
        assert!(apart < 1e-5, "{preset} by {members}: {apart}");
    }
}

/// Where no picture is compared with its batch, a team is one device but for rounding.
#[test]
fn without_batch_normalisation_a_team_is_one_device() {
    for preset in ["modern-64", "quick-32"] {
        let change = |config: &mut RunConfig| {
            busy(config);
            (config.model.norm, config.model.d_norm) = (Norm::None, DNorm::Spectral);
            // With several updates in a row and these penalties the training itself is unstable: what rounding leaves
            // grows 1.7 times with each step.
            config.tunables.d_steps = 1;
            // Without momentum a gradient that is nearly none moves its parameter as far as any other, in the direction
            // that rounding decides.
            (config.beta1, config.beta2) = (0.5, 0.999);
            (config.tunables.lr_g, config.tunables.lr_d) = (2e-4, 2e-4);
        };
        let (config, dataset) = small(preset, change);
        let mut alone = trainer(&config, &dataset);
        let mut teams = [2, 3].map(|members| together(&config, &dataset, members));
        let mut losses = [0.0f32; 2];
        for _ in 0..50 {
            alone.step().unwrap();
            let expected = alone.read_losses().unwrap();
            for (team, worst) in teams.iter_mut().zip(&mut losses) {
                team.step().unwrap();
                let found = team.read_losses().unwrap();
                *worst = worst.max(furthest(&found[0].values, &expected[0].values));
            }
        }
        let expected = state(&mut alone);
        let weights = teams.map(|mut team| furthest(&state(&mut team), &expected));
        println!("{preset}, one device and 2 or 3: losses at most {losses:?} apart, weights {weights:?}");
        assert!(losses.iter().chain(&weights).all(|apart| *apart < 1e-5), "{preset}: {losses:?} {weights:?}");
    }
}

/// Live settings reach all members; a resume and a rollback go on as an uninterrupted training does, to the bit.
#[test]
fn settings_rollbacks_and_resumes_reach_all_members() {
    let (config, dataset) = small("quick-32", busy);
    let mut straight = together(&config, &dataset, 3);
    let steps = |trainer: &mut Trainer, count: u64| (0..count).for_each(|_| trainer.step().unwrap());
    steps(&mut straight, 2);
    let mut tunables = straight.tunables().clone();
    (tunables.smoothing, tunables.r1, tunables.d_steps) = (0.2, 1.0, 1);
    tunables.pictures.set(&dataset.digests()[3], crate::config::Usage::LeftOut);
    straight.set_tunables(tunables).unwrap();
    steps(&mut straight, 2);
    let kept = straight.checkpoint(1, 0.0).unwrap();
    steps(&mut straight, 3);
    let expected = state(&mut straight);

    let mut resumed = Trainer::resume(config.clone(), ComputeDevice::cpu(), dataset.clone(), &kept).unwrap();
    resumed.join(local(&config, &dataset, 3));
    steps(&mut resumed, 3);
    assert!(state(&mut resumed) == expected);

    straight.roll_back_to(Some(&kept)).unwrap();
    steps(&mut straight, 3);
    assert!(state(&mut straight) == expected);
    straight.roll_back_to(None).unwrap();
    steps(&mut straight, 2);
    let mut fresh = together(&config, &dataset, 3);
    steps(&mut fresh, 2);
    assert!(state(&mut straight) == state(&mut fresh));
}

/// A member that is there for so many answers.
struct Mortal {
    member: LocalMember,
    answers: usize,
    /// It answers, but not what was asked, ...
    odd: bool,
    /// ... or with fewer logits than pictures.
    short_logits: bool,
}

impl Link for Mortal {
    fn name(&self) -> &str {
        "worker of a test"
    }
    fn send(&mut self, order: Order) -> Result<(), MemberError> {
        self.member.send(order)
    }
    fn receive(&mut self) -> Result<Answer, MemberError> {
        let answer = self.member.receive()?;
        if self.answers > 0 {
            self.answers -= 1;
            return Ok(answer);
        }
        if self.odd {
            let none = || Flat::new(vec![0.0; 3]);
            return Ok(match answer {
                Answer::Judged { gradients, loss, stats, .. } if self.short_logits => {
                    Answer::Judged { gradients, loss, logits: none(), stats }
                }
                Answer::Judged { loss, logits, stats, .. } => Answer::Judged { gradients: none(), loss, logits, stats },
                Answer::Taught { stats, .. } => Answer::Judged { gradients: none(), loss: 0.0, logits: none(), stats },
            });
        }
        Err(MemberError::Lost { name: self.name().to_owned(), why: "it is gone".to_owned() })
    }
}

#[test]
fn a_step_that_a_member_is_lost_in_changes_nothing() {
    let (config, dataset) = small("quick-32", busy);
    // Three answers a step: it is lost in the first, second and third of its third step.
    let cases = [(6, false), (7, false), (8, false), (7, true), (8, true), (7, true)];
    for (n, (answers, odd)) in cases.into_iter().enumerate() {
        let shares = Share::split(config.batch as usize, 2);
        let training: Vec<u32> = (0..dataset.len() as u32).collect();
        let member =
            LocalMember::start(config.clone(), ComputeDevice::cpu(), dataset.clone(), training, shares[1]).unwrap();
        let mut trainer = trainer(&config, &dataset);
        trainer.join(Team::new(shares, vec![Box::new(Mortal { member, answers, odd, short_logits: n == 5 })]));
        trainer.step().unwrap();
        trainer.step().unwrap();
        let before = state(&mut trainer);
        let error = trainer.step().unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, TrainError::Member(_)) && text.starts_with("worker of a test: it"), "{text}");
        assert_eq!(trainer.step_count(), 2);
        assert!(state(&mut trainer) == before, "after {answers} answers");
        assert_eq!(trainer.read_losses().unwrap().len(), 2);
    }
}

/// What another machine sends is never more than a failure.
#[test]
fn a_member_refuses_what_cannot_be() {
    let (config, dataset) = small("quick-32", |_| {});
    let share = Share::split(7, 2)[1];
    let member = |config: &RunConfig, training: Vec<u32>, share| {
        Member::new(config.clone(), ComputeDevice::cpu(), dataset.clone(), training, share)
    };
    for (training, share) in [
        (vec![], share),
        (vec![0, 16], share),
        (vec![0], Share { first: 4, count: 4, whole: 7 }),
        (vec![0], Share { first: 0, count: 0, whole: 7 }),
        (vec![0], Share::all(8)),
    ] {
        assert!(member(&config, training, share).is_err());
    }
    let mut other = config.clone();
    other.model.size = 64;
    assert!(member(&other, vec![0], share).is_err(), "squares of another size");

    let mut member = member(&config, vec![0, 1], share).unwrap();
    let order = Judge { batch: 0, strength: 0.0, colours: 1.0, scale: 1.0, both: true };
    assert!(member.take(Order::Judge(order)).is_err(), "without weights");
    assert!(member.take(Order::Teach { scale: 1.0 }).is_err());
    for network in [Network::Generator, Network::Discriminator] {
        for count in [0, 1, 10_000_000] {
            assert!(member.take(Order::Weights(network, Flat::new(vec![0.0; count]))).is_err());
        }
        let layout = match network {
            Network::Generator => Generator::new(&config.model).layout().clone(),
            Network::Discriminator => Discriminator::new(&config.model).layout().clone(),
        };
        let count = lengths(&layout).iter().sum();
        // Not finite is nothing that a diverging training does not send.
        assert!(member.take(Order::Weights(network, Flat::new(vec![f32::NAN; count]))).unwrap().is_none());
    }
    for wrong in [
        Judge { batch: u64::MAX, ..order },
        Judge { strength: f32::NAN, ..order },
        Judge { strength: 2.0, ..order },
        Judge { colours: 0.0, ..order },
        Judge { colours: f32::NAN, ..order },
        Judge { scale: 0.0, ..order },
        Judge { scale: f64::INFINITY, ..order },
    ] {
        assert!(member.take(Order::Judge(wrong)).is_err(), "{wrong:?}");
    }
    let mut tunables = config.tunables.clone();
    tunables.lr_d = f64::NAN;
    assert!(member.take(Order::Settings(Box::new(tunables))).is_err());
    assert!(matches!(member.take(Order::Judge(order)).unwrap(), Some(Answer::Judged { .. })));
    assert!(matches!(member.take(Order::Teach { scale: 1.0 }).unwrap(), Some(Answer::Taught { .. })));
    assert!(member.take(Order::Teach { scale: 1.0 }).is_err(), "twice");
}

/// A device that fails here is told as one: its run can be resumed by a new process.
#[test]
fn a_thread_that_ends_is_a_failed_device() {
    let (config, dataset) = small("quick-32", |_| {});
    let share = Share::split(7, 2)[1];
    let mut wrong = config.clone();
    wrong.model.size = 64;
    let mut link = LocalMember::start(wrong, ComputeDevice::cpu(), dataset.clone(), vec![0], share).unwrap();
    let why = link.send(Order::Teach { scale: 1.0 }).and_then(|()| link.receive().map(|_| ())).unwrap_err();
    assert!(why.to_string().contains("pictures that are not those of the run"), "{why}");
    let mut link = LocalMember::start(config, ComputeDevice::cpu(), dataset, vec![0], share).unwrap();
    link.send(Order::Teach { scale: 1.0 }).unwrap();
    assert!(matches!(link.receive(), Err(MemberError::Misled(_))));
    assert!(matches!(link.receive(), Err(MemberError::Device(_))));
}
