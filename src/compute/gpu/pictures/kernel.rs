//! The kernel.

use cubecl::prelude::*;

/// One unit for each pixel.
#[cube(launch)]
pub(super) fn pictures_kernel(bytes: &Tensor<i32>, numbers: &Tensor<f32>, y: &mut Tensor<f32>, first: u32) {
    let side = y.shape(2);
    let pixel = ABSOLUTE_POS;
    if pixel >= y.shape(0) * side * side {
        terminate!();
    }
    let (column, row, picture) = (pixel % side, pixel / side % side, pixel / (side * side));
    let at = first as usize + 2 * picture;
    let mut from_column = column;
    if numbers[at + 1] > 0.5 {
        from_column = side - 1 - column;
    }
    let from = u32::cast_from(numbers[at]) as usize * bytes.stride(0);
    #[unroll]
    for channel in 0..3usize {
        let byte = (row * side + from_column) * 3 + channel;
        let word = u32::cast_from(bytes[from + byte / 4]);
        let value = (word >> ((byte % 4) as u32 * 8)) & 255;
        let to = picture * y.stride(0) + channel * y.stride(1) + row * y.stride(2) + column * y.stride(3);
        y[to] = f32::cast_from(value) / 127.5 - 1.0;
    }
}
