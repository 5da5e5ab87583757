//! Model files of every architecture, there and back; and files that must be refused.

use super::*;
use crate::config::{DNorm, Family, LatentKind, ModelConfig, Norm};
use crate::model::{Discriminator, Generator, SavedDiscriminator, SavedGenerator};
use ::safetensors::tensor::{Dtype, TensorView, serialize};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;

/// A generator with random numbers everywhere, statistics included.
pub(super) fn random(config: &ModelConfig) -> SavedGenerator {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut draw = |name: &str, shape: Vec<usize>| {
        let count = shape.iter().product();
        let low = if name.ends_with("running_var") { 0.5 } else { -0.5 };
        (shape, (0..count).map(|_| rng.random_range(low..low + 1.0)).collect::<Vec<f32>>())
    };
    let generator = Generator::new(config);
    let drawn: std::collections::BTreeMap<_, _> =
        generator.layout().names().map(|(name, shape)| (name.to_owned(), draw(name, shape))).collect();
    SavedGenerator::collect(config.clone(), 42, |name| drawn.get(name).cloned()).unwrap()
}

/// The same of a discriminator.
fn random_discriminator(config: &ModelConfig) -> SavedDiscriminator {
    let mut rng = ChaCha8Rng::seed_from_u64(10);
    let drawn: std::collections::BTreeMap<_, _> = Discriminator::new(config)
        .layout()
        .names()
        .map(|(name, shape)| {
            let values = (0..shape.iter().product()).map(|_| rng.random_range(0.1..0.9)).collect::<Vec<f32>>();
            (name.to_owned(), (shape, values))
        })
        .collect();
    SavedDiscriminator::collect(config, |name| drawn.get(name).cloned()).unwrap()
}

/// One of each kind that the settings allow.
pub(super) fn architectures() -> Vec<ModelConfig> {
    let mut all = Vec::new();
    for (family, latent) in [(Family::Dcgan, LatentKind::Normal), (Family::Article, LatentKind::Uniform)] {
        for (size, kernel, norm) in [
            (32, 4, Norm::Batch),
            (64, 3, Norm::None),
            (32, 5, Norm::Batch),
            (128, 5, Norm::None),
            (256, 3, Norm::Batch),
        ] {
            let config = ModelConfig {
                family,
                size,
                kernel,
                norm,
                latent,
                g_width: 4,
                d_width: 4,
                latent_size: 6,
                ..Default::default()
            };
            if config.validate().is_ok() {
                all.push(config);
            }
        }
    }
    assert_eq!(all.len(), 9);
    for (size, full_stage, excitation) in [(64, true, true), (128, true, true), (32, false, true), (64, true, false)] {
        all.push(ModelConfig {
            size,
            full_stage,
            excitation,
            g_width: 4,
            d_width: 4,
            latent_size: 6,
            ..Default::default()
        });
    }
    all
}

pub(super) fn tiny() -> ModelConfig {
    ModelConfig { size: 32, g_width: 4, d_width: 4, latent_size: 3, ..Default::default() }
}

/// The file as another program would write it: no card, another prefix, a counter in each normalisation layer.
pub(super) fn foreign(saved: &SavedGenerator, prefix: &str) -> Vec<u8> {
    let mut parts: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for tensor in &saved.tensors {
        // Gates stand beside the main chain.
        let name = match tensor.name.strip_prefix("main.") {
            Some(rest) => format!("{prefix}{rest}"),
            None => {
                let parents = prefix.trim_end_matches('.').rfind('.').map_or("", |dot| &prefix[..=dot]);
                format!("{parents}{}", tensor.name)
            }
        };
        let bytes = tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        if let Some(layer) = name.strip_suffix("running_mean") {
            parts.push((format!("{layer}num_batches_tracked"), Dtype::I64, vec![], 77i64.to_le_bytes().to_vec()));
        }
        parts.push((name, Dtype::F32, tensor.shape.clone(), bytes));
    }
    let views = parts.iter().map(|(n, d, s, b)| (n.as_str(), TensorView::new(*d, s.clone(), b).unwrap()));
    serialize(views, None).unwrap()
}

