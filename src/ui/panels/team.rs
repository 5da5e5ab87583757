//! Several devices in the list of devices: those of this machine to tick, and the addresses of workers.

use crate::config::{DeviceInfo, TeamMember, TeamPlace, TrainingPlace};
use crate::ui::text;
use crate::ui::theme::{CONTROL, XS, palette};
use crate::ui::user::TeamForm;
use crate::ui::widgets::small;
use egui::{Label, RichText, TextEdit, Ui, vec2};

const NAME: &str = "Several devices";
const TIP: &str = "Each takes an equal slice of every batch and sends its gradients to the first one. It pays with \
                   large batches on like devices. Batch normalisation sees the slice instead of the batch.";
const WORKERS: &str = "Addresses of workers";
const HINT: &str = "worker://host:7417";
const WORKERS_TIP: &str = "Devices of other machines on which `purrtrait worker` runs, the same version: \
                           worker://host:port, separated by commas. worker://host:port?token-file=/path/token names \
                           the file with the worker's token. The line is not encrypted; an ssh tunnel makes it so.";

/// The entries in a list of devices. Gives what is picked.
pub(super) fn entries(
    ui: &mut Ui,
    known: &[TeamPlace],
    chosen: Option<&TeamPlace>,
    form: &mut Option<TeamForm>,
) -> Option<TrainingPlace> {
    let mut picked = None;
    for team in known {
        let title = text::middle(&team.to_string(), 40);
        let tip = format!("{team}. {TIP}");
        if ui.selectable_label(chosen == Some(team), title).on_hover_text(tip).clicked() {
            picked = Some(TrainingPlace::Together(team.clone()));
            *form = None;
        }
    }
    if ui.selectable_label(form.is_some(), format!("{NAME}…")).on_hover_text(TIP).clicked() {
        *form = Some(chosen.map_or_else(TeamForm::default, TeamForm::of));
    }
    picked
}

/// The devices to tick and the field for workers, while they are being chosen. Gives the team once it is entered.
pub(super) fn form(ui: &mut Ui, form: &mut Option<TeamForm>, devices: &[DeviceInfo]) -> Option<TeamPlace> {
    let open = form.as_mut()?;
    ui.add_space(XS);
    for device in devices {
        let mut ticked = open.devices.contains(&device.id);
        let title = format!("{}: {}", device.id, device.name);
        if ui.checkbox(&mut ticked, title).on_hover_text("Takes a slice of each batch.").changed() {
            open.devices.retain(|id| *id != device.id);
            open.devices.extend(ticked.then(|| device.id.clone()));
        }
    }
    let mut entered = false;
    let label = ui.label(RichText::new(WORKERS).size(12.0));
    ui.horizontal(|ui| {
        let button = 56.0;
        let width = ui.available_width() - button - ui.spacing().item_spacing.x;
        let edit = TextEdit::singleline(&mut open.workers).hint_text(HINT).char_limit(20_000);
        let response = ui.add_sized(vec2(width, CONTROL), edit).on_hover_text(WORKERS_TIP).labelled_by(label.id);
        entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let use_them = ui.add_sized(vec2(button, CONTROL), egui::Button::new("Use"));
        entered |= use_them.on_hover_text("Train on these devices (Enter).").clicked();
    });
    match open.team(devices) {
        Ok(team) if entered => {
            *form = None;
            return Some(team);
        }
        Err(e) if !open.is_empty() => {
            ui.add(Label::new(RichText::new(e.reason).size(12.0).color(palette(ui).bad)).wrap());
        }
        _ => _ = small(ui, TIP),
    }
    None
}

impl TeamForm {
    /// Of a team that was chosen before.
    fn of(team: &TeamPlace) -> Self {
        let (devices, workers) = team.members().partition::<Vec<_>, _>(|m| matches!(m, TeamMember::Device(_)));
        let texts = |members: Vec<TeamMember>| members.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self { devices: texts(devices), workers: texts(workers).join(", ") }
    }

    fn is_empty(&self) -> bool {
        self.devices.len() < 2 && self.workers.trim().is_empty()
    }

    /// What is chosen: the device that trains fastest first, because everything meets there.
    fn team(&self, devices: &[DeviceInfo]) -> Result<TeamPlace, crate::config::SettingError> {
        let preferred = |id: &&String| !devices.iter().any(|d| d.id == **id && d.preferred);
        let mut ids: Vec<&String> = self.devices.iter().collect();
        ids.sort_by_key(preferred);
        let workers = self.workers.split([',', ' ']).map(str::trim).filter(|text| !text.is_empty());
        let all = ids.into_iter().map(String::as_str).chain(workers);
        TeamPlace::new(all.map(str::parse).collect::<Result<_, _>>()?)
    }
}
