//! The first screen: a generator that is alive, and beside it the ways to begin with own photos, drawn cats or a run.

use super::path_entry::PathEntry;
use super::{explore, runs};
use crate::engine::ExploreSource;
use crate::printable;
use crate::ui::action::{Action, Purpose, Screen};
use crate::ui::focus::scrolled;
use crate::ui::text;
use crate::ui::theme::{self, BIG_CONTROL, CONTROL, L, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, ends, pane, primary, small, weak};
use egui::{Button, Label, RichText, ScrollArea, Ui, UiBuilder, Vec2, vec2};

/// Why pictures cannot be chosen now.
const BEGINNING: &str = "A run is about to begin. Wait until it trains, or cancel it.";
/// Wider content would be hard to take in, in points.
const WIDTH: f32 = 2400.0;
/// The picture's largest share of the width, and the room above and below it, in points.
const SHARE: f32 = 0.5;
const AROUND: f32 = 156.0;
/// The least widths of the two columns, in points: the cat's words need theirs even where the cat is small.
const ALIVE: f32 = 244.0;
const WAYS: f32 = 392.0;
/// Below this width in points, what is said below the cat has a line of its own.
const STACKED: f32 = 320.0;
/// From this width in points on, the ways to begin with pictures stand beside each other.
const BESIDE: f32 = 960.0;
/// The least room for the list of runs, in points.
const RUNS: f32 = 190.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let full = ui.available_rect_before_wrap();
    let width = (full.width() - 2.0 * S).min(WIDTH);
    let widest = (width * SHARE).min(width - L - WAYS);
    let around = if widest.min(full.height() - AROUND) < STACKED { AROUND + CONTROL } else { AROUND };
    let side = widest.min(full.height() - around).max(160.0);
    let left = side.max(ALIVE);
    let rect = egui::Rect::from_center_size(full.center(), vec2(width, full.height()));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        let height = ui.available_height();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            pane(ui, vec2(left, height), |ui| {
                ui.spacing_mut().item_spacing.x = S;
                let area = ScrollArea::vertical()
                    .id_salt("living cat")
                    .scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden);
                scrolled(ui, area, |ui| alive(ui, view, vec2(left, side), height));
            });
            ui.add_space(L);
            pane(ui, vec2(width - left - L, height), |ui| {
                ui.spacing_mut().item_spacing.x = S;
                scrolled(ui, ScrollArea::vertical().id_salt("ways to begin"), |ui| ways(ui, view, height));
            });
        });
    });
}

fn ways(ui: &mut Ui, view: &mut View, height: f32) {
    let top = ui.cursor().top();
    if ui.available_width() < BESIDE {
        folder_card(ui, view);
        demo_card(ui, view);
    } else {
        // Short lines are easier to read than one that crosses half of a large screen.
        let width = (ui.available_width() - S) / 2.0;
        ui.horizontal_top(|ui| {
            pane(ui, vec2(width, 0.0), |ui| folder_card(ui, view));
            pane(ui, vec2(width, 0.0), |ui| demo_card(ui, view));
        });
    }
    let left = height - (ui.cursor().top() - top) - S;
    runs::card(ui, view, left.max(RUNS));
}

/// The generator, to be dragged at once; its picture takes this room of a column of this height.
fn alive(ui: &mut Ui, view: &mut View, space: Vec2, height: f32) {
    let spare = (height - space.y - AROUND).max(0.0);
    ui.add_space((spare * 0.4).min(L));
    ui.spacing_mut().item_spacing.y = XS;
    ui.label(RichText::new("Purrtrait").text_style(theme::title()));
    let line = "Show it cats. Watch two networks learn to draw new ones, on your own computer.";
    ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap());
    ui.add_space(S);
    explore::picture::show(ui, view, space);
    let stacked = space.x < STACKED;
    if stacked {
        whose(ui, view);
    }
    let left = |ui: &mut Ui, view: &mut View| {
        if !stacked {
            whose(ui, view);
        }
    };
    ui.allocate_ui(vec2(space.x, CONTROL + XS), |ui| {
        ends(ui, CONTROL + XS, view, left, |ui, view| {
            let resting = view.state.reduced_motion();
            let (label, tip) = match resting {
                true => ("▶ Move", "Let the picture move slowly by itself."),
                false => ("‖ Rest", "Let nothing move by itself; this is remembered."),
            };
            if ui.button(label).on_hover_text(tip).clicked() {
                view.ask(Action::ReduceMotion(!resting));
            }
            let explore = ui.button("Explore").on_hover_text("More to do with this generator (Ctrl+4).");
            if explore.clicked() {
                view.ask(Action::Goto(Screen::Explore));
            }
        })
    });
}

fn whose(ui: &mut Ui, view: &mut View) {
    let bundled = view.state.explore.model.as_ref().is_none_or(|model| model.source == ExploreSource::Bundled);
    let line = if bundled { "Drag it: no such cat exists." } else { "Drag it: the generator explored last." };
    ui.add(Label::new(RichText::new(line).size(12.0).color(palette(ui).weak)).truncate());
}

fn folder_card(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(theme::section("Your own cats"));
        let line =
            "A folder of photos of any size, subfolders too. They are only read, never changed. Or drop it here.";
        weak(ui, line);
        ui.add_space(XS);
        let open = primary(ui, "Use my own photos…", BIG_CONTROL, !view.state.beginning());
        let tip = "Choose the folder with your pictures (Ctrl+O).";
        let open = open.on_hover_text(tip).disabled_because(BEGINNING);
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
            let button = ui.add_enabled(!view.state.beginning(), button).disabled_because(BEGINNING);
            if button.on_hover_text(printable::path(&path)).clicked() {
                view.ask(Action::OpenFolder(path));
            }
        }
    });
}

fn demo_card(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let left = |ui: &mut Ui, _: &mut View| {
            ui.vertical(|ui| {
                ui.label(theme::section("No pictures at hand?"));
                small(ui, "Simple cats, drawn by Purrtrait: something cat-like within minutes.");
            });
        };
        ends(ui, BIG_CONTROL, view, left, |ui, view| {
            let button = ui.add_enabled(!view.state.beginning(), big("Try drawn cats"));
            let tip = "Purrtrait draws thousands of simple cats itself; nothing is downloaded (Ctrl+D).";
            if button.on_hover_text(tip).disabled_because(BEGINNING).clicked() {
                view.ask(Action::OpenDemo);
            }
        });
    });
}
