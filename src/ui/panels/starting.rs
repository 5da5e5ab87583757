//! What the networks begin with: random numbers, the cats that the program knows already, or another model.

use super::path_entry::PathEntry;
use crate::config::DataSource;
use crate::engine::{FEW, StartInfo};
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::starting::Origin;
use crate::ui::text;
use crate::ui::theme::{self, palette};
use crate::ui::view::View;
use crate::ui::widgets::{segmented, small};
use egui::{Label, RichText, Ui};

const LABELS: [&str; 3] = ["Scratch", "Known cats", "Run or file"];
const TIPS: [&str; 3] = [
    "Random networks, which learn everything from your pictures. For about 2,000 pictures and more.",
    "Cats that Purrtrait knows already: the bundled model is adapted to your pictures. Best for few pictures.",
    "Train a model of your own further: a run, a checkpoint, or a model file with its discriminator.",
];
const ORIGINS: [Origin; 3] = [Origin::Scratch, Origin::Bundled, Origin::Model];

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    ui.label(theme::bold("Start from"));
    let origin = view.user.starting.origin;
    let chosen = ORIGINS.iter().position(|o| *o == origin).unwrap_or(0);
    if let Some(i) = segmented(ui, "Start from", &LABELS, chosen, &TIPS) {
        view.ask(Action::StartFrom(ORIGINS[i]));
    }
    if origin == Origin::Model {
        model(ui, view);
    }
    let starting = &view.user.starting;
    if starting.asked.is_some() {
        small(ui, "Opening the model…");
    }
    if let Some(fault) = starting.fault.as_ref().filter(|_| origin != Origin::Scratch) {
        theme::note(ui, palette(ui).bad).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(RichText::new(printable::line(fault)).size(12.0)).wrap());
        });
    }
    if let Some(info) = &starting.info {
        small(ui, facts(info));
        if !info.discriminator {
            theme::note(ui, palette(ui).warn).show(ui, |ui| {
                ui.set_width(ui.available_width());
                let line = "This model has no discriminator. Export models with it to train them further, or let a new \
                            one learn: see Discriminator first.";
                ui.add(Label::new(RichText::new(line).size(12.0)).wrap());
            });
        }
    }
    if let Some(line) = advice(view) {
        small(ui, line);
    }
}

fn model(ui: &mut Ui, view: &mut View) {
    let field = PathEntry {
        name: "Model to start from",
        hint: "run, checkpoint or model file",
        go: Some("Use"),
        browse: Purpose::StartModel,
    };
    if field.show(ui, view, |form| &mut form.starting.text).is_some() {
        view.ask(Action::StartFrom(Origin::Model));
    }
    if ui.button("Browse for a run folder…").on_hover_text("Choose a run or a checkpoint.").clicked() {
        view.ask(Action::Browse(Purpose::StartFolder));
    }
}

/// The model in a few words.
fn facts(info: &StartInfo) -> String {
    let (start, model) = (&info.start, &info.model);
    let step = if start.step > 0 { format!(", step {}", text::count(start.step)) } else { String::new() };
    let notice = if start.notice.is_empty() { String::new() } else { format!(" Licence: {}", start.notice) };
    let line = format!(
        "{}: {} px, widths {} and {}{step}. Its networks are taken as they are.{notice}",
        start.name, model.size, model.g_width, model.d_width
    );
    printable::line(&line).into_owned()
}

/// What is best for so many pictures.
fn advice(view: &View) -> Option<String> {
    let usable = view.state.report()?.usable;
    let known = view.state.bundled.as_ref().is_some_and(|info| info.discriminator);
    let own = matches!(view.user.config.data.source, DataSource::Folder(_));
    if !known || !own || !(1..FEW).contains(&usable) {
        return None;
    }
    let pictures = text::of(usable, "picture");
    match view.user.starting.origin {
        Origin::Bundled => {
            Some(format!("Recommended: you have {pictures}, too few to learn from scratch what a cat is."))
        }
        Origin::Scratch => {
            Some(format!("{pictures} are too few to learn from scratch what a cat is: consider known cats."))
        }
        Origin::Model => None,
    }
}
