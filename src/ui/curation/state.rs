//! What the person does with the pictures.

use super::filter::Filter;
use super::history::{History, Step};
use super::pending::{Finder, Pending, Standing, id_of};
use super::selection::{Move, Selection, position};
use super::shown::{Counts, Shown};
use crate::engine::{DatasetReport, PictureEdit, PictureId, PreparedPictures, Verdict};
use crate::ui::photo::PhotoEditor;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

/// Side of a tile of the grid, in points.
pub(crate) const TILES: RangeInclusive<f32> = 48.0..=256.0;

/// What stands beside the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// How to train.
    #[default]
    Recipe,
    /// How the pictures are prepared, and which files are not used.
    Preparation,
}

/// Looking through the pictures.
pub struct Curation {
    /// What stands beside them.
    pub side: Side,
    /// Wanted side of a tile, in points.
    pub(crate) tile: f32,
    /// The typed folder for `.cat` files.
    pub(crate) landmarks_text: String,
    pub(crate) selection: Selection,
    pub(crate) history: History,
    /// The photo whose faces are being marked.
    pub(crate) photo: Option<PhotoEditor>,
    filter: Filter,
    pending: Pending,
    /// The newest pictures, and the folder they are from.
    pictures: Option<Arc<PreparedPictures>>,
    folder: Option<PathBuf>,
    /// Photos were searched for faces.
    faces_found: bool,
    shown: Shown,
}

impl Default for Curation {
    fn default() -> Self {
        Self {
            side: Side::default(),
            tile: 96.0,
            landmarks_text: String::new(),
            selection: Selection::default(),
            history: History::default(),
            photo: None,
            filter: Filter::default(),
            pending: Pending::default(),
            pictures: None,
            folder: None,
            faces_found: false,
            shown: Shown::default(),
        }
    }
}

impl Curation {
    /// All pictures; none before they are prepared.
    pub(crate) fn pictures(&self) -> Option<&Arc<PreparedPictures>> {
        self.pictures.as_ref()
    }

    pub(crate) fn filter(&self) -> Filter {
        self.filter
    }

    /// Indices of the pictures on show.
    pub(crate) fn shown(&self) -> &[u32] {
        &self.shown.list
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.shown.counts
    }

    /// How a picture stands now.
    pub(crate) fn standing(&self, index: u32) -> Option<Standing> {
        Some(self.pending.standing(self.pictures.as_ref()?, index))
    }

    /// Takes over prepared pictures of a folder. What is selected stays selected, as far as it is still there.
    pub(crate) fn take(&mut self, report: &DatasetReport) {
        let (pictures, folder) = (report.pictures.clone(), report.folder.clone());
        self.faces_found = report.faces.as_ref().is_some_and(|faces| faces.on);
        if self.folder != folder || pictures.is_none() {
            self.history.clear();
            self.pending.clear();
            self.selection = Selection::default();
            self.filter = Filter::All;
        }
        let before = std::mem::replace(&mut self.pictures, pictures);
        self.folder = folder;
        if let (Some(before), Some(after)) = (before, self.pictures.clone()) {
            self.pending.answered(&after);
            self.follow_selection(&before, &after);
        }
        self.count();
    }

