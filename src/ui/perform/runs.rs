//! Starting a run, resuming one, and doing what the coach suggests.

use super::part::Performer;
use crate::config::{RunPlace, typed_path};
use crate::engine::{
    AboutRun, Command, FileUse, Level, MOST_COMPARED, ResumeOptions, RunState, RunSummary, Suggestion,
};
use crate::ui::action::{Dialog, Screen};
use crate::ui::effect::Effect;
use std::path::PathBuf;

impl Performer<'_> {
    pub(super) fn start(&mut self) {
        if let Some(reason) = self.user.blocked(self.state) {
            return self.toast(Level::Warning, &reason);
        }
        let typed = self.user.out_text.trim();
        let out = (!typed.is_empty()).then(|| typed_path(typed));
        (self.user.resumed, self.user.watched) = (None, None);
        self.user.screen = Screen::Training;
        self.state.run_state = RunState::Preparing;
        self.user.asked_run = true;
        if self.user.rival.is_some() {
            return self.start_race(out);
        }
        let config = Box::new(self.user.config.clone());
        self.send(Command::Start { config, out });
    }

    /// False when that is not possible now; says so then.
    pub(super) fn resume(&mut self, run: PathBuf, options: ResumeOptions) -> bool {
        if !self.free() {
            return false;
        }
        if self.state.dead.is_some() {
            self.toast(Level::Error, "The training thread has ended. Restart Purrtrait first.");
            return false;
        }
        (self.user.resumed, self.user.watched) = (Some((run.clone(), options.clone())), None);
        self.user.screen = Screen::Training;
        self.state.run_state = RunState::Preparing;
        self.state.preparing = "Opening the run…".to_owned();
        self.user.asked_run = true;
        self.send(Command::Resume { run, options });
        true
    }

    /// Watches a run of another program. A run here comes first; says so then.
    pub(crate) fn watch(&mut self, run: RunPlace) {
        if !self.free() {
            return;
        }
        if self.state.dead.is_some() {
            return self.toast(Level::Error, "The training thread has ended. Restart Purrtrait first.");
        }
        (self.user.resumed, self.user.watched) = (None, Some(run.clone()));
        self.user.screen = Screen::Training;
        self.send(Command::Watch(run));
    }

    /// The run goes on; there is nothing of it to look at here.
    pub(super) fn unwatch(&mut self) {
        self.user.screen = Screen::Home;
        self.send(Command::Unwatch);
    }

    /// The list on show stays until the new one is here.
    pub(super) fn list_runs(&mut self) {
        self.state.runs_listed = self.now;
        self.send(Command::ListRuns);
    }

    pub(super) fn ask_about(&mut self, run: RunSummary, dialog: Dialog) {
        self.user.run_form = Some(run);
        self.effects.push(Effect::Dialog(Some(dialog)));
        self.user.dialog_is_new = true;
    }

    pub(super) fn save_run_form(&mut self) {
        let Some(form) = self.user.run_form.take() else { return };
        let about = AboutRun { name: form.about.name.trim().to_owned(), notes: form.about.notes };
        // Seen at once; the engine's list follows.
        for run in self.state.runs.iter_mut().flatten().filter(|run| run.path == form.path) {
            run.about = about.clone();
        }
        self.send(Command::DescribeRun { run: form.path, about });
        self.effects.push(Effect::Dialog(None));
    }

    /// The runs that were compared last stay chosen.
    pub(super) fn compare(&mut self, run: PathBuf) {
        let runs = self.state.runs.as_deref().unwrap_or_default();
        self.user.compare.chosen.retain(|chosen| runs.iter().any(|known| known.path == *chosen) && *chosen != run);
        self.user.compare.chosen.truncate(MOST_COMPARED - 1);
        self.user.compare.chosen.insert(0, run);
        self.effects.push(Effect::Dialog(Some(Dialog::Compare)));
        self.ask_for_comparison();
    }

    pub(super) fn toggle_compared(&mut self, run: PathBuf) {
        let chosen = &mut self.user.compare.chosen;
        match chosen.iter().position(|known| *known == run) {
            Some(index) => _ = chosen.remove(index),
            None => chosen.push(run),
        }
        self.ask_for_comparison();
    }

    pub(super) fn ask_for_comparison(&mut self) {
        self.state.comparison = None;
        if self.user.compare.chosen.len() > 1 {
            self.send(Command::CompareRuns(self.user.compare.chosen.clone()));
        }
    }

    pub(super) fn write_story(&mut self) {
        let out = typed_path(&self.user.story_text);
        if !FileUse::Page.accepts(&out) {
            let text = format!("The page's name must end in {}.", FileUse::Page.listed());
            return self.toast(Level::Warning, &text);
        }
        let Some(form) = self.user.run_form.take() else { return };
        self.send(Command::WriteStory { run: form.path, out });
        self.effects.push(Effect::Dialog(None));
    }

    pub(super) fn bin_run(&mut self) {
        let Some(form) = self.user.run_form.take() else { return };
        self.effects.extend(self.state.change_settings(|settings| settings.recent_runs.retain(|r| *r != form.path)));
        self.send(Command::BinRun(form.path));
        self.effects.push(Effect::Dialog(None));
    }

    /// Live settings are changed as by the sliders, so that they can be undone. A run that has ended is resumed for the
    /// rollback.
    pub(super) fn follow(&mut self, suggestion: &Suggestion) {
        if let Suggestion::RollBack { step, lower } = *suggestion {
            let run = self.state.run.as_ref().filter(|run| run.end.is_some()).and_then(|run| run.info.clone());
            if run.is_none_or(|info| self.resume(info.path.clone(), self.user.resume_options())) {
                self.send(Command::Rollback { step, learning_rate_factor: lower });
            }
        } else if let Some(tunables) = suggestion.applied(&self.user.tuner.edit) {
            self.user.tuner.change("coach", tunables, self.now);
        }
    }
}
