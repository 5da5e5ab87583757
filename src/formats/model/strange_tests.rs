//! Generators as other people build and save them: what they draw must come out right, and what is beside them must not
//! matter.

use super::pth_tests::{archive, dict, number, state_dict, strides, tensor, text, tuple};
use super::tests::{foreign, random, refusal, tiny};
use super::*;
use crate::config::{Family, LatentKind, ModelConfig, Norm};
use crate::model::{NamedTensor, SavedGenerator};
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeSet;
use std::path::Path;

fn read(bytes: &[u8]) -> Imported {
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
    let off = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(a.len() == b.len() && off < 1e-4, "{} {} {off}", a.len(), b.len());
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

fn tensor_mut<'a>(saved: &'a mut SavedGenerator, name: &str) -> &'a mut NamedTensor {
    saved.tensors.iter_mut().find(|t| t.name == name).unwrap()
}

/// Puts a bias of these values behind a weight.
fn add_bias(saved: &mut SavedGenerator, name: &str, values: Vec<f32>) {
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
    assert!(imported.changed[0].contains("normalisations"), "{:?}", imported.changed);
    let plane = 32 * 32;
    let expected = pictures(&saved).into_iter().enumerate();
    let expected: Vec<f32> = expected.map(|(i, v)| (v.atanh() + bias[i / plane % 3]).tanh()).collect();
    close(&pictures(&imported.generator), &expected);
    // Every export starts from the imported generator, which needs nothing that they do not know.
    let file = write_safetensors(&imported.generator, false, "").unwrap();
    assert_eq!(import_bytes(&file, Path::new("x")).unwrap().generator, imported.generator);
    assert!(write_onnx(&imported.generator).is_ok() && write_html(&imported.generator).is_ok());
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

/// What stands beside weights in files of all kinds: instructions that build one value.
fn beside() -> Vec<(&'static str, Vec<u8>)> {
    let call = |class: &str, arguments: Vec<u8>| [class.as_bytes(), &arguments, b"R"].concat();
    let options = [b"cargparse\nNamespace\n)\x81}".to_vec(), text("ngf"), number(4), b"sb".to_vec()].concat();
    let hyper = [
        b"clightning.fabric.utilities.data\nAttributeDict\n)\x81".to_vec(),
        text("lr"),
        b"G\0\0\0\0\0\0\0\0s".to_vec(),
    ];
    let dtype = [call("cnumpy\ndtype\n", tuple([text("f8"), vec![0x89], vec![0x88]])), b"(K\x03tb".to_vec()].concat();
    let encode = call("c_codecs\nencode\n", tuple([text("x"), text("latin1")]));
    let sizes = tuple([number(64), number(64)]);
    vec![
        ("size", call("ctorch\nSize\n", tuple([sizes]))),
        ("device", call("ctorch\ndevice\n", tuple([text("cpu")]))),
        ("dtype", b"ctorch\nfloat16\n".to_vec()),
        ("options", options),
        ("hyper_parameters", hyper.concat()),
        ("fid", call("cnumpy._core.multiarray\nscalar\n", tuple([dtype, encode]))),
        ("when", call("cdatetime\ndatetime\n", tuple([b"C\x02ab".to_vec()]))),
        ("folder", call("cpathlib\nPosixPath\n", tuple([text("a"), text("b")]))),
        ("mood", call("c__main__\nMood\n", tuple([number(1)]))),
        (
            "counts",
            [call("ccollections\ndefaultdict\n", b"(c__builtin__\nint\nt".to_vec()), text("a"), b"K\x01s".to_vec()]
                .concat(),
        ),
        (
            "call",
            [
                call("cfunctools\npartial\n", b"(c__builtin__\nprint\nt".to_vec()),
                b"(c__builtin__\nprint\n)}Ntb".to_vec(),
            ]
            .concat(),
        ),
        ("run", call("cposix\nsystem\n", tuple([text("touch executed")]))),
        ("old", b"(ios\nsystem\n".to_vec()),
        ("set", b"\x8f(K\x01K\x02\x90".to_vec()),
        ("bytes", b"B\x02\0\0\0ab".to_vec()),
        ("huge", b"\x8a\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c".to_vec()),
        ("truth", b"\x88I01\n0".to_vec()),
        ("words", [b"S'a'\nU\x01bV c\n".to_vec(), b"00".to_vec()].concat()),
        ("sparse", call("ctorch._utils\n_rebuild_sparse_tensor\n", tuple([b"N".to_vec(), sizes_of(3)]))),
        ("nothing", b"N".to_vec()),
    ]
}

fn sizes_of(n: usize) -> Vec<u8> {
    tuple([number(n)])
}

#[test]
fn what_stands_beside_the_weights_is_left_unread() {
    let saved = random(&tiny());
    let weights = || ("netG".to_owned(), state_dict(&saved, "main."));
    for (name, program) in beside() {
        for first in [true, false] {
            let mut pairs = vec![(name.to_owned(), program.clone())];
            pairs.insert(usize::from(first), weights());
            let imported = read(&archive(dict(pairs), &saved));
            assert_eq!(imported.generator.tensors, saved.tensors, "{name}");
        }
    }
    // All at once, in the older format too, and told.
    let all = || dict(beside().into_iter().map(|(name, program)| (name.to_owned(), program)).chain([weights()]));
    let imported = read(&archive(all(), &saved));
    assert_eq!(imported.generator.tensors, saved.tensors);
    let left = imported.left_out.join("; ");
    assert!(left.contains("argparse.Namespace (not read)"), "{left}");
    assert!(!Path::new("executed").exists());
    // A key that is no text.
    let odd = [b"}(".to_vec(), tuple([number(1)]), number(2), text("G"), state_dict(&saved, "main."), b"u".to_vec()];
    assert_eq!(read(&archive(odd.concat(), &saved)).generator.tensors, saved.tensors);
}

#[test]
fn weights_are_found_however_deep_they_stand() {
    let saved = random(&tiny());
    let within = |name: &str, program: Vec<u8>| dict([("epoch".to_owned(), number(3)), (name.to_owned(), program)]);
    let object = |attributes: Vec<u8>| [b"c__main__\nThing\n)\x81".to_vec(), attributes, b"b".to_vec()].concat();
    let own = |name: &str, program: Vec<u8>| {
        let pairs =
            [("_parameters", dict([])), ("_buffers", dict([])), ("_modules", dict([(name.to_owned(), program)]))];
        object(dict(pairs.map(|(name, program)| (name.to_owned(), program))))
    };
    // A whole model: each module with its parameters and buffers.
    let number_of = |t: &NamedTensor| t.name.split('.').nth(1).unwrap().to_owned();
    let modules: BTreeSet<String> = saved.tensors.iter().map(number_of).collect();
    let module = |number: &str| {
        let tensors = |buffers: bool| {
            let mine = saved.tensors.iter().enumerate().filter(|(_, t)| number_of(t) == number);
            dict(mine.filter(|(_, t)| t.name.contains("running") == buffers).map(|(i, t)| {
                let kind = t.name.split('.').nth(2).unwrap();
                (kind.to_owned(), tensor(i, &t.shape, &strides(&t.shape), t.values.len()))
            }))
        };
        let pairs = [("_parameters", tensors(false)), ("_buffers", tensors(true)), ("_modules", dict([]))];
        object(dict(pairs.map(|(name, program)| (name.to_owned(), program))))
    };
    let sequential = own_all(modules.iter().map(|number| (number.clone(), module(number))));
    for program in [
        within("state", within("model", within("netG", state_dict(&saved, "main.")))),
        within("average", object(dict([("shadow".to_owned(), state_dict(&saved, "main."))]))),
        tuple([number(1), state_dict(&saved, "main.")]),
        own("main", sequential.clone()),
        within("G", own("module", own("main", sequential))),
    ] {
        assert_eq!(read(&archive(program, &saved)).generator.tensors, saved.tensors);
    }
    // Deeper than anything saves, and something that holds itself.
    let mut deep = state_dict(&saved, "main.");
    for _ in 0..40 {
        deep = within("a", deep);
    }
    assert!(refusal(&archive(deep, &saved)).contains("no tensors"));
    let cycle =
        [b"}q\0".to_vec(), text("self"), b"h\0s".to_vec(), text("G"), state_dict(&saved, "main."), b"s".to_vec()];
    assert_eq!(read(&archive(cycle.concat(), &saved)).generator.tensors, saved.tensors);
}

/// A module that holds these.
fn own_all(modules: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let pairs = [("_modules".to_owned(), dict(modules))];
    [b"ctorch.nn.modules.container\nSequential\n)\x81".to_vec(), dict(pairs), b"b".to_vec()].concat()
}

#[test]
fn of_several_networks_the_generator_is_taken() {
    let saved = random(&tiny());
    let weights = || state_dict(&saved, "main.");
    // A discriminator of two layers, in the storage of the first weight.
    let layer = |shape: [usize; 4]| tensor(0, &shape, &strides(&shape), saved.tensors[0].values.len());
    let other = || dict([("0.weight".to_owned(), layer([4, 3, 4, 4])), ("2.weight".to_owned(), layer([1, 4, 4, 4]))]);
    let pair = dict([("netD".to_owned(), other()), ("netG".to_owned(), weights())]);
    let imported = read(&archive(pair, &saved));
    assert_eq!((imported.generator.tensors, imported.left_out), (saved.tensors.clone(), vec!["netD".to_owned()]));
    assert_eq!(imported.choice, None);
    // Two that fit: the averaged one, and the other is told.
    let pair = dict([("best".to_owned(), weights()), ("netG_ema".to_owned(), weights())]);
    let imported = read(&archive(pair, &saved));
    let choice = imported.choice.unwrap();
    assert!(choice.starts_with("netG_ema") && choice.contains("best"), "{choice}");
    let reason = refusal(&archive(dict([("netD".to_owned(), other())]), &saved));
    assert!(reason.contains("discriminator"), "{reason}");
}

#[test]
fn numbers_are_read_in_every_layout_and_precision() {
    let saved = random(&tiny());
    // Each weight's last two sides swapped in the file, as after `transpose`.
    let mut file = saved.clone();
    for tensor in file.tensors.iter_mut().filter(|t| t.shape.len() == 4) {
        let k = tensor.shape[3];
        let squares = tensor.values.chunks(k * k);
        tensor.values = squares.flat_map(|s| (0..k * k).map(move |i| s[i % k * k + i / k])).collect();
    }
    let swapped = |shape: &[usize]| {
        let mut steps = strides(shape);
        if let [.., a, b] = steps.as_mut_slice()
            && shape.len() == 4
        {
            std::mem::swap(a, b);
        }
        steps
    };
    let pairs = saved.tensors.iter().enumerate();
    let program = dict(pairs.map(|(i, t)| (t.name.clone(), tensor(i, &t.shape, &swapped(&t.shape), t.values.len()))));
    assert_eq!(read(&archive(program, &file)).generator.tensors, saved.tensors);
}

#[test]
fn numbers_that_cannot_be_weights_are_refused() {
    for (name, value, words) in [
        ("main.1.running_var", -0.5, "never negative"),
        ("main.1.running_var", f32::NAN, "finite"),
        ("main.3.weight", 3e38, "too large"),
        ("main.4.running_mean", f32::INFINITY, "finite"),
        ("main.4.weight", -3e38, "too large"),
    ] {
        let mut saved = random(&tiny());
        tensor_mut(&mut saved, name).values[1] = value;
        for bytes in [
            foreign(&saved, "main."),
            archive(state_dict(&saved, "main."), &saved),
            write_safetensors(&saved, false, "").unwrap(),
        ] {
            let reason = refusal(&bytes);
            assert!(reason.contains(name) && reason.contains(words) && reason.contains("another copy"), "{reason}");
        }
    }
}

#[test]
fn names_of_a_stranger_are_shown_without_their_control_characters() {
    let mut saved = random(&tiny());
    add_bias(&mut saved, "main.0.\u{1b}[2J", vec![1.0]);
    let reason = refusal(&foreign(&saved, "main."));
    assert!(!reason.contains('\u{1b}') && reason.contains("\\u{1b}[2J"), "{reason}");
}
