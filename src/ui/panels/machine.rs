//! Another machine in the list of devices: an address that is typed, and those that were used before.

use crate::config::{Machine, TrainingPlace};
use crate::ui::theme::{CONTROL, XS, palette};
use crate::ui::user::UserState;
use crate::ui::widgets::small;
use egui::{Key, Label, RichText, TextEdit, Ui, vec2};

const NAME: &str = "Another machine";
const HINT: &str = "ssh://user@host";
const TIP: &str = "A machine that you reach with ssh, with the same version of Purrtrait: ssh://user@host, or \
                   ssh://name with a name from your ssh configuration. ssh://host?program=/path/purrtrait names the \
                   program there. It gets the prepared squares, not the photos; the run folder stays here.";

/// The entries at the end of a list of devices. Gives what is picked.
pub(super) fn entries(
    ui: &mut Ui,
    known: &[Machine],
    chosen: Option<&Machine>,
    typing: &mut Option<String>,
) -> Option<TrainingPlace> {
    ui.separator();
    let mut picked = None;
    for machine in known {
        if ui.selectable_label(chosen == Some(machine), machine.to_string()).on_hover_text(TIP).clicked() {
            picked = Some(TrainingPlace::There(machine.clone()));
            *typing = None;
        }
    }
    if ui.selectable_label(typing.is_some(), format!("{NAME}…")).on_hover_text(TIP).clicked() {
        *typing = Some(chosen.map_or_else(|| "ssh://".to_owned(), ToString::to_string));
    }
    picked
}

/// The field for an address, while it is being typed. Gives the machine once the address is entered.
pub(super) fn field(ui: &mut Ui, user: &mut UserState) -> Option<Machine> {
    let text = user.machine_text.as_mut()?;
    ui.add_space(XS);
    let mut entered = false;
    ui.horizontal(|ui| {
        let button = 56.0;
        let width = ui.available_width() - button - ui.spacing().item_spacing.x;
        let edit = TextEdit::singleline(text).hint_text(HINT).char_limit(5000);
        let response = ui.add_sized(vec2(width, CONTROL), edit).on_hover_text(TIP);
        let response = response.accessible_name(NAME);
        entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let use_it = ui.add_sized(vec2(button, CONTROL), egui::Button::new("Use"));
        entered |= use_it.on_hover_text("Train on this machine (Enter).").clicked();
    });
    let machine: Result<Machine, _> = text.trim().parse();
    match machine {
        Ok(machine) if entered => {
            user.machine_text = None;
            return Some(machine);
        }
        Err(e) if !text.trim().trim_start_matches("ssh://").is_empty() => {
            ui.add(Label::new(RichText::new(e.reason).size(12.0).color(palette(ui).bad)).wrap());
        }
        _ => _ = small(ui, TIP),
    }
    None
}
