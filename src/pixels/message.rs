//! A picture in a message between programs: as a PNG whose compression costs next to no time.

use super::frame::Frame;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let png = self.to_quick_png().map_err(serde::ser::Error::custom)?;
        serializer.serialize_bytes(&png)
    }
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(PngVisitor)
    }
}

struct PngVisitor;

impl Visitor<'_> for PngVisitor {
    type Value = Frame;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("the bytes of a PNG")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Frame, E> {
        Frame::from_png(bytes).map_err(E::custom)
    }
}
