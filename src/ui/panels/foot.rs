//! The button that starts a run, how long the run will take, and a better offer where that is too long, or no better
//! for taking longer.

use crate::config::held_out_count;
use crate::printable::thousands;
use crate::ui::action::Action;
use crate::ui::outlook::{Outlook, Suggested, outlook, suggested};
use crate::ui::queueing::QueueAction;
use crate::ui::theme::{BIG_CONTROL, CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, ends, icon_button, primary};
use egui::{Color32, FontId, Label, RichText, Ui, vec2};

/// Letters of the forecast, in points.
const LETTERS: f32 = 13.0;
/// Room for the button beside it, in points.
const AGAIN: f32 = CONTROL + XS + S;
/// Room for the button and the line below it, in points.
const BUTTON: f32 = 84.0 + CONTROL + XS;

/// Room that [`show`] takes, in points.
pub(super) fn height(ui: &Ui, view: &View) -> f32 {
    let offer = if offer(view).is_some() { CONTROL + XS } else { 0.0 };
    BUTTON + forecast_height(ui, &words(ui, view).line) + S + offer
}

/// As many lines as the words need in this width; at least two, so that little moves when they come.
fn forecast_height(ui: &Ui, line: &str) -> f32 {
    let font = FontId::proportional(LETTERS);
    let width = ui.available_width() - AGAIN;
    let of = |text: &str| ui.painter().layout(text.to_owned(), font.clone(), palette(ui).text, width).size().y;
    of(line).max(of("one\ntwo"))
}

const LIMIT_TIP: &str = "Sets the limit in the recipe (Maximum steps). Learning rates fall towards it, and colours \
                         settle, where the recipe says so.";

/// What one press changes for the better.
enum Offer {
    /// A recipe that works, where the one on show would take too long.
    Recipe(Box<Suggested>),
    /// An end after so many steps, where the run would go on until it copies its few pictures.
    Limit(u64),
}

fn offer(view: &View) -> Option<Offer> {
    let Outlook::Known(forecast) = outlook(view.state, view.user) else { return None };
    let better = |suggested: &Suggested| suggested.forecast.is_some_and(|f| f.good_seconds < forecast.good_seconds);
    let recipe = suggested(view.state, view.user).filter(|_| forecast.is_slow()).filter(better);
    let limit = || forecast.enough_steps.map(Offer::Limit);
    recipe.map(|suggested| Offer::Recipe(suggested.into())).or_else(limit)
}

impl Offer {
    fn name(&self) -> String {
        match self {
            Self::Recipe(suggested) => format!("Use {} instead", suggested.choice.name()),
            Self::Limit(steps) => format!("End after {} steps", thousands(*steps)),
        }
    }

    fn tip(&self) -> String {
        match self {
            Self::Recipe(suggested) => {
                let time = suggested.forecast.map_or_else(String::new, |forecast| forecast.sentence());
                format!("{} {time}", suggested.choice.reason)
            }
            Self::Limit(_) => LIMIT_TIP.to_owned(),
        }
    }

    fn take(self, view: &mut View) {
        match self {
            Self::Recipe(_) => view.ask(Action::UseSuggested),
            Self::Limit(steps) => view.user.config.max_steps = steps,
        }
    }
}

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let offer = offer(view);
    let slow = matches!(outlook(view.state, view.user), Outlook::Known(forecast) if forecast.is_slow());
    ui.add_space(S);
    forecast(ui, view);
    if let Some(offer) = offer {
        ui.vertical_centered_justified(|ui| {
            let button = ui.add(egui::Button::new(offer.name()).min_size(vec2(0.0, CONTROL)));
            if button.on_hover_text(offer.tip()).clicked() {
                offer.take(view);
            }
        });
        ui.add_space(XS - ui.spacing().item_spacing.y);
    }
    start(ui, view, slow);
}

/// What is said of the time.
struct Words {
    line: String,
    tip: String,
    colour: Color32,
}

/// When there will be cats.
fn words(ui: &Ui, view: &View) -> Words {
    let p = palette(ui);
    let (line, tip, colour) = match outlook(view.state, view.user) {
        Outlook::None => (String::new(), String::new(), p.weak),
        Outlook::Later => ("How long this takes is measured once no run is in progress.".into(), String::new(), p.weak),
        Outlook::Measuring => {
            let tip = "A few steps of this recipe are taken on this device, for some seconds.";
            ("Measuring how long this takes here…".into(), tip.into(), p.weak)
        }
        Outlook::Unknown(why) => (format!("How long this takes is not known. {why}"), String::new(), p.weak),
        Outlook::Known(forecast) => {
            let tip = format!("Measured on this device with this recipe. {}", forecast.source);
            (forecast.sentence(), tip, if forecast.is_slow() { p.warn } else { p.text })
        }
    };
    Words { line, tip, colour }
}

