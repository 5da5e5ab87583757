//! Colours of any profile to sRGB, which is what everything else works with.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, Transform8BitExecutor, TransformOptions, XyY,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Pixels that are converted at a time, so that little memory is needed besides the picture.
const BAND: usize = 4096;

/// Converts colours of one profile, in place.
pub(super) enum Conversion {
    /// Three channels together, perhaps with an opacity that stays.
    Colour(Arc<Transform8BitExecutor>),
    /// Each grey on its own.
    Grey(Box<[[u8; 3]; 256]>),
}

impl Conversion {
    /// From an ICC profile, for pixels of three channels or of four with opacity. None if there is nothing to do: the
    /// profile is that of sRGB or close to it, or damaged, or one for another kind of picture.
    pub(super) fn from_icc(profile: &[u8], channels: usize) -> Option<Self> {
        Self::from_profile(|| ColorProfile::new_from_slice(profile).ok(), channels)
    }

    /// From the numbers for primaries and transfer of H.273. None if there is nothing to do.
    pub(super) fn from_numbers(primaries: u8, transfer: u8, channels: usize) -> Option<Self> {
        Self::from_profile(|| profile_of(primaries, transfer), channels)
    }

    /// From the gamma and, if they are known, the white point and primaries of a PNG file.
    pub(super) fn from_gamma(gamma: f32, points: Option<[(f32, f32); 4]>, channels: usize) -> Option<Self> {
        let profile = || {
            let mut profile = ColorProfile::new_srgb();
            if let Some([white, red, green, blue]) = points {
                let at = |(x, y)| Chromaticity::new(x, y);
                let primaries = ColorPrimaries { red: at(red), green: at(green), blue: at(blue) };
                profile.update_rgb_colorimetry(XyY::new(white.0.into(), white.1.into(), 1.0), primaries);
            }
            set_curve(&mut profile, ToneReprCurve::Parametric(vec![1.0 / gamma]));
            Some(profile)
        };
        Self::from_profile(profile, channels)
    }

    fn from_profile(profile: impl Fn() -> Option<ColorProfile>, channels: usize) -> Option<Self> {
        let made = || Self::new(&profile()?, channels).filter(|conversion| !conversion.keeps_all(channels));
        // A profile is input like any other, and a damaged one no reason to do without the picture.
        catch_unwind(AssertUnwindSafe(made)).ok()?
    }

    fn new(profile: &ColorProfile, channels: usize) -> Option<Self> {
        let (srgb, options) = (ColorProfile::new_srgb(), TransformOptions::default());
        match profile.color_space {
            DataColorSpace::Rgb => {
                let layout = if channels == 4 { Layout::Rgba } else { Layout::Rgb };
                Some(Self::Colour(profile.create_transform_8bit(layout, &srgb, layout, options).ok()?))
            }
            DataColorSpace::Gray => {
                let transform = profile.create_transform_8bit(Layout::Gray, &srgb, Layout::Rgb, options).ok()?;
                let (greys, mut colours) = (std::array::from_fn::<u8, 256, _>(|i| i as u8), [[0; 3]; 256]);
                transform.transform(&greys, colours.as_flattened_mut()).ok()?;
                Some(Self::Grey(Box::new(colours)))
            }
            _ => None,
        }
    }

    /// Whether no colour changes by more than rounding does: so profiles of sRGB are recognised, whatever they are
    /// called.
    fn keeps_all(&self, channels: usize) -> bool {
        let steps = || (0..=255u8).step_by(51);
        let colours = steps().flat_map(|r| steps().flat_map(move |g| steps().map(move |b| [r, g, b, 255])));
        let greys = (0..=255).map(|grey| [grey, grey, grey, 255]);
        let before: Vec<u8> = match self {
            Self::Colour(_) => colours.chain(greys).flat_map(|colour| colour[..channels].to_vec()).collect(),
            Self::Grey(_) => greys.flat_map(|colour| colour[..channels].to_vec()).collect(),
        };
        let mut after = before.clone();
        self.apply(&mut after, channels);
        before.iter().zip(&after).all(|(before, after)| before.abs_diff(*after) <= 1)
    }

    /// Converts pixels of so many channels, which are those that it was made for.
    pub(super) fn apply(&self, pixels: &mut [u8], channels: usize) {
        match self {
            Self::Colour(transform) => {
                for band in pixels.chunks_mut(BAND * channels) {
                    let source = band.to_vec();
                    // The sizes are right, so that this cannot fail; if it does, colours stay as they are.
                    if transform.transform(&source, band).is_err() {
                        band.copy_from_slice(&source);
                    }
                }
            }
            Self::Grey(colours) => {
                for pixel in pixels.chunks_exact_mut(channels) {
                    let colour = colours[usize::from(pixel[0])];
                    pixel[..3].copy_from_slice(&colour);
                }
            }
        }
    }
}

fn set_curve(profile: &mut ColorProfile, curve: ToneReprCurve) {
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    profile.cicp = None;
}

