//! Everything that makes one cat different from another.

use super::colour::{Fur, Rgb};

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
pub(super) struct Backdrop {
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
