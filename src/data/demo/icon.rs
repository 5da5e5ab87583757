//! The program's icon, drawn by the same code as the demo cats.
//!
//! `assets/icon.png` is written anew by `cargo test --release writes_the_icon -- --ignored`.

use super::canvas::{Canvas, path, turned};
use super::colour::{ORANGE, hex};
use super::looks::*;
use tiny_skia::{Path, Pixmap};

const SIDE: u32 = 256;

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

fn draw_icon() -> Pixmap {
    let looks = looks();
    let mut canvas = Canvas::new(SIDE);
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

fn file() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/icon.png")
}

#[test]
#[ignore = "writes assets/icon.png: run it after a change to the drawing"]
fn writes_the_icon() {
    let rgba = draw_icon().take_demultiplied();
    let image = image::RgbaImage::from_raw(SIDE, SIDE, rgba).unwrap();
    image.save_with_format(file(), image::ImageFormat::Png).unwrap();
}

#[test]
fn the_icon_file_is_what_the_code_draws() {
    let bytes = std::fs::read(file()).unwrap();
    let stored = image::load_from_memory_with_format(&bytes, image::ImageFormat::Png).unwrap().into_rgba8();
    assert_eq!(stored.dimensions(), (SIDE, SIDE));
    assert_eq!(stored.get_pixel(0, 0).0[3], 0, "the corners are transparent");
    assert_eq!(stored.get_pixel(SIDE / 2, SIDE / 2).0[3], 255);
    let drawn = draw_icon().take_demultiplied();
    // Other processors round some colours by a step.
    let difference: u64 = stored.as_raw().iter().zip(&drawn).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    assert!(difference < drawn.len() as u64 / 10, "icon.png is out of date by {difference} steps");
}

#[test]
fn nothing_is_drawn_outside_of_the_rounded_square() {
    let icon = draw_icon();
    for i in 0..SIDE {
        for (x, y) in [(i, 0), (i, SIDE - 1), (0, i), (SIDE - 1, i)] {
            assert_eq!(icon.pixel(x, y).map(|p| p.alpha()), Some(0), "({x}, {y})");
        }
    }
}
