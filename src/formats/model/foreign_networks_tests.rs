//! Generators as other people build and name them: they must draw the same here.

use super::pth_tests::{archive, state_dict};
use super::tests::{foreign, random, tiny};
use super::*;
use crate::compute::furthest;
use crate::config::{Family, LatentKind, ModelConfig, Norm};
use crate::model::{NamedTensor, SavedGenerator};
use burn::tensor::{Device, Tensor, TensorData};
use std::path::Path;

pub(super) fn read(bytes: &[u8]) -> Imported {
    import_bytes(bytes, Path::new("x.pth")).unwrap_or_else(|e| panic!("{e}"))
}

/// Pictures of some latents, as numbers.
fn pictures(saved: &SavedGenerator) -> Vec<f32> {
    let (generator, weights) = saved.open(&Device::flex());
    let size = saved.config.latent_size as usize;
    let z: Vec<f32> = (0..4 * size).map(|i| (i as f32 * 1.7).sin()).collect();
    let z = Tensor::from_data(TensorData::new(z, [4, size]), &Device::flex());
    generator.evaluate(z, &weights).into_data().try_into_vec().unwrap()
}

fn close(a: &[f32], b: &[f32]) {
    let off = furthest(a, b);
    assert!(off < 1e-4, "{off}");
    let flat = a.iter().fold(0.0f32, |n, v| n.max(v.abs()));
    assert!(flat > 0.01, "nothing is drawn");
}

/// A generator whose pictures are not saturated.
fn soft(config: &ModelConfig) -> SavedGenerator {
    let mut saved = random(config);
    let last = saved.tensors.iter().rposition(|t| t.shape.len() == 4).unwrap();
    saved.tensors[last].values.iter_mut().for_each(|v| *v *= 0.2);
    saved
}

pub(super) fn tensor_mut<'a>(saved: &'a mut SavedGenerator, name: &str) -> &'a mut NamedTensor {
    saved.tensors.iter_mut().find(|t| t.name == name).unwrap()
}

/// Puts a bias of these values behind a weight.
pub(super) fn add_bias(saved: &mut SavedGenerator, name: &str, values: Vec<f32>) {
    saved.tensors.push(NamedTensor { name: name.to_owned(), shape: vec![values.len()], values });
}

/// The convolutions of a generator with batch normalisation: number of the module, and channels.
fn convolutions(saved: &SavedGenerator) -> Vec<(usize, usize)> {
    let weights = saved.tensors.iter().filter(|t| t.shape.len() == 4);
    weights.map(|t| (t.name.split('.').nth(1).unwrap().parse().unwrap(), t.shape[1])).collect()
}

/// Biases everywhere, whose effect the normalisations take back; none on the last layer.
fn biased(saved: &SavedGenerator) -> SavedGenerator {
    let mut changed = saved.clone();
    let layers = convolutions(saved);
    for (module, channels) in &layers[..layers.len() - 1] {
        let bias: Vec<f32> = (0..*channels).map(|c| 0.1 + c as f32 * 0.3).collect();
        let mean = tensor_mut(&mut changed, &format!("main.{}.running_mean", module + 1));
        mean.values.iter_mut().zip(&bias).for_each(|(mean, b)| *mean += b);
        add_bias(&mut changed, &format!("main.{module}.bias"), bias);
    }
    changed
}

/// With each tensor's name changed.
fn renamed(saved: &SavedGenerator, name: impl Fn(usize, &str) -> String) -> SavedGenerator {
    let mut changed = saved.clone();
    for tensor in &mut changed.tensors {
        let parts: Vec<&str> = tensor.name.split('.').collect();
        tensor.name = name(parts[1].parse().unwrap(), parts[2]);
    }
    changed
}

#[test]
fn biases_before_normalisations_go_into_their_means() {
    let saved = random(&tiny());
    let imported = read(&foreign(&biased(&saved), "main."));
    assert_eq!(imported.generator.config, tiny());
    for (found, expected) in imported.generator.tensors.iter().zip(&saved.tensors) {
        assert_eq!(found.name, expected.name);
        assert!(found.values.iter().zip(&expected.values).all(|(a, b)| (a - b).abs() < 1e-5), "{}", found.name);
    }
    assert!(imported.changed[0].contains("biases"), "{:?}", imported.changed);
}

#[test]
fn a_bias_on_the_last_layer_moves_the_colours() {
    let saved = soft(&tiny());
    let mut with = biased(&saved);
    let (last, _) = *convolutions(&saved).last().unwrap();
    let bias = [0.3, -0.2, 0.1];
    add_bias(&mut with, &format!("main.{last}.bias"), bias.to_vec());
    let imported = read(&foreign(&with, "main."));
    assert_eq!(imported.generator.config, ModelConfig { norm: Norm::None, ..tiny() });
    assert!(imported.changed[0].contains("normalisation layers"), "{:?}", imported.changed);
    let plane = 32 * 32;
    let expected = pictures(&saved).into_iter().enumerate();
    let expected: Vec<f32> = expected.map(|(i, v)| (v.atanh() + bias[i / plane % 3]).tanh()).collect();
    close(&pictures(&imported.generator), &expected);
    // Every export starts from the imported generator, which needs nothing that they do not know.
    let file = write_safetensors(&imported.generator, None, false).unwrap();
    assert_eq!(import_bytes(&file, Path::new("x")).unwrap().generator, imported.generator);
    assert!(write_onnx(&imported.generator).is_ok() && write_html(&imported.generator, None).is_ok());
}

