//! What each action does.

use super::part::Performer;
use crate::config::Motion;
use crate::engine::{Command, Level};
use crate::ui::action::{Action, Dialog};
use crate::ui::effect::Effect;

/// Seconds without a change of the picture settings after which the pictures are prepared again.
const RESCAN_PAUSE: f64 = 0.5;

impl Performer<'_> {
    /// Does what a panel or a key asked for.
    pub(crate) fn perform(mut self, action: Action) -> Vec<Effect> {
        let now = self.now;
        match action {
            Action::Goto(screen) => self.user.screen = screen,
            Action::Explore(action) => return self.explorer().act(action, now),
            Action::Evaluate(action) => self.evaluate(action),
            Action::Curate(action) => self.curate(action),
            Action::Browse(purpose) => self.effects.push(Effect::Browse(purpose)),
            Action::OpenFolder(path) => self.open_folder(path),
            Action::OpenDemo => self.open_demo(),
            Action::DataChanged => self.user.rescan_at = Some(now + RESCAN_PAUSE),
            Action::RescanNow => self.scan(),
            Action::CancelScan => self.send(Command::CancelScan),
            Action::ChoosePreset(name) => self.choose_preset(name),
            Action::StartFrom(origin) => self.start_from(origin),
            Action::TrainFurther(model) => self.train_further(model),
            Action::UseSuggested => self.use_suggested(),
            Action::MeasureAgain => self.state.speeds.forget(&self.user.config),
            Action::Remedy(remedy) => self.remedy(remedy),
            Action::AllSettings(all) => {
                self.effects.extend(self.state.change_settings(|settings| settings.all_settings = all));
            }
            Action::ReduceMotion(reduced) => {
                let motion = if reduced { Motion::Reduced } else { Motion::Full };
                self.effects.push(Effect::Motion(!reduced));
                self.effects.extend(self.state.change_settings(|settings| settings.motion = motion));
            }
            Action::Notifications(wanted) => {
                self.effects.extend(self.state.change_settings(|settings| settings.notifications = wanted));
            }
            Action::Manners(manners) => {
                self.effects.extend(self.state.change_settings(|settings| settings.manners = manners));
            }
            Action::Start => self.start(),
            Action::Resume { run, options } => _ = self.resume(run, options),
            Action::SetUpRace(on) => self.set_up_race(on),
            Action::ShowRecipe(lane) => self.show_recipe(lane),
            Action::ShowLane(lane) => self.show_lane(lane),
            Action::CompareRacers => self.compare_racers(),
            Action::Queue(action) => self.queue(action),
            Action::Watch(run) => self.watch(run),
            Action::Unwatch => self.unwatch(),
            Action::Tune { key, tunables } => self.user.tuner.change(key, tunables, now),
            Action::UndoTune => self.undo_tune(),
            Action::Follow(suggestion) => self.follow(&suggestion),
            Action::Dismiss(finding) => {
                if let Some(run) = &mut self.state.run {
                    run.dismissed.push(finding);
                }
            }
            Action::TogglePause => {
                let paused = self.state.paused();
                self.state.pause_asked = !paused;
                self.send(if paused { Command::Continue } else { Command::Pause });
            }
            Action::Stop => self.send(Command::Stop),
            Action::SampleNow => self.send(Command::SampleNow),
            Action::SaveNow => {
                self.state.save_asked = true;
                self.send(Command::SaveNow);
            }
            Action::LoadSample(step) => {
                if self.state.run.as_mut().is_some_and(|run| run.samples.should_ask(step, now)) {
                    self.send(Command::LoadSample { step });
                }
            }
            Action::RefreshRuns => self.list_runs(),
            Action::DescribeRun(run) => self.ask_about(run, Dialog::DescribeRun),
            Action::SaveRunForm => self.save_run_form(),
            Action::Compare(run) => self.compare(run.path),
            Action::ToggleCompared(run) => self.toggle_compared(run),
            Action::AskForStory(run) => self.ask_about(run, Dialog::Story),
            Action::WriteStory => self.write_story(),
            Action::AskToBin(run) => self.ask_about(run, Dialog::ConfirmBin),
            Action::BinRun => self.bin_run(),
            Action::DismissEnd => self.state.run.iter_mut().for_each(|run| run.end_seen = true),
            Action::SetTheme(theme) => {
                self.effects.push(Effect::Theme(theme));
                self.effects.extend(self.state.change_settings(|settings| settings.theme = theme));
            }
            Action::ToggleLog => self.user.log_open = !self.user.log_open,
            Action::Dialog(dialog) => self.dialog(dialog),
            Action::Copy(text) => self.effects.push(Effect::CopyText(text)),
            Action::Reveal(path) => self.effects.push(Effect::Reveal(path)),
            Action::Toast(level, text) => self.effects.push(Effect::Toast(level, text)),
            Action::Restart => self.effects.push(Effect::Restart),
            Action::Leave { when_done } => return self.closing.leave(when_done, self.state, now),
            Action::Stay => return vec![self.closing.stay()],
            Action::CloseNow => return vec![self.closing.abandon()],
        }
        self.effects
    }

    fn undo_tune(&mut self) {
        if !self.user.tuner.undo() {
            self.toast(Level::Info, "There is no change to undo.");
        }
    }

    fn dialog(&mut self, dialog: Option<Dialog>) {
        if dialog == Some(Dialog::Evaluate) {
            return self.open_evaluation();
        }
        if dialog.is_none() {
            self.user.curation.photo = None;
            self.explorer().described();
        }
        self.user.dialog_typed = false;
        self.user.dialog = dialog;
        self.user.dialog_is_new = true;
    }
}
