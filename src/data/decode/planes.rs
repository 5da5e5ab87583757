//! Luma and chroma to RGB, as ITU-T H.273 says.

/// What decodes one coded picture: a single one, or a tile of a grid.
pub(super) struct Coder {
    /// The property that configures it.
    pub config: [u8; 4],
    /// Width and height, from the headers, before anything large is allocated.
    pub size: fn(config: &[u8], data: &[u8]) -> Result<(usize, usize), String>,
    pub planes: fn(config: &[u8], data: &[u8]) -> Result<Planes, String>,
}

/// A picture as video coders store it. Samples stand row by row, without gaps.
pub(super) struct Planes {
    pub width: usize,
    pub height: usize,
    /// Bits of a sample, 8 to 16.
    pub depth: u32,
    pub luma: Vec<u16>,
    /// None for grey pictures.
    pub chroma: Option<Chroma>,
    /// What the coded picture itself says about its colours.
    pub coding: Coding,
}

/// Both colour differences.
pub(super) struct Chroma {
    pub blue: Vec<u16>,
    pub red: Vec<u16>,
    /// One sample for two pixels side by side.
    pub half_width: bool,
    /// One sample for two pixels on top of each other.
    pub half_height: bool,
    /// Shared samples are blended with their neighbours, in place of standing for each of their pixels alike. A choice,
    /// made for each format as its reference decoder makes it.
    pub blended: bool,
}

/// How colours are coded: the numbers of H.273, 2 for "unspecified".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    pub primaries: u8,
    pub transfer: u8,
    pub matrix: u8,
    /// Samples use all values. Otherwise 8-bit luma goes from 16 to 235.
    pub full_range: bool,
}

/// Where a picture goes: an RGB canvas and the place of the picture's corner on it.
pub(super) struct Target<'a> {
    pub rgb: &'a mut [u8],
    pub width: usize,
    pub height: usize,
    pub left: usize,
    pub top: usize,
}

/// How the three samples of a pixel become colours.
enum Mix {
    /// They are green, blue and red already.
    Same,
    /// Luma, and differences weighted by the shares of red and blue in it.
    Weighted { red: f32, blue: f32 },
    /// Luma, and differences of green and orange.
    GreenOrange,
}

impl Mix {
    fn of(coding: Coding) -> Result<Self, String> {
        Ok(match (coding.matrix, coding.primaries) {
            (0, _) => Self::Same,
            (1, _) | (12, 1) => Self::Weighted { red: 0.2126, blue: 0.0722 },
            // The rest of the numbers that stand for an unknown matrix are read as still pictures are by default.
            (2 | 3 | 5 | 6, _) => Self::Weighted { red: 0.299, blue: 0.114 },
            (4, _) => Self::Weighted { red: 0.30, blue: 0.11 },
            (7, _) => Self::Weighted { red: 0.212, blue: 0.087 },
            (8, _) => Self::GreenOrange,
            (9, _) | (12, 9) => Self::Weighted { red: 0.2627, blue: 0.0593 },
            (matrix, _) => return Err(format!("an unsupported variant of its format: colour matrix {matrix}")),
        })
    }
}

impl Planes {
    /// Whether all samples that the sizes promise are there.
    pub(super) fn is_whole(&self) -> bool {
        let count = self.width * self.height;
        let chroma = self.chroma.as_ref().is_none_or(|chroma| {
            let count = chroma.width(self.width) * chroma.height(self.height);
            chroma.blue.len() == count && chroma.red.len() == count
        });
        count > 0 && self.luma.len() == count && chroma && (8..=16).contains(&self.depth)
    }

