//! The trainings that wait, in their order.

use super::parts::{head, scroll, width};
use crate::engine::{EntryState, LONGEST_RUN_NAME, QueueEdit, QueueItem, QueueList};
use crate::printable;
use crate::ui::action::{Action, Screen};
use crate::ui::focus::scrolled;
use crate::ui::queueing::QueueAction;
use crate::ui::text;
use crate::ui::theme::{self, BIG_CONTROL, CONTROL, Palette, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, chip, ends, icon_button, plain, primary, small, told, weak};
use egui::{
    Color32, DragValue, Id, Key, Label, Margin, Modifiers, RichText, Sense, TextEdit, Ui, UiBuilder, WidgetInfo,
    accesskit::Role,
};

const WIDTH: f32 = 720.0;
/// Beyond that, a limit is none.
const MOST_STEPS: f64 = 1e9;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Queue");
    let list = view.state.queue.clone();
    if list.entries.is_empty() {
        return empty(ui, view);
    }
    standing(ui, &list);
    ui.add_space(XS);
    let room = (ui.ctx().content_rect().height() - 250.0).max(120.0);
    scrolled(ui, scroll(room).id_salt("queue"), |ui| {
        ui.spacing_mut().item_spacing.y = XS;
        for place in 0..list.entries.len() {
            entry(ui, view, &list, place);
        }
    });
    ui.add_space(S);
    foot(ui, view, &list);
}

fn empty(ui: &mut Ui, view: &mut View) {
    weak(
        ui,
        "No training waits. Choose pictures and a recipe, then press \"Add to queue\" beside \"Start training\"; or \
         add a run of the start screen from its menu (…). Trainings begin one after another once you start the queue, \
         also overnight, and the queue is still here after a restart.",
    );
    ui.add_space(S);
    let setup = primary(ui, "Pictures & recipe", BIG_CONTROL, true);
    if setup.on_hover_text("Choose pictures and a recipe (Ctrl+2).").clicked() {
        view.ask(Action::Goto(Screen::Setup));
        view.ask(Action::Dialog(None));
    }
}

/// Whether trainings begin by themselves now.
fn standing(ui: &mut Ui, list: &QueueList) {
    let line = match (list.elsewhere, list.on, list.waiting()) {
        (true, ..) => "Another program runs the queue. What you change here counts there.",
        (_, true, 0) => "The queue is running; this is the last training.",
        (_, true, _) => "The queue is running: the next training begins when one has ended by itself.",
        (_, false, 0) => "No training waits.",
        (_, false, _) => "The queue is paused: no training begins by itself.",
    };
    ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap());
}

fn colour(state: &EntryState, p: &Palette) -> Color32 {
    match state {
        EntryState::Waiting => p.weak,
        EntryState::Running | EntryState::Done { .. } => p.good,
        EntryState::Interrupted | EntryState::Copies { .. } | EntryState::Stopped { .. } => p.warn,
        EntryState::Failed { .. } => p.bad,
    }
}

fn word(state: &EntryState) -> String {
    match state {
        EntryState::Waiting => "Waiting".to_owned(),
        EntryState::Running => "Training".to_owned(),
        EntryState::Interrupted => "Interrupted".to_owned(),
        EntryState::Done { step } => format!("Done at step {}", text::count(*step)),
        EntryState::Copies { step } => format!("Ended at step {}: copies", text::count(*step)),
        EntryState::Stopped { step } => format!("Stopped at step {}", text::count(*step)),
        EntryState::Failed { .. } => "Failed".to_owned(),
    }
}

/// What it trains, in a line.
fn recipe(entry: &QueueItem) -> String {
    let QueueItem { pictures, preset, size, device, .. } = entry;
    let end = if entry.end.is_empty() { "no limit".to_owned() } else { format!("until {}", entry.end) };
    let resumes = if entry.resumes { "resumes a run · " } else { "" };
    format!("{resumes}{pictures} · {preset} · {size} px · {device} · {end}")
}

/// One entry: the whole of it can have the keyboard, for Alt with the arrows, F2 and Delete.
fn entry(ui: &mut Ui, view: &mut View, list: &QueueList, place: usize) {
    let entry = &list.entries[place];
    let p = palette(ui);
    let id = Id::unique(("queue entry", entry.id));
    let row = UiBuilder::new().scope_id(id).sense(Sense::click());
    let response = ui.scope_builder(row, |ui| {
        let focused = ui.response().has_focus();
        let border = if focused { p.accent } else { p.well };
        let frame = egui::Frame::new().fill(p.well).corner_radius(8).stroke(egui::Stroke::new(1.5, border));
        frame.inner_margin(Margin::symmetric(10, 8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 3.0;
            content(ui, view, list, place);
        });
    });
    let response = response.response;
    let name = format!("{}. {}: {}", place + 1, entry.name, word(&entry.state));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() {
        keys(ui, view, list, place);
    }
    response.on_hover_text("Alt with the up and down keys moves it, F2 names it, Delete takes it out.");
}

