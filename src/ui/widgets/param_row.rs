//! One setting: its name, its value, a slider where one helps, its explanation, and the reset to the preset.

use super::buttons::{segmented, toggle};
use super::ends;
use super::number::{plain, told};
use super::reason::{Reasoned, enabled_unless};
use super::slides::Slides;
use crate::config::{Choice, Kind, Param, Value};
use crate::ui::text;
use crate::ui::theme::{CONTROL, XS, palette};
use egui::{Button, ComboBox, DragValue, Response, RichText, Slider, Ui, WidgetInfo, accesskit::Role, vec2};

/// Whole numbers up to here get a slider; seeds and step counts are typed.
const SLIDER_MAX: i64 = 100_000;
/// Choices with at most this many names are shown side by side, where there is room for that.
const SEGMENTS: usize = 4;
/// Largest width of a choice that opens.
const COMBO: f32 = 190.0;
/// What a limit of 0 means.
const NO_LIMIT: &str = "no limit";

pub(crate) struct ParamRow<'a, S: 'static> {
    pub param: &'static Param<S>,
    /// What "reset" goes back to.
    pub baseline: &'a S,
    /// Shows the explanation under the setting.
    pub explain: bool,
    /// What is wrong with the value, if anything.
    pub error: Option<&'a str>,
    /// Why it cannot be moved now, if it cannot.
    pub locked: Option<&'a str>,
    /// Why it has no effect beside the other settings, if it has none.
    pub unused: Option<&'a str>,
}

