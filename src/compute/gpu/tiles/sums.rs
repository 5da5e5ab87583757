//! A tile of a matrix product, and its sums: what the units of a cube add up from shared memory, each for itself, or a
//! plane of units together where matrix units multiply. Sums are in 32 bits and in a fixed order.

// What a tile does without matrix units is written down, too.
#![allow(clippy::single_match)]

use cubecl::cmma::{self, Matrix, MatrixIdent, MatrixLayout};
use cubecl::prelude::*;

/// The shape of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Tile {
    pub rows: usize,
    pub columns: usize,
    /// Terms of the sums that are in shared memory at once.
    pub depth: usize,
    /// Rows and columns of one unit.
    pub each: [usize; 2],
    /// Where matrix units multiply.
    pub matrices: Option<Matrices>,
}

/// How matrix units share a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Matrices {
    /// Rows, columns and terms of what a plane multiplies at once.
    pub sides: [usize; 3],
    /// Planes of a cube, down and across.
    pub planes: [usize; 2],
}

impl Tile {
    pub(super) const WIDE: Self = Self { rows: 128, columns: 128, depth: 8, each: [8, 8], matrices: None };
    pub(super) const MIDDLE: Self = Self { rows: 64, columns: 64, depth: 16, each: [8, 4], matrices: None };
    /// For the few channels of pictures.
    pub(super) const NARROW: Self = Self { rows: 128, columns: 16, depth: 16, each: [8, 2], matrices: None };

    /// How many units a cube has.
    pub(super) const fn units(self) -> usize {
        self.rows / self.each[0] * (self.columns / self.each[1])
    }

    /// Between two terms in shared memory, of which each has `side` numbers: a little more than a multiple of the
    /// memory's banks. Matrix units read from multiples of 16 bytes.
    pub(super) const fn pitch(self, side: usize) -> usize {
        side + if self.matrices.is_some() { 8 } else { 4 }
    }

    /// Bytes of shared memory that a cube of 16-bit numbers takes, with the sums of matrix units.
    pub(super) const fn shared_bytes(self) -> usize {
        let factors = self.depth * (self.pitch(self.rows) + self.pitch(self.columns));
        2 * factors + if self.matrices.is_some() { 4 * self.rows * self.columns } else { 0 }
    }
}

impl Matrices {
    /// Small matrices of each plane's part of a tile, down and across.
    fn count(self, tile: Tile) -> [usize; 2] {
        let [m, n, _] = self.sides;
        [tile.rows / self.planes[0] / m, tile.columns / self.planes[1] / n]
    }
}

/// The first row and column of a tile that belong to this unit's plane.
#[cube]
fn first_of_plane(#[comptime] shared: Matrices, #[comptime] tile: Tile) -> (usize, usize) {
    let ([m, n, _], [down, across]) = comptime!((shared.sides, shared.count(tile)));
    let (row, column) = (PLANE_POS as usize / shared.planes[1], PLANE_POS as usize % shared.planes[1]);
    (row * comptime!(down * m), column * comptime!(across * n))
}

/// The sums of one tile.
#[derive(CubeType)]
pub(super) struct Sums {
    /// Those of this unit, row by row: every `down`th row and every `across`th column of the tile.
    own: Array<f32>,
    /// Where matrix units multiply, those of its plane, row by row.
    matrices: Sequence<Matrix<f32>>,
}

#[cube]
impl Sums {
    /// All zero.
    pub(super) fn new(#[comptime] tile: Tile) -> Self {
        let count = comptime!(tile.each[0] * tile.each[1]);
        let mut own = Array::<f32>::new(count);
        let mut matrices = Sequence::<Matrix<f32>>::new();
        match comptime!(tile.matrices) {
            Some(shared) => {
                let [m, n, k] = comptime!(shared.sides);
                let [down, across] = comptime!(shared.count(tile));
                #[unroll]
                for _ in 0..down * across {
                    let layout = MatrixLayout::Undefined;
                    matrices.push(Matrix::<f32>::from_value(MatrixIdent::Accumulator, m, n, k, layout, 0.0f32));
                }
            }
            None =>
            {
                #[unroll]
                for i in 0..count {
                    own[i] = 0.0;
                }
            }
        }
        Sums { own, matrices }
    }

    /// Adds the products of what is in shared memory.
    pub(super) fn add<S: Float>(&mut self, a: &Shared<[S]>, b: &Shared<[S]>, #[comptime] tile: Tile) {
        match comptime!(tile.matrices) {
            Some(shared) => self.add_matrices(a, b, shared, tile),
            None => self.add_own(a, b, tile),
        }
    }

