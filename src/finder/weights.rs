//! The numbers of a small network, from the file that is compiled into the program.

use super::layers::Conv;
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors};
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// A file of weights.
pub(super) struct Weights<'a> {
    tensors: SafeTensors<'a>,
    /// What stands beside them: settings as JSON.
    notes: HashMap<String, String>,
}

impl<'a> Weights<'a> {
    /// # Errors
    /// In words: no safetensors file.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
        Ok(Self { tensors, notes: header.metadata().clone().unwrap_or_default() })
    }

    /// A setting beside the weights.
    ///
    /// # Errors
    /// In words: it is missing, or something else.
    pub(super) fn note<T: DeserializeOwned>(&self, name: &str) -> Result<T, String> {
        let text = self.notes.get(name).ok_or_else(|| format!("{name} is missing"))?;
        serde_json::from_str(text).map_err(|e| format!("{name}: {e}"))
    }

    /// The tensor `name`, of `shape`, as 32-bit numbers.
    ///
    /// # Errors
    /// In words: missing, of another shape, stored otherwise, or not finite.
    pub(super) fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let view = self.tensors.tensor(name).map_err(|e| format!("{name}: {e}"))?;
        if view.shape() != shape {
            return Err(format!("{name} has the shape {:?} instead of {shape:?}", view.shape()));
        }
        let data = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F16 => data.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Dtype::F32 => data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            other => return Err(format!("{name} is stored as {other:?}")),
        };
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { Err(format!("{name} is not finite")) }
    }

    /// The convolution `name`, whose kernel has a side of `kernel`.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub(super) fn conv(&self, name: &str, kernel: usize, c_in: usize, c_out: usize) -> Result<Conv, String> {
        let weight = self.numbers(&format!("{name}.weight"), &[c_out, c_in, kernel, kernel])?;
        Ok(Conv { c_in, c_out, kernel, weight, bias: self.numbers(&format!("{name}.bias"), &[c_out])? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::TensorView;

    #[test]
    fn what_does_not_fit_is_named() {
        let (good, bad) = ([0.5f32, -2.0].map(f16::from_f32), [1.0f32, f32::NAN]);
        let good: Vec<u8> = good.iter().flat_map(|v| v.to_le_bytes()).collect();
        let bad: Vec<u8> = bad.iter().flat_map(|v| v.to_le_bytes()).collect();
        let tensors = [
            ("good", TensorView::new(Dtype::F16, vec![2], &good).unwrap()),
            ("bad", TensorView::new(Dtype::F32, vec![2], &bad).unwrap()),
            ("bytes", TensorView::new(Dtype::U8, vec![4], &good).unwrap()),
        ];
        let notes = HashMap::from([("scales".to_owned(), "[448, 256]".to_owned())]);
        let file = safetensors::serialize(tensors, Some(notes)).unwrap();
        let weights = Weights::open(&file).unwrap();
        assert_eq!(weights.numbers("good", &[2]), Ok(vec![0.5, -2.0]));
        assert_eq!(weights.note::<Vec<u32>>("scales"), Ok(vec![448, 256]));
        for (found, words) in [
            (weights.numbers("none", &[2]), "none"),
            (weights.numbers("good", &[1, 2]), "shape [2] instead of [1, 2]"),
            (weights.numbers("bytes", &[4]), "stored as U8"),
            (weights.numbers("bad", &[2]), "not finite"),
            (weights.note("threshold"), "threshold is missing"),
        ] {
            assert!(found.as_ref().is_err_and(|e| e.contains(words)), "{found:?}: {words}");
        }
        assert!(Weights::open(&file[..20]).is_err());
    }
}
