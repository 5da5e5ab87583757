//! The runs on the start screen: resumed, explored, named, shown in the file manager, moved to the bin.

use super::path_entry::PathEntry;
use crate::config::{RunPlace, TrainingPlace};
use crate::engine::{ExploreSource, Level, RunSummary};
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::focus::scrolled;
use crate::ui::queueing::QueueAction;
use crate::ui::theme::{self, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{at_right, icon_button, weak};
use crate::ui::{logo, text};
use egui::{Align, Button, ComboBox, Key, Label, Layout, Modifiers, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2};

/// The runs, the one saved last first.
pub(super) fn card(ui: &mut Ui, view: &mut View, height: f32) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_height(height - 32.0);
        ui.horizontal(|ui| {
            ui.label(theme::section("Resume a run"));
            at_right(ui, |ui| {
                resume_device(ui, view);
                if icon_button(ui, "↻", "Refresh the list of runs", "Refresh the list of runs.", None).clicked() {
                    view.ask(Action::RefreshRuns);
                }
            });
        });
        typed_run(ui, view);
        ui.add_space(XS);
        run_list(ui, view);
    });
}

/// A run that is in no list: resumed by its path, or watched where its address is that of another machine.
fn typed_run(ui: &mut Ui, view: &mut View) {
    let place = RunPlace::typed(view.user.run_text.as_ref());
    let (go, does) = match place {
        Ok(RunPlace::Here(_)) => ("Resume", "Resume the run in this folder."),
        _ => ("Watch", "Follow the run on that machine live, reading only; ssh must reach it."),
    };
    let typed = "Type or paste the path of a run folder; ~ stands for your home folder. \
                 ssh://user@host/folder/of/the/run watches a run on another machine.";
    let (name, hint) = ("Run folder to resume, or address of a run to watch", "path of a run folder, or ssh://…");
    let field = PathEntry { name, hint, go: Some(go), browse: Purpose::Run };
    if field.show_with(ui, view, |form| &mut form.run_text, [typed, does]).is_some() {
        view.ask(match place {
            Ok(RunPlace::Here(run)) => Action::Resume { run, options: view.user.resume_options() },
            Ok(there) => Action::Watch(there),
            Err(e) => Action::Toast(Level::Error, e.reason),
        });
    }
}

/// Runs resume on their own device, or on another one: the old one may be gone.
fn resume_device(ui: &mut Ui, view: &mut View) {
    const OWN: &str = "Original device";
    let devices = view.state.devices.iter().flatten();
    let wanted = &mut view.user.resume_device;
    let title = |d: &crate::config::DeviceInfo| text::middle(&super::recipe::title(d), 40);
    let chosen = devices.clone().find(|d| d.id.parse().ok() == *wanted).map(title);
    let chosen = chosen.or(wanted.as_ref().map(ToString::to_string)).unwrap_or_else(|| OWN.to_owned());
    let combo = ComboBox::from_id_salt("resume device").width(150.0).truncate().selected_text(chosen);
    let combo = combo.show_ui(ui, |ui| {
        ui.selectable_value(wanted, None, OWN).on_hover_text("The device that the run was trained on.");
        for device in devices {
            ui.selectable_value(wanted, device.id.parse().ok(), title(device)).on_hover_text(&device.id);
        }
        for machine in view.state.settings.iter().flat_map(|settings| &settings.machines) {
            let place = Some(TrainingPlace::There(machine.clone()));
            ui.selectable_value(wanted, place, machine.to_string()).on_hover_text("Another machine, reached with ssh.");
        }
        for team in view.state.settings.iter().flat_map(|settings| &settings.teams) {
            let place = Some(TrainingPlace::Together(team.clone()));
            ui.selectable_value(wanted, place, team.to_string())
                .on_hover_text("Several devices, which share each batch.");
        }
    });
    let tip = "The device to resume on. Choose another one if the original is not available.";
    combo.response.accessible_name("Device to resume on").on_hover_text(tip);
}

fn run_list(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    let Some(runs) = &view.state.runs else {
        ui.colored_label(p.weak, "Looking for runs…");
        return;
    };
    if runs.is_empty() {
        let line = "No runs yet. Your runs appear here; each keeps everything it needs to resume where it stopped.";
        weak(ui, line);
        return;
    }
    scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
        for run in runs {
            let picture = view.textures.run(ui.ctx(), run);
            let pressed = run_row(ui, run, picture.as_ref(), view.unix_now);
            view.actions.extend(pressed.map(|pressed| match pressed {
                Pressed::Resume => Action::Resume { run: run.path.clone(), options: view.user.resume_options() },
                Pressed::Queue => Action::Queue(QueueAction::AddRun(run.path.clone())),
                Pressed::Watch => Action::Watch(RunPlace::Here(run.path.clone())),
                Pressed::Explore => {
                    let source = ExploreSource::File(run.path.clone());
                    Action::Explore(ExploreAction::Open { source, goal: None })
                }
                Pressed::Describe => Action::DescribeRun(run.clone()),
                Pressed::Compare => Action::Compare(run.clone()),
                Pressed::Story => Action::AskForStory(run.clone()),
                Pressed::Reveal => Action::Reveal(run.path.clone()),
                Pressed::Copy => Action::Copy(run.path.display().to_string()),
                Pressed::Bin => Action::AskToBin(run.clone()),
            }));
        }
    });
}

enum Pressed {
    Resume,
    Queue,
    Watch,
    Explore,
    Describe,
    Compare,
    Story,
    Reveal,
    Copy,
    Bin,
}

