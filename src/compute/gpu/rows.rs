//! What kernels over matrices share that have a row for each pixel and a column for each channel: how the rows are
//! divided among cubes, and sums over them. The library's own (Burn 0.22) leave out rows beyond 65,536.

use super::layout::new_tensor;
use burn::backend::cubecl::dtype_to_storage_type;
use burn::tensor::DType;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::*;

/// Columns of one cube; neighbouring units read neighbouring channels.
pub(super) const LANES: u32 = 32;
/// Rows that a cube works on at once.
pub(super) const LINES: u32 = 8;
/// Rows of one cube at least, and cubes for the same columns at most.
const FEWEST_ROWS: usize = 512;
const MOST_CHUNKS: usize = 128;

/// How the rows of a matrix are divided: each cube has some columns and one chunk of the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Division {
    pub chunks: usize,
    /// Rows of a chunk; the last one may have fewer.
    pub rows: usize,
    columns: usize,
}

impl Division {
    pub(super) fn of(rows: usize, columns: usize) -> Self {
        let chunk = rows.div_ceil(rows.div_ceil(FEWEST_ROWS).clamp(1, MOST_CHUNKS)).max(1);
        Self { chunks: rows.div_ceil(chunk).max(1), rows: chunk, columns }
    }

    /// For so many matrices that lie behind each other.
    pub(super) fn cubes(self, matrices: usize) -> CubeCount {
        CubeCount::Static((self.columns as u32).div_ceil(LANES), self.chunks as u32, matrices as u32)
    }

    pub(super) fn dim() -> CubeDim {
        CubeDim::new_1d(LANES * LINES)
    }
}

/// The column of this unit.
#[cube]
pub(super) fn column() -> usize {
    (CUBE_POS_X * LANES + UNIT_POS % LANES) as usize
}

/// The line of this unit within its cube: of a chunk it works on every eighth row, beginning with this one.
#[cube]
pub(super) fn line() -> usize {
    (UNIT_POS / LANES) as usize
}

/// The sum of what all lines have in this unit's column.
#[cube]
pub(super) fn over_lines(mine: f32) -> f32 {
    let mut all = Shared::<[f32]>::new_slice(comptime!((LANES * LINES) as usize));
    all[UNIT_POS as usize] = mine;
    sync_cube();
    let mut sum = 0.0f32;
    for line in 0..LINES {
        sum += all[(line * LANES + UNIT_POS % LANES) as usize];
    }
    sum
}

/// The sums of each chunk's rows, chunks x columns.
#[cube(launch)]
fn chunk_sums_kernel<E: Float>(x: &Tensor<E>, parts: &mut Tensor<f32>, chunk: u32, #[define(E)] _dtype: ElemType) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let begin = (CUBE_POS_Y * chunk) as usize;
    let end = min(begin + chunk as usize, rows);
    let mut sum = 0.0f32;
    if column < columns {
        let mut row = begin + line();
        while row < end {
            sum += f32::cast_from(x[row * columns + column]);
            row += LINES as usize;
        }
    }
    let sum = over_lines(sum);
    if line() == 0 && column < columns {
        parts[CUBE_POS_Y as usize * columns + column] = sum;
    }
}

/// `sum` is the sum of all `count` parts that follow each other in `parts`, in their order.
#[cube(launch)]
fn sum_kernel(parts: &Tensor<f32>, sum: &mut Tensor<f32>, count: u32) {
    let length = sum.len();
    if ABSOLUTE_POS >= length {
        terminate!();
    }
    let mut found = 0.0f32;
    for part in 0..count {
        found += parts[part as usize * length + ABSOLUTE_POS];
    }
    sum[ABSOLUTE_POS] = found;
}

/// Adds up the first dimension of `parts` (of 32 bits) into a tensor of these other dimensions.
pub(super) fn sum_parts(parts: CubeTensor, dims: &[usize]) -> CubeTensor {
    let sum = new_tensor(&parts, dims, DType::F32);
    let (client, count): (_, usize) = (parts.client.clone(), dims.iter().product());
    let (dim, number) = (CubeDim::new(&client, count), parts.meta.shape()[0]);
    sum_kernel::launch(
        &client,
        calculate_cube_count_elemwise(&client, count, dim),
        dim,
        parts.into_tensor_arg(),
        sum.clone().into_tensor_arg(),
        number as u32,
    );
    sum
}

/// The sum over the rows of `x` (rows x columns) in 32 bits, 1 x columns.
pub(super) fn sum_rows(x: CubeTensor) -> CubeTensor {
    let x = into_contiguous(x);
    let [rows, columns] = x.meta.shape().dims();
    let division = Division::of(rows, columns);
    let parts = new_tensor(&x, &[division.chunks, columns], DType::F32);
    let dtype = dtype_to_storage_type(x.dtype);
    chunk_sums_kernel::launch(
        &x.client.clone(),
        division.cubes(1),
        Division::dim(),
        x.into_tensor_arg(),
        parts.clone().into_tensor_arg(),
        division.rows as u32,
        dtype,
    );
    // A single part is the sum already.
    if division.chunks == 1 { parts } else { sum_parts(parts, &[1, columns]) }
}
