//! The program's icon, drawn by the same code as the demo cats.
//!
//! `assets/icon.png` and the files in `packaging/icons` are written anew by
//! `cargo test --release writes_the_icon -- --ignored`.

use super::canvas::{Canvas, path, turned};
use super::colour::{ORANGE, hex};
use super::looks::*;
use image::{ImageFormat, RgbaImage};
use tiny_skia::{Path, Pixmap};

/// Of the window's icon.
const SIDE: u32 = 256;
/// Of those for menus and file managers.
const SIDES: [u32; 7] = [16, 24, 32, 48, 64, 128, 512];

fn looks() -> CatLooks {
    CatLooks {
        coat: Coat {
            fur: ORANGE,
            pattern: Pattern::Tabby,
            white: Some(WhiteParts { blaze: 2.4, muzzle: 13.0, chest: true }),
            jitter: [0.0, 0.5, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0],
        },
        head: Head { size: [30.5, 24.5], fluff: 0.75, wisp: false },
        ears: Ears { width: 11.5, height: 21.0, lean: 0.16, folded: false, tufts: true },
        eyes: Eyes {
            iris: [hex(0x7fc76a); 2],
            width: 7.9,
            height: 7.9,
            apart: 14.0,
            slant: 0.6,
            pupil: 0.85,
            gaze: [0.2, -0.2],
            lids: [0.0, 0.0],
        },
        nose: hex(0xe58f93),
        mouth: Mouth::Smile,
        whiskers: 8.0,
        pose: Pose {
            tilt: 0.05,
            offset: [0.0, 1.0],
            scale: 1.02,
            yaw: 0.15,
            pitch: 0.0,
            light: 1.0,
            tail: None,
            table: None,
        },
        neckwear: Neckwear::Collar { colour: hex(0x3f7fc4), bell: true },
        scene: Backdrop { kind: BackdropKind::Gradient, main: hex(0x4a4f96), second: hex(0x87588c), phase: 0.4 },
    }
}

fn draw_icon(side: u32) -> Pixmap {
    let looks = looks();
    let mut canvas = Canvas::new(side);
    canvas.clipped(&rounded_square(), |c| {
        super::scene::background(c, &looks.scene);
        c.oval([50.0, 52.0], [41.0, 41.0], super::canvas::flat(hex(0xf7d9a0), 0.9));
        c.within(turned(0.0, [-3.5, -4.5], [1.07; 2]), |c| super::cat(c, &looks));
    });
    canvas.into_pixmap()
}

fn rounded_square() -> Path {
    let (low, high, round) = (2.0, 98.0, 22.0);
    path(|p| {
        p.move_to(low + round, low);
        p.line_to(high - round, low);
        p.quad_to(high, low, high, low + round);
        p.line_to(high, high - round);
        p.quad_to(high, high, high - round, high);
        p.line_to(low + round, high);
        p.quad_to(low, high, low, high - round);
        p.line_to(low, low + round);
        p.quad_to(low, low, low + round, low);
        p.close();
    })
}

fn folder() -> std::path::PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn picture(side: u32) -> RgbaImage {
    RgbaImage::from_raw(side, side, draw_icon(side).take_demultiplied()).unwrap()
}

fn png(image: &RgbaImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Windows' file of icons: a head, an entry for each, and the pictures as PNG files. A side of 256 is written as 0.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = [0u16, 1, pictures.len() as u16].map(u16::to_le_bytes).concat();
    let mut at = out.len() + 16 * pictures.len();
    for (side, png) in pictures {
        out.extend([*side as u8, *side as u8, 0, 0, 1, 0, 32, 0]);
        out.extend([png.len() as u32, at as u32].map(u32::to_le_bytes).concat());
        at += png.len();
    }
    pictures.iter().for_each(|(_, png)| out.extend(png));
    out
}

#[test]
#[ignore = "writes assets/icon.png and packaging/icons: run it after a change to the drawing"]
fn writes_the_icon() {
    let icons = folder().join("packaging/icons");
    std::fs::write(folder().join("assets/icon.png"), png(&picture(SIDE))).unwrap();
    std::fs::create_dir_all(&icons).unwrap();
    for side in SIDES {
        std::fs::write(icons.join(format!("{side}.png")), png(&picture(side))).unwrap();
    }
    let of_windows = [16, 24, 32, 48, 64, 128, 256].map(|side| (side, png(&picture(side))));
    std::fs::write(icons.join("purrtrait.ico"), ico(&of_windows)).unwrap();
}

#[test]
fn the_icon_files_are_what_the_code_draws() {
    let icons = SIDES.map(|side| (side, format!("packaging/icons/{side}.png")));
    for (side, file) in icons.into_iter().chain([(SIDE, "assets/icon.png".to_owned())]) {
        let bytes = std::fs::read(folder().join(&file)).unwrap();
        let stored = image::load_from_memory_with_format(&bytes, ImageFormat::Png).unwrap().into_rgba8();
        assert_eq!(stored.dimensions(), (side, side));
        assert_eq!(stored.get_pixel(0, 0).0[3], 0, "the corners are transparent");
        assert_eq!(stored.get_pixel(side / 2, side / 2).0[3], 255);
        let drawn = picture(side);
        // Other processors round some colours by a step.
        let difference: u64 = stored.as_raw().iter().zip(drawn.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(difference < drawn.as_raw().len() as u64 / 10, "{file} is out of date by {difference} steps");
    }
    let of_windows = std::fs::read(folder().join("packaging/icons/purrtrait.ico")).unwrap();
    assert_eq!(of_windows[..6], [0, 0, 1, 0, 7, 0]);
}

#[test]
fn nothing_is_drawn_outside_of_the_rounded_square() {
    let icon = draw_icon(SIDE);
    for i in 0..SIDE {
        for (x, y) in [(i, 0), (i, SIDE - 1), (0, i), (SIDE - 1, i)] {
            assert_eq!(icon.pixel(x, y).map(|p| p.alpha()), Some(0), "({x}, {y})");
        }
    }
}