fn forecast(ui: &mut Ui, view: &mut View) {
    let Words { line, tip, colour } = words(ui, view);
    let height = forecast_height(ui, &line);
    let measured =
        !view.state.busy() && matches!(outlook(view.state, view.user), Outlook::Known(_) | Outlook::Unknown(_));
    let left = |ui: &mut Ui, _: &mut View| {
        ui.set_min_height(height);
        ui.vertical(|ui| {
            let label = ui.add(Label::new(RichText::new(line).size(LETTERS).color(colour)).wrap());
            if !tip.is_empty() {
                label.on_hover_text(tip);
            }
        });
    };
    ends(ui, height, view, left, |ui, view| {
        let again = "Measure again: other programs may have slowed it down.";
        if measured && icon_button(ui, "↻", "Measure again", again, None).clicked() {
            view.ask(Action::MeasureAgain);
        }
    });
}

fn start(ui: &mut Ui, view: &mut View, slow: bool) {
    let blocked = view.user.blocked(view.state);
    let race = view.user.rival.is_some();
    let label = if race { "Start the race" } else { "Start training" };
    ui.vertical_centered_justified(|ui| {
        let why = blocked.clone().unwrap_or_default();
        // What takes days does not shine.
        let button = match slow {
            true => ui.add_enabled(blocked.is_none(), big(label)),
            false => primary(ui, label, BIG_CONTROL, blocked.is_none()),
        };
        let tip = match race {
            true => "Start both runs, which take turns (Ctrl+Enter).",
            false => "Start a new run with this recipe (Ctrl+Enter).",
        };
        if button.on_hover_text(tip).disabled_because(why).clicked() {
            view.ask(Action::Start);
        }
    });
    instead(ui, view);
    let p = palette(ui);
    let (line, colour) = match (&blocked, view.user.fault()) {
        (Some(line), Some(_)) => (line.clone(), p.bad),
        (Some(line), None) => (line.clone(), p.weak),
        (None, _) => (promise(view), p.weak),
    };
    ui.add(Label::new(RichText::new(line).size(12.0).color(colour)).truncate());
}

/// The two other ways to use the recipe.
fn instead(ui: &mut Ui, view: &mut View) {
    let racing = view.user.rival.is_some();
    let unready = view.user.unready(view.state).or(racing.then(|| "A race cannot wait in the queue.".to_owned()));
    ui.add_space(XS - ui.spacing().item_spacing.y);
    ui.columns(2, |columns| {
        columns[0].vertical_centered_justified(|ui| {
            let button = ui.add_enabled(unready.is_none(), wide("Add to queue"));
            let tip =
                "Train with this recipe later: trainings of the queue begin one after another (Ctrl+Shift+Enter).";
            if button.on_hover_text(tip).disabled_because(unready.unwrap_or_default()).clicked() {
                view.ask(Action::Queue(QueueAction::Add));
            }
        });
        columns[1].vertical_centered_justified(|ui| {
            let button = ui.add_enabled(!racing && !view.state.beginning(), wide("Race against…"));
            let tip = "Train two recipes on these pictures in turns, and see which is better after the same time.";
            let why = if racing { "A race is set up above." } else { "A run is about to begin. Wait until it trains." };
            if button.on_hover_text(tip).disabled_because(why).clicked() {
                view.ask(Action::SetUpRace(true));
            }
        });
    });
}

fn wide(label: &str) -> egui::Button<'_> {
    egui::Button::new(label).min_size(vec2(0.0, CONTROL))
}

/// What pressing the button will do, in a line.
fn promise(view: &View) -> String {
    let config = &view.user.config;
    let pictures = view.state.report().map_or(0, |r| r.usable);
    let pictures = pictures - held_out_count(pictures, config.held_out);
    let steps = (pictures as u64).div_ceil(u64::from(config.batch)).max(1);
    let steps = crate::ui::text::of(steps as usize, "step");
    format!("{} px, batch {}, {steps} per epoch", config.model.size, config.batch)
}
