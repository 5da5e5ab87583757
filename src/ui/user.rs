//! What the person has typed and chosen: texts, moved sliders, the position on the timeline. Nothing here comes from
//! the engine; what does is in `state`.

use super::action::{Action, Dialog, Screen};
use super::comparing::CompareForm;
use super::curation::Curation;
use super::curves::{Curves, XAxis};
use super::evaluate::EvaluateForm;
use super::explorer::Exploration;
use super::explorer::own_file;
use super::queueing::QueueForm;
use super::racing::Rival;
use super::starting::Starting;
use super::state::{DatasetState, EngineState};
use crate::config::{
    DataSource, DeviceChoice, PRESETS, Precision, Preset, RunConfig, RunPlace, SettingError, TeamMember, TeamPlace,
    TrainingPlace, Tunables,
};
use crate::engine::{Level, ResumeOptions, RunSummary};
use std::path::PathBuf;

/// Several devices, while they are being chosen.
#[derive(Debug, Clone, Default)]
pub struct TeamForm {
    /// Ids of those that are ticked.
    pub devices: Vec<String>,
    /// Addresses of workers, as they are typed.
    pub workers: String,
}

/// What the person has typed and chosen.
pub struct UserState {
    /// What fills the window.
    pub screen: Screen,
    /// What lies on top of it.
    pub dialog: Option<Dialog>,
    /// It was opened just now: the cursor goes where something is to be typed.
    pub dialog_is_new: bool,
    /// Something was typed in it: a click beside it does not close it any more.
    pub dialog_typed: bool,
    /// The typed folder of pictures.
    pub folder_text: String,
    /// The typed folder of a run to resume.
    pub run_text: String,
    /// The run whose name and notes are being typed, or that is about to go to the bin.
    pub run_form: Option<RunSummary>,
    /// The runs that are put side by side.
    pub compare: CompareForm,
    /// The dialog of the queue.
    pub queue: QueueForm,
    /// A run was asked for here, and not begun by the queue, since the last one began or ended.
    pub asked_run: bool,
    /// The page that the story of a run is written to.
    pub story_text: String,
    /// Where the pictures of a run are now.
    pub pictures_text: String,
    /// Folder of the new run; empty means that the program chooses one.
    pub out_text: String,
    /// The recipe of the next run.
    pub config: RunConfig,
    /// The preset that the recipe began with.
    pub preset: &'static Preset,
    /// The recipe that it races against, if it does.
    pub rival: Option<Rival>,
    /// What its networks begin with.
    pub starting: Starting,
    /// Show the explanation under each setting, not only as a tooltip.
    pub explain: bool,
    /// When to prepare the pictures again after their settings changed; in seconds since the window opened.
    pub rescan_at: Option<f64>,
    /// The live settings.
    pub tuner: Tuner,
    /// What the plots show.
    pub plot: PlotChoice,
    /// The position on the timeline of sample grids.
    pub timeline: Timeline,
    /// Looking through the pictures.
    pub curation: Curation,
    /// Playing a generator.
    pub explore: Exploration,
    /// The dialog for measuring a generator.
    pub evaluate: EvaluateForm,
    /// What has the keyboard.
    pub keyboard: Keyboard,
    /// The run that the engine was asked to resume, and how, if the newest request was that.
    pub resumed: Option<(PathBuf, ResumeOptions)>,
    /// The run of another program that was to be watched last, unless another was asked for since.
    pub watched: Option<RunPlace>,
    /// The device to resume runs on; none is each run's own.
    pub resume_device: Option<TrainingPlace>,
    /// Several devices, while they are being chosen.
    pub team_form: Option<TeamForm>,
    /// The address of another machine, while it is being typed.
    pub machine_text: Option<String>,
    /// The log is on show.
    pub log_open: bool,
    /// The least important level that the log shows.
    pub log_level: Level,
}

/// What had the keyboard at the end of the frame before. egui takes it away on Escape, before anybody can look.
#[derive(Default, Clone, Copy)]
pub struct Keyboard {
    /// A control.
    pub focused: bool,
    /// A text, or a number that is being typed.
    pub typing: bool,
}

/// What the plots show.
pub struct PlotChoice {
    /// What goes across.
    pub axis: XAxis,
    /// Weight of the past in the smoothed curves, from 0 to 0.999.
    pub smoothing: f32,
    /// The smoothed curves, kept from frame to frame.
    pub curves: Curves,
    /// Zoom out to everything in the next frame.
    pub reset: bool,
    /// Show the quality of the pictures instead of the losses.
    pub quality: bool,
    /// Which of the measures.
    pub measure: usize,
}

impl Default for PlotChoice {
    fn default() -> Self {
        Self { axis: XAxis::Steps, smoothing: 0.9, curves: Curves::default(), reset: false, quality: false, measure: 0 }
    }
}

