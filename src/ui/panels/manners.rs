//! How a training treats the computer: a list beside the buttons of the run.

use crate::config::{Manners, Share};
use crate::ui::action::Action;
use crate::ui::theme::CONTROL;
use crate::ui::view::View;
use egui::{ComboBox, PopupCloseBehavior, Ui};

/// Width of the list's button, in points: room for the longest word, so that nothing moves with the choice.
const WIDTH: f32 = 114.0;
/// Width of the list that opens, in points.
const LIST: f32 = 210.0;
const NAME: &str = "Share of the device";
const TIP: &str = "How much of the device the training takes. It rests between its steps: everything else on the \
                   computer stays quick, and the same pictures come, only later.";

/// Changes act at once, on a run under way, too; they are remembered.
pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let before = view.state.settings.as_ref().map_or_else(Manners::default, |settings| settings.manners);
    let mut now = before;
    let combo = ComboBox::from_id_salt("manners").width(WIDTH).selected_text(word(before.share));
    let combo = combo.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show_ui(ui, |ui| {
        ui.set_min_width(LIST);
        ui.spacing_mut().interact_size.y = CONTROL;
        for share in Share::ALL {
            ui.radio_value(&mut now.share, share, word(share)).on_hover_text(meaning(share));
        }
        ui.separator();
        ui.checkbox(&mut now.pause_on_battery, "Pause on battery").on_hover_text(
            "Training pauses, saved, while the computer runs on battery, and goes on once it is plugged in.",
        );
        ui.checkbox(&mut now.keep_awake, "Keep the computer awake").on_hover_text(
            "The system does not go to sleep by itself while a run trains. The display may, and a pause lets it sleep.",
        );
    });
    combo.response.accessible_name(NAME).on_hover_text(TIP);
    if now != before {
        view.ask(Action::Manners(now));
    }
}

fn word(share: Share) -> &'static str {
    match share {
        Share::Full => "Full speed",
        Share::Polite => "Polite",
        Share::Background => "Background",
    }
}

fn meaning(share: Share) -> String {
    let percent = share.busy() * 100.0;
    match share {
        Share::Full => "Training works all of the time.".to_owned(),
        Share::Polite => format!("Training works {percent:.0} % of the time: other programs stay quick."),
        Share::Background => format!("Training works {percent:.0} % of the time: you will hardly notice it."),
    }
}
