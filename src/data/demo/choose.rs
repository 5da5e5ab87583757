//! Chooses what a cat is like, from the seed.

use super::colour::*;
use super::dice::Dice;
use super::looks::*;

impl CatLooks {
    /// Cat number `index` of the family `seed`.
    pub(super) fn new(seed: u64, index: u64) -> Self {
        let mut dice = Dice::new(seed, index);
        let coat = coat(&mut dice);
        let head = head(&mut dice);
        let ears = ears(&mut dice);
        let eyes = eyes(&mut dice, &coat, &head);
        let nose = nose(&mut dice, &coat);
        let mouth =
            dice.weighted(&[(6.0, Mouth::Smile), (3.0, Mouth::Neutral), (0.7, Mouth::Blep), (0.7, Mouth::Open)]);
        let whiskers = dice.between(5.0, 12.0);
        let pose = pose(&mut dice);
        let neckwear = neckwear(&mut dice, &coat);
        let scene = scene(&mut dice, &coat);
        Self { coat, head, ears, eyes, nose, mouth, whiskers, pose, neckwear, scene }
    }
}

fn coat(dice: &mut Dice) -> Coat {
    let flipped = dice.chance(0.5);
    let pattern = dice.weighted(&[
        (28.0, Pattern::Solid),
        (32.0, Pattern::Tabby),
        (7.0, Pattern::Spots),
        (12.0, Pattern::Points),
        (11.0, Pattern::Calico { flipped }),
        (6.0, Pattern::Tortoiseshell),
    ]);
    let fur = match pattern {
        Pattern::Solid => dice.weighted(&PLAIN_FURS),
        Pattern::Tabby | Pattern::Spots => dice.weighted(&STRIPED_FURS),
        Pattern::Points => dice.weighted(&POINT_FURS),
        Pattern::Calico { .. } => Fur { base: WHITE.base, marking: ORANGE.base },
        Pattern::Tortoiseshell => Fur { base: BLACK.base, marking: ORANGE.base.mix(BROWN.base, 0.3) },
    };
    let white_likely = match pattern {
        Pattern::Solid => 0.42,
        Pattern::Tabby => 0.35,
        Pattern::Spots => 0.2,
        Pattern::Tortoiseshell => 0.3,
        Pattern::Points | Pattern::Calico { .. } => 0.0,
    };
    let white = dice.chance(white_likely).then(|| WhiteParts {
        blaze: if dice.chance(0.7) { dice.between(1.2, 5.5) } else { 0.0 },
        muzzle: dice.between(11.0, 16.0),
        chest: dice.chance(0.85),
    });
    let white = white.filter(|_| fur.base.luma() < 0.85);
    let (warm, bright) = (dice.around() * 0.025, dice.around() * 0.05);
    let vary = |c: Rgb| Rgb(c.0 + bright + warm, c.1 + bright, c.2 + bright - warm);
    let fur = Fur { base: vary(fur.base), marking: vary(fur.marking) };
    Coat { fur, pattern, white, jitter: std::array::from_fn(|_| dice.between(-1.0, 1.0)) }
}

fn head(dice: &mut Dice) -> Head {
    let size = [29.5 + 2.5 * dice.around(), 24.5 + 1.8 * dice.around()];
    let fluff = if dice.chance(0.55) { dice.between(0.45, 1.0) } else { 0.0 };
    Head { size, fluff, wisp: dice.chance(0.35) }
}

fn ears(dice: &mut Dice) -> Ears {
    let folded = dice.chance(0.06);
    Ears {
        width: dice.between(9.5, 12.5),
        height: dice.between(17.0, 24.0),
        lean: 0.14 + 0.08 * dice.around(),
        folded,
        tufts: dice.chance(0.6),
    }
}

fn eyes(dice: &mut Dice, coat: &Coat, head: &Head) -> Eyes {
    let iris = match coat.pattern {
        Pattern::Points => BLUE_EYES,
        _ => dice.weighted(&EYE_COLOURS),
    };
    let white_cat = coat.fur.base.luma() > 0.85;
    let odd = coat.pattern != Pattern::Points && dice.chance(if white_cat { 0.15 } else { 0.02 });
    let mut irises = if odd { [BLUE_EYES, AMBER_EYES] } else { [iris; 2] };
    if dice.chance(0.5) {
        irises.reverse();
    }
    let width = 7.4 + 1.0 * dice.around();
    let lids = match dice.unit() {
        u if u < 0.04 => [1.0, 1.0],
        u if u < 0.07 => [0.0, 1.0],
        u if u < 0.10 => [1.0, 0.0],
        u if u < 0.20 => [dice.between(0.3, 0.5); 2],
        _ => [dice.between(0.0, 0.16); 2],
    };
    Eyes {
        iris: irises,
        width,
        height: width * dice.between(0.84, 1.06),
        apart: head.size[0] * (0.455 + 0.03 * dice.around()),
        slant: dice.between(0.1, 1.0),
        pupil: dice.between(0.3, 1.0),
        gaze: [dice.around(), 0.7 * dice.around()],
        lids,
    }
}

fn nose(dice: &mut Dice, coat: &Coat) -> Rgb {
    let pick = dice.weighted(&NOSES);
    match coat.pattern {
        Pattern::Points => coat.fur.marking.shade(0.45),
        // A black nose would be lost on black fur.
        _ if coat.white.is_none() && coat.fur.base.luma() < 0.4 => hex(0x8f6a72),
        _ => pick,
    }
}

fn pose(dice: &mut Dice) -> Pose {
    Pose {
        tilt: 0.17 * dice.around(),
        offset: [3.5 * dice.around(), 2.0 * dice.around()],
        scale: 1.0 + 0.09 * dice.around(),
        yaw: dice.around(),
        pitch: dice.around(),
        light: dice.side(),
        tail: dice.chance(0.45).then(|| dice.side()),
        table: dice.chance(0.13).then(|| dice.one_of(&BACKGROUNDS)),
    }
}

fn neckwear(dice: &mut Dice, coat: &Coat) -> Neckwear {
    let mut colour = dice.one_of(&NECKWEAR);
    if colour.distance(coat.fur.base) < 0.25 {
        colour = NECKWEAR[0];
    }
    match dice.unit() {
        u if u < 0.30 => Neckwear::Collar { colour, bell: dice.chance(0.75) },
        u if u < 0.38 => Neckwear::Bow(colour),
        u if u < 0.45 => Neckwear::Scarf(colour),
        _ => Neckwear::Nothing,
    }
}

fn scene(dice: &mut Dice, coat: &Coat) -> Backdrop {
    let kind = dice.weighted(&[
        (4.0, BackdropKind::Gradient),
        (3.0, BackdropKind::Disc),
        (1.6, BackdropKind::Stripes),
        (1.6, BackdropKind::Dots),
        (1.6, BackdropKind::Window),
        (1.0, BackdropKind::Night),
        (1.8, BackdropKind::Sofa),
        (1.4, BackdropKind::Meadow),
    ]);
    // The cat must stand out: take the first wall that differs from its fur enough, or the most different of six.
    let tries: [Rgb; 6] = std::array::from_fn(|_| dice.one_of(&BACKGROUNDS));
    let far = |c: &Rgb| c.distance(coat.fur.base);
    let most = tries.iter().copied().max_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(tries[0]);
    let main = tries.iter().copied().find(|c| far(c) > 0.28).unwrap_or(most);
    Backdrop { kind, main, second: dice.one_of(&BACKGROUNDS), phase: dice.unit() }
}
