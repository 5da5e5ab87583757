//! How the last run ended, and what to do next. Empty while all is well.

use crate::config::{DeviceChoice, Precision, TrainingPlace};
use crate::engine::{Cause, EntryState, ExploreSource, ResumeOptions, RunEnd};
use crate::ui::action::{Action, Dialog, Purpose, Screen};
use crate::ui::explorer::ExploreAction;
use crate::ui::queueing::QueueAction;
use crate::ui::state::RunView;
use crate::ui::text;
use crate::ui::theme::{self, palette};
use crate::ui::user::UserState;
use crate::ui::view::View;
use crate::ui::widgets::{icon_button, primary};
use egui::{Align, Color32, Label, Layout, Ui, vec2};
use std::path::Path;

/// Room for the button that closes the message, in points.
const CLOSE: f32 = theme::CONTROL + 16.0;

/// Whether there is anything to say.
pub(crate) fn needed(view: &View) -> bool {
    let crashed = view.state.dead.is_some() && !view.state.closing;
    crashed || run_told(view) || queue_waits(view)
}

/// Whether trainings wait that nobody has begun; said on the first screen, where work goes on.
fn queue_waits(view: &View) -> bool {
    let queue = &view.state.queue;
    let idle = !view.state.busy() && !view.state.watching;
    view.user.screen == Screen::Home && queue.waiting() > 0 && !queue.on && !queue.elsewhere && idle
}

/// Whether the end of a run is to be told here.
fn run_told(view: &View) -> bool {
    let told = |run: &RunView| run.end.is_some() && !run.end_seen && belongs(run, view.user);
    view.state.run.as_ref().is_some_and(told)
}

/// Whether the screen is the one that the end of this run belongs to: that of the training or, for one that did not
/// begin, also where it was asked for.
fn belongs(run: &RunView, user: &UserState) -> bool {
    let asked_on = if user.asked_at_home() { Screen::Home } else { Screen::Setup };
    user.screen == Screen::Training || (run.info.is_none() && user.screen == asked_on)
}

struct Message {
    colour: Color32,
    title: String,
    text: String,
    /// Label, tooltip and action; the first one is the thing to do.
    buttons: Vec<(&'static str, &'static str, Action)>,
}

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let Some(message) = message(ui, view) else { return };
    theme::note(ui, message.colour).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let lasting = view.state.dead.is_some() || !run_told(view);
        ui.horizontal_top(|ui| {
            let room = ui.available_width() - if lasting { 0.0 } else { CLOSE };
            ui.allocate_ui_with_layout(vec2(room, 0.0), Layout::left_to_right(Align::Min).with_main_wrap(true), |ui| {
                ui.set_min_width(room);
                ui.label(theme::bold(&message.title).color(message.colour));
                ui.add(Label::new(&message.text).wrap().selectable(true));
            });
            let tip = "Close this message. The log keeps it (Ctrl+L).";
            if !lasting && icon_button(ui, "×", "Close the message about the run", tip, None).clicked() {
                view.ask(Action::DismissEnd);
            }
        });
        if !message.buttons.is_empty() {
            ui.horizontal_wrapped(|ui| {
                for (i, (label, tip, action)) in message.buttons.into_iter().enumerate() {
                    let response = if i == 0 { primary(ui, label, theme::CONTROL, true) } else { ui.button(label) };
                    if response.on_hover_text(tip).clicked() {
                        view.ask(action);
                    }
                }
            });
        }
    });
}

fn message(ui: &Ui, view: &View) -> Option<Message> {
    let p = palette(ui);
    if let Some(cause) = &view.state.dead {
        return Some(dead(cause, view.state.run.as_ref(), p.bad));
    }
    if !run_told(view) {
        return queue_waits(view).then(|| waiting(view, p.accent));
    }
    let run = view.state.run.as_ref()?;
    let mut message = match run.end.as_ref()? {
        RunEnd::Finished { step } => Message {
            colour: p.good,
            title: format!("Finished at step {}.", text::count(*step)),
            text: "The run reached its limit and is saved.".to_owned(),
            buttons: longer(run, *step).into_iter().collect(),
        },
        RunEnd::Stopped { .. } if run.info.is_none() => Message {
            colour: p.warn,
            title: "Cancelled.".to_owned(),
            text: "The run was cancelled before its first step. Pictures that are prepared stay prepared.".to_owned(),
            buttons: Vec::new(),
        },
        RunEnd::Stopped { step } => Message {
            colour: p.good,
            title: format!("Stopped at step {}.", text::count(*step)),
            text: "Everything is saved. You can resume the run at any time, even after closing the window.".to_owned(),
            buttons: resume(run, "Resume", "Resume from the newest checkpoint.").into_iter().collect(),
        },
        RunEnd::Copying { step } => copying(run, *step, p.warn),
        RunEnd::Diverged { step, text } => diverged(run, *step, text, p.bad),
        RunEnd::Failed { cause, text } => failed(view.user, run, *cause, text, p.bad),
    };
    if let Some(info) = &run.info {
        if let Some(best) = run.best.filter(|best| best.step < run.step()) {
            // Below 0 it is as good as can be measured.
            let (step, kid) = (text::count(best.step), best.kid.max(0.0));
            message.text += &format!(" By its measurements it was best at step {step} (KID {kid:.0}): open that one.");
            message.buttons.push(open_best(&info.path));
        }
        message.buttons.push(("Open run folder", "Show it in the file manager.", Action::Reveal(info.path.clone())));
    }
    message.buttons.push(("Set up a new run", "Go to Pictures & recipe.", Action::Goto(Screen::Setup)));
    Some(message)
}