#[test]
fn layers_without_biases_or_with_other_normalisations_draw_the_same() {
    // No normalisation and no biases.
    let config = ModelConfig { norm: Norm::None, ..tiny() };
    let mut saved = random(&config);
    saved.tensors.iter_mut().filter(|t| t.name.ends_with("bias")).for_each(|t| t.values.fill(0.0));
    let mut file = saved.clone();
    file.tensors.retain(|t| !t.name.ends_with("bias"));
    let imported = read(&foreign(&file, "main."));
    assert_eq!((&imported.generator.tensors, &imported.generator.config), (&saved.tensors, &config));
    // Normalised everywhere but behind the first layer; there it changes nothing.
    let mut saved = soft(&tiny());
    for (kind, value) in [("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0 - 1e-5)] {
        tensor_mut(&mut saved, &format!("main.1.{kind}")).values.fill(value);
    }
    let mut file = saved.clone();
    file.tensors.retain(|t| !t.name.starts_with("main.1."));
    close(&pictures(&read(&foreign(&file, "main.")).generator), &pictures(&saved));
    // The tutorial's, with a bias everywhere, and its dense layer normalised too.
    let article = ModelConfig { family: Family::Article, kernel: 5, latent: LatentKind::Uniform, ..tiny() };
    let saved = soft(&article);
    let mut file = saved.clone();
    let rows = tensor_mut(&mut file, "main.0.bias").values.len();
    for (kind, value) in [("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0 - 1e-5)] {
        file.tensors.push(NamedTensor { name: format!("norm.0.{kind}"), shape: vec![rows], values: vec![value; rows] });
    }
    let imported = read(&foreign(&file, "main."));
    assert_eq!(imported.generator.config, ModelConfig { norm: Norm::None, ..article });
    close(&pictures(&imported.generator), &pictures(&saved));
}

#[test]
fn blocks_and_names_of_all_kinds_are_recognised() {
    let saved = random(&tiny());
    let last = convolutions(&saved).last().unwrap().0;
    let block = |module: usize| format!("gen.{}.{}", module / 3, module % 3);
    let bare = |module, kind: &str| match module {
        m if m == last => format!("gen.{}.{kind}", m / 3),
        m => format!("{}.{kind}", block(m)),
    };
    // As `deconv2_bn`; and with every normalisation before every convolution.
    let named = |module: usize, kind: &str| match module % 3 {
        0 => format!("deconv{}.{kind}", module / 3 + 9),
        _ => format!("deconv{}_bn.{kind}", module / 3 + 9),
    };
    let apart = |module: usize, kind: &str| match module % 3 {
        0 if module == last => format!("colours.{kind}"),
        0 => format!("stage.{}.{kind}", module / 3),
        _ => format!("bn.{}.{kind}", module / 3),
    };
    for file in [
        renamed(&saved, |module, kind| format!("{}.{kind}", block(module))),
        renamed(&saved, bare),
        renamed(&saved, named),
        renamed(&saved, apart),
    ] {
        for prefix in ["", "module.", "netG.module.", "state.model.generator."] {
            let file = renamed_all(&file, |name| format!("{prefix}{name}"));
            for bytes in [foreign(&file, "main."), archive(state_dict(&file, "main."), &file)] {
                let imported = read(&bytes);
                assert_eq!(imported.generator.config, tiny(), "{}", file.tensors[0].name);
                assert_eq!(imported.generator.tensors, saved.tensors);
            }
        }
    }
}

fn renamed_all(saved: &SavedGenerator, name: impl Fn(&str) -> String) -> SavedGenerator {
    let mut changed = saved.clone();
    changed.tensors.iter_mut().for_each(|t| t.name = name(&t.name));
    changed
}

#[test]
fn one_channel_is_drawn_as_grey() {
    let mut saved = soft(&tiny());
    let last = saved.tensors.iter().rposition(|t| t.shape.len() == 4).unwrap();
    let one: Vec<f32> =
        saved.tensors[last].values.chunks(3 * 16).flat_map(|of_input| of_input[..16].to_vec()).collect();
    let mut file = saved.clone();
    file.tensors[last] = NamedTensor { shape: vec![4, 1, 4, 4], values: one.clone(), ..file.tensors[last].clone() };
    let module = saved.tensors[last].name.replace("weight", "bias");
    for bias in [None, Some(0.4)] {
        if let Some(bias) = bias {
            add_bias(&mut file, &module, vec![bias]);
        }
        let imported = read(&foreign(&file, "main."));
        assert!(imported.changed.iter().any(|text| text.contains("grey")), "{:?}", imported.changed);
        saved.tensors[last].values = one.chunks(16).flat_map(|run| run.repeat(3)).collect();
        let expected = pictures(&saved).into_iter().map(|v| (v.atanh() + bias.unwrap_or(0.0)).tanh());
        let (found, expected) = (pictures(&imported.generator), expected.collect::<Vec<f32>>());
        close(&found, &expected);
        let plane = 32 * 32;
        assert_eq!(found[..plane], found[plane..2 * plane]);
        assert_eq!(found[..plane], found[2 * plane..3 * plane]);
    }
}
