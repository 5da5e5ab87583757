//! Large areas of one colour on software graphics adapters: cards and backgrounds are three quarters of all pixels and
//! need no texture.

use super::pipeline::{Drawing, pipeline};
use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, wgpu};
use egui::epaint::RectShape;
use egui::{Color32, CornerRadius, Rect, Shape, pos2};

/// Smaller areas are left to the window library, in square points.
const LARGE: f32 = 20_000.0;

const WGSL: &str = "
@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(i32(index & 1u) * 4 - 1), f32(i32(index >> 1u) * 4 - 1), 0.0, 1.0);
}

// The blending multiplies with the colour.
@fragment
fn pixel() -> @location(0) vec4<f32> {
    return vec4<f32>(1.0);
}
";

struct Filler(wgpu::RenderPipeline);

/// Prepares the window's adapter.
pub(super) fn install(state: &egui_wgpu::RenderState) {
    let take = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::Constant,
        dst_factor: wgpu::BlendFactor::Zero,
        operation: wgpu::BlendOperation::Add,
    };
    let target = wgpu::ColorTargetState {
        format: state.target_format,
        blend: Some(wgpu::BlendState { color: take, alpha: take }),
        write_mask: wgpu::ColorWrites::ALL,
    };
    let drawing = Drawing { wgsl: WGSL, entry: "pixel", target, groups: None, vertices: None };
    state.renderer.write().callback_resources.insert(Filler(pipeline(&state.device, drawing)));
}

/// Replaces the large areas in a shape. Only after [`install`].
pub(super) fn divide(shape: &mut Shape) {
    match shape {
        Shape::Vec(shapes) => shapes.iter_mut().for_each(divide),
        Shape::Rect(rect) if is_large(rect) => *shape = Shape::Vec(parts(rect)),
        _ => {}
    }
}

fn is_large(rect: &RectShape) -> bool {
    let plain = rect.brush.is_none() && rect.blur_width == 0.0 && rect.angle == 0.0;
    plain && rect.fill.is_opaque() && rect.rect.is_finite() && rect.rect.area() >= LARGE
}

/// The same rectangle: its round ends, what lies between them as an area of one colour, and its line.
fn parts(whole: &RectShape) -> Vec<Shape> {
    let CornerRadius { nw, ne, sw, se } = whole.corner_radius;
    let (top, bottom) = (f32::from(nw.max(ne)), f32::from(sw.max(se)));
    let Rect { min, max } = whole.rect;
    // Twice as high as its corners are round: they would be less round in a lower one. No seam shows, as the area
    // reaches below its half.
    let end = |rect: Rect, corners: CornerRadius| Shape::from(RectShape::filled(rect, corners, whole.fill));
    let mut parts = Vec::new();
    if top > 0.0 {
        let rect = Rect::from_min_max(min, pos2(max.x, min.y + 2.0 * top));
        parts.push(end(rect, CornerRadius { nw, ne, sw: 0, se: 0 }));
    }
    if bottom > 0.0 {
        let rect = Rect::from_min_max(pos2(min.x, max.y - 2.0 * bottom), max);
        parts.push(end(rect, CornerRadius { nw: 0, ne: 0, sw, se }));
    }
    let middle = Rect::from_min_max(pos2(min.x, min.y + top), pos2(max.x, max.y - bottom));
    parts.push(egui_wgpu::Callback::new_paint_callback(middle, Fill(whole.fill)).into());
    parts.push(RectShape { fill: Color32::TRANSPARENT, ..whole.clone() }.into());
    parts
}

struct Fill(Color32);

impl CallbackTrait for Fill {
    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(Filler(pipeline)) = resources.get::<Filler>() else { return };
        let [r, g, b, a] = self.0.to_normalized_gamma_f32().map(f64::from);
        pass.set_pipeline(pipeline);
        pass.set_blend_constant(wgpu::Color { r, g, b, a });
        // The window library has set the viewport to the area.
        pass.draw(0..3, 0..1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Stroke, StrokeKind, vec2};

    #[test]
    fn large_areas_are_divided_and_nothing_else() {
        let rect = |side: f32| Rect::from_min_size(pos2(10.0, 20.0), vec2(side, side));
        let filled = |side: f32, radius: u8| RectShape::filled(rect(side), radius, Color32::RED);
        let divided = |shape: RectShape| {
            let mut shape = Shape::from(shape);
            divide(&mut shape);
            if let Shape::Vec(parts) = shape { parts } else { vec![shape] }
        };
        assert_eq!(divided(filled(100.0, 0)).len(), 1, "it is small");
        assert_eq!(divided(RectShape { fill: Color32::RED.gamma_multiply(0.5), ..filled(500.0, 0) }).len(), 1);
        assert_eq!(divided(RectShape { blur_width: 8.0, ..filled(500.0, 0) }).len(), 1, "it is a shadow");
        let parts = divided(filled(500.0, 0));
        assert!(matches!(&parts[..], [Shape::Callback(area), Shape::Rect(_)] if area.rect == rect(500.0)));
        let stroke = Stroke::new(1.0, Color32::WHITE);
        let card = RectShape::new(rect(500.0), 12, Color32::RED, stroke, StrokeKind::Inside);
        let parts = divided(card);
        let [Shape::Rect(top), Shape::Rect(bottom), Shape::Callback(area), Shape::Rect(line)] = &parts[..] else {
            panic!("{parts:?}")
        };
        assert_eq!(top.rect.union(bottom.rect).union(area.rect), rect(500.0), "all of it is covered");
        assert!(top.rect.bottom() > area.rect.top() && bottom.rect.top() < area.rect.bottom());
        assert_eq!((top.corner_radius.nw, top.corner_radius.sw, bottom.corner_radius.se), (12, 0, 12));
        assert_eq!((line.fill, line.stroke, line.rect), (Color32::TRANSPARENT, stroke, rect(500.0)));
        let mut nested = Shape::Vec(vec![filled(500.0, 0).into()]);
        divide(&mut nested);
        assert!(matches!(nested, Shape::Vec(parts) if matches!(parts[0], Shape::Vec(_))));
    }
}
