//! From the maps of the head network to boxes, and from many boxes on one head to one.

use super::face::HeadBox;
use super::layers::Map;

/// A box that a cell of a map claims, with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub head: HeadBox,
    pub score: f32,
}

/// Boxes below this score are dropped before anything else.
const FLOOR: f32 = 0.05;
/// The best ones of these are looked at.
const MOST: usize = 300;
/// Boxes on the same head: they overlap by more than this, or one lies in the other by more than that.
const OVERLAP: f64 = 0.45;
const INSIDE: f64 = 0.75;
/// Boxes that agree: the one that is kept becomes their mean.
const AGREE: f64 = 0.6;
/// What the logarithms of distances are limited to.
const LOGARITHMS: [f32; 2] = [-4.0, 6.0];

/// The boxes of a map whose cells are `stride` pixels of the network's input wide, as pixels of the picture. The
/// picture is `full` in itself and `small` in the input.
pub(super) fn candidates(map: &Map, stride: usize, small: (u32, u32), full: (u32, u32)) -> Vec<Candidate> {
    let [width, height] = [full.0, full.1].map(f64::from);
    let [to_x, to_y] = [width / f64::from(small.0), height / f64::from(small.1)];
    let [logits, distances @ ..] = [0, 1, 2, 3, 4].map(|channel| map.plane(channel));
    let mut found = Vec::new();
    for (cell, logit) in logits.iter().enumerate() {
        let score = 1.0 / (1.0 + (-logit).exp());
        if score.is_nan() || score < FLOOR {
            continue;
        }
        let [x, y] = [cell % map.width, cell / map.width].map(|i| (i as f64 + 0.5) * stride as f64);
        let [left, up, right, down] =
            distances.map(|plane| f64::from(plane[cell].clamp(LOGARITHMS[0], LOGARITHMS[1]).exp()) * stride as f64);
        let head = HeadBox {
            x0: ((x - left) * to_x).clamp(0.0, width),
            y0: ((y - up) * to_y).clamp(0.0, height),
            x1: ((x + right) * to_x).clamp(0.0, width),
            y1: ((y + down) * to_y).clamp(0.0, height),
        };
        found.push(Candidate { head, score });
    }
    found
}

/// One box for each head, best first.
pub(super) fn suppress(mut all: Vec<Candidate>) -> Vec<(HeadBox, f32)> {
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all.truncate(MOST);
    let mut left = vec![true; all.len()];
    let mut found = Vec::new();
    for (i, best) in all.iter().enumerate() {
        if !left[i] {
            continue;
        }
        left[i] = false;
        let mut agreeing = Vec::new();
        for (other, left) in all.iter().zip(&mut left) {
            let overlap = best.head.overlap(&other.head);
            if overlap >= AGREE {
                agreeing.push(other);
            }
            *left &= overlap <= OVERLAP && best.head.inside(&other.head) <= INSIDE;
        }
        found.push((mean(best, &agreeing), best.score));
    }
    found
}

/// The mean of boxes, weighted by their scores; `best` itself where none agrees, as with a box without an area.
fn mean(best: &Candidate, agreeing: &[&Candidate]) -> HeadBox {
    let sum: f64 = agreeing.iter().map(|c| f64::from(c.score)).sum();
    if agreeing.is_empty() {
        return best.head;
    }
    let of = |side: fn(&HeadBox) -> f64| agreeing.iter().map(|c| side(&c.head) * f64::from(c.score)).sum::<f64>() / sum;
    HeadBox { x0: of(|b| b.x0), y0: of(|b| b.y0), x1: of(|b| b.x1), y1: of(|b| b.y1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(x0: f64, y0: f64, side: f64, score: f32) -> Candidate {
        Candidate { head: HeadBox { x0, y0, x1: x0 + side, y1: y0 + side }, score }
    }

    #[test]
    fn a_cell_claims_a_box_around_its_middle() {
        let (mut map, ln2) = (Map::zero(5, 2, 3), std::f32::consts::LN_2);
        map.values.fill(ln2);
        map.values[..6].copy_from_slice(&[-9.0, -9.0, -9.0, -9.0, -9.0, 0.0]);
        // Twice the stride to each side of (20, 12), in a picture twice as large as the input.
        let found = candidates(&map, 8, (24, 16), (48, 32));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].score, 0.5);
        let HeadBox { x0, y0, x1, y1 } = found[0].head;
        for (side, expected) in [(x0, 8.0), (y0, 0.0), (x1, 48.0), (y1, 32.0)] {
            assert!((side - expected).abs() < 1e-4, "{:?}", found[0].head);
        }
        map.values.fill(f32::NAN);
        assert!(candidates(&map, 8, (24, 16), (48, 32)).is_empty());
    }

    #[test]
    fn boxes_on_one_head_become_one() {
        let all = vec![
            candidate(0.0, 0.0, 100.0, 0.3),
            candidate(10.0, 0.0, 100.0, 0.9),
            // Inside the first, without agreeing.
            candidate(20.0, 20.0, 40.0, 0.5),
            candidate(300.0, 0.0, 50.0, 0.6),
        ];
        let found = suppress(all);
        assert_eq!(found.iter().map(|f| f.1).collect::<Vec<_>>(), [0.9, 0.6]);
        // The mean of 10 with 0.9 and of 0 with 0.3.
        assert!((found[0].0.x0 - 7.5).abs() < 1e-6, "{:?}", found[0]);
        assert_eq!(found[1].0, candidate(300.0, 0.0, 50.0, 0.6).head);
        assert!(suppress(Vec::new()).is_empty());
        let nothing = suppress(vec![candidate(5.0, 5.0, 0.0, 0.4)]);
        assert_eq!(nothing, [(candidate(5.0, 5.0, 0.0, 0.4).head, 0.4)]);
    }
}
