//! The kernels: one cube for each picture, whose units share its pixels.

// Kernels know no ranges.
#![allow(clippy::manual_range_contains)]

use cubecl::prelude::*;

/// Units of a cube; a power of two.
pub(super) const UNITS: u32 = 256;
/// Numbers of each picture; see [`super::PictureChanges`].
pub(super) const NUMBERS: usize = 10;

/// The changes of one picture as they come into force.
#[derive(CubeType)]
struct Changes {
    brightness: f32,
    saturation: f32,
    contrast: f32,
    zoom: f32,
    row: f32,
    column: f32,
    top: f32,
    left: f32,
}

#[cube]
fn changes_of(numbers: &Tensor<f32>, strength: &Tensor<f32>, at: usize, side: f32) -> Changes {
    let mut brightness = 0.0f32;
    let mut saturation = 1.0f32;
    let mut contrast = 1.0f32;
    if numbers[at + 3] < strength[0] {
        brightness = numbers[at];
        saturation = numbers[at + 1];
        contrast = numbers[at + 2];
    }
    let mut zoom = 1.0f32;
    let mut row = 0.0f32;
    let mut column = 0.0f32;
    // Beyond the picture.
    let mut top = side;
    let mut left = side;
    if numbers[at + 9] < strength[0] {
        zoom = numbers[at + 4];
        row = numbers[at + 5];
        column = numbers[at + 6];
        top = numbers[at + 7];
        left = numbers[at + 8];
    }
    Changes { brightness, saturation, contrast, zoom, row, column, top, left }
}

/// Where a place is seen that may lie beyond the border.
#[cube]
fn reflected(place: f32, last: f32, #[comptime] mirrored: bool) -> f32 {
    if mirrored { last - (last - place.abs()).abs() } else { place }
}

/// Whether row `row` and column `column` of the result show anything of the picture.
#[cube]
fn shows(changes: &Changes, row: f32, column: f32, side: f32, #[comptime] mirrored: bool) -> bool {
    let square = (side * 0.5 + 0.5).floor();
    let cut =
        row >= changes.top && row < changes.top + square && column >= changes.left && column < changes.left + square;
    if mirrored {
        !cut
    } else {
        let (from_row, from_column) = (row * changes.zoom + changes.row, column * changes.zoom + changes.column);
        let last = side - 1.0;
        !cut && from_row >= 0.0 && from_row <= last && from_column >= 0.0 && from_column <= last
    }
}

/// The sum of what all units of the cube have.
#[cube]
pub(in crate::compute::gpu) fn total(mine: f32, #[comptime] units: usize) -> f32 {
    let mut sums = Shared::<[f32]>::new_slice(units);
    let unit = UNIT_POS as usize;
    sums[unit] = mine;
    sync_cube();
    let mut half = units.runtime() / 2;
    while half > 0 {
        if unit < half {
            let other = sums[unit + half];
            sums[unit] += other;
        }
        sync_cube();
        half /= 2;
    }
    sums[0]
}

/// With brightness b, saturation s and contrast c, and x's mean over the channels g and over the picture m, colours
/// become c s x + c (1 - s) g + (1 - c) m + b; then the picture is moved and cut. `x` and `y`: B x 3 x S x S.
#[cube(launch)]
pub(super) fn augment_kernel(
    x: &Tensor<f32>,
    numbers: &Tensor<f32>,
    strength: &Tensor<f32>,
    y: &mut Tensor<f32>,
    first: u32,
    #[comptime] mirrored: bool,
) {
    let picture = CUBE_POS_X as usize;
    let side = x.shape(2);
    let side_f = f32::cast_from(side as u32);
    let last = side_f - 1.0;
    let plane = side * side;
    let changes = changes_of(numbers, strength, first as usize + picture * NUMBERS, side_f);
    let from = picture * x.stride(0);
    let channel = x.stride(1);

    let mut sum = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < plane {
        let at = from + (i / side) * x.stride(2) + (i % side) * x.stride(3);
        sum += x[at] + x[at + channel] + x[at + 2 * channel];
        i += UNITS as usize;
    }
    let mean = total(sum, UNITS as usize) / f32::cast_from((3 * plane) as u32);
    let own = changes.contrast * changes.saturation;
    let grey = changes.contrast * (1.0 - changes.saturation) / 3.0;
    let added = (1.0 - changes.contrast) * mean + changes.brightness;

    let mut i = UNIT_POS as usize;
    while i < plane {
        let row = f32::cast_from((i / side) as u32);
        let column = f32::cast_from((i % side) as u32);
        let mut red = 0.0f32;
        let mut green = 0.0f32;
        let mut blue = 0.0f32;
        if shows(&changes, row, column, side_f, mirrored) {
            let from_row = reflected(row * changes.zoom + changes.row, last, mirrored);
            let from_column = reflected(column * changes.zoom + changes.column, last, mirrored);
            let down = from_row - from_row.floor();
            let right = from_column - from_column.floor();
            let top = u32::cast_from(from_row.floor()) as usize;
            let left = u32::cast_from(from_column.floor()) as usize;
            #[unroll]
            for corner in 0..4u32 {
                let (lower, righter) = comptime!((corner / 2, corner % 2));
                let mut share_row = down;
                if comptime!(lower == 0) {
                    share_row = 1.0 - down;
                }
                let mut share_column = right;
                if comptime!(righter == 0) {
                    share_column = 1.0 - right;
                }
                let share = share_row * share_column;
                // Beyond the last row or column the share is none.
                let r = min(top + lower as usize, side - 1);
                let c = min(left + righter as usize, side - 1);
                let at = from + r * x.stride(2) + c * x.stride(3);
                red += share * x[at];
                green += share * x[at + channel];
                blue += share * x[at + 2 * channel];
            }
            let common = grey * (red + green + blue) + added;
            red = own * red + common;
            green = own * green + common;
            blue = own * blue + common;
        }
        let to_channel = y.stride(1);
        let at = picture * y.stride(0) + (i / side) * y.stride(2) + (i % side) * y.stride(3);
        y[at] = red;
        y[at + to_channel] = green;
        y[at + 2 * to_channel] = blue;
        i += UNITS as usize;
    }
}

