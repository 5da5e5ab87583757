//! Colours, and the palettes that the cats are drawn from.

/// Red, green and blue from 0 to 1, as they stand in the file (sRGB).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rgb(pub f32, pub f32, pub f32);

/// Shadows lean to plum and light to cream: pure black and white would make the palette look dirty.
const SHADOW: Rgb = hex(0x2a1d33);
const LIGHT: Rgb = hex(0xfff8ea);

/// `0xRRGGBB`.
pub(crate) const fn hex(rgb: u32) -> Rgb {
    Rgb((rgb >> 16 & 255) as f32 / 255.0, (rgb >> 8 & 255) as f32 / 255.0, (rgb & 255) as f32 / 255.0)
}

impl Rgb {
    /// `t` = 0 gives this colour, 1 the other one.
    pub(crate) fn mix(self, other: Rgb, t: f32) -> Rgb {
        Rgb(self.0 + (other.0 - self.0) * t, self.1 + (other.1 - self.1) * t, self.2 + (other.2 - self.2) * t)
    }

    /// Darker, as in shadow.
    pub(super) fn shade(self, t: f32) -> Rgb {
        self.mix(SHADOW, t)
    }

    /// Lighter, as in warm light.
    pub(crate) fn tint(self, t: f32) -> Rgb {
        self.mix(LIGHT, t)
    }

    /// How light it looks, 0 to 1.
    pub(crate) fn luma(self) -> f32 {
        0.299 * self.0 + 0.587 * self.1 + 0.114 * self.2
    }

    /// How different two colours look: 0 for the same, about 1 for black and white.
    pub(super) fn distance(self, other: Rgb) -> f32 {
        let (r, g, b) = (self.0 - other.0, self.1 - other.1, self.2 - other.2);
        (0.3 * r * r + 0.5 * g * g + 0.2 * b * b).sqrt()
    }
}

/// The colours of one kind of fur: the fur itself and the markings on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fur {
    pub base: Rgb,
    pub marking: Rgb,
}

const fn fur(base: u32, marking: u32) -> Fur {
    Fur { base: hex(base), marking: hex(marking) }
}

pub(super) const BLACK: Fur = fur(0x45404c, 0x2a2631);
const BLUE_GREY: Fur = fur(0x8d97a8, 0x626d80);
pub(super) const WHITE: Fur = fur(0xf7f1e8, 0xd9cdc2);
const CREAM: Fur = fur(0xf2d7ae, 0xdcae77);
pub(crate) const ORANGE: Fur = fur(0xeea057, 0xc8662a);
pub(crate) const BROWN: Fur = fur(0xb48c6a, 0x5e4534);
const SILVER: Fur = fur(0xc3c6cc, 0x5b6069);
const CHOCOLATE: Fur = fur(0x7d5543, 0x553629);
const LILAC: Fur = fur(0xc2afb0, 0x9c8589);

/// Plain cats, with how often each comes.
pub(crate) const PLAIN_FURS: [(f32, Fur); 8] = [
    (5.0, BLACK),
    (4.0, BLUE_GREY),
    (4.0, WHITE),
    (3.0, CREAM),
    (3.0, ORANGE),
    (2.5, CHOCOLATE),
    (1.5, LILAC),
    (1.0, SILVER),
];
/// Cats with stripes or spots.
pub(crate) const STRIPED_FURS: [(f32, Fur); 5] =
    [(5.0, ORANGE), (4.0, BROWN), (3.5, SILVER), (2.5, CREAM), (2.0, BLUE_GREY)];
/// The pale body of a colourpoint cat, with the dark of its face, ears and tail as marking.
pub(crate) const POINT_FURS: [(f32, Fur); 4] = [
    (4.0, fur(0xf1e5d2, 0x4d3a32)),
    (2.0, fur(0xeeebe8, 0x77808f)),
    (2.0, fur(0xf3e6d6, 0x8a5f4a)),
    (1.5, fur(0xf8eddd, 0xe0935a)),
];

pub(crate) const EYE_COLOURS: [(f32, Rgb); 6] = [
    (4.0, hex(0x93c25c)),
    (2.5, hex(0x5fb58f)),
    (4.0, hex(0xf2c840)),
    (3.0, hex(0xe59138)),
    (2.0, hex(0x6db4e4)),
    (1.0, hex(0xc9cf62)),
];
pub(crate) const BLUE_EYES: Rgb = hex(0x6ab3ea);
pub(crate) const AMBER_EYES: Rgb = hex(0xf0b73a);

pub(crate) const NOSES: [(f32, Rgb); 3] = [(6.0, hex(0xe58f93)), (2.0, hex(0xb56553)), (1.0, hex(0x4a3840))];
pub(crate) const TONGUE: Rgb = hex(0xf08f9b);
pub(crate) const EAR_PINK: Rgb = hex(0xeea6a1);
pub(crate) const PUPIL: Rgb = hex(0x1c1722);

/// Walls, skies and cushions.
pub(crate) const BACKGROUNDS: [Rgb; 16] = [
    hex(0x7fb8b0),
    hex(0xa9c29a),
    hex(0xe5aca6),
    hex(0xf3c9a2),
    hex(0xe6bd60),
    hex(0x9cc8e2),
    hex(0x9ba6da),
    hex(0xc2b0e0),
    hex(0xcf8266),
    hex(0xf1e4cf),
    hex(0x43579a),
    hex(0x4d8570),
    hex(0x87588c),
    hex(0x5f8bad),
    hex(0xbfe0cf),
    hex(0xee9484),
];
pub(crate) const NECKWEAR: [Rgb; 7] =
    [hex(0xd9483f), hex(0x3f7fc4), hex(0x2f9d86), hex(0xf0b429), hex(0x8a5bb5), hex(0xe56f94), hex(0x3a3f55)];
pub(crate) const GOLD: Rgb = hex(0xf4c64a);