/// A profile for the numbers of H.273.
fn profile_of(primaries: u8, transfer: u8) -> Option<ColorProfile> {
    // Unknown ones, and those of the television norms that still pictures are labelled with and that nobody converts.
    let primaries = if matches!(primaries, 2 | 5 | 6) { 1 } else { primaries };
    let curve = match transfer {
        16 => Some(light_curve(perceptual_quantiser)),
        18 => Some(light_curve(hybrid_log_gamma)),
        _ => None,
    };
    let transfer = if matches!(transfer, 1 | 2 | 6 | 14 | 15) || curve.is_some() { 13 } else { transfer };
    if (primaries, transfer) == (1, 13) && curve.is_none() {
        return None;
    }
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    profile.update_rgb_colorimetry_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    if let Some(curve) = curve {
        set_curve(&mut profile, curve);
    }
    Some(profile)
}

/// A curve for pictures of high dynamic range: light up to that of white paper stays as it is, what is brighter comes
/// closer and closer to the brightest that sRGB has.
fn light_curve(nits: fn(f32) -> f32) -> ToneReprCurve {
    /// Of white paper, as ITU-R BT.2408 says.
    const PAPER: f32 = 203.0;
    const STEPS: u16 = 4095;
    const KNEE: f32 = 0.8;
    let value = |i: u16| {
        let light = nits(f32::from(i) / f32::from(STEPS)) / PAPER;
        let over = light - KNEE;
        let shown = if over <= 0.0 { light } else { KNEE + (1.0 - KNEE) * (1.0 - (-over / (1.0 - KNEE)).exp()) };
        (shown * 65535.0).round() as u16
    };
    ToneReprCurve::Lut((0..=STEPS).map(value).collect())
}

/// PQ (SMPTE ST 2084) to candelas per square metre.
#[expect(clippy::excessive_precision, reason = "as the standard writes it")]
fn perceptual_quantiser(value: f32) -> f32 {
    let power = value.powf(1.0 / 78.84375);
    let ratio = (power - 0.8359375).max(0.0) / (18.8515625 - 18.6875 * power);
    10_000.0 * ratio.powf(1.0 / 0.1593017578125)
}

/// HLG (ITU-R BT.2100) to candelas per square metre on a screen of 1,000.
#[expect(clippy::excessive_precision, reason = "as the standard writes it")]
fn hybrid_log_gamma(value: f32) -> f32 {
    const A: f32 = 0.17883277;
    const B: f32 = 0.28466892;
    const C: f32 = 0.55991073;
    let scene = if value <= 0.5 { value * value / 3.0 } else { (((value - C) / A).exp() + B) / 12.0 };
    1000.0 * scene.powf(1.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One colour, converted.
    fn converted(conversion: &Conversion, colour: [u8; 3]) -> [u8; 3] {
        let mut pixels = colour.repeat(BAND + 1);
        conversion.apply(&mut pixels, 3);
        assert_eq!(pixels[..3], pixels[pixels.len() - 3..], "all bands alike");
        [pixels[0], pixels[1], pixels[2]]
    }

    #[track_caller]
    fn assert_close(found: [u8; 3], expected: [u8; 3]) {
        assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?} is not {expected:?}");
    }

    #[test]
    fn srgb_and_what_is_no_profile_change_nothing() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        for profile in [&srgb[..], &srgb[..srgb.len() / 2], b"", &[255; 200], &[0; 4096]] {
            assert!(Conversion::from_icc(profile, 3).is_none());
        }
        assert!(Conversion::from_numbers(1, 13, 3).is_none() && Conversion::from_numbers(2, 2, 3).is_none());
        assert!(Conversion::from_numbers(77, 99, 3).is_none());
        // The usual gamma of PNG files is that of sRGB but for the darkest colours.
        for nonsense in [0.0, f32::NAN, -1.0] {
            let _ = Conversion::from_gamma(nonsense, None, 3);
        }
        let flat = Some([(0.0, 0.0); 4]);
        let _ = Conversion::from_gamma(0.45455, flat, 3);
    }

    /// Values as the matrices of the standards give them.
    #[test]
    fn other_profiles_become_srgb() {
        let p3 = ColorProfile::new_display_p3().encode().unwrap();
        let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
        for conversion in [Conversion::from_icc(&p3, 3).unwrap(), Conversion::from_numbers(12, 13, 3).unwrap()] {
            assert_close(converted(&conversion, [128; 3]), [128; 3]);
            assert_close(converted(&conversion, [180, 120, 100]), [190, 117, 95]);
        }
        let adobe = Conversion::from_icc(&adobe, 3).unwrap();
        assert_close(converted(&adobe, [180, 120, 100]), [199, 121, 99]);
        let mut with_opacity = [180, 120, 100, 7];
        Conversion::from_icc(&p3, 4).unwrap().apply(&mut with_opacity, 4);
        assert_eq!(with_opacity[3], 7);
        let grey = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        assert_close(converted(&Conversion::from_icc(&grey, 3).unwrap(), [55; 3]), [128; 3]);
        assert_close(converted(&Conversion::from_gamma(1.0, None, 3).unwrap(), [55; 3]), [128; 3]);
    }

    /// White paper in both norms, and light that sRGB does not have.
    #[test]
    fn high_dynamic_range_keeps_paper_nearly_white() {
        for (transfer, paper) in [(16, 148), (18, 191)] {
            let conversion = Conversion::from_numbers(9, transfer, 3).unwrap();
            let [paper, brightest] = [paper, 255].map(|value| converted(&conversion, [value; 3])[0]);
            assert!((235..252).contains(&paper) && brightest >= 254, "{transfer}: {paper} {brightest}");
        }
    }
}
