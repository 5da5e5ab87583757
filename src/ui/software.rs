//! The window on software graphics adapters, drawn with shaders of our own.
//!
//! The window library has one shader, which also filters textures by hand: a processor computes that for every pixel,
//! needed or not. Here the same meshes are drawn with a shader that samples once, and large areas of one colour with
//! one that only writes it (see `fills`). Pictures follow the pointer several times more often. Graphics cards need
//! none of this.

use super::fills;
use super::pipeline::{Drawing, pipeline};
use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, Renderer, ScreenDescriptor, wgpu};
use eframe::wgpu::util::DeviceExt;
use egui::epaint::{ClippedPrimitive, Primitive, Vertex};
use egui::mutex::RwLock;
use egui::{Context, LayerId, Mesh, PaintCallbackInfo, Pos2, Rect, Shape, TextureId, pos2};
use std::mem::size_of;
use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

const WGSL: &str = "
struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) colour: vec4<f32>,
}

@vertex
fn corner(@location(0) position: vec2<f32>, @location(1) at: vec2<f32>, @location(2) colour: vec4<f32>) -> Corner {
    return Corner(vec4<f32>(position, 0.0, 1.0), at, colour);
}

@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var filtering: sampler;

@fragment
fn pixel(corner: Corner) -> @location(0) vec4<f32> {
    return corner.colour * textureSample(picture, filtering, corner.at);
}
";

/// Draws what the window library would draw, on an adapter that is software.
pub(crate) struct Software {
    pipeline: wgpu::RenderPipeline,
    /// Has the textures.
    renderer: Arc<RwLock<Renderer>>,
}

impl Software {
    /// None where the adapter is a graphics card, and where the target stores light instead of colours.
    pub(super) fn new(state: &egui_wgpu::RenderState) -> Option<Self> {
        let software = state.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        if !software || state.target_format.is_srgb() {
            return None;
        }
        fills::install(state);
        let layout = textures_layout(&state.device);
        let vertices = wgpu::VertexBufferLayout {
            array_stride: size_of::<Vertex>() as u64,
            step_mode: wgpu::VertexStepMode::Vertex,
            attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4],
        };
        let target = wgpu::ColorTargetState {
            blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
            ..state.target_format.into()
        };
        let drawing = Drawing { wgsl: WGSL, entry: "pixel", target, groups: Some(&layout), vertices: Some(vertices) };
        Some(Self { pipeline: pipeline(&state.device, drawing), renderer: state.renderer.clone() })
    }

    /// Takes everything that was painted in this pass, and paints it in the cheaper way. Nothing may be painted after
    /// it.
    pub(super) fn take_over(&self, ctx: &Context) {
        if ctx.will_discard() {
            return;
        }
        let (order, places) = ctx.memory(|memory| (memory.layer_ids().collect::<Vec<_>>(), memory.to_global.clone()));
        let mut shapes = ctx.graphics_mut(|layers| layers.drain(&order, &places));
        for clipped in &mut shapes {
            fills::divide(&mut clipped.shape);
        }
        let whole = ctx.viewport_rect();
        let primitives = ctx.tessellate(shapes, ctx.pixels_per_point());
        let drawn = in_order(primitives, whole, |batch| self.shape(batch, whole));
        ctx.graphics_mut(|layers| {
            let list = layers.entry(LayerId::background());
            for (clip, shape) in drawn {
                list.add(clip, shape);
            }
        });
    }

    fn shape(&self, batch: Batch, whole: Rect) -> Shape {
        let meshes = Meshes {
            batch,
            pipeline: self.pipeline.clone(),
            renderer: self.renderer.clone(),
            buffers: OnceLock::new(),
        };
        egui_wgpu::Callback::new_paint_callback(whole, meshes).into()
    }
}

/// What the window library binds for a texture: equal layouts are one to the graphics library. The last is for its
/// filter by hand.
fn textures_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    let entry =
        |binding, ty| wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::FRAGMENT, ty, count: None };
    let texture = wgpu::BindingType::Texture {
        multisampled: false,
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: wgpu::TextureViewDimension::D2,
    };
    let flags = wgpu::BindingType::Buffer {
        has_dynamic_offset: false,
        min_binding_size: NonZeroU64::new(4 * size_of::<u32>() as u64),
        ty: wgpu::BufferBindingType::Uniform,
    };
    let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("software"),
        entries: &[entry(0, texture), entry(1, sampler), entry(2, flags)],
    })
}

