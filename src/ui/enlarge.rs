//! The large picture of the explorer, enlarged by the graphics card with the shader `shaders/upscale.wgsl`: far
//! smoother than the linear filter that the window library has.

use super::pipeline::{Drawing, pipeline};
use crate::engine::{MAX_UPSCALE, UPSCALE_WGSL, upscale};
use crate::pixels::Frame;
use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use std::sync::Arc;

/// Largest side of a picture that the processor enlarges, in pixels: four times more of them look hardly better and
/// take four times as long.
const MOST: u32 = 256;

/// The shader's pipeline, and the picture that is on the graphics card.
struct Enlarger {
    pipeline: wgpu::RenderPipeline,
    /// The adapter is software: the processor enlarges a picture once, which is less work than doing it for each pixel
    /// of the window.
    software: bool,
    /// Place and scale: the shader's `View`.
    view: wgpu::Buffer,
    shown: Option<Shown>,
}

/// A picture on the adapter, so many times as large.
struct Shown {
    frame: Arc<Frame>,
    times: u32,
    bindings: wgpu::BindGroup,
}

/// Prepares the window's graphics card. False where its target stores light instead of colours, for which the shader is
/// not made; the linear filter is used then.
pub(super) fn install(state: &egui_wgpu::RenderState) -> bool {
    if state.target_format.is_srgb() {
        return false;
    }
    let software = state.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
    let device = &state.device;
    let entry = if software { "nearly_pixel" } else { "pixel" };
    let target = state.target_format.into();
    let drawing = Drawing { wgsl: UPSCALE_WGSL, entry, target, groups: None, vertices: None };
    let pipeline = pipeline(device, drawing);
    let view = device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("enlarge"),
        size: 16,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    state.renderer.write().callback_resources.insert(Enlarger { pipeline, software, view, shown: None });
    true
}

/// Paints a frame over a rectangle. Only where [`install`] was true.
pub(crate) fn paint(painter: &egui::Painter, rect: egui::Rect, frame: &Arc<Frame>) {
    painter.add(egui_wgpu::Callback::new_paint_callback(rect, Enlarged { rect, frame: frame.clone() }));
}

struct Enlarged {
    rect: egui::Rect,
    frame: Arc<Frame>,
}

impl CallbackTrait for Enlarged {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(enlarger) = resources.get_mut::<Enlarger>() else { return Vec::new() };
        // From pixels of the window to pixels of the picture.
        let size = self.rect.size() * screen.pixels_per_point;
        let times = if enlarger.software { (size.x / self.frame.width as f32).round() as u32 } else { 1 };
        let times = times.clamp(1, (MOST / self.frame.width).max(1)).min(MAX_UPSCALE);
        let shown = |length: u32| (length * times) as f32;
        let step = [shown(self.frame.width) / size.x, shown(self.frame.height) / size.y];
        let min = self.rect.min.to_vec2() * screen.pixels_per_point;
        let view = [-min.x * step[0], -min.y * step[1], step[0], step[1]];
        queue.write_buffer(&enlarger.view, 0, bytemuck::cast_slice(&view));
        let same = |shown: &Shown| Arc::ptr_eq(&shown.frame, &self.frame) && shown.times == times;
        if !enlarger.shown.as_ref().is_some_and(same) {
            let large = (times > 1).then(|| upscale(&self.frame, times));
            let bindings = upload(device, queue, enlarger, large.as_ref().unwrap_or(&self.frame));
            enlarger.shown = Some(Shown { frame: self.frame.clone(), times, bindings });
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        let Some(enlarger) = resources.get::<Enlarger>() else { return };
        let Some(Shown { bindings, .. }) = &enlarger.shown else { return };
        pass.set_pipeline(&enlarger.pipeline);
        pass.set_bind_group(0, bindings, &[]);
        // The window library has set the viewport to the rectangle.
        pass.draw(0..3, 0..1);
    }
}

fn upload(device: &wgpu::Device, queue: &wgpu::Queue, enlarger: &Enlarger, frame: &Frame) -> wgpu::BindGroup {
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("enlarge"),
        size: wgpu::Extent3d { width: frame.width, height: frame.height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let rgba: Vec<u8> = frame.data.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(frame.width * 4), rows_per_image: None };
    queue.write_texture(texture.as_image_copy(), &rgba, layout, texture.size());
    let picture = texture.create_view(&Default::default());
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("enlarge"),
        layout: &enlarger.pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&picture) },
            wgpu::BindGroupEntry { binding: 1, resource: enlarger.view.as_entire_binding() },
        ],
    })
}
