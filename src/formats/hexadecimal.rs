//! Numbers as their bits.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use std::fmt::Write;

pub(super) fn serialize<S: Serializer>(values: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = String::with_capacity(8 * values.len());
    for value in values {
        // Writing to a string does not fail.
        let _ = write!(text, "{:08x}", value.to_bits());
    }
    serializer.serialize_str(&text)
}

pub(super) fn deserialize<'de, T: From<Vec<f32>>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || D::Error::custom("a latent is eight hexadecimal digits a component");
    let digits = text.bytes().map(|b| char::from(b).to_digit(16)).collect::<Option<Vec<u32>>>().ok_or_else(wrong)?;
    let words = digits.chunks_exact(8);
    if !words.remainder().is_empty() {
        return Err(wrong());
    }
    let value = |word: &[u32]| f32::from_bits(word.iter().fold(0, |bits, digit| bits << 4 | digit));
    Ok(words.map(value).collect::<Vec<f32>>().into())
}
