//! The keyboard of the editor.

use crate::engine::PixelPoint;
use crate::ui::action::Action;
use crate::ui::curation::CurationAction;
use crate::ui::photo::{Grip, PhotoEditor, Turn};
use crate::ui::view::View;
use crate::ui::widgets::photo_id;
use egui::{Event, EventFilter, Key, Modifiers, Ui};

/// A press moves by this part of the square; with Shift by a tenth of it.
const STEP: f64 = 0.02;
/// A press turns by so many radians; with Shift by a fifth of it.
const TURN: f64 = 2.5 * std::f64::consts::PI / 180.0;
/// A press makes it larger by this part.
const GROW: f64 = 0.04;

/// The keys that are pressed in this frame.
pub(in crate::ui::panels::dialogs) fn presses(ui: &Ui) -> Vec<(Key, Modifiers)> {
    ui.input(|i| {
        let press = |event: &Event| match event {
            // Enter that is held down has opened the photo: it does nothing else, too.
            Event::Key { key: Key::Enter, repeat: true, .. } => None,
            Event::Key { key, pressed: true, modifiers, .. } => Some((*key, *modifiers)),
            _ => None,
        };
        i.events.iter().filter_map(press).collect()
    })
}

/// Keys work while the photo has the keyboard, or nothing has it.
pub(super) fn read(ui: &Ui, view: &mut View) {
    let focused = ui.memory(|m| m.focused());
    if focused.is_some_and(|id| id != photo_id()) {
        return;
    }
    let (presses, now) = (presses(ui), view.now);
    let Some(editor) = &mut view.user.curation.photo else { return };
    let mut wanted = None;
    for (key, modifiers) in presses {
        match key {
            Key::Enter => wanted = Some(CurationAction::SavePhoto),
            Key::PageUp => wanted = Some(CurationAction::StepPhoto(-1)),
            Key::PageDown => wanted = Some(CurationAction::StepPhoto(1)),
            Key::Tab => editor.next(if modifiers.shift { -1 } else { 1 }),
            Key::Z if modifiers.command => editor.turn(if modifiers.shift { Turn::Forth } else { Turn::Back }),
            _ if modifiers.command => {}
            _ => press(editor, key, modifiers.shift, now),
        }
    }
    if focused == Some(photo_id()) {
        let more = |by: isize| editor.chosen.checked_add_signed(by).is_some_and(|n| n < editor.faces().len());
        // From the last face on, Tab goes to the buttons.
        let tab = more(if ui.input(|i| i.modifiers.shift) { -1 } else { 1 });
        let filter = EventFilter { tab, horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(photo_id(), filter));
    }
    if let Some(action) = wanted {
        view.ask(Action::Curate(action));
    }
}

fn press(editor: &mut PhotoEditor, key: Key, fine: bool, now: f64) {
    if square(editor, key, fine, now) {
        return;
    }
    match key {
        Key::Num1 => editor.hold_eye(0, now),
        Key::Num2 => editor.hold_eye(1, now),
        Key::Num3 => editor.grip = Grip::Square,
        Key::E => editor.setting = Some(None),
        Key::A => editor.add(),
        Key::N => editor.add_square(now),
        Key::Delete => editor.remove(now),
        Key::R => editor.reset(now),
        _ => {}
    }
}

/// Moves, resizes or turns the square, or moves the eye that is held. False for other keys.
pub(in crate::ui::panels::dialogs) fn square(editor: &mut PhotoEditor, key: Key, fine: bool, now: f64) -> bool {
    let part = |whole: f64, fraction: f64| if fine { whole / fraction } else { whole };
    match key {
        Key::ArrowLeft => go(editor, [-1.0, 0.0], fine, now),
        Key::ArrowRight => go(editor, [1.0, 0.0], fine, now),
        Key::ArrowUp => go(editor, [0.0, -1.0], fine, now),
        Key::ArrowDown => go(editor, [0.0, 1.0], fine, now),
        // What needs Shift to be typed is no fine step.
        Key::Plus | Key::Equals => shape(editor, "larger", now, |square| square.side *= 1.0 + GROW),
        Key::Minus => shape(editor, "smaller", now, |square| square.side /= 1.0 + part(GROW, 5.0)),
        Key::OpenBracket => shape(editor, "turn left", now, |square| square.angle -= part(TURN, 5.0)),
        Key::CloseBracket => shape(editor, "turn right", now, |square| square.angle += part(TURN, 5.0)),
        _ => return false,
    }
    true
}

fn shape(editor: &mut PhotoEditor, gesture: &'static str, now: f64, change: impl FnOnce(&mut crate::engine::Square)) {
    if editor.face().is_some() {
        editor.note(gesture, now);
        editor.reshape(change);
    }
}

/// Moves the square, or the eye that is held.
fn go(editor: &mut PhotoEditor, by: [f64; 2], fine: bool, now: f64) {
    let Some(face) = editor.face().copied() else { return };
    let step = face.square.side * if fine { STEP / 10.0 } else { STEP };
    let [x, y] = by.map(|by| by * step);
    match (editor.grip, face.eyes) {
        (Grip::Eye(n), Some(eyes)) => {
            editor.note("move an eye", now);
            editor.put_eye(n, PixelPoint { x: eyes[n].x + x, y: eyes[n].y + y });
        }
        _ => shape(editor, "move", now, |square| {
            square.middle.x += x;
            square.middle.y += y;
        }),
    }
}
