//! Files as other people save them: where weights stand in them, and what stands beside them, must not matter.

use super::foreign_networks_tests::{add_bias, read, tensor_mut};
use super::pth_tests::{archive, dict, number, state_dict, strides, tensor, text, tuple};
use super::tests::{foreign, random, refusal, tiny};
use super::*;
use crate::model::NamedTensor;
use std::collections::BTreeSet;
use std::path::Path;

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
            write_safetensors(&saved, None, false).unwrap(),
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
