//! How to train: a preset, and every setting behind it with its explanation.

use super::path_entry::PathEntry;
use super::{foot, suggestion};
use super::{machine, team};
use crate::config::{
    DeviceChoice, DeviceInfo, FINE_TUNING, Kind, MODEL, PRESETS, Param, Preset, RUN, RunConfig, SettingError, TUNABLES,
    TrainingPlace, follows, held_out_count,
};
use crate::engine::{Lane, MemoryNeed, recipe_differences};
use crate::printable::gigabytes;
use crate::ui::action::{Action, Purpose};
use crate::ui::curation::Side;
use crate::ui::focus::scrolled;
use crate::ui::outlook::memory;
use crate::ui::text;
use crate::ui::theme::{self, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{ParamRow, Reasoned, at_right, enabled_unless, pane, segmented, setting, small, toggle};
use egui::{CollapsingHeader, ComboBox, Grid, Label, RichText, ScrollArea, Ui, vec2};

const PRESETS_IN_A_ROW: usize = 2;
/// Why nothing can be changed while a run is being begun.
const LOCKED: &str = "A run is about to begin, so its recipe is locked.";
/// What is set here while a run trains.
const NEXT: &str =
    "A run is in progress. This is the recipe of the next one; live settings are on the training screen.";
/// Why a setting of the networks cannot be changed beside a model.
const FOLLOWS: &str = "This setting is that of the model which the run starts from.";

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let height = ui.available_height() - foot::height(ui, view);
        pane(ui, vec2(ui.available_width(), height), |ui| {
            scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
                header(ui, view);
                let locked = view.state.beginning();
                if view.state.busy() {
                    in_progress(ui, locked);
                }
                race(ui, view);
                suggestion::show(ui, view);
                // What may only be read still opens and explains itself: each part locks its own controls.
                enabled_unless(ui, locked.then_some(LOCKED), |ui| {
                    super::starting::show(ui, view);
                    presets(ui, view);
                    device(ui, view);
                });
                repeats(ui, view);
                let memory = memory(view.state, view.user);
                too_large(ui, memory);
                sections(ui, view, memory);
            });
        });
        foot::show(ui, view);
    });
}

/// What the side panel shows, and whether it explains.
pub(super) fn header(ui: &mut Ui, view: &mut View) {
    ui.horizontal(|ui| {
        let chosen = usize::from(view.user.curation.side == Side::Preparation);
        let tips = ["How to train.", "How the pictures are prepared, and which files are not used."];
        if let Some(i) = segmented(ui, "Settings", &["Recipe", "Preparation"], chosen, &tips) {
            view.user.curation.side = if i == 0 { Side::Recipe } else { Side::Preparation };
        }
        at_right(ui, |ui| {
            ui.label(RichText::new("Explain").size(12.0).color(palette(ui).weak));
            toggle(ui, &mut view.user.explain, "Explain settings")
                .on_hover_text("Show the explanation of each setting below it.");
        });
    });
}

/// Which of the two recipes of a race is on show, and what differs between them.
fn race(ui: &mut Ui, view: &mut View) {
    let (Some(rival), Some(racers)) = (&view.user.rival, view.user.racers()) else { return };
    let (p, shown) = (palette(ui), rival.shown);
    theme::note(ui, p.accent).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(theme::bold("Race"));
            let tips = ["Show and change the first recipe.", "Show and change the second recipe."];
            if let Some(i) = segmented(ui, "Recipe", &["A", "B"], shown as usize, &tips) {
                view.ask(Action::ShowRecipe([Lane::A, Lane::B][i]));
            }
            at_right(ui, |ui| {
                let tip = "Keep recipe A alone.";
                if ui.button("No race").on_hover_text(tip).clicked() {
                    view.ask(Action::SetUpRace(false));
                }
            });
        });
        let differences = recipe_differences([&racers[0], &racers[1]]);
        if differences.is_empty() {
            small(ui, "Nothing differs yet: choose another preset or change settings.");
        }
        Grid::new("race").num_columns(3).spacing(vec2(S, XS)).show(ui, |ui| {
            if !differences.is_empty() {
                ui.label("");
                ["A", "B"].iter().for_each(|name| _ = ui.label(theme::bold(*name).size(12.0)));
                ui.end_row();
            }
            for difference in &differences {
                let cell = |ui: &mut Ui, words: &str| {
                    let short = RichText::new(text::middle(words, 18)).size(12.0);
                    ui.label(short).on_hover_text(words);
                };
                cell(ui, &difference.label);
                difference.values.iter().for_each(|value| cell(ui, value));
                ui.end_row();
            }
        });
        small(ui, "Pictures, size, seed, latents, held-out pictures, device and limits are those of both.");
    });
}