/// Where on the timeline of sample grids the person is.
#[derive(Default)]
pub struct Timeline {
    /// None follows the newest grid.
    pub at: Option<u64>,
    /// It moves on by itself.
    pub playing: bool,
    /// When it moves on, in seconds since the window opened.
    pub next_frame: f64,
    /// The run that this belongs to.
    pub serial: u64,
    /// The grid shown last: stays on screen while the wanted one is being read.
    pub shown: Option<u64>,
}

/// The live settings as the person has set them, and what can be undone.
#[derive(Default)]
pub struct Tuner {
    /// As they are on the sliders.
    pub edit: Tunables,
    /// Earlier settings, oldest first.
    pub undo: Vec<Tunables>,
    /// The run that they belong to.
    pub serial: u64,
    /// Which setting was moved last, and when: changes of one drag are undone together.
    last: Option<(&'static str, f64)>,
    /// The engine has not taken the newest settings yet.
    pub unsent: bool,
}

/// Changes of one setting within this many seconds are one change.
const ONE_DRAG: f64 = 0.8;
/// Changes that can be undone.
const UNDO: usize = 50;

impl Tuner {
    /// Starts over with a run's settings.
    pub fn reset(&mut self, serial: u64, tunables: &Tunables) {
        *self = Self { serial, edit: tunables.clone(), ..Self::default() };
    }

    /// Takes over settings after this one was moved; `now` is in seconds since the window opened.
    pub fn change(&mut self, key: &'static str, tunables: Tunables, now: f64) {
        if tunables == self.edit {
            return;
        }
        let same_drag = self.last.is_some_and(|(k, at)| k == key && now - at < ONE_DRAG);
        let old = std::mem::replace(&mut self.edit, tunables);
        if !same_drag {
            self.undo.push(old);
            if self.undo.len() > UNDO {
                self.undo.remove(0);
            }
        }
        self.last = Some((key, now));
        self.unsent = true;
    }

    /// Goes back by one change. False when there is none.
    pub fn undo(&mut self) -> bool {
        let Some(old) = self.undo.pop() else { return false };
        self.edit = old;
        self.last = None;
        self.unsent = true;
        true
    }
}

impl Default for UserState {
    fn default() -> Self {
        let preset = &PRESETS[0];
        Self {
            screen: Screen::Home,
            dialog: None,
            dialog_is_new: false,
            dialog_typed: false,
            folder_text: String::new(),
            run_text: String::new(),
            run_form: None,
            compare: CompareForm::default(),
            queue: QueueForm::default(),
            asked_run: false,
            story_text: own_file("story.html"),
            pictures_text: String::new(),
            out_text: String::new(),
            config: preset.config(),
            preset,
            rival: None,
            starting: Starting::default(),
            explain: false,
            rescan_at: None,
            tuner: Tuner::default(),
            plot: PlotChoice::default(),
            timeline: Timeline::default(),
            curation: Curation::default(),
            explore: Exploration::default(),
            evaluate: EvaluateForm::default(),
            keyboard: Keyboard::default(),
            resumed: None,
            watched: None,
            resume_device: None,
            machine_text: None,
            team_form: None,
            log_open: false,
            log_level: Level::Info,
        }
    }
}

impl UserState {
    /// Fills the recipe with a preset; the pictures and the device stay as chosen.
    pub fn choose(&mut self, preset: &'static Preset) {
        self.preset = preset;
        self.config = self.baseline();
    }

    /// The preset's settings with the person's pictures and device, and the model that the run starts from: what
    /// "reset" goes back to.
    pub(crate) fn baseline(&self) -> RunConfig {
        let mut config = self.preset.config();
        if let Some(start) = &self.starting.info {
            // As large as it is, so nothing can be in the way.
            let _ = start.apply(&mut config, None);
        }
        let RunConfig { data, device, team, machine, .. } = self.config.clone();
        RunConfig { data, device, team, machine, ..config }
    }

    /// Both recipes of the race that is set up, the first one first.
    pub(crate) fn racers(&self) -> Option<[RunConfig; 2]> {
        self.rival.as_ref().map(|rival| rival.racers(&self.config))
    }

    /// The setting that cannot be used, if any.
    pub fn fault(&self) -> Option<SettingError> {
        self.config.validate().err().or_else(|| self.starting.contradiction(&self.config))
    }

    /// Why Start cannot be pressed, in words; none when it can.
    pub fn blocked(&self, state: &EngineState) -> Option<String> {
        if state.dead.is_some() {
            return Some("The training thread has ended. Restart Purrtrait first.".to_owned());
        }
        if state.busy() {
            return Some("A run is in progress. Stop it first, or add this one to the queue.".to_owned());
        }
        self.unready(state)
    }

