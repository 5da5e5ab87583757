//! Everything has its room, in the smallest window with enlarged letters as on a large screen: nothing is cut off that
//! no scrolling brings into view.

use crate::looks::SCENES;
use crate::order::{DIALOGS, with_dialog};
use crate::stage::*;
use egui::{Order, Rect, Theme, Vec2, WidgetRect, accesskit::NodeId, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, By, NodeT, Queryable};
use std::collections::HashMap;

/// The smallest window in points: 900 x 600 pixels at a zoom of 130 %.
const SMALLEST: Vec2 = Vec2::new(692.0, 461.0);
/// Of what is higher than this in points, so much must be seen.
const SEEN: f32 = 96.0;
/// What is cut off by less than this is cut off by rounding.
const SLACK: f32 = 1.5;

/// A control or a text: its name, its rectangle, and the part of it that can be seen.
struct Part {
    name: String,
    whole: Rect,
    seen: Rect,
    focusable: bool,
    node: NodeId,
}

impl Part {
    /// Whether it is wholly seen across, or with a share of its height.
    fn cut_across(&self) -> bool {
        self.seen.is_positive() && (self.whole.width() - self.seen.width() > SLACK)
    }

    /// Of what is very high, a part must be seen.
    fn cut(&self) -> bool {
        self.cut_across() || self.whole.height().min(SEEN) - self.seen.height() > SLACK
    }
}

/// All controls and texts of the window.
fn parts(stage: &Stage) -> Vec<Part> {
    let widgets: HashMap<NodeId, WidgetRect> = stage.harness.ctx.viewport(|viewport| {
        let all = viewport.prev_pass.widgets.layers().flat_map(|(_, widgets)| widgets);
        all.map(|widget| (widget.id.accesskit_id(), *widget)).collect()
    });
    let window = stage.harness.ctx.content_rect();
    let name_of = |node: &AccessKitNode<'_>| node.label().or(node.value()).filter(|name| !name.is_empty());
    // What lies behind a dialog cannot be used.
    let dialog = stage.with_app(|app| app.user.dialog.is_some());
    let all = stage.harness.query_all(By::new().predicate(move |node| name_of(node).is_some())).filter_map(|node| {
        let node = node.accesskit_node();
        let widget = widgets.get(&node.locate().0)?;
        if dialog && widget.layer_id.order == Order::Background {
            return None;
        }
        Some(Part {
            name: name_of(&node)?,
            whole: widget.rect,
            seen: widget.interact_rect.intersect(window),
            focusable: widget.enabled && widget.sense.is_focusable(),
            node: node.locate().0,
        })
    });
    all.collect()
}

/// What is cut off for good.
fn cut(stage: &mut Stage) -> Vec<String> {
    let mut faults = Vec::new();
    let right = stage.harness.ctx.content_rect().right();
    for part in parts(stage).into_iter().filter(|part| part.cut() || part.whole.right() > right - MARGINS) {
        let line = format!("{:?} at {:?}, seen {:?}", part.name, part.whole, part.seen);
        if part.cut_across() || part.whole.right() > right - MARGINS {
            faults.push(format!("across: {line}"));
            continue;
        }
        // What can be scrolled to is in view once it has the focus; a text is seen with what stands beside it.
        if !part.focusable {
            continue;
        }
        let node = part.node;
        let node = stage.harness.query_all(By::new().predicate(move |known| known.locate().0 == node)).last();
        let Some(node) = node else { continue };
        node.focus();
        stage.harness.run_steps(10);
        let now = parts(stage).into_iter().find(|now| now.node == part.node);
        if now.is_some_and(|now| now.cut()) {
            faults.push(format!("even with the keyboard: {line}"));
        }
    }
    faults
}

/// Plays all scenes in a window of this size, and opens the dialogs.
fn all_cut(size: Vec2) -> Vec<String> {
    let mut all = Vec::new();
    for (name, play) in SCENES {
        let mut stage = Stage::window(Harness::builder(), size.x, size.y, Theme::Dark);
        play(&mut stage);
        stage.harness.run_steps(4);
        all.extend(cut(&mut stage).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    for dialog in DIALOGS {
        let mut stage = Stage::window(Harness::builder(), size.x, size.y, Theme::Dark);
        with_dialog(&mut stage, dialog);
        all.extend(cut(&mut stage).into_iter().map(|fault| format!("{dialog:?}: {fault}")));
    }
    all
}

#[test]
fn nothing_is_cut_off_in_the_smallest_window_with_large_letters() {
    let all = all_cut(SMALLEST);
    assert!(all.is_empty(), "{} cut off:\n{}", all.len(), all.join("\n"));
}

#[test]
fn nothing_is_cut_off_in_a_small_window() {
    let all = all_cut(vec2(900.0, 600.0));
    assert!(all.is_empty(), "{} cut off:\n{}", all.len(), all.join("\n"));
}

/// Whatever cannot be pressed has words for those who hear the window. Whether these are the reason, or only what the
/// control is for, cannot be seen from here.
#[test]
fn what_is_disabled_is_described() {
    let mut silent = Vec::new();
    let mut reasons = std::collections::BTreeSet::new();
    for (name, play) in SCENES {
        let mut stage = Stage::usual();
        play(&mut stage);
        stage.harness.run_steps(4);
        let disabled = By::new().predicate(|node| node.is_disabled() && node.label().is_some());
        for node in stage.harness.query_all(disabled) {
            let node = node.accesskit_node();
            match node.description().filter(|why| !why.is_empty()) {
                Some(why) => reasons.extend(node.label().map(|label| format!("{label}: {why}\n"))),
                None => silent.push(format!("{name}: {:?}", node.label())),
            }
        }
    }
    assert!(silent.is_empty(), "no words for:\n{}", silent.join("\n"));
    // Whether they are the reason only a person can tell: who changes them reads the list.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/disabled.txt");
    let found: String = reasons.into_iter().collect();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(file, &found).unwrap();
    }
    let known = std::fs::read_to_string(file).unwrap().replace('\r', "");
    assert_eq!(found, known, "read the reasons, then UPDATE_SNAPSHOTS=1 cargo test --release --test gui");
}

/// How much of the window what is drawn reaches across, from its top left corner.
#[test]
fn a_large_screen_is_used() {
    for (name, play) in SCENES.iter().filter(|(name, _)| ["start", "explore", "pictures", "training"].contains(name)) {
        let size = vec2(2560.0, 1440.0);
        let mut stage = Stage::window(Harness::builder(), size.x, size.y, Theme::Dark);
        play(&mut stage);
        stage.harness.run_steps(4);
        let all = parts(&stage);
        let right = all.iter().map(|part| part.seen.right()).fold(0.0, f32::max);
        let left = all.iter().map(|part| part.seen.left()).fold(size.x, f32::min);
        assert!(right - left > 0.85 * size.x, "{name} takes {left} to {right} of {}", size.x);
        // The largest thing to look at has more than a sixth of the screen.
        let largest = all.iter().map(|part| part.seen.area()).fold(0.0, f32::max);
        assert!(largest > size.x * size.y / 6.0, "{name}: the largest part takes {largest}");
    }
}
