//! AV1 by rav1e, an encoder in Rust: RGB frames in, packets out.

use super::spec::FilmSpec;
use crate::pixels::Frame;
use rav1e::color::{ColorDescription, ColorPrimaries, MatrixCoefficients, TransferCharacteristics};
use rav1e::prelude::{
    ChromaSampling, Config, Context, EncoderConfig, EncoderStatus, PixelRange, Rational, SpeedSettings,
};

/// From 0, the smallest files, to 10, the fastest: about 28 frames of 256 px a second on one core.
const SPEED: u8 = 10;
/// From 0, the best pictures, to 255.
const QUANTIZER: usize = 60;
/// Seconds between frames from which a player can start.
const KEY_SECONDS: u32 = 2;

pub(crate) struct Av1 {
    context: Context<u8>,
    /// Of the planes: luma as the picture, chroma half of it, rounded up.
    planes: YuvPlanes,
}

/// One encoded frame.
pub(crate) struct Packet {
    pub frame: u64,
    pub key: bool,
    pub data: Vec<u8>,
}

impl Av1 {
    /// # Errors
    /// In words: a size that the encoder does not take.
    pub(super) fn new(spec: FilmSpec) -> Result<Self, String> {
        let key_frames = u64::from(spec.fps * KEY_SECONDS);
        let settings = EncoderConfig {
            width: spec.width as usize,
            height: spec.height as usize,
            time_base: Rational::new(1, spec.fps.into()),
            chroma_sampling: ChromaSampling::Cs420,
            pixel_range: PixelRange::Limited,
            // The pictures are sRGB, which has these primaries; this matrix makes the planes.
            color_description: Some(ColorDescription {
                color_primaries: ColorPrimaries::BT709,
                transfer_characteristics: TransferCharacteristics::SRGB,
                matrix_coefficients: MatrixCoefficients::BT709,
            }),
            quantizer: QUANTIZER,
            min_key_frame_interval: 1,
            max_key_frame_interval: key_frames,
            speed_settings: SpeedSettings::from_preset(SPEED),
            ..EncoderConfig::default()
        };
        let context = Config::new().with_encoder_config(settings).new_context().map_err(|e| e.to_string())?;
        Ok(Self { context, planes: YuvPlanes::new(spec.width as usize, spec.height as usize) })
    }

    /// What a container has to say about the stream (`av1C`, AV1 in ISO BMFF 2.3).
    pub(super) fn header(&self) -> Vec<u8> {
        self.context.container_sequence_header()
    }

    /// Takes a frame. Packets come some frames later.
    pub(super) fn send(&mut self, frame: &Frame) -> Result<(), String> {
        self.planes.fill(&frame.data);
        let mut picture = self.context.new_frame();
        let strides = [self.planes.width, self.planes.width.div_ceil(2), self.planes.width.div_ceil(2)];
        for ((plane, values), stride) in picture.planes.iter_mut().zip(&self.planes.values).zip(strides) {
            plane.copy_from_raw_u8(values, stride, 1);
        }
        self.context.send_frame(picture).map_err(|e| e.to_string())
    }

    /// No more frames.
    pub(super) fn flush(&mut self) {
        self.context.flush();
    }

    /// The next packet, in the order in which frames are shown; none until more frames come, or after the last.
    pub(super) fn receive(&mut self) -> Result<Option<Packet>, String> {
        loop {
            match self.context.receive_packet() {
                Ok(packet) => {
                    let key = packet.frame_type == rav1e::prelude::FrameType::KEY;
                    return Ok(Some(Packet { frame: packet.input_frameno, key, data: packet.data }));
                }
                // Something was done that shows nothing yet.
                Err(EncoderStatus::Encoded) => {}
                Err(EncoderStatus::NeedMoreData | EncoderStatus::LimitReached) => return Ok(None),
                Err(e) => return Err(e.to_string()),
            }
        }
    }
}

/// Y, Cb and Cr of a picture by ITU-R BT.709 in the limited range (16 to 235, 16 to 240), chroma at half the size.
struct YuvPlanes {
    width: usize,
    height: usize,
    values: [Vec<u8>; 3],
}

impl YuvPlanes {
    fn new(width: usize, height: usize) -> Self {
        let half = vec![0; width.div_ceil(2) * height.div_ceil(2)];
        Self { width, height, values: [vec![0; width * height], half.clone(), half] }
    }

    fn fill(&mut self, rgb: &[u8]) {
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