pub(super) fn refusal(bytes: &[u8]) -> String {
    let started = std::time::Instant::now();
    let error = import_bytes(bytes, Path::new("some/file.x")).expect_err("must be refused").to_string();
    // What reads or allocates without end takes far longer, on a busy machine too.
    assert!(started.elapsed().as_secs_f64() < 10.0, "took {:?}: {error}", started.elapsed());
    assert!(error.starts_with("cannot read some/file.x: ") && error.len() < 400, "{error}");
    error
}

#[test]
fn our_files_come_back_to_the_bit() {
    for config in architectures() {
        let saved = SavedGenerator { notice: "some licence".to_owned(), ..random(&config) };
        for critic in [None, Some(random_discriminator(&config))] {
            let bytes = write_safetensors(&saved, critic.as_ref(), false).unwrap();
            let again = write_safetensors(&saved, critic.as_ref(), false).unwrap();
            assert!(bytes == again, "equal models, equal files");
            let read = import_bytes(&bytes, Path::new("x")).unwrap();
            assert_eq!((read.generator, read.discriminator), (saved.clone(), critic));
            assert_eq!((read.card.unwrap().notice.as_str(), read.assumed.len()), ("some licence", 0));
        }
    }
}

#[test]
fn a_discriminator_takes_half_the_room_too_and_its_damage_is_seen() {
    let config = ModelConfig { d_norm: DNorm::Spectral, d_residual: true, ..tiny() };
    let (saved, critic) = (random(&config), random_discriminator(&config));
    let full = write_safetensors(&saved, Some(&critic), false).unwrap();
    let half = write_safetensors(&saved, Some(&critic), true).unwrap();
    let alone = write_safetensors(&saved, None, true).unwrap();
    let numbers: usize = critic.tensors.iter().map(|t| t.values.len()).sum();
    let added = half.len() - alone.len();
    assert!(added > 2 * numbers && half.len() < full.len() * 7 / 10, "{added} for {numbers} numbers");
    let read = import_bytes(&half, Path::new("x")).unwrap();
    let (found, written) = (read.discriminator.unwrap().tensors, &critic.tensors);
    let pairs = found.iter().zip(written).flat_map(|(a, b)| a.values.iter().zip(&b.values));
    assert!(pairs.clone().count() == numbers && pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-3));
    // The last bytes of the file are the discriminator's or the generator's; both have a checksum.
    for name in ["discriminator.main.0.weight", "main.0.weight"] {
        let mut damaged = full.clone();
        let at = position_of(&full, name);
        damaged[at] ^= 1;
        assert!(refusal(&damaged).contains("checksum differs"), "{name}");
    }
    let renamed = replaced(&full, b"discriminator.main.0.weight\"", b"discriminator.main.0.weighs\"");
    assert!(refusal(&renamed).contains("main.0.weight is missing"), "{}", refusal(&renamed));
    // A card that names a discriminator that is not there.
    let orphan = replaced(&full, b"discriminator.main.", b"diskriminator.main.");
    assert!(refusal(&orphan).contains("is missing"));
}

/// Where the numbers of a tensor begin.
fn position_of(file: &[u8], name: &str) -> usize {
    let header = u64::from_le_bytes(*file.first_chunk().unwrap()) as usize;
    let json: serde_json::Value = serde_json::from_slice(&file[8..8 + header]).unwrap();
    8 + header + json[name]["data_offsets"][0].as_u64().unwrap() as usize
}

/// The file with each of these names replaced by one of the same length.
fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    let places: Vec<usize> = (0..file.len() - from.len()).filter(|i| file[*i..].starts_with(from)).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| file[at..at + to.len()].copy_from_slice(to));
    file
}