impl<S> ParamRow<'_, S> {
    /// Draws the setting of `target`. True when it changed.
    pub(crate) fn show(&self, ui: &mut Ui, target: &mut S) -> bool {
        let before = self.param.get(target);
        let mut value = before.clone();
        ui.push_id(self.param.key, |ui| {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = XS;
                enabled_unless(ui, self.locked, |ui| {
                    self.first_line(ui, &mut value);
                    self.slider(ui, &mut value);
                });
                let weak = palette(ui).weak;
                let note = |ui: &mut Ui, line: &str| {
                    ui.add(egui::Label::new(RichText::new(line).size(12.0).color(weak)).wrap());
                };
                if self.explain {
                    note(ui, self.param.help);
                }
                if let Some(why) = self.unused {
                    note(ui, why);
                }
                if let Some(error) = self.error {
                    ui.colored_label(palette(ui).bad, RichText::new(error).size(12.0));
                }
            });
        });
        // A value outside the range cannot come from these controls; a typed one is refused here.
        value != before && self.param.set(target, &value).is_ok()
    }

    fn first_line(&self, ui: &mut Ui, value: &mut Value) {
        let param = self.param;
        let name = |ui: &mut Ui, _: &mut Value| {
            self.tip(ui.add(egui::Label::new(param.label).truncate().sense(egui::Sense::hover())));
        };
        ends(ui, CONTROL, value, name, |ui, value| {
            let original = param.get(self.baseline);
            if *value != original {
                self.reset(ui, value, original);
            }
            match param.kind {
                Kind::Float { min, max, .. } => self.number(ui, value, min, max, None),
                Kind::Int { min, max } => self.number(ui, value, min as f64, max as f64, Some(1.0)),
                Kind::Limit { max } => self.number(ui, value, 0.0, max as f64, Some(1.0)),
                Kind::Flag => {
                    let mut on = value.flag();
                    if self.tip(toggle(ui, &mut on, param.label)).changed() {
                        *value = Value::Flag(on);
                    }
                }
                Kind::Choice(choices) => self.choice(ui, value, choices),
            }
        });
    }

    fn number(&self, ui: &mut Ui, value: &mut Value, min: f64, max: f64, step: Option<f64>) {
        let mut x = value.number();
        let unlimited = self.unlimited(x);
        let unit = if unlimited { "" } else { self.param.unit };
        let speed = step.unwrap_or_else(|| (x.abs() * 0.01).max((max - min) * 1e-5)).max(f64::MIN_POSITIVE);
        let drag = DragValue::new(&mut x)
            .speed(speed)
            .custom_formatter(|x, _| if self.unlimited(x) { NO_LIMIT.to_owned() } else { text::value(x) })
            .suffix(if unit.is_empty() { String::new() } else { format!(" {unit}") });
        let drag = told(drag, ui.ctx(), self.param.label, min..=max, |typed| self.typed(typed));
        let response = self.tip(ui.add(drag).accessible_name(self.param.label));
        let given_up = given_up(ui, response.id);
        if response.changed() && !given_up {
            *value = Value::Number(if step.is_some() { x.round() } else { x });
        }
    }

    /// Whether `x` stands for no limit.
    fn unlimited(&self, x: f64) -> bool {
        x == 0.0 && matches!(self.param.kind, Kind::Limit { .. })
    }

    /// A number as a person types it, with its unit or without.
    fn typed(&self, typed: &str) -> Option<f64> {
        let typed = typed.trim();
        if matches!(self.param.kind, Kind::Limit { .. }) && typed == NO_LIMIT {
            return Some(0.0);
        }
        match self.param.kind {
            Kind::Float { .. } => plain(&typed.replace(',', "."), self.param.unit),
            _ => plain(typed, self.param.unit),
        }
    }

    fn slider(&self, ui: &mut Ui, value: &mut Value) {
        let mut x = value.number();
        let (min, max, log, whole) = match self.param.kind {
            Kind::Float { min, max, log } => (min, max, log, false),
            Kind::Int { min, max } if max <= SLIDER_MAX => {
                (min as f64, max as f64, max / min.max(1) >= 64 && min > 0, true)
            }
            _ => return,
        };
        let width = ui.available_width();
        ui.spacing_mut().slider_width = width;
        // A logarithmic slider cannot reach 0: one that begins there jumps to it from a ten-thousandth of its end.
        let smallest = if min > 0.0 { min } else { max * 1e-4 };
        let mut slider = Slider::new(&mut x, min..=max).show_value(false).logarithmic(log).smallest_positive(smallest);
        if whole {
            slider = slider.integer();
        }
        let response = self.tip(ui.add_sized(vec2(width, 18.0), Slides(slider)).accessible_name(self.param.label));
        if response.changed() {
            let digits = if log { 2 } else { 3 };
            // The ends are exactly what they are, however many digits they have.
            let x = match (whole, x <= min || x >= max) {
                (true, _) => x.round(),
                (false, true) => x,
                (false, false) => round_to(x, digits),
            };
            *value = Value::Number(x.clamp(min, max));
        }
    }

    fn choice(&self, ui: &mut Ui, value: &mut Value, choices: &[Choice]) {
        let label = self.param.label;
        let chosen = choices.iter().position(|choice| choice.name == value.choice());
        let labels: Vec<&str> = choices.iter().map(|choice| choice.label).collect();
        if choices.len() <= SEGMENTS && self.fits(ui, &labels) {
            let tips: Vec<&str> = choices.iter().map(|choice| choice.help).collect();
            if let Some(i) = segmented(ui, label, &labels, chosen.unwrap_or(usize::MAX), &tips) {
                *value = Value::Choice(choices[i].name.to_owned());
            }
            return;
        }
        let text = chosen.map_or(value.choice(), |i| labels[i]);
        let width = (ui.available_width() * 0.55).min(COMBO);
        let combo = ComboBox::from_id_salt(self.param.key).width(width).truncate().selected_text(text);
        let combo = combo.show_ui(ui, |ui| {
            for (i, choice) in choices.iter().enumerate() {
                let entry = ui.selectable_label(chosen == Some(i), choice.label);
                if entry.on_hover_text(choice.help).clicked() {
                    *value = Value::Choice(choice.name.to_owned());
                }
            }
        });
        self.tip(combo.response.accessible_name(label));
    }

    /// Whether the setting's name and these choices stand side by side in a row.
    fn fits(&self, ui: &Ui, labels: &[&str]) -> bool {
        let font = egui::TextStyle::Button.resolve(ui.style());
        let width = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), palette(ui).text).size().x;
        // Segments have 8 points beside their words and 2 between them; the reset takes the rest.
        let segments: f32 = labels.iter().map(|label| width(label) + 18.0).sum();
        segments + width(self.param.label) + 60.0 <= ui.available_width()
    }

    fn reset(&self, ui: &mut Ui, value: &mut Value, original: Value) {
        let button = Button::new(RichText::new("↺").color(palette(ui).accent)).frame(false);
        let response = ui.add(button).tip(format!("Reset to {}.", self.shown(&original)));
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), format!("Reset {}", self.param.label)));
        if response.clicked() {
            *value = original;
        }
    }

    fn tip(&self, response: Response) -> Response {
        // egui knows no words for a tooltip of several lines.
        let said = self.locked.filter(|_| !response.enabled()).unwrap_or(self.param.help);
        response.ctx.accesskit_node_builder(response.id, |node| node.set_description(said));
        response.on_hover_ui(|ui| self.explanation(ui)).on_disabled_hover_ui(|ui| self.explanation(ui))
    }

    /// A value as the window says it.
    fn shown(&self, value: &Value) -> String {
        match (value, self.param.kind) {
            (Value::Number(x), _) if self.unlimited(*x) => NO_LIMIT.to_owned(),
            (Value::Number(x), _) => format!("{} {}", text::value(*x), self.param.unit).trim_end().to_owned(),
            (Value::Choice(name), Kind::Choice(choices)) => {
                choices.iter().find(|choice| choice.name == name).map_or(name.as_str(), |c| c.label).to_owned()
            }
            (other, _) => other.to_string(),
        }
    }

    fn explanation(&self, ui: &mut Ui) {
        let param = self.param;
        ui.label(crate::ui::theme::bold(param.label));
        ui.label(param.help);
        let preset = self.shown(&param.get(self.baseline));
        let p = palette(ui);
        let takes =
            if let Kind::Choice(_) = param.kind { String::new() } else { format!("Range: {}. ", param.expects()) };
        ui.colored_label(p.weak, format!("{takes}Preset value: {preset}."));
        let unused = self.unused.filter(|why| Some(*why) != self.locked);
        for why in [self.locked, unused].into_iter().flatten() {
            ui.colored_label(p.warn, why);
        }
    }
}

/// Whether Escape was pressed in this frame or the one before, in which egui takes over what Escape should drop.
fn given_up(ui: &Ui, id: egui::Id) -> bool {
    let (frame, key) = (ui.ctx().cumulative_frame_nr(), id.with("given up"));
    if ui.input(|i| i.key_pressed(egui::Key::Escape)) {
        ui.data_mut(|data| data.insert_temp(key, frame));
    }
    ui.data(|data| data.get_temp::<u64>(key)).is_some_and(|at| frame - at <= 1)
}

/// `x` to this many significant digits: sliders should land on numbers that can be said.
fn round_to(x: f64, digits: i32) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    // Through text: a power of ten is not exact as a number, and 2e-4 must come out as 2e-4.
    format!("{x:.*e}", (digits - 1) as usize).parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_land_on_round_numbers() {
        assert_eq!(round_to(2.0449e-4, 2), 2.0e-4);
        assert_eq!(round_to(12_345.0, 3), 12_300.0);
        assert_eq!(round_to(0.0, 2), 0.0);
    }
}
