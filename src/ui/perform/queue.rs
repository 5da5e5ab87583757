//! What is asked for about the queue of trainings.

use super::part::Performer;
use crate::config::typed_path;
use crate::engine::{Command, Level, QueueEdit, QueueRequest, QueuedTraining};
use crate::ui::action::Screen;
use crate::ui::queueing::QueueAction;
use std::path::PathBuf;

impl Performer<'_> {
    pub(super) fn queue(&mut self, action: QueueAction) {
        match action {
            QueueAction::Add => self.add_recipe(),
            QueueAction::AddRun(run) => self.add_run(run),
            QueueAction::Edit(edit) => {
                self.user.queue.removing = None;
                self.user.queue.renaming = None;
                self.ask_queue(QueueRequest::Edit(edit));
            }
            QueueAction::Start => self.start_queue(),
            QueueAction::Pause => self.ask_queue(QueueRequest::Pause),
        }
    }

    fn ask_queue(&mut self, request: QueueRequest) {
        self.send(Command::Queue(request));
    }

    fn add_recipe(&mut self) {
        if let Some(reason) = self.user.unready(self.state) {
            return self.toast(Level::Warning, &reason);
        }
        let typed = self.user.out_text.trim();
        let out = (!typed.is_empty()).then(|| typed_path(typed));
        let config = Box::new(self.user.config.clone());
        let endless = config.max_steps == 0 && config.max_epochs == 0;
        self.add(QueuedTraining::Start { config, out }, endless);
        // It is taken now.
        self.user.out_text.clear();
    }

    fn add_run(&mut self, run: PathBuf) {
        self.add(QueuedTraining::Resume { run, options: Box::new(self.user.resume_options()) }, false);
    }

    fn add(&mut self, training: QueuedTraining, endless: bool) {
        self.ask_queue(QueueRequest::Edit(QueueEdit::Add { name: String::new(), training }));
        match endless {
            true => self.toast(
                Level::Warning,
                "Added to the queue. It has no limit, so those after it wait until you stop it; the queue offers a \
                 limit (Ctrl+U).",
            ),
            false => self.toast(Level::Good, "Added to the queue (Ctrl+U shows it)."),
        }
    }

    fn start_queue(&mut self) {
        if !self.state.busy() {
            (self.user.resumed, self.user.watched) = (None, None);
            self.user.screen = Screen::Training;
            self.user.dialog = None;
        }
        self.ask_queue(QueueRequest::Start);
    }
}