#[test]
fn half_files_are_half_as_large_and_nearly_the_same() {
    let saved = random(&ModelConfig { g_width: 16, ..tiny() });
    let full = write_safetensors(&saved, None, false).unwrap();
    let half = write_safetensors(&saved, None, true).unwrap();
    assert!((half.len() as f64) < 0.55 * full.len() as f64, "{} {}", half.len(), full.len());
    let read = import_bytes(&half, Path::new("x")).unwrap().generator;
    for (a, b) in read.tensors.iter().zip(&saved.tensors) {
        for (x, y) in a.values.iter().zip(&b.values) {
            // Eleven bits of precision.
            assert!((x - y).abs() <= y.abs() / 2048.0 + 1e-7, "{} {x} {y}", a.name);
        }
    }
    // Reading and writing again changes nothing more.
    assert_eq!(write_safetensors(&read, None, true).unwrap(), half);
}

#[test]
fn foreign_files_are_recognised_by_names_and_shapes() {
    for config in architectures() {
        let saved = random(&config);
        for prefix in ["main.", "module.main.", "netG.model.", ""] {
            let read = import_bytes(&foreign(&saved, prefix), Path::new("x")).unwrap();
            assert_eq!(read.generator.config, config, "{prefix}");
            assert_eq!(read.generator.tensors, saved.tensors);
            assert!(read.card.is_none() && read.assumed.len() == 1);
        }
    }
}

/// Why a changed generator is refused.
fn changed(edit: impl Fn(&mut SavedGenerator)) -> String {
    let mut saved = random(&tiny());
    edit(&mut saved);
    refusal(&foreign(&saved, "main."))
}

fn reshape(saved: &mut SavedGenerator, index: usize, shape: &[usize]) {
    saved.tensors[index].values = vec![0.5; shape.iter().product()];
    saved.tensors[index].shape = shape.to_vec();
}

/// The index of the last convolution.
fn last(saved: &SavedGenerator) -> usize {
    saved.tensors.iter().rposition(|t| t.shape.len() == 4).unwrap()
}

#[test]
fn shapes_that_do_not_fit_are_explained() {
    let four = changed(|s| reshape(s, last(s), &[4, 4, 4, 4]));
    assert!(four.contains("4 channels") && four.contains("colour") && four.contains("grey"), "{four}");
    let plain = changed(|s| {
        for (i, shape) in [(0, [16, 8, 3, 3]), (3, [8, 16, 3, 3]), (6, [4, 8, 3, 3]), (last(s), [3, 4, 3, 3])] {
            reshape(s, i, &shape);
        }
    });
    assert!(plain.contains("Conv2d") && plain.contains("ConvTranspose2d"), "{plain}");
    let odd = changed(|s| reshape(s, 3, &[16, 9, 4, 4]));
    assert!(odd.contains("main.3.weight") && odd.contains("[16, 9, 4, 4]") && odd.contains("[16, 8, 4, 4]"), "{odd}");
    let base = changed(|s| reshape(s, 0, &[3, 16, 8, 8]));
    assert!(base.contains("8 x 8") && base.contains("4 x 4"), "{base}");
    let small = changed(|s| {
        let at = last(s);
        s.tensors.drain(3..at);
        reshape(s, 3, &[16, 3, 4, 4]);
    });
    assert!(small.contains("8 px") || small.contains("doublings"), "{small}");
}

#[test]
fn tensors_that_do_not_fit_are_explained() {
    let missing = changed(|s| _ = s.tensors.remove(4));
    assert!(missing.contains("main.4.weight") && missing.contains("missing"), "{missing}");
    let surplus = changed(|s| {
        let mut extra = s.tensors[1].clone();
        extra.name = "main.10.weight".to_owned();
        s.tensors.push(extra);
    });
    assert!(surplus.contains("main.10.weight") && surplus.contains("the file does"), "{surplus}");
    let mapped = changed(|s| {
        let shapes = ["main.a.weight", "main.b.weight"].map(|name| (name.to_owned(), vec![3, 3], vec![0.5; 9]));
        s.tensors.extend(shapes.map(|(name, shape, values)| crate::model::NamedTensor { name, shape, values }));
    });
    assert!(mapped.contains("second linear layer"), "{mapped}");
    let names = changed(|s| {
        s.tensors.iter_mut().for_each(|t| t.name = t.name.replace("main.", "block").replace(".weight", ".w"))
    });
    assert!(names.contains("none is a convolution") && names.contains("block0"), "{names}");
    let nan = changed(|s| s.tensors[2].values[1] = f32::NAN);
    assert!(nan.contains("main.1.bias") && nan.contains("finite"), "{nan}");
}