/// Meshes that are drawn one after the other, as one piece of work.
#[derive(Default)]
struct Batch {
    /// Positions as the graphics library has them: from -1 to 1, up.
    vertices: Vec<Vertex>,
    indices: Vec<u32>,
    parts: Vec<Part>,
}

struct Part {
    clip: Rect,
    texture: TextureId,
    indices: Range<u32>,
    /// The vertex that index 0 means.
    base: i32,
}

impl Batch {
    fn add(&mut self, clip: Rect, mesh: Mesh, whole: Rect) {
        let (first, base) = (self.indices.len() as u32, self.vertices.len() as i32);
        let placed = |vertex: Vertex| Vertex { pos: to_clip(vertex.pos, whole), ..vertex };
        self.vertices.extend(mesh.vertices.into_iter().map(placed));
        self.indices.extend(mesh.indices);
        let indices = first..self.indices.len() as u32;
        self.parts.push(Part { clip, texture: mesh.texture_id, indices, base });
    }
}

/// From points of the window to the coordinates of its target.
fn to_clip(at: Pos2, whole: Rect) -> Pos2 {
    let share = (at - whole.min) / whole.size();
    pos2(2.0 * share.x - 1.0, 1.0 - 2.0 * share.y)
}

/// Meshes between two areas that draw themselves become one shape.
fn in_order(
    primitives: Vec<ClippedPrimitive>,
    whole: Rect,
    mut shape: impl FnMut(Batch) -> Shape,
) -> Vec<(Rect, Shape)> {
    let (mut drawn, mut batch) = (Vec::new(), Batch::default());
    let mut end = |batch: &mut Batch, drawn: &mut Vec<(Rect, Shape)>| {
        if !batch.parts.is_empty() {
            drawn.push((whole, shape(std::mem::take(batch))));
        }
    };
    for ClippedPrimitive { clip_rect, primitive } in primitives {
        match primitive {
            Primitive::Mesh(mesh) => batch.add(clip_rect, mesh, whole),
            Primitive::Callback(callback) => {
                end(&mut batch, &mut drawn);
                drawn.push((clip_rect, callback.into()));
            }
        }
    }
    end(&mut batch, &mut drawn);
    drawn
}

struct Meshes {
    batch: Batch,
    pipeline: wgpu::RenderPipeline,
    renderer: Arc<RwLock<Renderer>>,
    buffers: OnceLock<Buffers>,
}

struct Buffers {
    vertices: wgpu::Buffer,
    indices: wgpu::Buffer,
}

impl CallbackTrait for Meshes {
    fn prepare(
        &self,
        device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        _resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let buffer = |contents, usage| {
            device.create_buffer_init(&wgpu::util::BufferInitDescriptor { label: Some("software"), contents, usage })
        };
        self.buffers.get_or_init(|| Buffers {
            vertices: buffer(bytemuck::cast_slice(&self.batch.vertices), wgpu::BufferUsages::VERTEX),
            indices: buffer(bytemuck::cast_slice(&self.batch.indices), wgpu::BufferUsages::INDEX),
        });
        Vec::new()
    }

    fn paint(&self, info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, _resources: &CallbackResources) {
        let Some(buffers) = self.buffers.get() else { return };
        // The window library reads it too while it paints; nobody else takes it.
        let renderer = self.renderer.read();
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, buffers.vertices.slice(..));
        pass.set_index_buffer(buffers.indices.slice(..), wgpu::IndexFormat::Uint32);
        for part in &self.batch.parts {
            let Some(texture) = renderer.texture(&part.texture) else { continue };
            let clip = PaintCallbackInfo { clip_rect: part.clip, ..info }.clip_rect_in_pixels();
            let [left, top, width, height] = [clip.left_px, clip.top_px, clip.width_px, clip.height_px];
            if width <= 0 || height <= 0 {
                continue;
            }
            pass.set_scissor_rect(left as u32, top as u32, width as u32, height as u32);
            pass.set_bind_group(0, &texture.bind_group, &[]);
            pass.draw_indexed(part.indices.clone(), part.base, 0..1);
        }
    }
}

#[cfg(test)]
#[path = "software_tests.rs"]
mod tests;
