//! Decisions and corrections that can be undone.

use crate::engine::PictureEdit;

/// Older ones stay as they are.
const KEPT: usize = 200;

/// One change, and the one that takes it back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub forward: PictureEdit,
    pub back: PictureEdit,
}

/// What was done, for undo and redo.
#[derive(Debug, Default)]
pub(crate) struct History {
    steps: Vec<Step>,
    /// Steps that are done.
    at: usize,
}

impl History {
    /// Notes a change; what was undone is forgotten.
    pub(crate) fn note(&mut self, step: Step) {
        self.steps.truncate(self.at);
        self.steps.push(step);
        if self.steps.len() > KEPT {
            self.steps.remove(0);
        }
        self.at = self.steps.len();
    }

    pub(crate) fn can_undo(&self) -> bool {
        self.at > 0
    }

    pub(crate) fn can_redo(&self) -> bool {
        self.at < self.steps.len()
    }

    /// The change that takes the newest one back.
    pub(crate) fn undo(&mut self) -> Option<PictureEdit> {
        self.at = self.at.checked_sub(1)?;
        Some(self.steps[self.at].back.clone())
    }

    /// The change that was undone last.
    pub(crate) fn redo(&mut self) -> Option<PictureEdit> {
        let edit = self.steps.get(self.at)?.forward.clone();
        self.at += 1;
        Some(edit)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::PictureEdit;

    fn faces(photo: &str) -> PictureEdit {
        PictureEdit::Faces { photo: photo.into(), faces: None }
    }

    fn step(n: usize) -> Step {
        Step { forward: faces(&format!("forward {n}")), back: faces(&format!("back {n}")) }
    }

    #[test]
    fn steps_go_back_and_forth() {
        let mut history = History::default();
        assert_eq!((history.undo(), history.redo()), (None, None));
        history.note(step(1));
        history.note(step(2));
        assert_eq!(history.undo(), Some(step(2).back));
        assert_eq!(history.undo(), Some(step(1).back));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some(step(1).forward));
        history.note(step(3));
        assert_eq!(history.redo(), None, "what was undone is forgotten");
        assert_eq!(history.undo(), Some(step(3).back));
    }

    #[test]
    fn the_history_is_bounded() {
        let mut history = History::default();
        (0..1000).for_each(|n| history.note(step(n)));
        assert_eq!(history.steps.len(), KEPT);
        assert_eq!(history.undo(), Some(step(999).back));
    }
}