#[test]
fn a_discriminator_is_recognised() {
    let config = tiny();
    let layout = crate::model::Discriminator::new(&config).layout().clone();
    let mut discriminator = random(&config);
    discriminator.tensors = layout
        .names()
        .map(|(n, shape)| {
            let values = vec![0.5; shape.iter().product()];
            crate::model::NamedTensor { name: n.to_owned(), shape, values }
        })
        .collect();
    let text = refusal(&foreign(&discriminator, "main."));
    assert!(text.contains("discriminator"), "{text}");
}

#[test]
fn damaged_safetensors_are_refused() {
    let saved = random(&tiny());
    let good = write_safetensors(&saved, None, false).unwrap();
    for cut in (0..64).chain((64..good.len()).step_by(997)).chain([good.len() - 1]) {
        refusal(&good[..cut]);
    }
    let mut longer = good.clone();
    longer.push(0);
    refusal(&longer);
    // Every part of the file: header, card, numbers. The checksum finds flips that leave a valid file.
    for at in (0..good.len()).step_by(311) {
        for bit in [0, 6] {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << bit;
            // Spaces that fill up the header and the card's own words may change without harm.
            if let Ok(read) = import_bytes(&flipped, Path::new("x")) {
                assert_eq!(read.generator.tensors, saved.tensors, "byte {at}");
            }
        }
    }
    let mut huge = good.clone();
    huge[..8].copy_from_slice(&(1u64 << 60).to_le_bytes());
    assert!(refusal(&huge).contains("header claims 1152921504606846976 bytes"));
    let header = format!(r#"{{"main.0.weight":{{"dtype":"F32","shape":[{},4],"data_offsets":[0,4]}}}}"#, u64::MAX);
    let bomb = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 4]].concat();
    refusal(&bomb);
    let format = br#"\"format\":1"#;
    let newer = good.windows(format.len()).position(|w| w == format);
    let mut newer_file = good.clone();
    newer_file[newer.unwrap() + format.len() - 1] = b'7';
    assert!(refusal(&newer_file).contains("newer version"), "{}", refusal(&newer_file));
    for text in ["", "hello", "P", "PK\x03\x04", "\u{80}", "{}"] {
        refusal(text.as_bytes());
    }
}

#[test]
fn the_snippet_follows_the_architecture() {
    let text = snippet(&tiny(), "a \"b\".safetensors", false);
    assert!(text.contains("nn.ConvTranspose2d(3, 16, 4, 1, 0, 0, bias=False)"), "{text}");
    assert!(text.contains("nn.ConvTranspose2d(4, 3, 4, 2, 1, 0, bias=False)") && text.contains("nn.ReLU()"), "{text}");
    assert!(text.contains(r#"load_file("a \"b\".safetensors")"#), "{text}");
    assert!(!text.contains("discriminator"), "{text}");
    let both = snippet(&tiny(), "x", true);
    assert!(both.contains(r#"load_file("x").items()"#) && both.contains(r#"startswith("discriminator.")"#), "{both}");
    let article = ModelConfig { family: Family::Article, kernel: 5, size: 64, latent: LatentKind::Uniform, ..tiny() };
    let text = snippet(&article, "x", false);
    for line in [
        "nn.Linear(3, 2048)",
        "nn.Unflatten(1, (32, 8, 8))",
        "LeakyReLU(0.2)",
        "(32, 16, 5, 2, 2, 1)",
        "(4, 3, 5, 1, 2, 0)",
    ] {
        assert!(text.contains(line), "{line} is missing in {text}");
    }
}
