//! Everything that makes one cat different from another, drawn from the seed.

use super::colour::*;
use super::dice::Dice;

/// One cat. Lengths are in units of a hundredth of the picture's side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CatLooks {
    pub coat: Coat,
    pub head: Head,
    pub ears: Ears,
    pub eyes: Eyes,
    pub nose: Rgb,
    pub mouth: Mouth,
    /// Length of the whiskers beyond the cheeks.
    pub whiskers: f32,
    pub pose: Pose,
    pub neckwear: Neckwear,
    pub scene: Backdrop,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coat {
    pub fur: Fur,
    pub pattern: Pattern,
    /// White muzzle, blaze and chest.
    pub white: Option<WhiteParts>,
    /// Moves patches, stripes and spots a little: eight numbers from -1 to 1.
    pub jitter: [f32; 8],
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pattern {
    Solid,
    /// M on the forehead, stripes on cheeks and shoulders.
    Tabby,
    Spots,
    /// Siamese: dark face, ears and tail.
    Points,
    /// White with patches of two colours; the mirror image where `flipped`.
    Calico {
        flipped: bool,
    },
    /// Black and orange, mingled.
    Tortoiseshell,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WhiteParts {
    /// Half width of the blaze between the eyes; 0 leaves only the muzzle white.
    pub blaze: f32,
    /// Half width of the white muzzle.
    pub muzzle: f32,
    pub chest: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    /// Half width and half height.
    pub size: [f32; 2],
    /// 0 is short hair, 1 a great fluff.
    pub fluff: f32,
    /// A wisp of hair between the ears.
    pub wisp: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ears {
    pub width: f32,
    pub height: f32,
    /// Tangent of half the angle by which they lean out.
    pub lean: f32,
    /// Bent forward, as a Scottish Fold's.
    pub folded: bool,
    pub tufts: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Eyes {
    /// Left and right as seen in the picture.
    pub iris: [Rgb; 2],
    pub width: f32,
    pub height: f32,
    /// Distance of each eye from the middle.
    pub apart: f32,
    /// How much the outer corners rise: 0 round, 1 slanted.
    pub slant: f32,
    /// Width of the pupil: 0 a slit, 1 round and large.
    pub pupil: f32,
    /// Where the cat looks: right and down, -1 to 1.
    pub gaze: [f32; 2],
    /// How far each lid is down: 0 wide open, 1 closed.
    pub lids: [f32; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mouth {
    Smile,
    Neutral,
    /// The tip of the tongue left outside.
    Blep,
    Open,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pose {
    /// Tangent of half the angle of the head.
    pub tilt: f32,
    pub offset: [f32; 2],
    pub scale: f32,
    /// Face turned to the right, -1 to 1.
    pub yaw: f32,
    /// Face turned down, -1 to 1.
    pub pitch: f32,
    /// The side the light comes from: -1 left, 1 right.
    pub light: f32,
    /// The side of the tail, where it can be seen.
    pub tail: Option<f32>,
    /// Paws on the edge of a table in front.
    pub table: Option<Rgb>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Neckwear {
    Nothing,
    Collar { colour: Rgb, bell: bool },
    Bow(Rgb),
    Scarf(Rgb),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Backdrop {
    pub kind: BackdropKind,
    pub main: Rgb,
    pub second: Rgb,
    /// Moves stripes, dots and clouds: 0 to 1.
    pub phase: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BackdropKind {
    Gradient,
    Disc,
    Stripes,
    Dots,
    Window,
    Night,
    Sofa,
    Meadow,
}

impl CatLooks {
    /// Cat number `index` of the family `seed`.
    pub fn new(seed: u64, index: u64) -> Self {
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