/// What a run in progress means for the recipe.
fn in_progress(ui: &mut Ui, locked: bool) {
    theme::note(ui, palette(ui).accent).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let line = if locked { LOCKED } else { NEXT };
        ui.add(Label::new(RichText::new(line).size(12.0)).wrap());
    });
}

fn presets(ui: &mut Ui, view: &mut View) {
    let tuning = view.user.starting.info.is_some().then_some(&FINE_TUNING);
    let all: Vec<&Preset> = PRESETS.iter().chain(tuning).collect();
    let labels: Vec<&str> = all.iter().map(|p| p.label).collect();
    let tips: Vec<&str> = all.iter().map(|p| p.help).collect();
    let chosen = all.iter().position(|p| p.name == view.user.preset.name).unwrap_or(0);
    // All side by side would be wider than the panel.
    for first in (0..labels.len()).step_by(PRESETS_IN_A_ROW) {
        let row = first..(first + PRESETS_IN_A_ROW).min(labels.len());
        let chosen = chosen.checked_sub(first).unwrap_or(usize::MAX);
        if let Some(i) = segmented(ui, "Preset", &labels[row.clone()], chosen, &tips[row]) {
            view.ask(Action::ChoosePreset(all[first + i].name));
        }
    }
    let preset = view.user.preset;
    small(ui, if view.user.explain { preset.help } else { preset.line }).on_hover_text(preset.help);
    super::example::show(ui, view, preset);
    if view.user.config != view.user.baseline() {
        let button = ui.button("↺ Reset to the preset").on_hover_text("Reset every setting of the recipe.");
        if button.clicked() {
            view.ask(Action::ChoosePreset(view.user.preset.name));
        }
    }
    ui.add_space(XS);
}