    /// Positions change when a photo has more faces than before.
    fn follow_selection(&mut self, before: &PreparedPictures, after: &PreparedPictures) {
        let cursor = self.selection.cursor();
        if self.selection.is_empty() && cursor.is_none() {
            return;
        }
        let finder = Finder::new(after);
        let moved = |index: u32| finder.find(&id_of(before, index));
        let chosen: Vec<u32> = self.selection.chosen().into_iter().filter_map(moved).collect();
        let cursor = cursor.and_then(moved);
        self.shown.list = (0..after.pictures.len() as u32).collect();
        self.selection.place(cursor, chosen);
    }

    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.count();
    }

    /// Shows what the filter shows now.
    fn count(&mut self) {
        let Some(pictures) = &self.pictures else {
            self.shown = Shown::default();
            return;
        };
        let shown = Shown::new(pictures, &self.pending, self.filter, self.faces_found);
        let before = std::mem::replace(&mut self.shown, shown);
        self.selection.restrict(&before.list, &self.shown.list);
    }

    /// A click on a picture: alone, as one more (`toggle`), or everything up to here (`range`).
    pub(crate) fn click(&mut self, index: u32, toggle: bool, range: bool) {
        self.selection.click(&self.shown.list, index, toggle, range);
    }

    /// Moves the cursor, see [`Selection::go`].
    pub(crate) fn go(&mut self, by: Move, extend: bool, keep: bool) {
        self.selection.go(&self.shown.list, by, extend, keep);
    }

    /// Where the cursor is among the pictures on show.
    pub(crate) fn cursor_position(&self) -> Option<usize> {
        position(&self.shown.list, self.selection.cursor()?)
    }

    /// Puts the cursor on the picture at this position, and selects nothing.
    pub(crate) fn put_cursor(&mut self, at: usize) {
        let chosen = self.selection.chosen();
        self.selection.place(self.shown.list.get(at).copied(), chosen);
    }

    /// Begins to select with a rectangle, at this point of the grid; with `keep` beside what is selected.
    pub(crate) fn begin_rectangle(&mut self, at: egui::Vec2, keep: bool) {
        let kept = if keep { self.selection.chosen() } else { Vec::new() };
        self.selection.rectangle = Some((kept.into_iter().collect(), at));
    }

    /// Selects the pictures at these positions, beside those selected before.
    pub(crate) fn draw_rectangle(&mut self, touched: &[usize]) {
        let Some((kept, _)) = &self.selection.rectangle else { return };
        let touched: Vec<u32> = touched.iter().filter_map(|at| self.shown.list.get(*at).copied()).collect();
        let cursor = touched.last().copied().or(self.selection.cursor());
        let all: Vec<u32> = kept.iter().copied().chain(touched).collect();
        let rectangle = self.selection.rectangle.take();
        self.selection.place(cursor, all);
        self.selection.rectangle = rectangle;
    }

    /// The pictures that a decision is about: those selected, or the one at the cursor.
    pub(crate) fn targets(&self) -> Vec<u32> {
        if self.selection.is_empty() { self.selection.cursor().into_iter().collect() } else { self.selection.chosen() }
    }

    /// Decides about the targets, and notes how to take that back. None where all stand so already.
    pub(crate) fn decide(&mut self, verdict: Option<Verdict>) -> Option<PictureEdit> {
        let pictures = self.pictures.clone()?;
        let targets = self.targets();
        let changes = targets.iter().filter_map(|&index| {
            let now = self.pending.standing(&pictures, index).verdict();
            (now != verdict).then(|| (id_of(&pictures, index), now))
        });
        let back: Vec<(PictureId, Option<Verdict>)> = changes.collect();
        if back.is_empty() {
            return None;
        }
        let forward = back.iter().map(|(id, _)| (id.clone(), verdict)).collect();
        let step = Step { forward: PictureEdit::Verdicts(forward), back: PictureEdit::Verdicts(back) };
        Some(self.change(step))
    }

    /// Opens a photo in the editor, and puts the cursor on its picture.
    pub(crate) fn open(&mut self, index: Option<u32>) -> Option<&PhotoEditor> {
        let index = index.or(self.selection.cursor())?;
        let pictures = self.pictures.clone().filter(|pictures| (index as usize) < pictures.pictures.len())?;
        let chosen = self.selection.chosen();
        self.selection.place(Some(index), chosen);
        self.selection.reveal = true;
        self.photo = Some(PhotoEditor::new(&pictures, index));
        self.photo.as_ref()
    }

    /// A picture on show of another photo, so many photos away from the cursor's.
    pub(crate) fn photo_beside(&self, by: isize) -> Option<u32> {
        let pictures = self.pictures.as_ref()?;
        let photo = |index: u32| pictures.pictures[index as usize].photo;
        let here = photo(self.selection.cursor()?);
        let list = &self.shown.list;
        let at = list.partition_point(|index| photo(*index) < here);
        if by < 0 {
            return list[..at].last().copied();
        }
        list[at..].iter().find(|index| photo(**index) > here).copied()
    }

    /// Makes a change that can be undone.
    pub(crate) fn change(&mut self, step: Step) -> PictureEdit {
        let edit = step.forward.clone();
        self.history.note(step);
        self.expect(&edit);
        edit
    }

    /// Shows what a change will lead to, before the engine answers.
    pub(crate) fn expect(&mut self, edit: &PictureEdit) {
        let Some(pictures) = self.pictures.clone() else { return };
        match edit {
            PictureEdit::Verdicts(verdicts) => {
                let finder = Finder::new(&pictures);
                for (id, verdict) in verdicts {
                    if let Some(index) = finder.find(id) {
                        self.pending.decide(index, id.clone(), *verdict);
                    }
                }
            }
            PictureEdit::Faces { photo, .. } => self.pending.marked(photo),
        }
        self.count();
    }
}
