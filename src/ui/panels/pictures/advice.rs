//! What the pictures will lead to, and what would help, as buttons.

use crate::engine::{Advice, DatasetReport, Remedy};
use crate::ui::action::Action;
use crate::ui::starting::Origin;
use crate::ui::theme::{self, S, XS, palette};
use crate::ui::view::View;
use egui::{Button, Label, RichText, Ui, vec2};

/// More would leave no room for the pictures: in a small window, whose rest is below this height in points, and else.
const MOST: [usize; 2] = [1, 2];
const SMALL: f32 = 480.0;

pub(super) fn show(ui: &mut Ui, view: &mut View, report: &DatasetReport) {
    let bad: Vec<&Advice> = report.advice.iter().filter(|advice| !advice.good).collect();
    let most = MOST[usize::from(ui.available_height() > SMALL)];
    for advice in bad.iter().take(most) {
        theme::note(ui, palette(ui).warn).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = XS;
            ui.add(Label::new(RichText::new(&advice.text).size(13.0)).wrap());
            remedies(ui, view, &advice.remedies);
        });
    }
    // Praise beside a fault would confuse.
    for advice in report.advice.iter().filter(|advice| advice.good && bad.is_empty()) {
        ui.add(Label::new(RichText::new(&advice.text).color(palette(ui).good)).wrap());
    }
}

fn remedies(ui: &mut Ui, view: &mut View, remedies: &[Remedy]) {
    let known = view.state.bundled.as_ref().is_some_and(|info| info.discriminator);
    let helps = |remedy: &&Remedy| **remedy != Remedy::StartFromKnownCats || known;
    let beginning = view.state.beginning();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(S, XS);
        for remedy in remedies.iter().filter(helps) {
            let done = *remedy == Remedy::StartFromKnownCats && view.user.starting.origin != Origin::Scratch;
            let why = if done { "The run starts from a model already." } else { "A run is about to begin." };
            let (label, tip) = words(*remedy);
            let button = ui.add_enabled(!done && !beginning, Button::new(label));
            if button.on_hover_text(tip).on_disabled_hover_text(why).clicked() {
                view.ask(Action::Remedy(*remedy));
            }
        }
    });
}

fn words(remedy: Remedy) -> (&'static str, &'static str) {
    match remedy {
        Remedy::CutToFaces => {
            ("Crop to the faces", "Find the cats' faces and cut one upright picture out for each (Find faces: On).")
        }
        Remedy::LeaveOutFaceless => {
            ("Leave out the others", "Do not train on photos without a face (No face found: Leave out).")
        }
        Remedy::UseFaceless => ("Use them anyway", "Cut the photos in the middle (No face found: Crop)."),
        Remedy::UseSharpest => {
            ("Use the sharpest", "Of pictures of the same moment, train on the sharpest (Duplicates: Keep the best).")
        }
        Remedy::StartFromKnownCats => {
            ("Start from known cats", "Adapt the model that comes with Purrtrait, which knows cats, to your pictures.")
        }
        Remedy::OtherPictures => ("Choose other pictures…", "Choose another folder (Ctrl+O)."),
        Remedy::DrawnCats => ("Try drawn cats", "Train on cats that Purrtrait draws; nothing is downloaded (Ctrl+D)."),
    }
}
