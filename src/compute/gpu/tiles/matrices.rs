//! Which tiles a device's matrix units compute, if it has them for 16-bit numbers and sums of 32 bits.

use super::sums::{Matrices, Tile};
use burn::backend::DispatchDevice;
use burn::tensor::Device;
use cubecl::ir::features::MmaConfig;
use cubecl::ir::{DeviceProperties, ElemType, FloatKind, HardwareProperties};

/// Columns of units in a tile that matrix units compute: neighbouring ones write neighbouring channels.
const ACROSS: usize = 16;
/// Planes of a cube at least.
const FEWEST_PLANES: usize = 4;

/// Rows, columns and terms of what the device's matrix units multiply at once in mixed precision; none where its units
/// multiply themselves.
pub(crate) fn matrix_units(device: &Device) -> Option<[usize; 3]> {
    match device.as_dispatch() {
        DispatchDevice::Cube(device) => {
            with_matrices(Tile::MIDDLE, device.client().properties())?.matrices.map(|matrices| matrices.sides)
        }
        _ => None,
    }
}

/// The same tile for matrix units, where the device has some that suit it.
pub(super) fn with_matrices(tile: Tile, device: &DeviceProperties) -> Option<Tile> {
    let suited = device.features.matmul.cmma.iter().filter_map(|config| suited(tile, config, &device.hardware));
    // The largest matrices need the fewest numbers from shared memory for each product.
    suited.max_by_key(|tile| tile.matrices.map(|matrices| matrices.sides))
}

/// The tile for matrix units of this kind.
fn suited(tile: Tile, config: &MmaConfig, hardware: &HardwareProperties) -> Option<Tile> {
    let [half, full] = [FloatKind::F16, FloatKind::F32].map(ElemType::Float);
    // Where planes have different sizes, nobody says beforehand which it will be.
    let same_planes = hardware.plane_size_min == hardware.plane_size_max;
    if !same_planes || [config.a_type, config.b_type, config.cd_type] != [half, half, full] {
        return None;
    }
    let plane = hardware.plane_size_max as usize;
    // As many units as bring a row or a column of the tile at once.
    let longest = tile.rows.max(tile.columns);
    let count = (longest / plane).max(FEWEST_PLANES);
    let planes = if tile.columns > ACROSS { [count / 2, 2] } else { [count, 1] };
    let sides = [config.m, config.n, config.k].map(|side| side as usize);
    let units = count * plane;
    // Each plane has whole matrices, and each unit equally many numbers to bring and sums to write.
    let whole = [
        (tile.rows, planes[0] * sides[0]),
        (tile.columns, planes[1] * sides[1]),
        (tile.depth, sides[2]),
        (units, longest),
        (units, tile.depth),
        (tile.columns * tile.depth, units),
        (tile.rows * ACROSS, units),
    ];
    if units > hardware.max_units_per_cube as usize || whole.into_iter().any(|(all, part)| all % part != 0) {
        return None;
    }
    let each = [tile.rows * ACROSS / units, tile.columns / ACROSS];
    let tile = Tile { each, matrices: Some(Matrices { sides, planes }), ..tile };
    (tile.shared_bytes() <= hardware.max_shared_memory_size).then_some(tile)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a device says of itself: sizes of planes, most units of a cube, bytes that they share.
    fn hardware(plane: [u32; 2], units: u32, shared: usize) -> HardwareProperties {
        HardwareProperties {
            load_width: 128,
            vector_register_count: None,
            plane_size_min: plane[0],
            plane_size_max: plane[1],
            max_bindings: 31,
            max_shared_memory_size: shared,
            max_cube_count: (65535, 65535, 65535),
            max_units_per_cube: units,
            max_cube_dim: (1024, 1024, 64),
            num_streaming_multiprocessors: None,
            num_tensor_cores: None,
            min_tensor_cores_dim: None,
            num_cpu_cores: None,
            last_level_cache_size: None,
            max_vector_size: 4,
            cube_mma_reserved_shared_memory: 0,
        }
    }

    fn config([m, n, k]: [u32; 3], types: [FloatKind; 3]) -> MmaConfig {
        let [a_type, b_type, cd_type] = types.map(ElemType::Float);
        MmaConfig { a_type, b_type, cd_type, m, n, k }
    }

    const HALF: [FloatKind; 3] = [FloatKind::F16, FloatKind::F16, FloatKind::F32];

    /// Every tile that is given is whole in every direction: planes, matrices, units that bring numbers and units that
    /// write sums. Of the sizes that real cards have, all are used.
    #[test]
    fn matrix_units_get_whole_tiles() {
        let mut used = 0;
        for sides in [[16, 16, 16], [16, 8, 16], [16, 8, 8], [8, 8, 8], [8, 8, 4], [8, 16, 16], [32, 32, 16]] {
            for plane in [8, 16, 32, 64] {
                for tile in [Tile::MIDDLE, Tile::NARROW] {
                    let hardware = hardware([plane, plane], 1024, 32 << 10);
                    let Some(found) = suited(tile, &config(sides, HALF), &hardware) else { continue };
                    used += 1;
                    let Matrices { sides, planes } = found.matrices.unwrap();
                    assert_eq!(found.units(), planes[0] * planes[1] * plane as usize);
                    assert_eq!((tile.rows % (planes[0] * sides[0]), tile.columns % (planes[1] * sides[1])), (0, 0));
                    assert_eq!((tile.depth % sides[2], found.units() % tile.depth), (0, 0));
                    assert!(found.units() >= tile.rows.max(tile.columns) && found.units() <= 1024, "{found:?}");
                    assert!(found.shared_bytes() <= 32 << 10, "{found:?}");
                    assert_eq!(found.units() * found.each[0] * found.each[1], tile.rows * tile.columns);
                }
            }
        }
        assert!(used > 30, "{used}");
        for tile in [Tile::MIDDLE, Tile::NARROW] {
            assert!(suited(tile, &config([16, 16, 16], HALF), &hardware([32, 32], 1024, 48 << 10)).is_some());
        }
    }

    #[test]
    fn devices_without_what_is_needed_multiply_by_their_units() {
        let (fine, sides) = (hardware([32, 32], 1024, 48 << 10), [16, 16, 16]);
        for types in [[FloatKind::F32; 3], [FloatKind::F16; 3], [FloatKind::BF16, FloatKind::BF16, FloatKind::F32]] {
            assert_eq!(suited(Tile::MIDDLE, &config(sides, types), &fine), None, "other numbers");
        }
        for (hardware, why) in [
            (hardware([32, 64], 1024, 48 << 10), "planes of two sizes"),
            (hardware([32, 32], 64, 48 << 10), "small cubes"),
            (hardware([32, 32], 1024, 16 << 10), "little shared memory"),
        ] {
            assert_eq!(suited(Tile::MIDDLE, &config(sides, HALF), &hardware), None, "{why}");
        }
        assert_eq!(suited(Tile::MIDDLE, &config([16, 16, 32], HALF), &fine), None, "more terms than a tile has");
    }
}
