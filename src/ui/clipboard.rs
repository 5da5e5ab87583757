//! Pictures from the clipboard, read on a thread of its own: the program that copied one may take its time to hand it
//! over.

use crate::pixels::Frame;
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::Context;
use std::sync::Arc;

type Pasted = Result<Arc<Frame>, String>;

pub(crate) struct Clipboard {
    ctx: Context,
    answers: (Sender<Pasted>, Receiver<Pasted>),
    waiting: bool,
}

impl Clipboard {
    pub(super) fn new(ctx: Context) -> Self {
        Self { ctx, answers: bounded(1), waiting: false }
    }

    /// Asks for the picture on the clipboard, unless one is on its way already.
    pub(super) fn paste(&mut self) {
        if self.waiting {
            return;
        }
        let (ctx, sender) = (self.ctx.clone(), self.answers.0.clone());
        let spawned = std::thread::Builder::new().name("clipboard".to_owned()).spawn(move || {
            // The receiver lives as long as the window; without one nobody waits for the answer.
            let _ = sender.send(picture());
            ctx.request_repaint();
        });
        match spawned {
            Ok(_) => self.waiting = true,
            Err(error) => log::error!("cannot read the clipboard: {error}"),
        }
    }

    /// The picture, or why there is none; once.
    pub(super) fn answer(&mut self) -> Option<Pasted> {
        let answer = self.answers.1.try_recv().ok()?;
        self.waiting = false;
        Some(answer)
    }
}

fn picture() -> Pasted {
    let image = arboard::Clipboard::new().and_then(|mut clipboard| clipboard.get_image());
    let image = image.map_err(|error| match error {
        arboard::Error::ContentNotAvailable => "There is no picture on the clipboard. Copy one first.".to_owned(),
        other => format!("Cannot read the clipboard: {other}"),
    })?;
    Ok(Arc::new(flatten(image.width as u32, image.height as u32, &image.bytes)))
}

/// RGBA over mid grey, as transparent pictures are prepared for training.
fn flatten(width: u32, height: u32, rgba: &[u8]) -> Frame {
    let over = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 128 * (255 - alpha) + 127) / 255) as u8
    };
    let data = rgba.chunks_exact(4).flat_map(|p| [over(p[0], p[3]), over(p[1], p[3]), over(p[2], p[3])]).collect();
    Frame { width, height, data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_pixels_become_grey() {
        let frame = flatten(3, 1, &[10, 20, 30, 255, 10, 20, 30, 0, 255, 0, 0, 128]);
        assert_eq!(frame.data, [10, 20, 30, 128, 128, 128, 192, 64, 64]);
    }
}
