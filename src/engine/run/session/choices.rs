//! People's decisions about their photos, as a session uses and changes them.

use crate::data::{ChoicesFile, LoadedChoices, PictureChoices, PictureEdit, PreparedPictures};
use crate::engine::protocol::event::{Event, Level};
use crate::engine::protocol::outbox::Outbox;
use crate::files::SharedFileError;
use std::sync::Arc;

/// The decisions in the file, and those that could not be written there.
pub(crate) struct Choices {
    file: ChoicesFile,
    newest: Arc<PictureChoices>,
    /// Tried again with each change.
    unsaved: Vec<PictureEdit>,
    /// What was told since all was well: the same trouble is not told for every picture.
    told: Vec<String>,
}

impl Choices {
    pub(super) fn new(file: ChoicesFile) -> Self {
        Self { file, newest: Arc::default(), unsaved: Vec::new(), told: Vec::new() }
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
                    None if self.unsaved.is_empty() => self.told.clear(),
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
                self.told.clear();
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
        if !self.told.contains(&text) {
            self.told.push(text.clone());
            out.push(Event::Notice { level, text });
        }
    }
}

/// The error as a sentence.
fn sentence(error: &SharedFileError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{PictureId, Verdict};
    use crate::finder::PixelPoint;
    use crossbeam_channel::{Receiver, bounded};
    use std::fs;
    use std::path::Path;

    fn outbox() -> (Outbox, Receiver<Event>) {
        let (sender, events) = bounded(100);
        (Outbox::new(sender, Arc::new(|| {})), events)
    }

    fn exclude(photo: &str) -> PictureEdit {
        let id = PictureId { photo: photo.to_owned(), at: PixelPoint { x: 0.5, y: 0.5 } };
        PictureEdit::Verdicts(vec![(id, Some(Verdict::LeaveOut))])
    }

    fn choices(home: &Path) -> Choices {
        Choices::new(ChoicesFile::new(home.join("choices.json")))
    }

    fn told(out: &mut Outbox, events: &Receiver<Event>) -> Vec<(Level, String)> {
        out.flush(true);
        let notice = |event| match event {
            Event::Notice { level, text } => Some((level, text)),
            _ => None,
        };
        events.try_iter().filter_map(notice).collect()
    }

    #[test]
    fn what_cannot_be_saved_is_told_once_kept_and_saved_later() {
        let home = tempfile::tempdir().unwrap();
        let (mut out, events) = outbox();
        let newer = r#"{"version":99,"photos":{}}"#;
        fs::write(home.path().join("choices.json"), newer).unwrap();
        let mut here = choices(home.path());
        here.edit(exclude("a"), None, &mut out);
        let notices = told(&mut out, &events);
        let (level, text) = notices.last().unwrap();
        assert_eq!(*level, Level::Error);
        assert!(text.contains("choices.json") && text.contains("in memory only"), "{text}");
        assert_eq!(fs::read_to_string(home.path().join("choices.json")).unwrap(), newer);
        assert!(here.refreshed(&mut out).of("a").is_some());
        // The obstacle goes: the next change saves both.
        fs::remove_file(home.path().join("choices.json")).unwrap();
        assert!(here.refreshed(&mut out).of("a").is_some(), "not forgotten meanwhile");
        here.edit(exclude("b"), None, &mut out);
        let mut next = choices(home.path());
        let saved = next.refreshed(&mut out);
        assert!(saved.of("a").is_some() && saved.of("b").is_some());
    }

    #[test]
    fn trouble_is_not_told_for_every_picture() {
        let home = tempfile::tempdir().unwrap();
        let (mut out, events) = outbox();
        fs::create_dir(home.path().join("choices.json")).unwrap();
        let mut here = choices(home.path());
        (0..5).for_each(|i| here.edit(exclude(&i.to_string()), None, &mut out));
        let notices = told(&mut out, &events);
        assert!((1..=2).contains(&notices.len()), "{notices:?}");
        assert!(here.refreshed(&mut out).of("4").is_some());
    }

    #[test]
    fn two_windows_see_each_others_changes() {
        let home = tempfile::tempdir().unwrap();
        let (mut out, events) = outbox();
        let (mut one, mut other) = (choices(home.path()), choices(home.path()));
        one.edit(exclude("a"), None, &mut out);
        other.edit(exclude("b"), None, &mut out);
        for window in [&mut one, &mut other] {
            let known = window.refreshed(&mut out);
            assert!(known.of("a").is_some() && known.of("b").is_some());
        }
        assert_eq!(told(&mut out, &events), []);
        // A damaged file is told by whoever finds it, and work goes on.
        fs::write(home.path().join("choices.json"), "{ broken").unwrap();
        one.edit(exclude("c"), None, &mut out);
        let notices = told(&mut out, &events);
        assert!(notices.iter().any(|(level, text)| *level == Level::Warning && text.contains("choices.bad.json")));
        assert!(other.refreshed(&mut out).of("c").is_some());
    }
}
