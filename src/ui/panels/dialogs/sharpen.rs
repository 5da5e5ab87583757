//! Training the network that sharpens the pictures.

use super::parts::{WIDTH, cancel, head, width};
use crate::ui::action::Action;
use crate::ui::explorer::ExploreAction;
use crate::ui::state::SharpenTraining;
use crate::ui::text;
use crate::ui::theme::{BIG_CONTROL, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, plain, primary, setting, told, weak};
use egui::{DragValue, Label, ProgressBar, Ui};

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Sharpen");
    weak(
        ui,
        "Your photos have more pixels than the pictures that the generator learned from. A small network learns what \
         enlarged pictures lack, and adds it to generated ones: on this screen, in saved pictures, in films and on \
         exported web pages. Held-out photos tell whether it is better than enlarging without it.",
    );
    ui.add_space(S);
    if let Some(training) = view.state.explore.sharpener.training.clone() {
        under_way(ui, view, &training);
        return;
    }
    let state = &view.state.explore;
    if let Some(result) = state.sharpener.result.clone() {
        ui.add(Label::new(result).wrap());
    } else if let Some(network) = state.sharpener.network {
        let measured = network.measures.map_or_else(String::new, |m| {
            format!(
                " On {} held-out pictures: PSNR {:.2} dB, without it {:.2}; error of edges {:.2}, without it {:.2}.",
                m.pictures, m.psnr, m.psnr_plain, m.edges, m.edges_plain
            )
        });
        ui.add(Label::new(format!("There is a network for {} px.{measured}", network.to)).wrap());
    }
    setting(ui, "Minutes", |ui| {
        let minutes = DragValue::new(&mut view.user.explore.sharpen_minutes).speed(0.1);
        let minutes = told(minutes, ui.ctx(), "Minutes", 0.5..=240.0, |typed| plain(typed, ""));
        let tip = "How long it trains, on the processor.";
        ui.add(minutes).accessible_name("Minutes of training").on_hover_text(tip);
    });
    ui.add_space(S);
    let busy = view.state.explore.working();
    let label = if view.state.explore.sharpener.network.is_some() { "Train again" } else { "Train" };
    let train = primary(ui, label, BIG_CONTROL, !busy && view.state.explore.has_run());
    let tip = "Train it on the run's photos. It is kept in the run folder.";
    if train.on_hover_text(tip).disabled_because("Something else is in progress.").clicked() {
        view.ask(Action::Explore(ExploreAction::TrainSharpener));
    }
}

fn under_way(ui: &mut Ui, view: &mut View, training: &SharpenTraining) {
    let SharpenTraining { what, done, total, .. } = training;
    let of = if *total > 0 {
        format!("{} of {} {what}", text::count(*done as u64), text::count(*total as u64))
    } else {
        what.clone()
    };
    let left = training.left().map_or_else(String::new, |left| format!(", {} left", text::duration(left)));
    ui.label(format!("{of}{left}"));
    let share = *done as f32 / (*total).max(1) as f32;
    ui.add(ProgressBar::new(share).desired_width(ui.available_width()).desired_height(6.0).fill(palette(ui).accent));
    weak(ui, "You can close this and go on exploring.");
    ui.add_space(S);
    cancel(ui, view);
}
