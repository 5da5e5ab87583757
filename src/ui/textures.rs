//! Pictures on the graphics card: uploaded once when they change, not once per frame.

use super::atlas::Atlas;
use crate::engine::{RunSummary, Square};
use crate::pixels::Frame;
use egui::{ColorImage, Context, TextureFilter, TextureHandle, TextureOptions};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Small pictures stay crisp when enlarged and smooth when made smaller.
const CRISP: TextureOptions = TextureOptions {
    magnification: TextureFilter::Nearest,
    minification: TextureFilter::Linear,
    ..TextureOptions::NEAREST
};

/// Small pictures on the card at once, and the frames for which one that is not drawn stays there.
const SMALL: usize = 400;
const UNUSED: u64 = 120;

/// What the editor's preview shows: the square, the side in pixels, and the photo's address.
pub(crate) type PreviewKey = (Square, u32, usize);

/// A picture and its upload. The picture is kept so that its address stays its own.
struct Upload {
    frame: Arc<Frame>,
    texture: TextureHandle,
    smooth: bool,
}

/// Pictures on the window's GPU, uploaded once and dropped when unused.
#[derive(Default)]
pub struct Textures {
    sample: Option<Upload>,
    runs: HashMap<PathBuf, Upload>,
    /// The prepared pictures.
    pub(crate) atlas: Atlas,
    explored: Option<Upload>,
    preview: Option<(PreviewKey, TextureHandle)>,
    /// By the picture's address, with the frame in which it was drawn last.
    small: HashMap<usize, (Upload, u64)>,
    /// The window's graphics card enlarges the explorer's picture itself; see `enlarge`.
    pub enlarger: bool,
    /// How many pictures were uploaded so far; for tests and the benchmark.
    pub uploads: usize,
}

impl Textures {
    /// The current sample grid. Only one is on the card at a time.
    pub fn sample(&mut self, ctx: &Context, frame: &Arc<Frame>) -> TextureHandle {
        let upload = match self.sample.take() {
            Some(upload) if Arc::ptr_eq(&upload.frame, frame) => upload,
            old => {
                self.uploads += 1;
                let texture = match old {
                    Some(mut old) => {
                        old.texture.set(image(frame), CRISP);
                        old.texture
                    }
                    None => ctx.load_texture("samples", image(frame), CRISP),
                };
                Upload { frame: frame.clone(), texture, smooth: false }
            }
        };
        self.sample.insert(upload).texture.clone()
    }

    /// The large picture of the explorer, enlarged smoothly or with its pixels as they are.
    pub fn explored(&mut self, ctx: &Context, frame: &Arc<Frame>, smooth: bool) -> TextureHandle {
        let options = if smooth { TextureOptions::LINEAR } else { CRISP };
        let upload = match self.explored.take() {
            Some(upload) if Arc::ptr_eq(&upload.frame, frame) && upload.smooth == smooth => upload,
            old => {
                self.uploads += 1;
                let texture = match old {
                    Some(mut old) => {
                        old.texture.set(image(frame), options);
                        old.texture
                    }
                    None => ctx.load_texture("explored", image(frame), options),
                };
                Upload { frame: frame.clone(), texture, smooth }
            }
        };
        self.explored.insert(upload).texture.clone()
    }

    /// One of many small pictures.
    pub fn small(&mut self, ctx: &Context, frame: &Arc<Frame>) -> TextureHandle {
        let pass = ctx.cumulative_frame_nr();
        let key = Arc::as_ptr(frame) as usize;
        if let Some((upload, used)) = self.small.get_mut(&key) {
            *used = pass;
            return upload.texture.clone();
        }
        if self.small.len() >= SMALL {
            self.small.retain(|_, (_, used)| pass.saturating_sub(*used) < 2);
        } else {
            self.small.retain(|_, (_, used)| pass.saturating_sub(*used) < UNUSED);
        }
        let texture = ctx.load_texture("small", image(frame), TextureOptions::LINEAR);
        self.uploads += 1;
        self.small.insert(key, (Upload { frame: frame.clone(), texture: texture.clone(), smooth: true }, pass));
        texture
    }

    /// The square that is being placed in the editor, cut out again when it has changed.
    pub(crate) fn preview(&mut self, ctx: &Context, key: PreviewKey, cut: impl FnOnce() -> Frame) -> TextureHandle {
        let texture = match self.preview.take() {
            Some((known, texture)) if known == key => texture,
            old => {
                self.uploads += 1;
                let cut = image(&cut());
                match old {
                    Some((_, mut texture)) => {
                        texture.set(cut, CRISP);
                        texture
                    }
                    None => ctx.load_texture("preview", cut, CRISP),
                }
            }
        };
        self.preview.insert((key, texture)).1.clone()
    }

    /// The small picture of a run.
    pub fn run(&mut self, ctx: &Context, run: &RunSummary) -> Option<TextureHandle> {
        let frame = run.thumbnail.as_ref()?;
        let known = self.runs.get(&run.path).is_some_and(|upload| Arc::ptr_eq(&upload.frame, frame));
        if !known {
            let texture = ctx.load_texture("run", image(frame), CRISP);
            self.runs.insert(run.path.clone(), Upload { frame: frame.clone(), texture, smooth: false });
            self.uploads += 1;
        }
        self.runs.get(&run.path).map(|upload| upload.texture.clone())
    }
}

fn image(frame: &Frame) -> ColorImage {
    ColorImage::from_rgb([frame.width as usize, frame.height as usize], &frame.data)
}