    /// Draws the part of the picture that fits on the canvas.
    ///
    /// # Errors
    /// A way of coding colours that is not known.
    pub(super) fn paint(&self, coding: Coding, target: Target<'_>) -> Result<(), String> {
        let mix = Mix::of(coding)?;
        let columns = self.width.min(target.width.saturating_sub(target.left));
        let rows = self.height.min(target.height.saturating_sub(target.top));
        let scale = Scale::new(self.depth, coding.full_range);
        let (mut blue, mut red) = (vec![0.0; columns], vec![0.0; columns]);
        for y in 0..rows {
            let luma = &self.luma[y * self.width..][..columns];
            let start = ((target.top + y) * target.width + target.left) * 3;
            let out = target.rgb[start..start + columns * 3].as_chunks_mut::<3>().0;
            let Some(chroma) = &self.chroma else {
                out.iter_mut().zip(luma).for_each(|(rgb, &luma)| *rgb = [to_byte(scale.luma(luma)); 3]);
                continue;
            };
            chroma.row(&chroma.blue, self.width, self.height, y, &mut blue);
            chroma.row(&chroma.red, self.width, self.height, y, &mut red);
            for ((rgb, &luma), (&blue, &red)) in out.iter_mut().zip(luma).zip(blue.iter().zip(&red)) {
                *rgb = scale.mixed(&mix, luma, blue, red).map(to_byte);
            }
        }
        Ok(())
    }

    /// Luma as opacity, 0 to 255, for the part that fits on a canvas of one byte a pixel.
    pub(super) fn paint_opacity(&self, (width, height): (usize, usize), (left, top): (usize, usize), out: &mut [u8]) {
        let columns = self.width.min(width.saturating_sub(left));
        let scale = Scale::new(self.depth, self.coding.full_range);
        for y in 0..self.height.min(height.saturating_sub(top)) {
            let luma = &self.luma[y * self.width..][..columns];
            let out = &mut out[(top + y) * width + left..][..columns];
            out.iter_mut().zip(luma).for_each(|(out, &luma)| *out = to_byte(scale.luma(luma)));
        }
    }
}

impl Chroma {
    pub(super) fn width(&self, luma: usize) -> usize {
        if self.half_width { luma.div_ceil(2) } else { luma }
    }

    pub(super) fn height(&self, luma: usize) -> usize {
        if self.half_height { luma.div_ceil(2) } else { luma }
    }

    /// One row of a plane at the size of luma. Where there is one sample for two pixels, it lies between them; blended,
    /// pixels are three parts of their own sample and one part of the neighbour on their side.
    fn row(&self, plane: &[u16], width: usize, height: usize, y: usize, out: &mut [f32]) {
        let (width, height) = (self.width(width), self.height(height));
        if !self.blended {
            let (right, down) = (usize::from(self.half_width), usize::from(self.half_height));
            let row = &plane[(y >> down) * width..][..width];
            out.iter_mut().enumerate().for_each(|(x, out)| *out = f32::from(row[x >> right]));
            return;
        }
        let (near, far) = if self.half_height { neighbours(y, height) } else { (y, y) };
        let (near, far) = (&plane[near * width..][..width], &plane[far * width..][..width]);
        let at = |x: usize| 0.75 * f32::from(near[x]) + 0.25 * f32::from(far[x]);
        for (x, out) in out.iter_mut().enumerate() {
            *out = if self.half_width {
                let (near, far) = neighbours(x, width);
                0.75 * at(near) + 0.25 * at(far)
            } else {
                at(x)
            };
        }
    }
}

/// The sample of a pixel, and the next one on the pixel's side of it.
fn neighbours(pixel: usize, samples: usize) -> (usize, usize) {
    let own = pixel / 2;
    let next = if pixel % 2 == 1 { (own + 1).min(samples - 1) } else { own.saturating_sub(1) };
    (own, next)
}

/// Samples to 0..1 (luma) and -0.5..0.5 (differences).
struct Scale {
    black: f32,
    luma: f32,
    middle: f32,
    chroma: f32,
}

impl Scale {
    fn new(depth: u32, full_range: bool) -> Self {
        let (unit, most) = ((1u32 << (depth - 8)) as f32, ((1u32 << depth) - 1) as f32);
        let (black, luma, chroma) =
            if full_range { (0.0, most, most) } else { (16.0 * unit, 219.0 * unit, 224.0 * unit) };
        Self { black, luma: 1.0 / luma, middle: 128.0 * unit, chroma: 1.0 / chroma }
    }

    fn luma(&self, sample: u16) -> f32 {
        (f32::from(sample) - self.black) * self.luma
    }