fn keys(ui: &Ui, view: &mut View, list: &QueueList, place: usize) {
    let id = list.entries[place].id;
    let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
    if place > 0 && pressed(Modifiers::ALT, Key::ArrowUp) {
        view.ask(edit(QueueEdit::Move { id, to: place - 1 }));
    } else if place + 1 < list.entries.len() && pressed(Modifiers::ALT, Key::ArrowDown) {
        view.ask(edit(QueueEdit::Move { id, to: place + 1 }));
    } else if pressed(Modifiers::NONE, Key::F2) {
        view.user.queue.renaming = Some((id, list.entries[place].name.clone()));
    } else if pressed(Modifiers::NONE, Key::Delete) {
        view.user.queue.removing = Some(id);
    }
}

fn edit(edit: QueueEdit) -> Action {
    Action::Queue(QueueAction::Edit(edit))
}

fn content(ui: &mut Ui, view: &mut View, list: &QueueList, place: usize) {
    let entry = &list.entries[place];
    let p = palette(ui);
    let title = |ui: &mut Ui, view: &mut View| {
        ui.label(RichText::new(format!("{}", place + 1)).color(p.weak));
        if !renaming(ui, view, entry) {
            ui.add(Label::new(theme::bold(&entry.name)).truncate().sense(Sense::empty()));
        }
    };
    ends(ui, CONTROL, view, title, |ui, view| {
        chip(ui, word(&entry.state), colour(&entry.state, p));
        ui.add_space(XS);
        buttons(ui, view, list, place);
    });
    let line = |ui: &mut Ui, words: String, colour: Color32| {
        let text = RichText::new(words.as_str()).size(12.5).color(colour);
        ui.add(Label::new(text).truncate().sense(Sense::hover())).on_hover_text(words);
    };
    if entry.trouble.is_empty() {
        line(ui, recipe(entry), p.text);
    } else {
        line(ui, format!("Cannot be trained as it is. {}", text::sentence(&entry.trouble)), p.bad);
    }
    if !entry.differs.is_empty() {
        line(ui, format!("Changed: {}", entry.differs.join(" · ")), p.weak);
    }
    if let EntryState::Failed { text: why } = &entry.state {
        line(ui, text::sentence(why), p.bad);
    }
    if let Some(run) = &entry.run {
        line(ui, printable::path(run), p.weak);
    }
    if let Some(words) = entry.endless() {
        limit(ui, view, entry, words);
    }
    if view.user.queue.removing == Some(entry.id) {
        question(ui, view, entry);
    }
}

/// The name while it is being typed. True where it is.
fn renaming(ui: &mut Ui, view: &mut View, entry: &QueueItem) -> bool {
    let Some((_, typed)) = view.user.queue.renaming.as_mut().filter(|(id, _)| *id == entry.id) else { return false };
    let id = Id::unique("queue name");
    let name = TextEdit::singleline(typed).id(id).char_limit(LONGEST_RUN_NAME).margin(Margin::symmetric(8, 3));
    let name = ui.add(name.desired_width(ui.available_width() - 16.0)).accessible_name("Name of the entry");
    let entered = name.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    let left = name.lost_focus();
    name.on_hover_text("What the entry is called (Enter). Empty: by its pictures and its preset.");
    let name = typed.clone();
    let first = Id::unique(("queue name is new", entry.id));
    if !ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<bool>(first), true)) {
        ui.memory_mut(|memory| memory.request_focus(id));
    } else if left {
        ui.data_mut(|data| data.remove::<bool>(first));
        view.user.queue.renaming = None;
        if entered {
            view.ask(edit(QueueEdit::Rename { id: entry.id, name }));
        }
    }
    true
}