/// The name that the person gave it, or that of its folder.
pub(super) fn title(run: &RunSummary) -> String {
    if run.about.name.is_empty() { text::name(&run.path) } else { printable::line(&run.about.name).into_owned() }
}

/// One run as one big button, with smaller ones on it.
fn run_row(ui: &mut Ui, run: &RunSummary, picture: Option<&egui::TextureHandle>, unix_now: u64) -> Option<Pressed> {
    const SIDE: f32 = 56.0;
    let p = palette(ui);
    let size = vec2(ui.available_width(), SIDE + 2.0 * S);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = title(run);
    let age = text::age(unix_now.saturating_sub(run.saved_at));
    let state = if run.training { "in training by another program".to_owned() } else { age };
    let facts = format!("step {} · {state}", text::count(run.step));
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, ui.is_enabled(), format!("Resume {name}, {facts}"))
    });
    let fill = if response.hovered() || response.has_focus() { p.control } else { p.well };
    ui.painter().rect_filled(rect, 8.0, fill);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, 8.0, egui::Stroke::new(1.5, p.accent), egui::StrokeKind::Inside);
    }
    let place = egui::Rect::from_min_size(rect.min + vec2(S, S), vec2(SIDE, SIDE));
    match picture {
        Some(texture) => {
            egui::Image::from_texture(texture).corner_radius(6).paint_at(ui, place);
        }
        None => {
            ui.painter().rect_filled(place, 6.0, p.control_hover);
            logo::paint(ui.painter(), place.shrink(14.0), p.border_strong, p.control_hover);
        }
    }
    let watch = if run.training { 64.0 + XS } else { 0.0 };
    let buttons = watch + 72.0 + XS + theme::CONTROL + 4.0;
    let inner = egui::Rect::from_min_max(place.right_top() + vec2(12.0, 2.0), rect.max - vec2(2.0 * S + buttons, S));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.add(Label::new(theme::bold(&name)).truncate().sense(Sense::empty()));
        let line = format!("{} · {}", run.source, run.preset);
        ui.add(Label::new(RichText::new(line).size(13.0)).truncate().sense(Sense::empty()));
        ui.add(Label::new(RichText::new(facts).size(12.0).color(p.weak)).truncate().sense(Sense::empty()));
    });
    let keys = by_keys(ui, &response, run.training);
    let notes = if run.about.notes.is_empty() { String::new() } else { format!("\n\n{}", run.about.notes) };
    let tip = format!("Resume from the newest checkpoint in\n{}{notes}", printable::path(&run.path));
    let resume = response.on_hover_text(tip).on_hover_cursor(egui::CursorIcon::PointingHand).clicked();
    let right =
        egui::Rect::from_center_size(rect.right_center() - vec2(S + buttons / 2.0, 0.0), vec2(buttons, theme::CONTROL));
    row_buttons(ui, right, &name, run.training).or(keys).or(resume.then_some(Pressed::Resume))
}

/// What the keys do with the run that has the keyboard.
fn by_keys(ui: &Ui, row: &egui::Response, training: bool) -> Option<Pressed> {
    let pressed = |key| row.has_focus() && ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let all = [
        (Key::F2, Pressed::Describe),
        (Key::F3, Pressed::Reveal),
        (Key::F4, Pressed::Story),
        (Key::F6, Pressed::Compare),
        (Key::F8, Pressed::Queue),
        (Key::Delete, Pressed::Bin),
    ];
    if training && pressed(Key::F7) {
        return Some(Pressed::Watch);
    }
    all.into_iter().find_map(|(key, wanted)| pressed(key).then_some(wanted))
}

fn row_buttons(ui: &mut Ui, place: egui::Rect, name: &str, training: bool) -> Option<Pressed> {
    let named = |response: &egui::Response, name: String| {
        response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, &name));
    };
    let mut pressed = None;
    // A child of its own: the buttons lie on the row and take no room below it.
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center)));
    let ui = &mut child;
    ui.spacing_mut().item_spacing.x = XS;
    if training {
        let watch = ui.add_sized(vec2(64.0, theme::CONTROL), Button::new("Watch"));
        named(&watch, format!("Watch {name}"));
        let tip = "Another program trains it: follow it live, reading only (F7).";
        if watch.on_hover_text(tip).clicked() {
            pressed = Some(Pressed::Watch);
        }
    }
    let explore = ui.add_sized(vec2(72.0, theme::CONTROL), Button::new("Explore"));
    named(&explore, format!("Explore {name}"));
    if explore.on_hover_text("Explore its generator.").clicked() {
        pressed = Some(Pressed::Explore);
    }
    let menu = ui.menu_button("…", |ui| {
        ui.set_min_width(190.0);
        for (label, tip, wanted) in [
            ("Resume later", "Add it to the queue: it is resumed when its turn comes (F8).", Pressed::Queue),
            ("Name and notes…", "Give the run a name of its own (F2).", Pressed::Describe),
            ("Compare…", "Put it beside other runs: settings, curves, pictures (F6).", Pressed::Compare),
            ("Story…", "Write a page for any browser: how it learned, moment by moment (F4).", Pressed::Story),
            ("Show folder", "Show the run folder in the file manager (F3).", Pressed::Reveal),
            ("Copy path", "Copy the path of the run folder.", Pressed::Copy),
            ("Move to the bin…", "Move the run folder to the system's bin (Delete).", Pressed::Bin),
        ] {
            if ui.button(label).on_hover_text(tip).clicked() {
                pressed = Some(wanted);
            }
        }
    });
    named(&menu.response, format!("More about {name}"));
    menu.response.on_hover_text("Queue, name, notes, comparison, story, folder, bin.");
    pressed
}
