//! What an update does to all parameters of a network, on a GPU: a few tensors in one kernel each time, where the
//! library would start several for every tensor.

mod kernels;

use super::layout::{new_tensor, view};
use crate::compute::AdamStep;
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, ExtensionType, backend_extension};
use burn::tensor::{Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::{CubeCount, CubeDim, OwnedTensor, SequenceArg};
use kernels::{UNITS, adam_kernel, blend_kernel, faults_kernel};

/// Tensors of one kernel: an update needs four of each and one for its results, and some devices bind no more than 31.
const SOME: usize = 6;

/// Some flat tensors.
#[derive(ExtensionType)]
#[extension_type(fusion)]
struct Six<B: Backend> {
    a: FloatTensor<B>,
    b: FloatTensor<B>,
    c: FloatTensor<B>,
    d: FloatTensor<B>,
    e: FloatTensor<B>,
    f: FloatTensor<B>,
}

impl<B: Backend> From<[FloatTensor<B>; SOME]> for Six<B> {
    fn from([a, b, c, d, e, f]: [FloatTensor<B>; SOME]) -> Self {
        Self { a, b, c, d, e, f }
    }
}

impl<B: Backend> Six<B> {
    fn into_array(self) -> [FloatTensor<B>; SOME] {
        let Self { a, b, c, d, e, f } = self;
        [a, b, c, d, e, f]
    }
}

/// Up to six tensors; the places that are left get the first one once more.
fn six(some: &[Tensor<1>]) -> Six<Dispatch> {
    let at = |i: usize| some.get(i).or(some.first()).map(|t| t.clone().into_dispatch());
    let all: [_; SOME] = std::array::from_fn(|i| at(i).unwrap_or_else(|| unreachable!("groups are not empty")));
    all.into()
}

/// The first `count` of six.
fn taken(six: Six<Dispatch>, count: usize) -> impl Iterator<Item = Tensor<1>> {
    six.into_array().into_iter().take(count).map(Tensor::from_dispatch)
}

/// One update of Adam; see [`ops::adam`](crate::compute::ops).
pub(in crate::compute) fn adam(all: &[[Tensor<1>; 4]], step: AdamStep, factor: f32) -> Vec<[Tensor<1>; 3]> {
    let update = |some: &[[Tensor<1>; 4]]| {
        let [p, m, v, g] = [0, 1, 2, 3].map(|i| six(&some.iter().map(|four| four[i].clone()).collect::<Vec<_>>()));
        let (p, m, v) = <Dispatch as OptimiserOps>::gan_adam_some(p, m, v, g, step, factor, some.len());
        let [p, m, v] = [p, m, v].map(|six| taken(six, some.len()));
        p.zip(m).zip(v).map(|((p, m), v)| [p, m, v]).collect::<Vec<_>>()
    };
    all.chunks(SOME).flat_map(update).collect()
}

/// `a + share (b - a)` of each pair.
pub(in crate::compute) fn blend(a: &[Tensor<1>], b: &[Tensor<1>], share: f32) -> Vec<Tensor<1>> {
    let pairs = a.chunks(SOME).zip(b.chunks(SOME));
    let blended = |(a, b): (&[Tensor<1>], &[Tensor<1>])| {
        let six = <Dispatch as OptimiserOps>::gan_blend_some(six(a), six(b), share, a.len());
        taken(six, a.len()).collect::<Vec<_>>()
    };
    pairs.flat_map(blended).collect()
}

/// Numbers that are all 0 if, and only if, every number of the tensors is finite.
pub(in crate::compute) fn faults(tensors: &[Tensor<1>]) -> Vec<Tensor<1>> {
    let of = |some: &[Tensor<1>]| <Dispatch as OptimiserOps>::gan_faults(six(some), some.len());
    tensors.chunks(SOME).map(|some| Tensor::from_dispatch(of(some))).collect()
}

/// Cubes that look for faults in the same tensors; each gives one number.
const SEARCHERS: usize = 32;

#[backend_extension(Cube, Fusion)]
trait OptimiserOps: Backend {
    /// Of the first `used` tensors; the others are given back as they are.
    #[fusion(meta = |p, m, v, _, _, _, _| (p.clone(), m.clone(), v.clone()))]
    fn gan_adam_some(
        #[extension_type] p: Six<Self>,
        #[extension_type] m: Six<Self>,
        #[extension_type] v: Six<Self>,
        #[extension_type] g: Six<Self>,
        step: AdamStep,
        factor: f32,
        used: usize,
    ) -> (Six<Self>, Six<Self>, Six<Self>);

    /// Of the first `used` tensors; the others are given back as they are.
    #[fusion(meta = |a, _, _, _| a.clone())]
    fn gan_blend_some(
        #[extension_type] a: Six<Self>,
        #[extension_type] b: Six<Self>,
        share: f32,
        used: usize,
    ) -> Six<Self>;

    #[fusion(meta = |tensors, _| TensorSpec::new(Shape::new([SEARCHERS]), tensors.a.dtype))]
    fn gan_faults(#[extension_type] tensors: Six<Self>, used: usize) -> FloatTensor<Self>;
}

/// As arguments of a kernel.
fn arguments(some: &[CubeTensor]) -> SequenceArg<OwnedTensor<f32>> {
    some.iter().map(|tensor| tensor.clone().into_tensor_arg()).collect()
}

/// Where each of these tensors begins in one that holds them all, at multiples of 256 bytes; last where it ends.
fn places(some: &[CubeTensor]) -> Vec<usize> {
    let mut places = vec![0];
    for tensor in some {
        places.push(places[places.len() - 1] + tensor.meta.num_elements().next_multiple_of(64));
    }
    places
}

fn sequence(numbers: &[usize]) -> SequenceArg<u32> {
    numbers.iter().map(|number| *number as u32).collect()
}

/// The tensors in `whole`, shaped like `some`, from `first` on, then what is left of `rest`.
fn parts(
    whole: &CubeTensor,
    first: usize,
    places: &[usize],
    some: &[CubeTensor],
    rest: &[CubeTensor],
) -> Six<CubeBackend> {
    let mut all = some.iter().zip(places).map(|(like, place)| view(whole, first + place, &[like.meta.num_elements()]));
    let all: [CubeTensor; SOME] = std::array::from_fn(|i| all.next().unwrap_or_else(|| rest[i].clone()));
    all.into()
}

impl OptimiserOps for CubeBackend {
    fn gan_adam_some(
        p: Six<Self>,
        m: Six<Self>,
        v: Six<Self>,
        g: Six<Self>,
        step: AdamStep,
        factor: f32,
        used: usize,
    ) -> (Six<Self>, Six<Self>, Six<Self>) {
        let [p, m, v, g] = [p, m, v, g].map(|six| six.into_array().map(into_contiguous));
        let places = places(&p[..used]);
        let length = places[used];
        let new = new_tensor(&p[0], &[3, length], p[0].dtype);
        let (client, dim) = (p[0].client.clone(), CubeDim::new_1d(UNITS));
        adam_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, length, dim),
            dim,
            arguments(&p[..used]),
            arguments(&m[..used]),
            arguments(&v[..used]),
            arguments(&g[..used]),
            new.clone().into_tensor_arg(),
            sequence(&places[..used]),
            step.beta1,
            step.beta2,
            step.rate,
            step.epsilon,
            factor,
        );
        let part = |number: usize, old: &[CubeTensor; SOME]| parts(&new, number * length, &places, &p[..used], old);
        (part(0, &p), part(1, &m), part(2, &v))
    }

    fn gan_blend_some(a: Six<Self>, b: Six<Self>, share: f32, used: usize) -> Six<Self> {
        let [a, b] = [a, b].map(|six| six.into_array().map(into_contiguous));
        let places = places(&a[..used]);
        let length = places[used];
        let new = new_tensor(&a[0], &[length], a[0].dtype);
        let (client, dim) = (a[0].client.clone(), CubeDim::new_1d(UNITS));
        blend_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, length, dim),
            dim,
            arguments(&a[..used]),
            arguments(&b[..used]),
            new.clone().into_tensor_arg(),
            sequence(&places[..used]),
            share,
        );
        parts(&new, 0, &places, &a[..used], &a)
    }

    fn gan_faults(tensors: Six<Self>, used: usize) -> CubeTensor {
        let tensors = tensors.into_array().map(into_contiguous);
        let found = new_tensor(&tensors[0], &[SEARCHERS], tensors[0].dtype);
        faults_kernel::launch(
            &tensors[0].client.clone(),
            CubeCount::Static(SEARCHERS as u32, 1, 1),
            CubeDim::new_1d(UNITS),
            arguments(&tensors[..used]),
            found.clone().into_tensor_arg(),
        );
        found
    }
}