fn buttons(ui: &mut Ui, view: &mut View, list: &QueueList, place: usize) {
    let entry = &list.entries[place];
    ui.spacing_mut().item_spacing.x = XS;
    let name = |what: &str| format!("{what} {}", entry.name);
    let again = matches!(entry.state, EntryState::Stopped { .. } | EntryState::Failed { .. });
    let why_not = "Only a training that was stopped or failed can have another turn.";
    let tip = "Another turn: its run is resumed, if there is one.";
    if icon_button(ui, "↻", &name("Another turn for"), tip, (!again).then_some(why_not)).clicked() {
        view.ask(edit(QueueEdit::Again(entry.id)));
    }
    let first = (place == 0).then_some("It is the first.");
    if icon_button(ui, "▲", &name("Move up"), "Its turn comes earlier (Alt+Up).", first).clicked() {
        view.ask(edit(QueueEdit::Move { id: entry.id, to: place - 1 }));
    }
    let last = (place + 1 == list.entries.len()).then_some("It is the last.");
    if icon_button(ui, "▼", &name("Move down"), "Its turn comes later (Alt+Down).", last).clicked() {
        view.ask(edit(QueueEdit::Move { id: entry.id, to: place + 1 }));
    }
    let running = (entry.state == EntryState::Running).then_some("It is under way: stop it first.");
    let tip = "Take it out of the queue (Delete). Its run stays.";
    if icon_button(ui, "×", &name("Take out"), tip, running).clicked() {
        view.user.queue.removing = Some(entry.id);
    }
}

/// What an entry without an end means, and the offer to give it one.
fn limit(ui: &mut Ui, view: &mut View, entry: &QueueItem, words: &str) {
    let p = palette(ui);
    ui.add(Label::new(RichText::new(words).size(12.5).color(p.warn)).wrap());
    if !entry.state.waits() {
        return;
    }
    ui.horizontal(|ui| {
        let mut limit = view.user.queue.limit as f64;
        let drag = DragValue::new(&mut limit).speed(100.0).fixed_decimals(0).suffix(" steps");
        let drag = told(drag, ui.ctx(), "Limit", 1.0..=MOST_STEPS, |typed| plain(typed, "steps"));
        let number = ui.add(drag).accessible_name("Limit in steps");
        number.on_hover_text("Training steps after which it ends.");
        view.user.queue.limit = limit as u64;
        let button = ui.button("Set a limit").on_hover_text("End this training after so many steps.");
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Set a limit for {}", entry.name)));
        if button.clicked() {
            view.ask(edit(QueueEdit::Limit { id: entry.id, max_steps: limit as u64 }));
        }
    });
}

fn question(ui: &mut Ui, view: &mut View, entry: &QueueItem) {
    ui.horizontal_wrapped(|ui| {
        let what = if entry.run.is_some() || entry.resumes { "Its run stays." } else { "Its recipe is lost." };
        ui.label(format!("Take it out of the queue? {what}"));
        if ui.button("Take it out").on_hover_text("It is not trained.").clicked() {
            view.ask(edit(QueueEdit::Remove(entry.id)));
        }
        if ui.button("Keep it").on_hover_text("It stays in the queue.").clicked() {
            view.user.queue.removing = None;
        }
    });
}

fn foot(ui: &mut Ui, view: &mut View, list: &QueueList) {
    ui.horizontal_wrapped(|ui| {
        if list.on {
            let pause = ui.add(big("Pause the queue"));
            if pause.on_hover_text("The training under way goes on; no other one begins.").clicked() {
                view.ask(Action::Queue(QueueAction::Pause));
            }
        } else {
            let busy = view.state.busy();
            let why = match (list.elsewhere, list.waiting(), view.state.dead.is_some()) {
                (_, _, true) => Some("The training thread has ended. Restart Purrtrait first."),
                (true, ..) => Some("Another program runs the queue."),
                (_, 0, _) => Some("No training waits."),
                _ => None,
            };
            let tip = match busy {
                true => "When the run in progress ends by itself, the first training that waits begins.",
                false => "Begin with the first training that waits; the others follow.",
            };
            let start = primary(ui, "Start the queue", BIG_CONTROL, why.is_none()).on_hover_text(tip);
            if start.disabled_because(why.unwrap_or_default()).clicked() {
                view.ask(Action::Queue(QueueAction::Start));
            }
        }
        let over = list.entries.iter().any(|entry| !entry.state.waits() && entry.state != EntryState::Running);
        let clear = ui.add_enabled(over, big("Remove those that are over"));
        let tip = "Take out of the queue what was done, stopped or failed. The runs stay.";
        if clear.on_hover_text(tip).disabled_because("The turn of all entries is still to come.").clicked() {
            view.ask(edit(QueueEdit::ClearOver));
        }
    });
    small(ui, "If you stop a training, the queue is paused. One that fails is marked, and the next one begins.");
}
