//! The network's numbers as the exported page computes with them (`assets/page/worker.js`): it knows transposed
//! convolutions alone.

use super::saved::SavedSharpener;
use crate::formats::PageNetwork;

impl SavedSharpener {
    /// For an exported page.
    pub(crate) fn for_page(&self) -> PageNetwork {
        let mut numbers = Vec::new();
        for pair in self.tensors.chunks_exact(2) {
            let [weight, bias] = pair else { continue };
            let [outputs, inputs] = [weight.shape[0], weight.shape[1]];
            match weight.name.as_str() {
                // Transposed already.
                "up.weight" => numbers.extend_from_slice(&weight.values),
                "down.weight" => numbers.extend(mirrored(&packed(&weight.values, [outputs, inputs]), outputs)),
                _ => numbers.extend(mirrored(&weight.values, outputs)),
            }
            numbers.extend_from_slice(&bias.values);
        }
        PageNetwork { factor: self.card.factor as usize, on: self.is_better(), numbers }
    }
}

/// The weights (inputs x outputs x 3 x 3) of the transposed convolution that gives what the convolution with these
/// (outputs x inputs x 3 x 3) gives.
fn mirrored(weight: &[f32], outputs: usize) -> Vec<f32> {
    let inputs = weight.len() / (9 * outputs);
    let at = |i: usize, o: usize| &weight[(o * inputs + i) * 9..][..9];
    (0..inputs).flat_map(|i| (0..outputs).flat_map(move |o| at(i, o).iter().rev().copied())).collect()
}

/// The weights of a 3x3 convolution of the map whose channels are the four pixels of each square of 2 x 2 (channel
/// `pixel inputs + input`), which gives what the one of kernel 4 and stride 2 with these weights gives.
fn packed(weight: &[f32], [outputs, inputs]: [usize; 2]) -> Vec<f32> {
    let mut packed = vec![0.0; outputs * 4 * inputs * 9];
    // Row 0 of the kernel is the second of the square above, rows 1 and 2 are those of the square itself.
    let place = |k: usize| (k.div_ceil(2), (k + 1) % 2);
    for (at, value) in weight.iter().enumerate() {
        let (o, i, (row, y), (column, x)) = (at / 16 / inputs, at / 16 % inputs, place(at / 4 % 4), place(at % 4));
        packed[((o * 4 + y * 2 + x) * inputs + i) * 9 + row * 3 + column] = *value;
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::random;
    use super::*;

    /// The page's script takes the layers in the order in which it computes them.
    #[test]
    fn the_layers_come_in_the_order_of_the_script() {
        let names: Vec<String> = random(2).tensors.into_iter().map(|tensor| tensor.name).collect();
        let layers = "head down inner.0.a inner.0.b inner.1.a inner.1.b up outer.a outer.b tail";
        let expected = layers.split(' ').flat_map(|layer| [format!("{layer}.weight"), format!("{layer}.bias")]);
        assert_eq!(names, expected.collect::<Vec<_>>());
    }

    #[test]
    fn every_number_has_its_place() {
        for factor in [2, 4, 8] {
            let saved = random(factor);
            // The packed layer has 9 x 4 places for each 16 numbers.
            let down = 64 * 32 * (36 - 16);
            assert_eq!(saved.for_page().numbers.len(), saved.parameters() + down);
        }
        let kernel: Vec<f32> = (0..16u8).map(f32::from).collect();
        let packed = packed(&kernel, [1, 1]);
        // The first pixel of each square meets rows 1 and 3 of the kernel, the last rows 0 and 2.
        assert_eq!(packed[..9], [0.0, 0.0, 0.0, 0.0, 5.0, 7.0, 0.0, 13.0, 15.0]);
        assert_eq!(packed[27..], [0.0, 2.0, 0.0, 8.0, 10.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(mirrored(&(0..9u8).map(f32::from).collect::<Vec<_>>(), 1)[..2], [8.0, 7.0]);
    }
}
