//! The first screen: choose pictures, take the demo cats, or resume a run.

use super::path_entry::PathEntry;
use crate::engine::{ExploreSource, RunSummary};
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::theme::{self, BIG_CONTROL, L, M, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{big, icon_button, pane, primary, weak};
use crate::ui::{logo, text};
use egui::{Align, Button, ComboBox, Label, Layout, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2};

/// Why nothing else can be trained now. Texts can be typed all the same: keys that a field does not take would be
/// shortcuts.
const IN_USE: &str = "A run is in progress. Stop it first; you can resume it later.";
/// Wider content would be hard to take in.
const WIDTH: f32 = 1040.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let full = ui.available_rect_before_wrap();
    let width = (full.width() - 2.0 * L).min(WIDTH);
    let rect = egui::Rect::from_center_size(full.center(), vec2(width, full.height()));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        hero(ui);
        let height = ui.available_height() - M;
        let half = (ui.available_width() - M) / 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            pane(ui, vec2(half, height), |ui| {
                ui.spacing_mut().item_spacing.x = S;
                ScrollArea::vertical().id_salt("ways to begin").show(ui, |ui| {
                    folder_card(ui, view);
                    ui.add_space(if height > 460.0 { S } else { 0.0 });
                    demo_card(ui, view);
                });
            });
            ui.add_space(M);
            pane(ui, vec2(half, height), |ui| {
                ui.spacing_mut().item_spacing.x = S;
                runs_card(ui, view, height);
            });
        });
    });
}

fn hero(ui: &mut Ui) {
    let tall = ui.available_height() > 560.0;
    ui.add_space(if tall { L } else { S });
    ui.horizontal(|ui| {
        logo::show(ui, if tall { 72.0 } else { 56.0 });
        ui.add_space(S);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = XS;
            ui.label(RichText::new("Purrtrait").text_style(theme::title()));
            let line = "Show it cats. Watch two networks learn to draw new ones, on your own computer.";
            ui.add(Label::new(RichText::new(line).size(15.0).color(palette(ui).weak)).wrap());
        });
    });
    ui.add_space(if tall { M } else { S });
}

fn folder_card(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(theme::section("Open a folder of cats"));
        let line =
            "Any pictures of any size, subfolders too. They are only read, never changed. Or drop the folder here.";
        weak(ui, line);
        ui.add_space(XS);
        let open = primary(ui, "Open folder…", BIG_CONTROL, !view.state.busy());
        let open = open.on_hover_text("Choose the folder with your pictures (Ctrl+O).").on_disabled_hover_text(IN_USE);
        if open.clicked() {
            view.ask(Action::Browse(Purpose::Pictures));
        }
        let (name, hint) = ("Folder of pictures", "or type its path here");
        let field = PathEntry { name, hint, go: Some("Open"), browse: Purpose::Pictures };
        if let Some(path) = field.show(ui, view, |form| &mut form.folder_text) {
            view.ask(Action::OpenFolder(path));
        }
        recent_folders(ui, view);
    });
}

fn recent_folders(ui: &mut Ui, view: &mut View) {
    let Some(settings) = &view.state.settings else { return };
    let recent: Vec<_> = settings.recent_folders.iter().take(3).cloned().collect();
    if recent.is_empty() {
        return;
    }
    let p = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Recent").size(12.0).color(p.weak));
        for path in recent {
            let label = RichText::new(text::middle(&text::name(&path), 24)).size(12.0);
            let button = Button::new(label).min_size(vec2(0.0, 22.0)).corner_radius(11);
            let button = ui.add_enabled(!view.state.busy(), button).on_disabled_hover_text(IN_USE);
            if button.on_hover_text(printable::path(&path)).clicked() {
                view.ask(Action::OpenFolder(path));
            }
        }
    });
}

fn demo_card(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(theme::section("No pictures at hand?"));
        let line = "Purrtrait can draw thousands of cats itself. They are simple, so something cat-like appears \
                    within minutes, even without a graphics card.";
        weak(ui, line);
        ui.add_space(XS);
        let button = big("Try the demo cats");
        let button = ui.add_enabled(!view.state.busy(), button).on_disabled_hover_text(IN_USE);
        if button.on_hover_text("Nothing is downloaded (Ctrl+D).").clicked() {
            view.ask(Action::OpenDemo);
        }
    });
}