/// Rows of the result, from the first up to before the end, whose place `i * zoom + start` is less than 1 from `at`.
#[cube]
fn near(at: f32, zoom: f32, start: f32, side: f32) -> (usize, usize) {
    let first = ((at - 1.0 - start) / zoom).floor();
    let end = ((at + 1.0 - start) / zoom).floor() + 1.0;
    (u32::cast_from(clamp(first, 0.0, side)) as usize, u32::cast_from(clamp(end, 0.0, side)) as usize)
}

/// Where the picture's row `j` lies: itself, and its images above the first row and below the last.
#[cube]
fn image(j: f32, last: f32, number: u32) -> f32 {
    let mut place = j;
    if number == 1 {
        place = -j;
    }
    if number == 2 {
        place = 2.0 * last - j;
    }
    place
}

/// The share that row `i` of the result takes from the picture's row `j`, if it takes it from this image.
#[cube]
fn share(i: f32, j: f32, zoom: f32, start: f32, last: f32, number: u32, #[comptime] mirrored: bool) -> f32 {
    let place = i * zoom + start;
    let mut seen = 0u32;
    if place < 0.0 {
        seen = 1u32;
    }
    if place > last {
        seen = 2u32;
    }
    let mut found = 0.0f32;
    if seen == number {
        found = max(1.0 - (reflected(place, last, mirrored) - j).abs(), 0.0);
    }
    found
}

/// The gradient by `x` from that by `y`: each pixel collects from where it was seen.
#[cube(launch)]
pub(super) fn augment_gradient_kernel(
    dy: &Tensor<f32>,
    numbers: &Tensor<f32>,
    strength: &Tensor<f32>,
    dx: &mut Tensor<f32>,
    first: u32,
    #[comptime] mirrored: bool,
) {
    let picture = CUBE_POS_X as usize;
    let side = dy.shape(2);
    let side_f = f32::cast_from(side as u32);
    let last = side_f - 1.0;
    let plane = side * side;
    let changes = changes_of(numbers, strength, first as usize + picture * NUMBERS, side_f);
    let from = picture * dy.stride(0);
    let channel = dy.stride(1);

    let mut sum = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < plane {
        let row = f32::cast_from((i / side) as u32);
        let column = f32::cast_from((i % side) as u32);
        if shows(&changes, row, column, side_f, mirrored) {
            let at = from + (i / side) * dy.stride(2) + (i % side) * dy.stride(3);
            sum += dy[at] + dy[at + channel] + dy[at + 2 * channel];
        }
        i += UNITS as usize;
    }
    // What every pixel adds to the picture's mean.
    let through_mean = (1.0 - changes.contrast) * total(sum, UNITS as usize) / f32::cast_from((3 * plane) as u32);
    let own = changes.contrast * changes.saturation;
    let grey = changes.contrast * (1.0 - changes.saturation) / 3.0;
    let images = comptime!(if mirrored { 3u32 } else { 1u32 });

    let mut i = UNIT_POS as usize;
    while i < plane {
        let row = f32::cast_from((i / side) as u32);
        let column = f32::cast_from((i % side) as u32);
        let mut red = 0.0f32;
        let mut green = 0.0f32;
        let mut blue = 0.0f32;
        for of_row in 0..images {
            let (top, bottom) = near(image(row, last, of_row), changes.zoom, changes.row, side_f);
            for r in top..bottom {
                let r_f = f32::cast_from(r as u32);
                let share_row = share(r_f, row, changes.zoom, changes.row, last, of_row, mirrored);
                for of_column in 0..images {
                    let (left, right) = near(image(column, last, of_column), changes.zoom, changes.column, side_f);
                    for c in left..right {
                        let c_f = f32::cast_from(c as u32);
                        let part =
                            share_row * share(c_f, column, changes.zoom, changes.column, last, of_column, mirrored);
                        if part > 0.0 && shows(&changes, r_f, c_f, side_f, mirrored) {
                            let at = from + r * dy.stride(2) + c * dy.stride(3);
                            red += part * dy[at];
                            green += part * dy[at + channel];
                            blue += part * dy[at + 2 * channel];
                        }
                    }
                }
            }
        }
        let common = grey * (red + green + blue) + through_mean;
        let to_channel = dx.stride(1);
        let at = picture * dx.stride(0) + (i / side) * dx.stride(2) + (i % side) * dx.stride(3);
        dx[at] = own * red + common;
        dx[at + to_channel] = own * green + common;
        dx[at + 2 * to_channel] = own * blue + common;
        i += UNITS as usize;
    }
}