fn waiting(view: &View, colour: Color32) -> Message {
    let (title, begin) = match view.state.queue.waiting() {
        1 => ("1 training waits in the queue.".to_owned(), "It begins once you start the queue."),
        n => (format!("{n} trainings wait in the queue."), "They begin one after another once you start the queue."),
    };
    let interrupted = view.state.queue.entries.iter().any(|entry| entry.state == EntryState::Interrupted);
    let first = if interrupted { " What was interrupted is resumed first." } else { "" };
    Message {
        colour,
        title,
        text: format!("{begin}{first}"),
        buttons: vec![
            ("Start the queue", "Begin with the first training that waits.", Action::Queue(QueueAction::Start)),
            ("Show the queue", "See, order and remove what waits (Ctrl+U).", Action::Dialog(Some(Dialog::Queue))),
        ],
    }
}

fn dead(cause: &str, run: Option<&RunView>, colour: Color32) -> Message {
    let saved = match run.and_then(|run| run.saved.as_ref()) {
        Some((step, _)) => format!("The checkpoint of step {} is safe.", text::count(*step)),
        None => "Everything saved before is safe.".to_owned(),
    };
    Message {
        colour,
        title: "Training has crashed.".to_owned(),
        text: format!("{cause} {saved} Restart Purrtrait, then choose the run under \"Resume a run\"."),
        buttons: vec![
            ("Restart Purrtrait", "Open a new window and close this one.", Action::Restart),
            ("Copy message", "Copy it into a bug report.", Action::Copy(cause.to_owned())),
        ],
    }
}

fn copying(run: &RunView, step: u64, colour: Color32) -> Message {
    Message {
        colour,
        title: format!("Stopped at step {}: copies had begun.", text::count(step)),
        text: "Two measurements in a row found most generated pictures to be nearly copies of training pictures, and \
               more training makes that worse. Everything is saved. More pictures would help; to train on all the \
               same, resume and switch \"Stop at copies\" off."
            .to_owned(),
        buttons: resume(run, "Resume", "Resume from the newest checkpoint.").into_iter().collect(),
    }
}

fn open_best(run: &Path) -> (&'static str, &'static str, Action) {
    let mut name = run.as_os_str().to_owned();
    name.push("@best");
    let source = ExploreSource::File(name.into());
    let action = Action::Explore(ExploreAction::Open { source, goal: None });
    ("Open the best", "Open the best checkpoint in Explore: move around in it, save pictures, export it.", action)
}

fn diverged(run: &RunView, step: u64, text: &str, colour: Color32) -> Message {
    Message {
        colour,
        title: format!("Training diverged at step {}.", text::count(step)),
        text: format!(
            "{text} The last good checkpoint is kept. Resume from it and lower both learning rates to a half or a \
             third."
        ),
        buttons: resume(run, "Resume from the last good checkpoint", "Resume from the newest checkpoint.")
            .into_iter()
            .collect(),
    }
}

