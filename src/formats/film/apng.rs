//! Animated PNG: every pixel as it is.

use super::super::error::ExportError;
use super::super::new_file::NewFile;
use super::spec::{FilmSpec, Sink};
use crate::pixels::{Frame, program};
use png::{BitDepth, ColorType, Encoder, EncodingError, Writer};
use std::cell::RefCell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(crate) struct Apng {
    path: PathBuf,
    file: Handle,
    writer: Writer<Handle>,
}

/// The file, also for who has to finish it: the encoder does not give it back.
#[derive(Clone)]
struct Handle(Rc<RefCell<NewFile>>);

impl Write for Handle {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

impl Apng {
    pub(super) fn create(path: &Path, spec: FilmSpec) -> Result<Self, ExportError> {
        let file = Handle(Rc::new(RefCell::new(NewFile::create(path)?)));
        let fail = fail(path);
        let mut encoder = Encoder::new(file.clone(), spec.width, spec.height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_animated(spec.frames, if spec.repeat { 0 } else { 1 }).map_err(&fail)?;
        // At most 120, see `FPS`.
        encoder.set_frame_delay(1, spec.fps as u16).map_err(&fail)?;
        encoder.add_text_chunk("Software".to_owned(), program()).map_err(&fail)?;
        let writer = encoder.write_header().map_err(&fail)?;
        Ok(Self { path: path.to_path_buf(), file, writer })
    }
}

impl Sink for Apng {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        self.writer.write_image_data(&frame.data).map_err(fail(&self.path))
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        let Self { path, file, writer } = *self;
        writer.finish().map_err(fail(&path))?;
        let file =
            Rc::into_inner(file.0).ok_or_else(|| ExportError::unfit(&path, "the encoder still holds the file"))?;
        file.into_inner().finish().map(|_| ())
    }
}

fn fail(path: &Path) -> impl Fn(EncodingError) -> ExportError + '_ {
    move |e| match e {
        EncodingError::IoError(e) => ExportError::file(path)(e),
        other => ExportError::unfit(path, other),
    }
}
