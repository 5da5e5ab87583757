//! The random changes of pictures (`train/augment`) on a GPU: all of them in one kernel, and their gradient in another.

mod kernels;

use super::layout::new_map;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, Dispatch, backend_extension};
use burn::tensor::Tensor;
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::{CubeCount, CubeDim};
pub(super) use kernels::total;
use kernels::{UNITS, augment_gradient_kernel, augment_kernel};

/// How one picture changes: numbers of the upload in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PictureChanges {
    /// Added brightness, factor of the saturation, factor of the contrast; 0, 1 and 1 change nothing.
    pub colour: [f32; 3],
    /// The colours change where this is below the strength.
    pub colour_dice: f32,
    /// Row or column `i` comes from `i * zoom + start`; 1 and `[0, 0]` change nothing.
    pub zoom: f32,
    pub start: [f32; 2],
    /// First row and column of a cut-out square of half the side; beyond the picture nothing is cut out.
    pub cutout: [f32; 2],
    /// The picture moves and is cut where this is below the strength.
    pub dice: f32,
}

impl PictureChanges {
    /// How many there are.
    pub(crate) const NUMBERS: usize = kernels::NUMBERS;

    /// In the order in which the kernels read them.
    pub(crate) fn numbers(self) -> [f32; Self::NUMBERS] {
        let Self { colour: [brightness, saturation, contrast], colour_dice, zoom, start, cutout, dice } = self;
        let [row, column] = start;
        let [top, left] = cutout;
        [brightness, saturation, contrast, colour_dice, zoom, row, column, top, left, dice]
    }
}

/// Changes `x` (B x 3 x S x S in [-1, 1]). `numbers` has those of [`PictureChanges`] for each picture from `first` on;
/// `strength` is one number. What a move uncovers is mirrored at the border, or grey. Gradients flow through `x`.
pub(crate) fn augment(
    x: Tensor<4>,
    numbers: &Tensor<1>,
    strength: &Tensor<1>,
    first: usize,
    mirrored: bool,
) -> Tensor<4> {
    let [numbers, strength] = [numbers, strength].map(|t| t.clone().into_dispatch());
    Tensor::from_dispatch(<Dispatch as AugmentOps>::gan_augment(x.into_dispatch(), numbers, strength, first, mirrored))
}

#[backend_extension(Cube, Fusion, Autodiff)]
trait AugmentOps: Backend {
    #[fusion(dtype = x, shape = x)]
    fn gan_augment(
        x: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        strength: FloatTensor<Self>,
        first: usize,
        mirrored: bool,
    ) -> FloatTensor<Self>;
}

/// Its gradient, which has none itself.
#[backend_extension(Cube, Fusion)]
trait AugmentGradientOps: Backend {
    #[fusion(dtype = dy, shape = dy)]
    fn gan_augment_gradient(
        dy: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        strength: FloatTensor<Self>,
        first: usize,
        mirrored: bool,
    ) -> FloatTensor<Self>;
}

impl AugmentOps for CubeBackend {
    fn gan_augment(
        x: CubeTensor,
        numbers: CubeTensor,
        strength: CubeTensor,
        first: usize,
        mirrored: bool,
    ) -> CubeTensor {
        let y = new_map(&x, x.meta.shape().dims(), x.dtype);
        augment_kernel::launch(
            &x.client.clone(),
            one_for_each_picture(&x),
            CubeDim::new_1d(UNITS),
            x.into_tensor_arg(),
            numbers.into_tensor_arg(),
            strength.into_tensor_arg(),
            y.clone().into_tensor_arg(),
            first as u32,
            mirrored,
        );
        y
    }
}

impl AugmentGradientOps for CubeBackend {
    fn gan_augment_gradient(
        dy: CubeTensor,
        numbers: CubeTensor,
        strength: CubeTensor,
        first: usize,
        mirrored: bool,
    ) -> CubeTensor {
        let dx = new_map(&dy, dy.meta.shape().dims(), dy.dtype);
        augment_gradient_kernel::launch(
            &dy.client.clone(),
            one_for_each_picture(&dy),
            CubeDim::new_1d(UNITS),
            dy.into_tensor_arg(),
            numbers.into_tensor_arg(),
            strength.into_tensor_arg(),
            dx.clone().into_tensor_arg(),
            first as u32,
            mirrored,
        );
        dx
    }
}

fn one_for_each_picture(x: &CubeTensor) -> CubeCount {
    CubeCount::Static(x.meta.shape()[0] as u32, 1, 1)
}

/// Of the pictures.
#[derive(Debug)]
struct AugmentGradient;

/// The changes that were made.
#[derive(Debug, Clone)]
struct Made {
    numbers: FloatTensor<Cube>,
    strength: FloatTensor<Cube>,
    first: usize,
    mirrored: bool,
}

impl Backward<Cube, 1> for AugmentGradient {
    type State = Made;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Made { numbers, strength, first, mirrored } = ops.state;
        let dy = grads.consume::<Cube>(&ops.node);
        if let [Some(node)] = ops.parents {
            let dx = Cube::gan_augment_gradient(dy, numbers, strength, first, mirrored);
            grads.register::<Cube>(node.id, dx);
        }
    }
}

impl<C: CheckpointStrategy> AugmentOps for Autodiff<Cube, C> {
    fn gan_augment(
        x: FloatTensor<Self>,
        numbers: FloatTensor<Self>,
        strength: FloatTensor<Self>,
        first: usize,
        mirrored: bool,
    ) -> FloatTensor<Self> {
        let prepared = AugmentGradient.prepare::<C>([x.node()]).compute_bound().stateful();
        let (numbers, strength) = (numbers.into_primitive(), strength.into_primitive());
        let y = Cube::gan_augment(x.into_primitive(), numbers.clone(), strength.clone(), first, mirrored);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(Made { numbers, strength, first, mirrored }, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}