fn runs_card(ui: &mut Ui, view: &mut View, height: f32) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.set_height(height - 32.0);
        ui.horizontal(|ui| {
            ui.label(theme::section("Resume a run"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, "↻", "Refresh the list of runs", "Refresh the list of runs.", true).clicked() {
                    view.ask(Action::RefreshRuns);
                }
                resume_device(ui, view);
            });
        });
        let (name, hint) = ("Run folder to resume", "path of a run folder");
        let field = PathEntry { name, hint, go: Some("Resume"), browse: Purpose::Run };
        if let Some(run) = field.show(ui, view, |form| &mut form.run_text) {
            view.ask(Action::Resume { run, options: view.user.resume_options() });
        }
        ui.add_space(XS);
        run_list(ui, view);
    });
}

/// Runs resume on their own device, or on another one: the old one may be gone.
fn resume_device(ui: &mut Ui, view: &mut View) {
    const OWN: &str = "Original device";
    let devices = view.state.devices.iter().flatten();
    let wanted = &mut view.user.resume_device;
    let title = |d: &crate::config::DeviceInfo| text::middle(&super::recipe::title(d), 40);
    let chosen = devices.clone().find(|d| d.id.parse().ok() == *wanted).map_or_else(|| OWN.to_owned(), title);
    let combo = ComboBox::from_id_salt("resume device").width(150.0).truncate().selected_text(chosen);
    let combo = combo.show_ui(ui, |ui| {
        ui.selectable_value(wanted, None, OWN).on_hover_text("The device that the run was trained on.");
        for device in devices {
            ui.selectable_value(wanted, device.id.parse().ok(), title(device)).on_hover_text(&device.id);
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
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for run in runs {
            let picture = view.textures.run(ui.ctx(), run);
            match run_row(ui, run, picture.as_ref(), view.unix_now) {
                Some(Pressed::Resume) => {
                    view.actions.push(Action::Resume { run: run.path.clone(), options: view.user.resume_options() });
                }
                Some(Pressed::Explore) => {
                    let source = ExploreSource::File(run.path.clone());
                    view.actions.push(Action::Explore(ExploreAction::Open { source, goal: None }));
                }
                None => {}
            }
        }
    });
}

enum Pressed {
    Resume,
    Explore,
}

/// One run as one big button, with a smaller one on it.
fn run_row(ui: &mut Ui, run: &RunSummary, picture: Option<&egui::TextureHandle>, unix_now: u64) -> Option<Pressed> {
    const SIDE: f32 = 56.0;
    let p = palette(ui);
    let size = vec2(ui.available_width(), SIDE + 2.0 * S);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = text::name(&run.path);
    let facts = format!("step {} · {}", text::count(run.step), text::age(unix_now.saturating_sub(run.saved_at)));
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
    let side = vec2(72.0, theme::CONTROL);
    let right = egui::Rect::from_center_size(rect.right_center() - vec2(S + side.x / 2.0, 0.0), side);
    let inner = egui::Rect::from_min_max(place.right_top() + vec2(12.0, 2.0), rect.max - vec2(2.0 * S + side.x, S));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.add(Label::new(theme::bold(&name)).truncate().sense(Sense::empty()));
        let line = format!("{} · {}", run.source, run.preset);
        ui.add(Label::new(RichText::new(line).size(13.0)).truncate().sense(Sense::empty()));
        ui.add(Label::new(RichText::new(facts).size(12.0).color(p.weak)).truncate().sense(Sense::empty()));
    });
    let tip = format!("Resume from the newest checkpoint in\n{}", printable::path(&run.path));
    let resume = response.on_hover_text(tip).on_hover_cursor(egui::CursorIcon::PointingHand).clicked();
    // A child of its own: the button lies on the row and takes no room below it.
    let explore = ui.new_child(UiBuilder::new().max_rect(right)).add_sized(side, Button::new("Explore"));
    explore.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, ui.is_enabled(), format!("Explore {name}"))
    });
    if explore.on_hover_text("Explore its generator.").clicked() {
        return Some(Pressed::Explore);
    }
    resume.then_some(Pressed::Resume)
}
