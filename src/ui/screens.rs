//! The screens, and where the panels stand on them.

use super::action::Screen;
use super::curation::Side;
use super::focus::scrolled;
use super::panels;
use super::theme::{self, S, palette};
use super::view::{self, ScreenEntry, View};
use super::widgets::{EDGE, pane, remember, remembered, upper_edge};
use egui::{CentralPanel, Frame, Id, Key, Margin, Panel, Rangef, Rect, ScrollArea, Ui, UiBuilder, vec2};

/// Height of the status, in points.
const STATUS: f32 = 28.0;
const LOG: &str = "log";
/// Height of the log, in points, until the person moves its edge, and the least that it can have.
const LOG_HEIGHT: f32 = 168.0;
const LEAST_LOG: f32 = 110.0;
/// Its most is this share of the room.
const MOST_LOG: f32 = 0.6;
/// Below this width, pictures and plots stand below each other.
const SIDE_BY_SIDE: f32 = 560.0;

/// All screens, in the order of their buttons.
pub(crate) static SCREENS: &[ScreenEntry] = &[
    ScreenEntry {
        screen: Screen::Home,
        title: "Start",
        tip: "Choose pictures or resume a run",
        key: Key::Num1,
        help: "Show the start screen",
        show: |ui, view| (panels::WELCOME.show)(ui, view),
    },
    ScreenEntry {
        screen: Screen::Setup,
        title: "Pictures & recipe",
        tip: "Check the pictures and set up a run",
        key: Key::Num2,
        help: "Show pictures and recipe",
        show: setup,
    },
    ScreenEntry {
        screen: Screen::Training,
        title: "Training",
        tip: "Watch and control the run",
        key: Key::Num3,
        help: "Show the training screen",
        show: training,
    },
    ScreenEntry {
        screen: Screen::Explore,
        title: "Explore",
        tip: "Explore a trained generator",
        key: Key::Num4,
        help: "Explore a trained generator",
        show: |ui, view| (panels::EXPLORE.show)(ui, view),
    },
];

/// Draws the window: the top bar, the status, the log if it is open, and the screen.
pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    let bar = Frame::new().fill(p.card).inner_margin(Margin::symmetric(12, 0));
    Panel::top("top_bar").frame(bar).exact_size(48.0).resizable(false).show(ui, |ui| (panels::TOP_BAR.show)(ui, view));
    // The screen comes before what stands below it, so that Tab and screen readers meet them in this order.
    let rest = ui.available_rect_before_wrap();
    let above_status = rest.with_max_y(rest.bottom() - STATUS);
    let log = if view.user.log_open { log_height(ui, above_status.height()) } else { 0.0 };
    let sheet = Frame::new().fill(p.background).inner_margin(Margin::symmetric(8, 8));
    let above_log = above_status.with_max_y(above_status.bottom() - log);
    let mut upper = ui.new_child(UiBuilder::new().max_rect(above_log));
    CentralPanel::no_frame().frame(sheet).show(&mut upper, |ui| {
        ui.spacing_mut().item_spacing = vec2(S, S);
        if panels::banner_needed(view) {
            (panels::BANNER.show)(ui, view);
        }
        if let Some(entry) = SCREENS.iter().find(|entry| entry.screen == view.user.screen) {
            (entry.show)(ui, view);
        }
    });
    let mut lower = ui.new_child(UiBuilder::new().max_rect(above_status));
    if view.user.log_open {
        show_log(&mut lower, view, sheet.inner_margin(Margin { left: 8, right: 8, top: 0, bottom: 8 }));
    }
    let bar = Frame::new().fill(p.card);
    Panel::bottom("status")
        .frame(bar)
        .exact_size(STATUS)
        .resizable(false)
        .show(ui, |ui| (panels::STATUS.show)(ui, view));
}

fn show_log(ui: &mut Ui, view: &mut View, frame: Frame) {
    let room = ui.available_rect_before_wrap();
    let height = log_height(ui, room.height());
    let edge = Rect::from_x_y_ranges(room.x_range(), Rangef::point(room.bottom() - height).expand(EDGE / 2.0));
    let heights = LEAST_LOG..=MOST_LOG * room.height();
    let height = upper_edge(ui, Id::unique("edge of the log"), "Height of the log", edge, height, heights);
    remember(ui, Id::unique(LOG), height);
    let panel = Panel::bottom(LOG).frame(frame).exact_size(height).resizable(false).show_separator_line(false);
    panel.show(ui, |ui| (panels::LOG.show)(ui, view));
}

/// How high the log is in a room of this height.
fn log_height(ui: &Ui, room: f32) -> f32 {
    let wanted = remembered(ui, Id::unique(LOG)).unwrap_or(LOG_HEIGHT);
    wanted.clamp(LEAST_LOG, (MOST_LOG * room).max(LEAST_LOG))
}

fn side_width(ui: &Ui) -> f32 {
    if ui.ctx().content_rect().width() < theme::NARROW { theme::SIDE_NARROW } else { theme::SIDE }
}

/// Two columns: what fills the window, and settings at its right.
fn with_side(ui: &mut Ui, view: &mut View, side: &view::Panel, main: impl FnOnce(&mut Ui, &mut View)) {
    let space = ui.available_size();
    let width = side_width(ui);
    ui.horizontal_top(|ui| {
        pane(ui, vec2(space.x - width - S, space.y), |ui| main(ui, view));
        pane(ui, vec2(width, space.y), |ui| (side.show)(ui, view));
    });
}

fn setup(ui: &mut Ui, view: &mut View) {
    let side = match view.user.curation.side {
        Side::Recipe => &panels::RECIPE,
        Side::Preparation => &panels::PREPARATION,
    };
    with_side(ui, view, side, |ui, view| (panels::DATASET.show)(ui, view));
}

fn training(ui: &mut Ui, view: &mut View) {
    (panels::RUN_BAR.show)(ui, view);
    if panels::coach_needed(view) {
        (panels::COACH.show)(ui, view);
    }
    with_side(ui, view, &panels::TUNABLES, |ui, view| {
        let space = ui.available_size();
        if space.x < SIDE_BY_SIDE {
            scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
                for panel in [&panels::SAMPLES, &panels::LOSSES] {
                    pane(ui, vec2(ui.available_width(), 360.0), |ui| (panel.show)(ui, view));
                }
            });
            return;
        }
        // The pictures are about square: more width than height would stay empty.
        let share = if space.x < 700.0 { 0.44 } else { 0.5 };
        let left = ((space.x - S) * share).min(space.y - 40.0).max(220.0);
        ui.horizontal_top(|ui| {
            pane(ui, vec2(left, space.y), |ui| (panels::SAMPLES.show)(ui, view));
            pane(ui, vec2(space.x - left - S, space.y), |ui| (panels::LOSSES.show)(ui, view));
        });
    });
}
