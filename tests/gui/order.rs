//! The order in which Tab and a screen reader meet the controls: along each line from the left, whatever is laid out
//! from the right, and the status last.

use crate::explore::Player;
use crate::looks::SCENES;
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect};
use egui_kittest::kittest::{By, NodeT, Queryable};
use purrtrait::ui::{Dialog, Screen};

/// The handles of a square lie on a photo and not on a line: they are met clockwise, however the square is turned.
const HANDLES: [&str; 5] =
    ["Top left corner", "Top right corner", "Bottom right corner", "Bottom left corner", "Turn the square"];
const CONTROLS: [Role; 8] = [
    Role::Button,
    Role::CheckBox,
    Role::RadioButton,
    Role::Slider,
    Role::SpinButton,
    Role::ComboBox,
    Role::TextInput,
    Role::Switch,
];

/// The dialogs that say something of a run that trains and is explored.
pub static DIALOGS: [Dialog; 15] = [
    Dialog::Help,
    Dialog::OpenModel,
    Dialog::SaveOptions,
    Dialog::Film,
    Dialog::Sharpen,
    Dialog::Export,
    Dialog::Blend,
    Dialog::Search,
    Dialog::Favourites,
    Dialog::Curator,
    Dialog::Neighbours,
    Dialog::Compare,
    Dialog::Story,
    Dialog::Queue,
    Dialog::Tile(3),
];

/// A run trains, its generator is explored, and this dialog is open.
pub fn with_dialog(stage: &mut Stage, dialog: Dialog) {
    stage.with_run(600);
    stage.tell(sample(600, true));
    let mut player = Player::open(stage);
    player.favourites(stage, 4);
    stage.with_app(|app| app.user.dialog = Some(dialog));
    stage.harness.run_steps(4);
}

/// All controls on show, in their order, with their names.
fn controls(stage: &Stage) -> Vec<(String, Rect)> {
    let is_control = |node: &egui_kittest::kittest::AccessKitNode<'_>| CONTROLS.contains(&node.role());
    let all = stage.harness.query_all(By::new().predicate(is_control));
    all.map(|node| (node.accesskit_node().label().or(node.value()).unwrap_or_default(), node.rect())).collect()
}

/// Pairs of neighbours in the order of which the later one stands left of the earlier one on the same line.
fn faults(order: &[(String, Rect)]) -> Vec<String> {
    let same_line = |a: &Rect, b: &Rect| {
        let overlap = a.bottom().min(b.bottom()) - a.top().max(b.top());
        overlap > 0.5 * a.height().min(b.height())
    };
    let wrong = order.windows(2).filter(|pair| {
        let [(_, a), (_, b)] = pair else { return false };
        let handles = pair.iter().all(|(name, _)| HANDLES.contains(&name.as_str()));
        !handles && same_line(a, b) && b.right() <= a.left() + 1.0
    });
    wrong.map(|pair| format!("{:?} before {:?}", pair[0].0, pair[1].0)).collect()
}

