//! RGB pictures as the planes that video codecs take.

/// Y, Cb and Cr of a picture by ITU-R BT.709 in the limited range (16 to 235, 16 to 240), chroma at half the size.
pub(super) struct YuvPlanes {
    width: usize,
    height: usize,
    /// Rows without gaps.
    pub values: [Vec<u8>; 3],
}

impl YuvPlanes {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let half = vec![0; width.div_ceil(2) * height.div_ceil(2)];
        Self { width, height, values: [vec![0; width * height], half.clone(), half] }
    }

    /// Bytes of a row of each plane.
    pub(super) fn strides(&self) -> [usize; 3] {
        let half = self.width.div_ceil(2);
        [self.width, half, half]
    }

    /// Takes RGB values, three bytes a pixel.
    pub(super) fn fill(&mut self, rgb: &[u8]) {
        let (width, height) = (self.width, self.height);
        for (y, pixel) in self.values[0].iter_mut().zip(rgb.chunks_exact(3)) {
            *y = (16.5 + luma(pixel) * 219.0 / 255.0) as u8;
        }
        let half = width.div_ceil(2);
        for row in 0..height.div_ceil(2) {
            for column in 0..half {
                // The mean of the four pixels, at an odd edge of those that there are.
                let mut sum = [0.0f32; 3];
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let (x, y) = ((2 * column + dx).min(width - 1), (2 * row + dy).min(height - 1));
                    let pixel = &rgb[(y * width + x) * 3..][..3];
                    sum.iter_mut().zip(pixel).for_each(|(s, p)| *s += f32::from(*p) / 4.0);
                }
                let luma = KR * sum[0] + KG * sum[1] + KB * sum[2];
                let chroma = |c: f32, k: f32| (128.5 + (c - luma) / (2.0 * (1.0 - k)) * 224.0 / 255.0) as u8;
                self.values[1][row * half + column] = chroma(sum[2], KB);
                self.values[2][row * half + column] = chroma(sum[0], KR);
            }
        }
    }
}

const KR: f32 = 0.2126;
const KG: f32 = 0.7152;
const KB: f32 = 0.0722;

fn luma(rgb: &[u8]) -> f32 {
    KR * f32::from(rgb[0]) + KG * f32::from(rgb[1]) + KB * f32::from(rgb[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from the standard's table of 75 % and 100 % colour bars.
    #[test]
    fn colours_are_those_of_the_standard() {
        for (rgb, expected) in [
            ([255, 255, 255], [235, 128, 128]),
            ([0, 0, 0], [16, 128, 128]),
            ([255, 0, 0], [63, 102, 240]),
            ([0, 255, 0], [173, 42, 26]),
            ([0, 0, 255], [32, 240, 118]),
            ([191, 191, 0], [168, 44, 136]),
        ] {
            let mut planes = YuvPlanes::new(3, 3);
            planes.fill(&rgb.repeat(9));
            assert_eq!(planes.values.each_ref().map(|v| v.len()), [9, 4, 4]);
            for (plane, expected) in planes.values.iter().zip(expected) {
                assert!(plane.iter().all(|v| v.abs_diff(expected) <= 1), "{rgb:?}: {plane:?}, expected {expected}");
            }
        }
    }
}
