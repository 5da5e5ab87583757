//! Pipelines of the shaders that the window adds to those of its library.

use eframe::egui_wgpu::wgpu;

/// A shader and what it draws on.
pub(super) struct Drawing<'a> {
    /// Has the vertex shader `corner`.
    pub wgsl: &'static str,
    /// The name of the fragment shader.
    pub entry: &'static str,
    pub target: wgpu::ColorTargetState,
    /// What is bound as group 0; none takes it from the shader.
    pub groups: Option<&'a wgpu::BindGroupLayout>,
    /// None where the shader needs no vertices.
    pub vertices: Option<wgpu::VertexBufferLayout<'a>>,
}

pub(super) fn pipeline(device: &wgpu::Device, drawing: Drawing) -> wgpu::RenderPipeline {
    let Drawing { wgsl, entry, target, groups, vertices } = drawing;
    let vertices: Vec<_> = vertices.into_iter().map(Some).collect();
    let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(entry),
        source: wgpu::ShaderSource::Wgsl(wgsl.into()),
    });
    let layout = groups.map(|group| {
        device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(entry),
            bind_group_layouts: &[Some(group)],
            immediate_size: 0,
        })
    });
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(entry),
        layout: layout.as_ref(),
        vertex: wgpu::VertexState {
            module: &shader,
            entry_point: Some("corner"),
            compilation_options: Default::default(),
            buffers: &vertices,
        },
        fragment: Some(wgpu::FragmentState {
            module: &shader,
            entry_point: Some(entry),
            compilation_options: Default::default(),
            targets: &[Some(target)],
        }),
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        multiview_mask: None,
        cache: None,
    })
}