fn device(ui: &mut Ui, view: &mut View) {
    ui.label(theme::bold("Device"));
    let Some(devices) = &view.state.devices else {
        ui.colored_label(palette(ui).weak, "Looking for devices…");
        return;
    };
    let auto = devices.iter().find(|d| d.preferred);
    let auto_name = auto.map_or_else(|| "Automatic".to_owned(), |d| format!("Automatic: {}", d.name));
    let choice = view.user.config.own_device();
    let chosen = devices.iter().find(|d| d.id.parse() == Ok(choice));
    let machine = view.user.config.machine.clone();
    let several = view.user.config.team.clone().filter(|_| machine.is_none());
    let one = machine.is_none() && several.is_none();
    let shown = match (chosen, choice) {
        _ if let Some(machine) = &machine => machine.to_string(),
        _ if let Some(several) = &several => several.to_string(),
        (Some(device), _) => title(device),
        (None, DeviceChoice::Auto) => auto_name.clone(),
        (None, DeviceChoice::Gpu) => "Any graphics card".to_owned(),
        (None, gone) => format!("{gone} (not available)"),
    };
    let width = ui.available_width();
    let mut picked = None;
    let combo = ComboBox::from_id_salt("device").width(width).truncate().selected_text(shown).show_ui(ui, |ui| {
        ui.set_max_width(width.max(280.0));
        if ui.selectable_label(one && choice == DeviceChoice::Auto, auto_name).clicked() {
            picked = Some(TrainingPlace::default());
        }
        for device in devices {
            let selected = one && chosen.is_some_and(|c| c.id == device.id);
            if ui.selectable_label(selected, title(device)).on_hover_text(facts(device)).clicked() {
                picked = device.id.parse().ok();
            }
        }
        let known = view.state.settings.as_ref().map_or(&[][..], |settings| &settings.machines);
        picked = machine::entries(ui, known, machine.as_ref(), &mut view.user.machine_text).or(picked.take());
        let known = view.state.settings.as_ref().map_or(&[][..], |settings| &settings.teams);
        picked = team::entries(ui, known, several.as_ref(), &mut view.user.team_form).or(picked.take());
    });
    let used = chosen.or(auto.filter(|_| choice == DeviceChoice::Auto)).filter(|_| one);
    let tip = format!("Where the training runs. {}", used.map_or_else(String::new, facts));
    combo.response.accessible_name("Device").on_hover_text(&tip).disabled_because(&tip);
    if let Some(place) = picked {
        view.user.config.set_place(place);
    }
    if let Some(machine) = machine::field(ui, view.user) {
        view.user.config.set_place(TrainingPlace::There(machine));
    }
    if let Some(several) = team::form(ui, &mut view.user.team_form, devices) {
        view.user.config.set_place(TrainingPlace::Together(several));
    }
    if let Some(device) = used.filter(|d| d.software) {
        theme::note(ui, palette(ui).warn).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let line = format!(
                "{} is a graphics card in name only: it runs on the CPU and is slower than the \"cpu\" device.",
                device.name
            );
            ui.add(Label::new(RichText::new(line).size(12.0)).wrap());
        });
    } else if used.is_some_and(|d| d.kind == "cpu") {
        let line = "No graphics card is used. Small recipes such as Quick 32 train well on a CPU.";
        small(ui, line);
    }
}

/// A device in a few words.
pub(super) fn title(device: &DeviceInfo) -> String {
    if device.kind == "cpu" { format!("CPU: {}", device.name) } else { format!("{} ({})", device.name, device.api) }
}

fn facts(device: &DeviceInfo) -> String {
    let driver = if device.driver.is_empty() { String::new() } else { format!(", {}", device.driver) };
    let memory = device.memory.map_or_else(String::new, |bytes| format!(", {} of memory", gigabytes(bytes)));
    format!("{}: {}, {}, {}{memory}{driver}", device.id, device.name, device.api, device.kind)
}

/// What all rows of settings share.
struct Rows<'a> {
    /// All settings: whether one has an effect depends on others.
    config: &'a RunConfig,
    explain: bool,
    fault: Option<&'a SettingError>,
    locked: Option<&'a str>,
    /// The run starts from a model, with its discriminator or without: settings of the networks follow it.
    follows: Option<bool>,
    /// What the recipe takes of a graphics card.
    memory: Option<MemoryNeed>,
}

fn sections(ui: &mut Ui, view: &mut View, memory: Option<MemoryNeed>) {
    let (before, baseline, fault) = (view.user.config.clone(), view.user.baseline(), view.user.fault());
    let mut config = before.clone();
    let locked = view.state.beginning().then_some(LOCKED);
    let follows = view.user.starting.info.as_ref().map(|info| info.discriminator);
    let rows = Rows { config: &before, explain: view.user.explain, fault: fault.as_ref(), locked, follows, memory };
    ui.add_space(XS);
    // Where a run ends is what a person decides first.
    let (limits, others): (Vec<_>, Vec<_>) = RUN.iter().copied().partition(|p| matches!(p.kind, Kind::Limit { .. }));
    for param in limits {
        rows.row(ui, param, &mut config, &baseline);
    }
    if before.unused("rate-decay").is_some() {
        let line = "Decay lowers the learning rates near the end of a run, and this run has no end yet: set one of \
                    these.";
        small(ui, line);
    }
    if level(ui, view, fault.is_some()) {
        rows.section(ui, "Networks", MODEL, &mut config.model, &baseline.model);
        rows.section(ui, "Training (live settings)", TUNABLES, &mut config.tunables, &baseline.tunables);
        rows.section(ui, "Run", &others, &mut config, &baseline);
        out_folder(ui, view);
    }
    if config != before {
        let resized = config.model.size != before.model.size;
        if let Some(start) = view.user.starting.info.as_ref().filter(|_| resized) {
            // A model that cannot grow so far is a fault, which is shown beside the setting.
            let size = config.model.size;
            let _ = start.apply(&mut config, Some(size));
        }
        view.user.config = config;
        if resized {
            view.ask(Action::DataChanged);
        }
    }
}

