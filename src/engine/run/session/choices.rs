//! People's decisions about their photos, as a session uses and changes them.

use crate::data::{ChoicesError, ChoicesFile, LoadedChoices, PictureChoices, PictureEdit, PreparedPictures};
use crate::engine::protocol::event::{Event, Level};
use crate::engine::protocol::outbox::Outbox;
use std::sync::Arc;

/// The decisions in the file, and those that could not be written there.
pub(crate) struct Choices {
    file: ChoicesFile,
    newest: Arc<PictureChoices>,
    /// Tried again with each change.
    unsaved: Vec<PictureEdit>,
    /// What was told last: the same trouble is not told for every picture.
    told: Option<String>,
}

impl Choices {
    pub(super) fn new(file: ChoicesFile) -> Self {
        Self { file, newest: Arc::default(), unsaved: Vec::new(), told: None }
    }

    /// The decisions with those that other windows have made meanwhile. Where the file cannot be read, those that are
    /// known.
    pub(super) fn refreshed(&mut self, out: &mut Outbox) -> Arc<PictureChoices> {
        match self.file.load() {
            Ok(LoadedChoices { mut choices, notice }) => {
                for edit in &self.unsaved {
                    choices.apply(edit.clone());
                }
                self.newest = Arc::new(choices);
                match notice {
                    Some(text) => self.tell(Level::Warning, text, out),
                    None if self.unsaved.is_empty() => self.told = None,
                    None => {}
                }
            }
            Err(e) => self.tell(Level::Warning, sentence(&e), out),
        }
        self.newest.clone()
    }

    /// Makes a change and saves it. One that cannot be saved takes effect until the program ends, and that is told.
    pub(super) fn edit(&mut self, edit: PictureEdit, shown: Option<&PreparedPictures>, out: &mut Outbox) {
        let known = self.refreshed(out);
        self.unsaved.push(match shown {
            Some(shown) => known.replacing(edit, shown),
            None => edit,
        });
        match self.file.update(&self.unsaved) {
            Ok(LoadedChoices { choices, notice }) => {
                self.newest = Arc::new(choices);
                self.unsaved.clear();
                self.told = None;
                if let Some(text) = notice {
                    self.tell(Level::Warning, text, out);
                }
            }
            Err(e) => {
                if let Some(edit) = self.unsaved.last() {
                    Arc::make_mut(&mut self.newest).apply(edit.clone());
                }
                let text = format!("{} Until then your changes are kept in memory only.", sentence(&e));
                self.tell(Level::Error, text, out);
            }
        }
    }

    fn tell(&mut self, level: Level, text: String, out: &mut Outbox) {
        if self.told.as_ref() != Some(&text) {
            self.told = Some(text.clone());
            out.push(Event::Notice { level, text });
        }
    }
}

/// The error as a sentence.
fn sentence(error: &ChoicesError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}
