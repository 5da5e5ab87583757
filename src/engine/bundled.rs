//! The generators that come with the program, so that there is something to play with before anything is trained, and
//! something to start from.

use crate::engine::protocol::error::EngineError;
use crate::formats::{self, Imported};
use crate::model::SavedGenerator;
use std::path::Path;

/// What the generator of 64 px is called in messages and in pictures. It can be named so wherever a model is asked for.
pub(crate) const LABEL: &str = "bundled";
/// The same for the one of 128 px.
pub const LABEL_128: &str = "bundled-128";
/// How they were made, and their licence, stand in assets/bundled/README.md.
const MODELS: [(&str, &[u8]); 2] = [
    (LABEL, include_bytes!("../../assets/bundled/cats-64.safetensors")),
    (LABEL_128, include_bytes!("../../assets/bundled/cats-128.safetensors")),
];

/// The generator of 64 px.
///
/// # Errors
/// Never in a sound build.
pub(crate) fn generator() -> Result<SavedGenerator, EngineError> {
    Ok(read(MODELS[0])?.generator)
}

/// The model that this word stands for, a generator with its discriminator; none for any other path. A file of that
/// name has precedence.
///
/// # Errors
/// Never in a sound build.
pub(crate) fn named(source: &Path) -> Option<Result<Imported, EngineError>> {
    is_bundled(source).then(|| model(&source.to_string_lossy())).flatten()
}

/// Whether a path is the word for a model that comes with the program, and no file of that name.
pub(crate) fn is_bundled(source: &Path) -> bool {
    MODELS.iter().any(|(label, _)| source == Path::new(label)) && !source.exists()
}

/// The model of this label.
pub(crate) fn model(label: &str) -> Option<Result<Imported, EngineError>> {
    MODELS.into_iter().find(|(known, _)| *known == label).map(read)
}

fn read((label, bytes): (&str, &[u8])) -> Result<Imported, EngineError> {
    Ok(formats::import_bytes(bytes, Path::new(label))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_whole_and_carry_their_credit() {
        for (label, size) in [(LABEL, 64), (LABEL_128, 128)] {
            let model = named(Path::new(label)).unwrap().unwrap();
            assert_eq!(model.generator.config.size, size);
            assert!(model.discriminator.is_some(), "{label} is something to start from");
            let notice = &model.generator.notice;
            assert!(notice.contains("CC BY-SA 4.0") && notice.contains("Oxford-IIIT"), "{label}: {notice}");
        }
        assert!(named(Path::new("bundled-256")).is_none());
        assert!(named(Path::new("./bundled")).is_none(), "that is a file");
    }
}
