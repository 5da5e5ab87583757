//! The shader that enlarges pictures gives what its CPU twin gives.

use purrtrait::formats::{UPSCALE_WGSL, upscale};
use purrtrait::pixels::Frame;

/// Of 255. The two round differently in the last place.
const TOLERANCE: u8 = 1;

/// Any adapter, a software one too.
fn device() -> Option<(wgpu::Device, wgpu::Queue)> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
    let device = adapter.map_err(|e| e.to_string()).and_then(|adapter| {
        pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).map_err(|e| e.to_string())
    });
    match device {
        Ok(device) => Some(device),
        Err(e) if std::env::var_os("PURRTRAIT_REQUIRE_GPU").is_some_and(|v| v == "1") => {
            panic!("a GPU is required here: {e}")
        }
        Err(e) => {
            eprintln!("SKIPPED: no GPU adapter ({e})");
            None
        }
    }
}

#[test]
fn the_shader_enlarges_as_the_cpu_does() {
    let Some((device, queue)) = device() else { return };
    // Smooth, noise, and hard edges, in a size that is no multiple of anything.
    let (width, height) = (37, 23);
    let value = |i: u32| {
        let (x, y, channel) = (i / 3 % width, i / 3 / width, i % 3);
        let noise = (i.wrapping_mul(2_654_435_761) >> 24) as u8;
        match channel {
            0 => (127.0 + 120.0 * (x as f32 * 0.4 + y as f32 * 0.3).sin()) as u8,
            1 => noise,
            _ => u8::from((x / 5 + y / 4) % 2 == 0) * 255,
        }
    };
    let frame = Frame { width, height, data: (0..width * height * 3).map(value).collect() };
    for factor in [1, 2, 3, 4, 7, 8] {
        let expected = upscale(&frame, factor);
        let found = enlarge(&device, &queue, &frame, factor);
        assert_eq!(found.len(), expected.data.len());
        let differences = || found.iter().zip(&expected.data).map(|(a, b)| a.abs_diff(*b));
        let worst = differences().max().unwrap();
        let share = differences().filter(|d| *d > 0).count() as f64 / found.len() as f64;
        println!("{factor} times: largest difference {worst}, {:.3} % differ", share * 100.0);
        assert!(worst <= TOLERANCE, "{factor} times: {worst}");
        assert!(share < 0.02, "{factor} times: {share}");
    }
}

/// Draws the frame into a texture `factor` times as large; its bytes as RGB.
fn enlarge(device: &wgpu::Device, queue: &wgpu::Queue, frame: &Frame, factor: u32) -> Vec<u8> {
    const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
    let texture = |width, height, usage| {
        device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage,
            view_formats: &[],
        })
    };
    use wgpu::TextureUsages as Usage;
    let source = texture(frame.width, frame.height, Usage::TEXTURE_BINDING | Usage::COPY_DST);
    let rgba: Vec<u8> = frame.data.chunks(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(frame.width * 4), rows_per_image: None };
    queue.write_texture(source.as_image_copy(), &rgba, layout, source.size());
    let (width, height) = (frame.width * factor, frame.height * factor);
    let target = texture(width, height, Usage::RENDER_ATTACHMENT | Usage::COPY_SRC);

    let step = 1.0 / factor as f32;
    let view = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 16,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    queue.write_buffer(&view, 0, bytemuck::cast_slice(&[0.0f32, 0.0, step, step]));
    let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl(UPSCALE_WGSL.into()),
    });
    let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: None,
        layout: None,
        vertex: wgpu::VertexState {
            module: &shader,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        fragment: Some(wgpu::FragmentState {
            module: &shader,
            entry_point: Some("pixel"),
            compilation_options: Default::default(),
            targets: &[Some(FORMAT.into())],
        }),
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        multiview_mask: None,
        cache: None,
    });
    let picture = source.create_view(&Default::default());
    let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&picture) },
            wgpu::BindGroupEntry { binding: 1, resource: view.as_entire_binding() },
        ],
    });

    // Rows of a copy begin at multiples of 256 bytes.
    let stride = (width * 4).next_multiple_of(256);
    let output = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(stride * height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    let attachment = target.create_view(&Default::default());
    {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &attachment,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bindings, &[]);
        pass.draw(0..3, 0..1);
    }
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(stride), rows_per_image: None };
    let copy = wgpu::TexelCopyBufferInfo { buffer: &output, layout };
    encoder.copy_texture_to_buffer(target.as_image_copy(), copy, target.size());
    queue.submit([encoder.finish()]);
    let slice = output.slice(..);
    slice.map_async(wgpu::MapMode::Read, |mapped| mapped.unwrap());
    device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
    let bytes = slice.get_mapped_range().unwrap().to_vec();
    let rows = bytes.chunks(stride as usize).map(|row| &row[..width as usize * 4]);
    rows.flat_map(|row| row.chunks(4).flat_map(|p| [p[0], p[1], p[2]])).collect()
}