fn failed(user: &UserState, run: &RunView, cause: Cause, text: &str, colour: Color32) -> Message {
    const RESTART: (&str, &str, Action) =
        ("Restart Purrtrait", "Open a new window and close this one.", Action::Restart);
    const CHOOSE: (&str, &str, Action) = (
        "Choose folder…",
        "Choose the folder that now holds the run's pictures.",
        Action::Dialog(Some(Dialog::RunPictures)),
    );
    let mut buttons = Vec::new();
    let mut title = "The run failed.";
    let advice = match cause {
        _ if user.watched.is_some() && run.info.is_none() => {
            title = "This run cannot be watched.";
            buttons
                .extend(user.watched.clone().map(|run| ("Try again", "Look for the run again.", Action::Watch(run))));
            ""
        }
        _ if user.watched.is_some() => {
            title = "Watching has ended.";
            ""
        }
        Cause::Setting => "Change the setting, then start again.",
        Cause::OtherPictures => {
            title = "These are different pictures.";
            buttons.push(CHOOSE);
            buttons.extend(these_pictures(user));
            "Choose the folder that holds the run's own pictures, or resume with these. Nothing was changed."
        }
        Cause::Data if run.info.is_none() && user.resumed.is_some() => {
            buttons.push(CHOOSE);
            buttons.extend(try_again(user));
            "If the pictures were moved, choose the folder that now holds them, or move them back."
        }
        Cause::Data => {
            let open = Action::Browse(Purpose::Pictures);
            buttons.push(("Open folder…", "Choose other pictures.", open));
            "Choose other pictures, or move the folder back."
        }
        Cause::Device if run.info.is_some() => {
            buttons.push(RESTART);
            buttons.extend(on_the_cpu(user, run));
            "A lost graphics card is available again after a restart. Or resume on another device."
        }
        Cause::Device => {
            buttons.extend(on_the_cpu(user, run));
            buttons.push(RESTART);
            if user.resumed.is_some() {
                "Resume on another device: choose it beside the list of runs on the start screen."
            } else {
                "Choose another device in the recipe; \"cpu\" works everywhere."
            }
        }
        Cause::Worker if run.info.is_some() => {
            buttons.extend(on_the_rest(run, text));
            "Or start the worker again, and resume as before."
        }
        Cause::Worker => {
            buttons.extend(try_again(user));
            "Start the worker and try again, or choose other devices."
        }
        Cause::Run if run.info.is_none() && user.resumed.is_none() && !user.out_text.trim().is_empty() => {
            "Enter another run folder in the recipe, or leave it empty for a new one."
        }
        Cause::Run if run.info.is_none() && user.resumed.is_some() => {
            buttons.extend(try_again(user));
            "Fix the problem, then try again. The drive must be connected, writable and not full."
        }
        Cause::Run => "Check the run folder: is its drive connected, writable and not full?",
        Cause::Internal | Cause::Other => "If it happens again, copy the log into a bug report.",
    };
    if run.saved.is_some() {
        buttons.extend(resume(run, "Resume from the newest checkpoint", "Resume the run as it was last saved."));
    }
    let dot = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    Message { colour, title: title.to_owned(), text: format!("{text}{dot} {advice}").trim_end().to_owned(), buttons }
}

/// For a run whose folder holds other pictures: the person says that they are wanted.
fn these_pictures(user: &UserState) -> Option<(&'static str, &'static str, Action)> {
    let (run, asked) = user.resumed.clone()?;
    let options = ResumeOptions { other_pictures: true, ..asked };
    Some(("Resume with these pictures", "Train the run on them from now on.", Action::Resume { run, options }))
}

/// For a run that could not be opened: what was asked for, on the device that is chosen now.
fn try_again(user: &UserState) -> Option<(&'static str, &'static str, Action)> {
    let (run, asked) = user.resumed.clone()?;
    let options = ResumeOptions { device: user.resume_device.clone().or(asked.device), ..asked };
    Some(("Try again", "Open the same run again.", Action::Resume { run, options }))
}

/// For a run whose device is gone. None if the run was on the CPU already, or needs mixed precision.
fn on_the_cpu(user: &UserState, run: &RunView) -> Option<(&'static str, &'static str, Action)> {
    let info = run.info.as_ref();
    let run = info.map(|info| info.path.clone()).or_else(|| user.resumed.as_ref().map(|(run, _)| run.clone()))?;
    if info.is_some_and(|info| info.device.kind == "cpu" || info.config.precision == Precision::Mixed) {
        return None;
    }
    let options = ResumeOptions { device: Some(DeviceChoice::Cpu.into()), ..ResumeOptions::default() };
    Some(("Resume on the CPU", "Resume from the newest checkpoint on the CPU.", Action::Resume { run, options }))
}

/// For a run that lost a worker: without it.
fn on_the_rest(run: &RunView, text: &str) -> Option<(&'static str, &'static str, Action)> {
    let info = run.info.as_ref()?;
    let rest = TrainingPlace::rest_of(info.config.team.as_ref()?, text);
    let options = ResumeOptions { device: Some(rest), ..ResumeOptions::default() };
    let tip = "Resume on the devices that are left.";
    Some(("Resume on the rest", tip, Action::Resume { run: info.path.clone(), options }))
}

fn resume(run: &RunView, label: &'static str, tip: &'static str) -> Option<(&'static str, &'static str, Action)> {
    let info = run.info.as_ref()?;
    Some((label, tip, Action::Resume { run: info.path.clone(), options: ResumeOptions::default() }))
}

/// A finished run needs a new limit to be resumed: twice what it reached.
fn longer(run: &RunView, step: u64) -> Option<(&'static str, &'static str, Action)> {
    let info = run.info.as_ref()?;
    let config = &info.config;
    let options = ResumeOptions {
        max_steps: (config.max_steps > 0).then_some(step * 2),
        max_epochs: (config.max_epochs > 0).then_some(config.max_epochs.saturating_mul(2)),
        ..ResumeOptions::default()
    };
    let action = Action::Resume { run: info.path.clone(), options };
    Some(("Double the limit and resume", "Train for as long again.", action))
}
