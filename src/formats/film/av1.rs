//! AV1 by rav1e, an encoder in Rust: RGB frames in, packets out.

use super::spec::FilmSpec;
use super::yuv::YuvPlanes;
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
        for ((plane, values), stride) in picture.planes.iter_mut().zip(&self.planes.values).zip(self.planes.strides()) {
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

/// Containers leave out the mark between two frames that the encoder begins each packet with.
pub(super) fn without_delimiter(data: &[u8]) -> &[u8] {
    data.strip_prefix(&[0x12, 0x00]).unwrap_or(data)
}