#[test]
fn every_line_is_met_from_its_left_end() {
    let mut all = Vec::new();
    for (name, play) in SCENES {
        let mut stage = Stage::usual();
        play(&mut stage);
        stage.harness.run_steps(3);
        all.extend(faults(&controls(&stage)).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    for dialog in DIALOGS {
        let mut stage = Stage::usual();
        with_dialog(&mut stage, dialog);
        all.extend(faults(&controls(&stage)).into_iter().map(|fault| format!("{dialog:?}: {fault}")));
    }
    assert!(all.is_empty(), "met out of their order:\n{}", all.join("\n"));
}

/// Tab itself, from the screens' buttons on.
#[test]
fn tab_follows_the_same_order() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.harness.run_steps(3);
    let mut met: Vec<(String, Rect)> = Vec::new();
    let mut wrong = Vec::new();
    for _ in 0..200 {
        stage.key(Modifiers::NONE, Key::Tab);
        // What is met may be scrolled into view.
        stage.harness.run_steps(8);
        let Some(now) = crate::focus::focused(&stage) else { continue };
        if let Some(before) = met.last() {
            let still = stage.harness.query_all_by_label(&before.0).map(|node| node.rect()).next_back();
            let pair = still.map(|rect| [(before.0.clone(), rect), now.clone()]);
            wrong.extend(pair.iter().flat_map(|pair| faults(pair)));
        }
        if met.first().is_some_and(|first| first.0 == now.0) {
            break;
        }
        met.push(now);
    }
    assert!(met.len() > 20, "{met:?}");
    assert_eq!(wrong, Vec::<String>::new());
    let at = |name: &str| met.iter().position(|(label, _)| label.starts_with(name));
    let order =
        [at("Notifications"), at("Theme"), at("Help"), at("Rescan"), at("Other pictures"), at("Start training")];
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?} of {met:?}");
    let status = met.iter().position(|(label, _)| label.starts_with("Log (") || label == "Log");
    assert!(status > at("Start training"), "the status comes last");
}

/// The log stands between the screen and the status, and stays as high as somebody has made it.
#[test]
fn the_log_keeps_its_place_and_its_height() {
    let mut stage = Stage::usual();
    stage.with_app(|app| {
        app.user.log_open = true;
        app.user.screen = Screen::Home;
    });
    stage.harness.run_steps(3);
    let order: Vec<String> = controls(&stage).into_iter().map(|(name, _)| name).collect();
    let at = |name: &str| order.iter().position(|label| label.starts_with(name));
    assert!(at("Use my own photos") < at("Copy all") && at("Copy all") < at("Hide the log"));
    assert!(at("Hide the log") < order.iter().position(|label| label == "Log"), "{order:?}");
    let lowest = |stage: &Stage| {
        let home = controls(stage).into_iter().filter(|(name, _)| name.starts_with("Try drawn cats"));
        home.map(|(_, rect)| rect.bottom()).fold(0.0, f32::max)
    };
    let top = stage.harness.get_by_label("Log level: All").rect().top();
    assert!(lowest(&stage) < top, "the screen ends above the log");
    // Its edge obeys the keyboard, within the window.
    let height = |stage: &Stage| {
        let edge = stage.harness.get_by_role_and_label(egui::accesskit::Role::Slider, "Height of the log");
        (edge.accesskit_node().numeric_value().unwrap(), edge.rect().center().y)
    };
    let (before, edge) = height(&stage);
    stage.harness.get_by_role_and_label(egui::accesskit::Role::Slider, "Height of the log").focus();
    stage.harness.run_steps(2);
    for (key, points) in [(egui::Key::ArrowUp, before + 20.0), (egui::Key::ArrowDown, before), (egui::Key::Home, 110.0)]
    {
        stage.key(egui::Modifiers::NONE, key);
        stage.harness.run_steps(2);
        assert!((height(&stage).0 - points).abs() < 0.5, "{key:?}: {:?}", height(&stage));
    }
    stage.key(egui::Modifiers::NONE, egui::Key::End);
    stage.harness.run_steps(2);
    assert!(height(&stage).1 < edge - 100.0, "the edge itself has moved, not only its number");
    assert!(lowest(&stage) < stage.harness.get_by_label("Log level: All").rect().top());
    let at = stage.harness.get_by_role_and_label(egui::accesskit::Role::Slider, "Height of the log").rect().center();
    stage.harness.drag_at(at);
    stage.harness.run_steps(1);
    stage.harness.hover_at(at + egui::vec2(0.0, 50.0));
    stage.harness.run_steps(1);
    stage.harness.drop_at(at + egui::vec2(0.0, 50.0));
    stage.harness.run_steps(2);
    assert!((height(&stage).1 - at.y - 50.0).abs() < 8.0, "{} from {}", height(&stage).1, at.y);
}
