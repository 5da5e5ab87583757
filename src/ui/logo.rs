//! The mark of the program: a cat's head, drawn from one set of numbers in the window and for the window's icon.

use egui::epaint::EllipseShape;
use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

/// All places in a square from (0, 0) to (1, 1).
const EARS: [[(f32, f32); 3]; 2] =
    [[(0.13, 0.10), (0.47, 0.30), (0.13, 0.58)], [(0.87, 0.10), (0.53, 0.30), (0.87, 0.58)]];
const HEAD: Oval = Oval { x: 0.5, y: 0.58, rx: 0.41, ry: 0.35 };
const EYES: [Oval; 2] =
    [Oval { x: 0.335, y: 0.54, rx: 0.055, ry: 0.085 }, Oval { x: 0.665, y: 0.54, rx: 0.055, ry: 0.085 }];
const NOSE: Oval = Oval { x: 0.5, y: 0.695, rx: 0.05, ry: 0.034 };
/// Rounds the corners of the ears.
const SOFT: f32 = 0.07;

struct Oval {
    x: f32,
    y: f32,
    rx: f32,
    ry: f32,
}

/// Draws the mark into `rect`: head in `fill`, face in `face`.
pub(crate) fn paint(painter: &Painter, rect: Rect, fill: Color32, face: Color32) {
    let at = |x: f32, y: f32| rect.min + Vec2::new(x, y) * rect.size();
    for ear in EARS {
        let points: Vec<Pos2> = ear.iter().map(|&(x, y)| at(x, y)).collect();
        painter.add(Shape::convex_polygon(points.clone(), fill, Stroke::new(SOFT * rect.width(), fill)));
        for point in points {
            painter.circle_filled(point, SOFT * rect.width() / 2.0, fill);
        }
    }
    let oval = |o: &Oval, colour| {
        painter.add(EllipseShape::filled(at(o.x, o.y), vec2(o.rx, o.ry) * rect.size(), colour));
    };
    oval(&HEAD, fill);
    EYES.iter().for_each(|eye| oval(eye, face));
    oval(&NOSE, face);
}

/// The window's icon, `side` pixels wide.
pub(super) fn icon(side: u32) -> egui::IconData {
    use tiny_skia::{FillRule, LineJoin, Paint, PathBuilder, Pixmap, Transform};
    let Some(mut map) = Pixmap::new(side, side) else { return egui::IconData::default() };
    let to_screen = Transform::from_scale(side as f32, side as f32);
    let paint = |colour: Color32| {
        let mut paint = Paint::default();
        paint.set_color_rgba8(colour.r(), colour.g(), colour.b(), 255);
        paint
    };
    let palette = super::theme::Palette::of(true);
    for ear in EARS {
        let mut path = PathBuilder::new();
        path.move_to(ear[0].0, ear[0].1);
        path.line_to(ear[1].0, ear[1].1);
        path.line_to(ear[2].0, ear[2].1);
        path.close();
        if let Some(path) = path.finish() {
            let stroke = tiny_skia::Stroke { width: SOFT, line_join: LineJoin::Round, ..Default::default() };
            map.fill_path(&path, &paint(palette.accent), FillRule::Winding, to_screen, None);
            map.stroke_path(&path, &paint(palette.accent), &stroke, to_screen, None);
        }
    }
    let mut oval = |o: &Oval, colour| {
        let rect = tiny_skia::Rect::from_xywh(o.x - o.rx, o.y - o.ry, 2.0 * o.rx, 2.0 * o.ry);
        if let Some(path) = rect.and_then(PathBuilder::from_oval) {
            map.fill_path(&path, &paint(colour), FillRule::Winding, to_screen, None);
        }
    };
    oval(&HEAD, palette.accent);
    EYES.iter().for_each(|eye| oval(eye, palette.on_accent));
    oval(&NOSE, palette.on_accent);
    egui::IconData { rgba: map.take_demultiplied(), width: side, height: side }
}

/// Room for the mark in a row of widgets.
pub(super) fn show(ui: &mut egui::Ui, side: f32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(side), egui::Sense::hover());
    let p = super::theme::palette(ui);
    paint(
        ui.painter(),
        Rect::from_center_size(pos2(rect.center().x, rect.center().y), rect.size()),
        p.accent,
        p.on_accent,
    );
}
