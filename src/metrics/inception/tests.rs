//! Parts of the network against PyTorch: `python tests/reference/fid.py constants` prints the expected numbers. The
//! whole network is compared by `python tests/reference/fid.py check`.

use super::layers::{inside, same};
use super::*;

/// From -1 to 1 by a formula that the script knows.
fn numbers(count: usize, kind: usize) -> Vec<f32> {
    (0..count)
        .map(|i| ((i * i * (3 + kind) + i * 7 + kind * 5) % 101) as f32 / 50.0 - 1.0 + kind as f32 * 0.1)
        .collect()
}

fn close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{i}: {found} instead of {expected}");
    }
}

#[test]
fn pictures_are_resized_as_pytorch_does() {
    let picture: Vec<u8> = (0..75).map(|i| (i * 37 % 256) as u8).collect();
    let larger = resize::resized(&picture, 5, 8);
    let first = [-1.0, -0.619118, -0.075, 0.469118, 0.385784, -0.325, 0.093627, 0.474510];
    let last = [0.929412, 0.431863, -0.153431, 0.390686, 0.307353, -0.403431, 0.015196, 0.396078];
    assert_eq!(larger.len(), 3 * 64);
    close(&larger[..8], &first, 2e-6);
    close(&larger[184..], &last, 2e-6);
    let smaller = [
        [-0.597386, 0.184314, 0.296732, -0.035294, -0.592157, -0.479738, 0.080610, -0.030065, 0.082353],
        [-0.307190, -0.864052, 0.140741, 0.254902, -0.301961, -0.189542, 0.147712, 0.260131, -0.073638],
        [-0.016993, -0.573856, -0.461438, -0.124183, -0.011765, 0.100654, 0.437909, 0.550327, -0.006536],
    ];
    close(&resize::resized(&picture, 5, 3), smaller.as_flattened(), 2e-6);
    assert_eq!(planes(&[255; 12], 2), vec![1.0; 3 * SIDE * SIDE]);
}

/// The tensors of one convolution and its normalisation, of the script's kind `kind`.
fn tensors(name: &str, c_in: usize, c_out: usize, [height, width]: [usize; 2], kind: usize) -> Vec<NamedTensor> {
    let variance = numbers(c_out, kind + 4).iter().map(|v| v * v + 0.01).collect();
    let parts = [
        ("conv.weight", vec![c_out, c_in, height, width], numbers(c_out * c_in * height * width, kind)),
        ("bn.weight", vec![c_out], numbers(c_out, kind + 1)),
        ("bn.bias", vec![c_out], numbers(c_out, kind + 2)),
        ("bn.running_mean", vec![c_out], numbers(c_out, kind + 3)),
        ("bn.running_var", vec![c_out], variance),
    ];
    let named = |(part, shape, values)| NamedTensor { name: format!("{name}.{part}"), shape, values };
    parts.into_iter().map(named).collect()
}

#[test]
fn a_small_block_gives_pytorchs_numbers() {
    let forms = [
        ("b.1", 6, 4, [1, 1]),
        ("b.2", 4, 5, [1, 7]),
        ("b.3", 6, 3, [7, 1]),
        ("b.4", 6, 2, [1, 3]),
        ("b.5", 6, 2, [3, 1]),
        ("b.6", 12, 4, [3, 3]),
    ];
    let all = forms.iter().enumerate().flat_map(|(i, (name, c_in, c_out, form))| {
        // Each convolution of the script is one kind further.
        tensors(name, *c_in, *c_out, *form, i + 1)
    });
    let device = Device::flex();
    let mut load = Loader::new(all.collect(), &device);
    use layers::BranchLayer::{Conv, Max, Mean, Parallel, Shrink};
    let first = load.chain("b", 6, &[("1", 4, same(1, 1)), ("2", 5, same(1, 7))]).unwrap();
    let second = vec![Mean, Conv(load.conv("b.3", 6, 3, same(7, 1)).unwrap())];
    let sides = vec![load.conv("b.4", 6, 2, same(1, 3)).unwrap(), load.conv("b.5", 6, 2, same(3, 1)).unwrap()];
    let block = vec![first, second, vec![Max, Parallel(sides)]];
    let after = vec![load.chain("b", 12, &[("6", 4, inside(2))]).unwrap(), vec![Shrink]];
    let x = Tensor::<4>::from_data(TensorData::new(numbers(2 * 6 * 49, 0), [2, 6, 7, 7]), &device);
    let y = run(&after, run(&block, x));
    assert_eq!(y.dims(), [2, 16, 3, 3]);
    let means = read(vec![y.reshape([32, 9]).mean_dim(1).reshape([32])]).unwrap().swap_remove(0);
    #[expect(clippy::excessive_precision, reason = "the digits that the script prints")]
    let expected = [
        [77.860725, 157.859894, 1274.590454, 99.165382, 10.366478, 0.851438, 6.863546, 65.531487],
        [2.379866, 0.144975, 0.381758, 1.119933, 0.2, 3.015775, 2.511719, 4.029297],
        [66.934479, 138.728439, 1166.971191, 91.702484, 4.957766, 0.584999, 6.827595, 58.078545],
        [1.991238, 0.200463, 0.388478, 1.129265, 0.2, 3.077077, 2.462474, 3.891428],
    ];
    close(&means, expected.as_flattened(), 2e-5);
}

#[test]
fn the_first_tensor_that_does_not_fit_is_named() {
    let refusal = |tensors| Inception::new(tensors).err().unwrap();
    assert_eq!(refusal(Vec::new()), "Conv2d_1a_3x3.conv.weight is missing");
    let first = |c_out| tensors("Conv2d_1a_3x3", 3, c_out, [3, 3], 1);
    let wider = refusal(first(64));
    assert_eq!(wider, "Conv2d_1a_3x3.conv.weight has the shape [64, 3, 3, 3] instead of [32, 3, 3, 3]");
    assert_eq!(refusal(first(32)), "Conv2d_2a_3x3.conv.weight is missing");
    let mut broken = first(32);
    broken[2].values[3] = f32::NAN;
    assert_eq!(refusal(broken), "Conv2d_1a_3x3.bn.bias holds numbers that are not finite");
    let mut other = first(32);
    other.push(NamedTensor { name: "fc.weight".to_owned(), shape: vec![1000, 2048], values: Vec::new() });
    assert!(refusal(other).contains("1000 classes instead of 1008"));
}
