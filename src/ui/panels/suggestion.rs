//! The recipe that suits the device and the pictures, with the reasons and a button.

use super::example;
use crate::ui::action::Action;
use crate::ui::outlook::suggested;
use crate::ui::theme::{self, CONTROL, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, primary};
use egui::{Label, RichText, Ui};

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let Some(suggested) = suggested(view.state, view.user) else { return };
    let (p, name) = (palette(ui), suggested.choice.name());
    if suggested.is_chosen(&view.user.config) {
        let label = Label::new(RichText::new(format!("{name} is recommended here.")).size(12.0).color(p.good));
        ui.add(label.wrap()).on_hover_text(&suggested.choice.reason);
        return;
    }
    theme::note(ui, p.accent).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = XS;
        ui.add(Label::new(theme::bold(format!("Recommended: {name}"))).wrap());
        let forecast = suggested.forecast.map_or_else(String::new, |forecast| format!(" {}", forecast.sentence()));
        let line = format!("{}{forecast}", suggested.choice.reason);
        ui.add(Label::new(RichText::new(line).size(12.0)).wrap());
        example::show(ui, view, suggested.choice.preset);
        let tip = "Fill the recipe with these settings. Pictures and limits of your own can be set afterwards.";
        let button = primary(ui, "Use this recipe", CONTROL, !view.state.beginning());
        if button.on_hover_text(tip).disabled_because("A run is about to begin.").clicked() {
            view.ask(Action::UseSuggested);
        }
    });
    ui.add_space(XS);
}