/// Basic settings or all of them. True where all are on show: also where one of them is at fault.
fn level(ui: &mut Ui, view: &mut View, fault: bool) -> bool {
    let all = fault || view.state.settings.as_ref().is_some_and(|settings| settings.all_settings);
    setting(ui, "Settings", |ui| {
        let tips = ["What most people decide.", "Every setting of networks, training and run, in sections below."];
        if let Some(i) = segmented(ui, "Settings shown", &["Basic", "All"], usize::from(all), &tips) {
            view.ask(Action::AllSettings(i == 1));
        }
    });
    all
}

/// What it means that a batch has more pictures than there are.
fn repeats(ui: &mut Ui, view: &View) {
    let (config, usable) = (&view.user.config, view.state.report().map_or(0, |report| report.usable));
    if let Some(line) = config.repeats(usable - held_out_count(usable, config.held_out)) {
        theme::note(ui, palette(ui).warn).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(RichText::new(line).size(12.0)).wrap());
        });
    }
}

/// What it means that the recipe takes more memory than the graphics card has.
fn too_large(ui: &mut Ui, memory: Option<MemoryNeed>) {
    if let Some(need) = memory.filter(MemoryNeed::is_too_much) {
        theme::note(ui, palette(ui).warn).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(RichText::new(need.sentence()).size(12.0)).wrap());
        });
    }
}

impl Rows<'_> {
    fn row<S: 'static>(&self, ui: &mut Ui, param: &'static Param<S>, target: &mut S, baseline: &S) {
        let error = self.fault.filter(|e| e.key == param.key).map(|e| e.reason.as_str());
        let unused = self.config.unused(param.key);
        let Self { explain, locked, follows: model, .. } = *self;
        // A model can grow.
        let locked = locked.or(model.is_some_and(|d| param.key != "size" && follows(param.key, d)).then_some(FOLLOWS));
        ParamRow { param, baseline, explain, error, locked, unused }.show(ui, target);
        if param.key == "batch"
            && let Some(need) = self.memory
        {
            small(ui, need.sentence());
        }
    }

    fn section<S: 'static>(
        &self,
        ui: &mut Ui,
        title: &str,
        params: &[&'static Param<S>],
        target: &mut S,
        baseline: &S,
    ) {
        let changed = params.iter().filter(|p| p.get(target) != p.get(baseline)).count();
        let fault = self.fault.filter(|e| params.iter().any(|p| p.key == e.key));
        let mut header = theme::bold(title);
        if changed > 0 {
            header = theme::bold(format!("{title} · {changed} changed"));
        }
        if fault.is_some() {
            header = header.color(palette(ui).bad);
        }
        // A section with a fault stays open, so that the message beside the setting is seen.
        CollapsingHeader::new(header).id_salt(title).open(fault.map(|_| true)).show_unindented(ui, |ui| {
            ui.spacing_mut().item_spacing.y = S;
            for param in params {
                self.row(ui, param, target, baseline);
            }
            ui.add_space(XS);
        });
    }
}

fn out_folder(ui: &mut Ui, view: &mut View) {
    let locked = view.state.beginning();
    CollapsingHeader::new(theme::bold("Run folder")).show_unindented(ui, |ui| {
        let name = "Run folder";
        let field = PathEntry { name, hint: "chosen automatically", go: None, browse: Purpose::Output };
        enabled_unless(ui, locked.then_some(LOCKED), |ui| field.show(ui, view, |form| &mut form.out_text));
        let line = "Settings, sample pictures and checkpoints are stored here. Empty: a new numbered folder.";
        small(ui, line);
    });
}
