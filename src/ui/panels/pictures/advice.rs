//! What the pictures will lead to, and what would help, as buttons.

use crate::engine::{Advice, DatasetReport, Remedy};
use crate::ui::action::Action;
use crate::ui::starting::Origin;
use crate::ui::theme::{self, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::Reasoned;
use egui::{Button, Id, Label, Response, RichText, Ui, vec2};

/// So many faults are told in full, in a small window, whose rest is below this height in points, and else. The others
/// are a line each, which a press opens: all of them in full would leave no room for the pictures.
const MOST: [usize; 2] = [1, 2];
const SMALL: f32 = 480.0;
/// The remedies, the one that helps most at once first; other pictures are not at everybody's hand.
const FIRST: [Remedy; 7] = [
    Remedy::CutToFaces,
    Remedy::UseFaceless,
    Remedy::LeaveOutFaceless,
    Remedy::UseSharpest,
    Remedy::StartFromKnownCats,
    Remedy::OtherPictures,
    Remedy::DrawnCats,
];

pub(super) fn show(ui: &mut Ui, view: &mut View, report: &DatasetReport, room: f32) {
    let mut bad: Vec<&Advice> = report.advice.iter().filter(|advice| !advice.good).collect();
    bad.sort_by_key(|advice| rank(advice));
    let most = MOST[usize::from(room > SMALL)];
    let id = Id::unique("advice in full");
    // Known by its words: the faults change with the pictures.
    let chosen: Option<String> = ui.data(|data| data.get_temp(id));
    let chosen = chosen.and_then(|text| bad.iter().position(|advice| advice.text == text));
    let full = |i: usize| if most > 1 { i < most || chosen == Some(i) } else { i == chosen.unwrap_or(0) };
    for (i, advice) in bad.iter().enumerate() {
        if !full(i) {
            if line(ui, advice).clicked() {
                ui.data_mut(|data| data.insert_temp(id, advice.text.clone()));
            }
            continue;
        }
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

/// The place of its best remedy.
fn rank(advice: &Advice) -> usize {
    let places = advice.remedies.iter().filter_map(|remedy| FIRST.iter().position(|first| first == remedy));
    places.min().unwrap_or(FIRST.len())
}

/// A fault as one line that opens it.
fn line(ui: &mut Ui, advice: &Advice) -> Response {
    let words = RichText::new(format!("▸ {}", advice.text)).size(12.0).color(palette(ui).warn);
    ui.add(Button::new(words).frame(false).truncate()).on_hover_text(format!("{} Click for what helps.", advice.text))
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
            if button.on_hover_text(tip).disabled_because(why).clicked() {
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
