//! The name, the screens, the theme and help.

use crate::config::Theme;
use crate::ui::action::{Action, Dialog, Screen};
use crate::ui::theme::{self, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{at_right, icon_button, segmented};
use crate::ui::{logo, shortcuts};
use egui::{Pos2, Shape, Stroke, Ui, Vec2, WidgetInfo, accesskit::Role};
use std::f32::consts::{FRAC_PI_2, PI};

/// Below this width in points, the reminder of a run is one word.
const WORDS: f32 = 300.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    ui.horizontal_centered(|ui| {
        logo::show(ui, 28.0);
        ui.label(theme::bold("Purrtrait").size(18.0));
        ui.add_space(S);
        let screens = view.screens;
        let chosen = screens.iter().position(|entry| entry.screen == view.user.screen).unwrap_or(0);
        let titles: Vec<&str> = screens.iter().map(|entry| entry.title).collect();
        let tips: Vec<String> =
            screens.iter().map(|entry| shortcuts::tip(entry.tip, &format!("Ctrl+{}", entry.key.name()))).collect();
        let tips: Vec<&str> = tips.iter().map(String::as_str).collect();
        if let Some(i) = segmented(ui, "Go to", &titles, chosen, &tips) {
            view.ask(Action::Goto(screens[i].screen));
        }
        at_right(ui, |ui| {
            if view.user.screen != Screen::Training && (view.state.busy() || view.state.watching) {
                let p = palette(ui);
                // The rest of the row must hold the buttons beside it, too.
                let words = match (view.state.watching, ui.available_width() < WORDS) {
                    (true, _) => "Watching",
                    (false, true) => "Running",
                    (false, false) => "A run is in progress",
                };
                let button = egui::Button::new(egui::RichText::new(words).color(p.accent)).frame(false);
                if ui.add(button).on_hover_text("Show the training screen (Ctrl+3).").clicked() {
                    view.ask(Action::Goto(Screen::Training));
                }
            }
            notifications_button(ui, view);
            theme_button(ui, view);
            if icon_button(ui, "?", "Help", &shortcuts::tip("Keyboard shortcuts and help", "F1"), None).clicked() {
                view.ask(Action::Dialog(Some(Dialog::Help)));
            }
        });
    });
}

fn theme_button(ui: &mut Ui, view: &mut View) {
    let theme = view.state.settings.as_ref().map_or(Theme::System, |s| s.theme);
    let name = match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let tip = format!("Theme: {name}. Click to change (Ctrl+T).");
    let response = icon_button(ui, "", "Theme", &tip, None);
    moon(ui, response.rect.center(), theme);
    if response.clicked() {
        view.ask(Action::SetTheme(theme::next(theme)));
    }
}

fn notifications_button(ui: &mut Ui, view: &mut View) {
    let on = view.state.settings.as_ref().is_none_or(|settings| settings.notifications);
    let tip = match on {
        true => {
            "Notifications: on. The system tells you when a training ends or needs you while this window is not in \
             front. Click to turn them off."
        }
        false => "Notifications: off. Click to be told when a training ends or needs you.",
    };
    let response = icon_button(ui, "", "Notifications", tip, None);
    bell(ui, response.rect.center(), on);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, "Notifications"));
    if response.clicked() {
        view.ask(Action::Notifications(!on));
    }
}

/// Crossed out when it does not ring.
fn bell(ui: &Ui, center: Pos2, on: bool) {
    let stroke = Stroke::new(1.5, palette(ui).text);
    let painter = ui.painter();
    let at = |x: f32, y: f32| center + Vec2::new(x, y);
    let dome = (0..=12).map(|i| at(0.0, -1.5) + 4.5 * Vec2::angled(PI + PI * i as f32 / 12.0));
    let outline: Vec<Pos2> = [at(-6.5, 4.0), at(-4.5, 1.5)].into_iter().chain(dome).collect();
    painter.add(Shape::line([outline, vec![at(4.5, 1.5), at(6.5, 4.0), at(-6.5, 4.0)]].concat(), stroke));
    painter.line_segment([at(-1.5, 6.5), at(1.5, 6.5)], stroke);
    if !on {
        painter.line_segment([at(-7.0, 7.0), at(7.0, -7.0)], stroke);
    }
}

/// Empty for light, full for dark, half for whatever the system says.
fn moon(ui: &Ui, center: Pos2, theme: Theme) {
    const RADIUS: f32 = 6.0;
    let colour = palette(ui).text;
    let painter = ui.painter();
    painter.circle_stroke(center, RADIUS, Stroke::new(1.5, colour));
    match theme {
        Theme::Light => {}
        Theme::Dark => {
            painter.circle_filled(center, RADIUS, colour);
        }
        Theme::System => {
            let points = (0..=16).map(|i| center + RADIUS * Vec2::angled(FRAC_PI_2 + PI * i as f32 / 16.0)).collect();
            painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
        }
    }
}
