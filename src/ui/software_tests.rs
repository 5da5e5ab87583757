use super::*;
use egui::{Area, Color32, ColorImage, FullOutput, Id, RawInput, RichText, TextureOptions, Ui, vec2};
use egui_kittest::wgpu::{create_render_state, default_wgpu_setup};

const SIZE: u32 = 320;
/// Round ends of large areas are smoothed a little differently, because they are drawn apart.
const TOLERANCE: u8 = 16;

/// Letters, a picture with round corners, lines, a list that is cut off, a card that hides some of it, and something in
/// front of that.
fn scene(ui: &mut Ui) {
    let texture = ui.ctx().data(|data| data.get_temp::<egui::TextureHandle>(Id::unique("cat")));
    let texture = texture.unwrap_or_else(|| {
        let pixel = |i: usize| Color32::RED.lerp_to_gamma(Color32::BLUE, (i * 37 % 64) as f32 / 64.0);
        let image = ColorImage::new([8, 8], (0..64).map(pixel).collect());
        let texture = ui.ctx().load_texture("cat", image, TextureOptions::LINEAR);
        ui.ctx().data_mut(|data| data.insert_temp(Id::unique("cat"), texture.clone()));
        texture
    });
    ui.painter().rect_filled(ui.max_rect(), 12.0, Color32::DARK_BLUE.lerp_to_gamma(Color32::BLACK, 0.65));
    ui.label(RichText::new("Tabby, tortoiseshell and calico").size(18.0).color(Color32::WHITE));
    ui.add(egui::Image::from_texture((texture.id(), vec2(90.0, 70.0))).corner_radius(9.0));
    ui.painter().line_segment([pos2(5.0, 300.0), pos2(315.0, 20.0)], (3.0, Color32::LIGHT_RED));
    egui::ScrollArea::vertical().max_height(60.0).show(ui, |ui| {
        (0..20).for_each(|i| {
            ui.label(format!("row {i} of what is longer than its room"));
        });
    });
    ui.painter().rect_filled(Rect::from_min_size(pos2(100.0, 120.0), vec2(180.0, 150.0)), 0.0, Color32::DARK_GREEN);
    Area::new(Id::unique("front")).fixed_pos(pos2(140.0, 150.0)).show(ui.ctx(), |ui| {
        ui.label(RichText::new("in front").size(24.0).color(Color32::YELLOW));
    });
}

struct Drawn {
    callbacks: usize,
    rgba: Vec<u8>,
}

/// The second frame of the scene at this scale, by the window library or with its shapes taken over.
fn draw(scale: f32, take_over: bool) -> Option<Drawn> {
    let options = egui_wgpu::RendererOptions { dithering: false, ..Default::default() };
    let state = create_render_state(default_wgpu_setup(), options);
    let software = Software::new(&state);
    if software.is_none() && state.adapter.get_info().device_type != wgpu::DeviceType::Cpu {
        return None;
    }
    let software = software.expect("the adapter is software");
    let ctx = Context::default();
    let mut drawn = None;
    for _ in 0..2 {
        let mut input = RawInput { screen_rect: Some(screen(scale)), ..RawInput::default() };
        input.viewports.entry(egui::ViewportId::ROOT).or_default().native_pixels_per_point = Some(scale);
        let output = ctx.run_ui(input, |ui| {
            scene(ui);
            if take_over {
                software.take_over(ui.ctx());
            }
        });
        drawn = Some(paint(&state, &ctx, output));
    }
    drawn
}

fn screen(scale: f32) -> Rect {
    Rect::from_min_size(Pos2::ZERO, egui::Vec2::splat(SIZE as f32 / scale))
}

/// As a window does it.
fn paint(state: &egui_wgpu::RenderState, ctx: &Context, mut output: FullOutput) -> Drawn {
    let egui_wgpu::RenderState { device, queue, renderer, .. } = state;
    for (id, deltas) in output.textures_delta.set.drain() {
        deltas.iter().for_each(|delta| renderer.write().update_texture(device, queue, id, delta));
    }
    let primitives = ctx.tessellate(output.shapes, output.pixels_per_point);
    let is_callback = |primitive: &&ClippedPrimitive| matches!(primitive.primitive, Primitive::Callback(_));
    let callbacks = primitives.iter().filter(is_callback).count();
    let screen = ScreenDescriptor { size_in_pixels: [SIZE; 2], pixels_per_point: output.pixels_per_point };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: SIZE, height: SIZE, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: state.target_format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    renderer.write().update_buffers(device, queue, &mut encoder, &primitives, &screen);
    let view = texture.create_view(&Default::default());
    let target = wgpu::RenderPassColorAttachment {
        view: &view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
    };
    let pass = wgpu::RenderPassDescriptor { color_attachments: &[Some(target)], ..Default::default() };
    let mut pass = encoder.begin_render_pass(&pass).forget_lifetime();
    renderer.read().render(&mut pass, &primitives, &screen);
    drop(pass);
    let rgba = read(state, encoder, &texture);
    Drawn { callbacks, rgba }
}

fn read(state: &egui_wgpu::RenderState, mut encoder: wgpu::CommandEncoder, texture: &wgpu::Texture) -> Vec<u8> {
    // 320 pixels of 4 bytes are a multiple of 256, as rows of a copy have to be.
    let stride = SIZE * 4;
    let buffer = state.device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(stride * SIZE),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(stride), rows_per_image: None };
    let copy = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), copy, texture.size());
    state.queue.submit([encoder.finish()]);
    buffer.slice(..).map_async(wgpu::MapMode::Read, |mapped| mapped.unwrap());
    state.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    buffer.slice(..).get_mapped_range().unwrap().to_vec()
}

#[test]
fn it_draws_what_the_window_library_draws() {
    for scale in [1.0, 1.5] {
        let (Some(theirs), Some(ours)) = (draw(scale, false), draw(scale, true)) else {
            return eprintln!("not tried: the graphics adapter is not software");
        };
        assert_eq!(theirs.callbacks, 0);
        // Two areas of one colour, with meshes before, between and after them.
        assert!(ours.callbacks >= 4, "{} were taken over", ours.callbacks);
        let colours: std::collections::HashSet<&[u8]> = theirs.rgba.chunks_exact(4).collect();
        assert!(colours.len() > 200, "the scene was drawn: {} colours", colours.len());
        let pairs = theirs.rgba.iter().zip(&ours.rgba).enumerate();
        let apart: Vec<_> = pairs.filter(|(_, (a, b))| a.abs_diff(**b) > TOLERANCE).collect();
        let row = SIZE as usize * 4;
        let place = |(i, (a, b)): &(usize, (&u8, &u8))| format!("{a}, not {b} at {}, {}", i % row / 4, i / row);
        let some: Vec<String> = apart.iter().step_by(29).map(place).collect();
        assert!(apart.is_empty(), "{} values differ at scale {scale}: {}", apart.len(), some.join("; "));
    }
}
