//! Pictures made so small that only the shape of a face is left, without its single hairs.

use super::pictures::PictureSet;
use super::products::Vectors;

/// Side of the small pictures.
pub(crate) const SMALL: usize = 16;

/// Means over equal boxes: `side` x `side` RGB to 16 x 16, values from 0 to 255.
pub(crate) fn shrink(data: &[u8], side: usize) -> Vec<f32> {
    let mut small = vec![0f32; SMALL * SMALL * 3];
    let mut counts = vec![0f32; SMALL * SMALL];
    for (i, pixel) in data.chunks_exact(3).enumerate() {
        let index = i / side * SMALL / side * SMALL + i % side * SMALL / side;
        counts[index] += 1.0;
        for (sum, value) in small[index * 3..].iter_mut().zip(pixel) {
            *sum += f32::from(*value);
        }
    }
    small.chunks_exact_mut(3).zip(counts).for_each(|(sums, n)| sums.iter_mut().for_each(|sum| *sum /= n.max(1.0)));
    small
}

/// Left and right exchanged.
pub(crate) fn mirrored<T: Copy>(data: &[T], side: usize, channels: usize) -> Vec<T> {
    data.chunks_exact(side * channels).flat_map(|row| row.chunks_exact(channels).rev().flatten().copied()).collect()
}

/// All pictures at 16 px, values from -1 to 1: distances between them keep more digits around 0.
pub(super) fn small(pictures: &PictureSet) -> Vectors {
    let all = (0..pictures.len()).flat_map(|i| small_values(pictures.picture(i), pictures.side()));
    Vectors { size: SMALL * SMALL * 3, values: all.collect() }
}

/// One picture of `side` pixels in the same way.
pub(super) fn small_values(data: &[u8], side: usize) -> impl Iterator<Item = f32> {
    shrink(data, side).into_iter().map(|v| v / 127.5 - 1.0)
}

/// Each of the small pictures with left and right exchanged.
pub(super) fn mirrors(small: &Vectors) -> Vectors {
    let values = small.values.chunks_exact(small.size).flat_map(|picture| mirrored(picture, SMALL, 3));
    Vectors { size: small.size, values: values.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_takes_means() {
        let mut data = vec![0u8; 32 * 32 * 3];
        data[..6].copy_from_slice(&[10, 20, 30, 30, 20, 10]);
        let small = shrink(&data, 32);
        assert_eq!(small[..3], [10.0, 10.0, 10.0]);
        assert!(small[3..].iter().all(|v| *v == 0.0));
    }

    #[test]
    fn mirroring_twice_changes_nothing() {
        let mut set = PictureSet::new(16);
        set.push(&(0..768).map(|i| (i * 7 % 256) as u8).collect::<Vec<_>>()).unwrap();
        let small = small(&set);
        assert_ne!(mirrors(&small), small);
        assert_eq!(mirrors(&mirrors(&small)), small);
    }
}