    /// Why the recipe cannot be added to the queue, in words; none when it can.
    pub fn unready(&self, state: &EngineState) -> Option<String> {
        if state.dead.is_some() {
            return Some("The training thread has ended. Restart Purrtrait first.".to_owned());
        }
        if state.beginning() {
            return Some("A run is about to begin. Wait until it trains.".to_owned());
        }
        match &state.dataset {
            DatasetState::Unknown => return Some("Choose pictures first.".to_owned()),
            DatasetState::Scanning(_) => return Some("The pictures are still being prepared.".to_owned()),
            DatasetState::Failed(_) => return Some("These pictures cannot be used. Choose others.".to_owned()),
            DatasetState::Ready(report) if report.usable == 0 => {
                return Some("This folder holds no usable pictures.".to_owned());
            }
            DatasetState::Ready(_) => {}
        }
        if self.rescan_at.is_some() || state.scanned.as_ref().is_none_or(|s| *s != self.scan()) {
            return Some("The pictures are about to be prepared again.".to_owned());
        }
        if let Some(reason) = self.starting.blocked() {
            return Some(reason);
        }
        let rival = self.racers().and_then(|racers| racers.iter().find_map(|config| config.validate().err()));
        let fault = self.fault().map(|e| format!("A setting is not valid. {e}"));
        let fault = fault.or(rival.map(|e| format!("A setting of the other recipe is not valid. {e}")));
        fault.or_else(|| self.device_fault(state))
    }

    /// What is wrong with the device, as far as the known devices tell.
    fn device_fault(&self, state: &EngineState) -> Option<String> {
        let devices = state.devices.as_ref().filter(|_| self.config.machine.is_none())?;
        let choice = self.config.own_device();
        let gone = |choice: DeviceChoice| {
            matches!(choice, DeviceChoice::Adapter(_)) && devices.iter().all(|d| d.id.parse() != Ok(choice))
        };
        let others = self.config.team.iter().flat_map(TeamPlace::others).filter_map(|member| match member {
            TeamMember::Device(choice) => Some(*choice),
            TeamMember::Worker(_) => None,
        });
        if let Some(choice) = [choice].into_iter().chain(others).find(|choice| gone(*choice)) {
            return Some(format!("Device {choice} is not available. Choose another device."));
        }
        let auto = devices.iter().find(|d| d.preferred && choice == DeviceChoice::Auto)?;
        let mixed = self.config.precision == Precision::Mixed && auto.kind == "cpu";
        mixed.then(|| format!("Mixed precision needs a graphics card, and {} is not one.", auto.name))
    }

    /// Whether the run on show was asked for on the start screen.
    pub(crate) fn asked_at_home(&self) -> bool {
        self.resumed.is_some() || self.watched.is_some()
    }

    /// How a run from the lists of runs is resumed.
    pub fn resume_options(&self) -> ResumeOptions {
        ResumeOptions { device: self.resume_device.clone(), ..ResumeOptions::default() }
    }

    /// The run that was to be resumed, with its pictures in this folder.
    pub(crate) fn resume_with(&self, folder: PathBuf) -> Option<Action> {
        let (run, asked) = self.resumed.clone()?;
        Some(Action::Resume { run, options: ResumeOptions { pictures: Some(folder), other_pictures: false, ..asked } })
    }

    /// What a scan of the pictures is asked for.
    pub fn scan(&self) -> (crate::config::DataConfig, u32) {
        (self.config.data.clone(), self.config.model.size)
    }

    pub(crate) fn source_is_demo(&self) -> bool {
        self.config.data.source == DataSource::Demo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_rate(lr_g: f64) -> Tunables {
        Tunables { lr_g, ..Tunables::default() }
    }

    #[test]
    fn one_drag_is_undone_at_once_and_separate_changes_one_by_one() {
        let mut tuner = Tuner::default();
        tuner.change("lr-g", with_rate(1e-4), 10.0);
        tuner.change("lr-g", with_rate(9e-5), 10.1);
        tuner.change("lr-g", with_rate(8e-5), 10.2);
        tuner.change("lr-g", with_rate(7e-5), 20.0);
        assert_eq!(tuner.undo.len(), 2);
        assert!(tuner.undo());
        assert_eq!(tuner.edit, with_rate(8e-5));
        assert!(tuner.undo());
        assert_eq!(tuner.edit, Tunables::default());
        assert!(!tuner.undo());
    }

    #[test]
    fn a_preset_keeps_the_pictures_and_the_device() {
        let mut user = UserState::default();
        user.config.data.source = DataSource::Folder("/cats".into());
        user.config.device = crate::config::DeviceChoice::Cpu;
        user.choose(&PRESETS[1]);
        assert_eq!(user.config.model.size, 64);
        assert_eq!(user.config.data.source, DataSource::Folder("/cats".into()));
        assert_eq!(user.config.device, crate::config::DeviceChoice::Cpu);
        assert_eq!(user.config, user.baseline());
    }
}