    fn mixed(&self, mix: &Mix, luma: u16, blue: f32, red: f32) -> [f32; 3] {
        let luma = self.luma(luma);
        let (b, r) = ((blue - self.middle) * self.chroma, (red - self.middle) * self.chroma);
        match *mix {
            Mix::Same => [(red - self.black) * self.luma, luma, (blue - self.black) * self.luma],
            Mix::GreenOrange => [luma - b + r, luma + b, luma - b - r],
            Mix::Weighted { red, blue } => {
                let (out_red, out_blue) = (luma + 2.0 * (1.0 - red) * r, luma + 2.0 * (1.0 - blue) * b);
                let green = (luma - red * out_red - blue * out_blue) / (1.0 - red - blue);
                [out_red, green, out_blue]
            }
        }
    }
}

fn to_byte(value: f32) -> u8 {
    // The cast keeps within 0 and 255.
    (value * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Coding = Coding { primaries: 1, transfer: 13, matrix: 6, full_range: true };

    fn painted(planes: &Planes, coding: Coding) -> Vec<u8> {
        assert!(planes.is_whole());
        let mut rgb = vec![0; planes.width * planes.height * 3];
        let (width, height) = (planes.width, planes.height);
        planes.paint(coding, Target { rgb: &mut rgb, width, height, left: 0, top: 0 }).unwrap();
        rgb
    }

    fn one(depth: u32, luma: u16, blue: u16, red: u16) -> Planes {
        let chroma = Chroma { blue: vec![blue], red: vec![red], half_width: false, half_height: false, blended: false };
        Planes { width: 1, height: 1, depth, luma: vec![luma], chroma: Some(chroma), coding: STILL }
    }

    /// Black, white and red as the standards have them, in all and in the narrower range, in 8 and 10 bits.
    #[test]
    fn standards_agree_on_the_plain_colours() {
        let narrow = Coding { matrix: 1, full_range: false, ..STILL };
        for (planes, coding, colour) in [
            (one(8, 0, 128, 128), STILL, [0; 3]),
            (one(8, 255, 128, 128), STILL, [255; 3]),
            (one(8, 76, 85, 255), STILL, [254, 0, 0]),
            (one(8, 16, 128, 128), narrow, [0; 3]),
            (one(10, 940, 512, 512), narrow, [255; 3]),
            (one(10, 250, 409, 960), narrow, [255, 0, 0]),
            (one(8, 9, 8, 7), Coding { matrix: 0, ..STILL }, [7, 9, 8]),
            (one(12, 2048, 2048, 2048), Coding { matrix: 8, ..STILL }, [128; 3]),
        ] {
            let found = painted(&planes, coding);
            assert!(found.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?} is not {colour:?}");
        }
        let unknown = Coding { matrix: 14, ..STILL };
        let target = Target { rgb: &mut [0; 3], width: 1, height: 1, left: 0, top: 0 };
        assert!(one(8, 0, 0, 0).paint(unknown, target).unwrap_err().contains("colour matrix 14"));
    }

    #[test]
    fn shared_samples_stand_for_their_pixels_or_are_blended() {
        let chroma = |blended| {
            let blue = vec![128; 2];
            Some(Chroma { blue, red: vec![128, 192], half_width: true, half_height: true, blended })
        };
        let planes = |blended| {
            let (luma, chroma) = (vec![100; 6], chroma(blended));
            Planes { width: 3, height: 2, depth: 8, luma, chroma, coding: STILL }
        };
        let red = |rgb: Vec<u8>| [rgb[0], rgb[3], rgb[6]];
        assert_eq!(red(painted(&planes(false), STILL)), [100, 100, 190]);
        assert_eq!(red(painted(&planes(true), STILL)), [100, 122, 167]);
    }

    /// A tile that reaches over two sides of the canvas is cut there.
    #[test]
    fn only_what_is_on_the_canvas_is_drawn() {
        let planes = Planes { width: 4, height: 4, depth: 8, luma: vec![50; 16], chroma: None, coding: STILL };
        let mut rgb = vec![9; 5 * 3 * 3];
        planes.paint(STILL, Target { rgb: &mut rgb, width: 5, height: 3, left: 3, top: 2 }).unwrap();
        assert_eq!(rgb.iter().filter(|v| **v == 50).count(), 2 * 3);
        let mut opacity = vec![0; 15];
        planes.paint_opacity((5, 3), (3, 2), &mut opacity);
        assert_eq!(opacity.iter().filter(|v| **v == 50).count(), 2);
    }
}