    fn add_own<S: Float>(&mut self, a: &Shared<[S]>, b: &Shared<[S]>, #[comptime] tile: Tile) {
        let (each_rows, each_columns) = comptime!((tile.each[0], tile.each[1]));
        let (across, down) = comptime!((tile.columns / tile.each[1], tile.rows / tile.each[0]));
        let (a_pitch, b_pitch) = comptime!((tile.pitch(tile.rows), tile.pitch(tile.columns)));
        let row = UNIT_POS as usize / across;
        let column = UNIT_POS as usize % across;
        let mut left = Array::<f32>::new(each_rows);
        for k in 0..tile.depth {
            #[unroll]
            for i in 0..each_rows {
                left[i] = f32::cast_from(a[k * a_pitch + row + i * down]);
            }
            #[unroll]
            for j in 0..each_columns {
                let right = f32::cast_from(b[k * b_pitch + column + j * across]);
                #[unroll]
                for i in 0..each_rows {
                    self.own[i * each_columns + j] += left[i] * right;
                }
            }
        }
    }

    fn add_matrices<S: Float>(
        &mut self,
        a: &Shared<[S]>,
        b: &Shared<[S]>,
        #[comptime] shared: Matrices,
        #[comptime] tile: Tile,
    ) {
        let [m, n, k] = comptime!(shared.sides);
        let [down, across] = comptime!(shared.count(tile));
        let (a_pitch, b_pitch) = comptime!((tile.pitch(tile.rows), tile.pitch(tile.columns)));
        let (first_row, first_column) = first_of_plane(shared, tile);
        #[unroll]
        for step in 0..comptime!(tile.depth / k) {
            let mut left = Sequence::<Matrix<S>>::new();
            #[unroll]
            for i in 0..down {
                let at = step * k * a_pitch + first_row + i * m;
                let layout = MatrixLayout::ColMajor;
                left.push(Matrix::<S>::from_slice(MatrixIdent::A, m, n, k, layout, &a[at..a.len()], a_pitch as u32));
            }
            #[unroll]
            for j in 0..across {
                let at = step * k * b_pitch + first_column + j * n;
                let layout = MatrixLayout::RowMajor;
                let right = Matrix::<S>::from_slice(MatrixIdent::B, m, n, k, layout, &b[at..b.len()], b_pitch as u32);
                #[unroll]
                for i in 0..down {
                    let sum = self.matrices.index(comptime!(i * across + j));
                    cmma::execute(left.index(i), &right, sum, sum);
                }
            }
        }
    }

    /// After the last term: from here on every unit has its own sums. To be called by all units of a cube.
    pub(super) fn finish(&mut self, #[comptime] tile: Tile) {
        match comptime!(tile.matrices) {
            Some(shared) => {
                let [m, n, _] = comptime!(shared.sides);
                let [down, across] = comptime!(shared.count(tile));
                let (first_row, first_column) = first_of_plane(shared, tile);
                let columns = comptime!(tile.columns);
                let mut all = Shared::<[f32]>::new_slice(comptime!(tile.rows * tile.columns));
                #[unroll]
                for i in 0..down {
                    #[unroll]
                    for j in 0..across {
                        let at = (first_row + i * m) * columns + first_column + j * n;
                        let (sum, layout) = (self.matrices.index(comptime!(i * across + j)), MatrixLayout::RowMajor);
                        let end = all.len();
                        cmma::store(&mut all[at..end], sum, columns as u32, layout);
                    }
                }
                sync_cube();
                let (in_row, in_column) = comptime!((tile.columns / tile.each[1], tile.rows / tile.each[0]));
                let (row, column) = (UNIT_POS as usize / in_row, UNIT_POS as usize % in_row);
                #[unroll]
                for i in 0..comptime!(tile.each[0]) {
                    #[unroll]
                    for j in 0..comptime!(tile.each[1]) {
                        let found = all[(row + i * in_column) * columns + column + j * in_row];
                        self.own[i * comptime!(tile.each[1]) + j] = found;
                    }
                }
            }
            None => {}
        }
    }

    /// This unit's sum in its own row `i` and column `j`.
    pub(super) fn at(&self, #[comptime] i: usize, #[comptime] j: usize, #[comptime] tile: Tile) -> f32 {
        self.own[comptime!(i * tile.each[1] + j)]
    }
}
