//! The keyboard: one table that the window obeys and the help shows. The keys of the screens are in theirs.

use super::action::{Action, Dialog, Purpose, Screen};
use super::curation::CurationAction;
use super::explorer::ExploreAction;
use super::queueing::QueueAction;
use super::theme;
use super::user::Keyboard;
use super::view::View;
use super::widgets::{pad_id, pictures_id};
use crate::engine::Verdict;
use egui::{Context, Key, KeyboardShortcut, Modifiers, Popup, Ui};

struct Shortcut {
    keys: KeyboardShortcut,
    help: &'static str,
    /// What it does here and now; none where it does nothing.
    action: fn(&View) -> Option<Action>,
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

/// Of all that can be undone.
const REDO: KeyboardShortcut = KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);

/// An action of the explorer, where it is on show and has something to show.
fn exploring(view: &View, action: ExploreAction) -> Option<Action> {
    let explore = &view.state.explore;
    let ready = view.user.screen == Screen::Explore && explore.opening.is_none() && view.user.explore.current.is_some();
    ready.then_some(Action::Explore(action))
}

/// An action on the prepared pictures, where they are on show.
fn curating(view: &View, action: CurationAction) -> Option<Action> {
    let ready = view.user.screen == Screen::Setup && view.user.curation.pictures().is_some();
    ready.then_some(Action::Curate(action))
}

/// The same, where a picture is selected or has the cursor.
fn deciding(view: &View, action: CurationAction) -> Option<Action> {
    curating(view, action).filter(|_| !view.user.curation.targets().is_empty())
}

/// Of two with the same keys the first one that does something counts.
static SHORTCUTS: &[Shortcut] = &[
    Shortcut { keys: REDO, help: "Explore: forward to the next point", action: |v| exploring(v, ExploreAction::Redo) },
    Shortcut {
        keys: ctrl(Key::Z),
        help: "Explore: back to the previous point",
        action: |v| exploring(v, ExploreAction::Undo),
    },
    Shortcut {
        keys: REDO,
        help: "Pictures: redo the change that was undone last",
        action: |v| curating(v, CurationAction::Redo),
    },
    Shortcut {
        keys: ctrl(Key::Z),
        help: "Pictures: undo the last change",
        action: |v| curating(v, CurationAction::Undo),
    },
    Shortcut {
        keys: ctrl(Key::A),
        help: "Pictures: select all on show",
        action: |v| curating(v, CurationAction::SelectAll),
    },
    Shortcut {
        keys: plain(Key::Escape),
        help: "Pictures: select none",
        action: |v| curating(v, CurationAction::SelectNone).filter(|_| !v.user.curation.selection.is_empty()),
    },
    Shortcut {
        keys: plain(Key::Space),
        help: "Pictures: select the picture at the cursor, or not",
        action: |v| deciding(v, CurationAction::Toggle),
    },
    Shortcut {
        keys: plain(Key::Enter),
        help: "Pictures: open the photo of the picture at the cursor",
        action: |v| curating(v, CurationAction::Open(None)).filter(|_| v.user.curation.selection.cursor().is_some()),
    },
    Shortcut {
        keys: plain(Key::X),
        help: "Pictures: exclude the selected",
        action: |v| deciding(v, CurationAction::Decide(Some(Verdict::LeaveOut))),
    },
    Shortcut {
        keys: plain(Key::Delete),
        help: "Pictures: exclude the selected",
        action: |v| deciding(v, CurationAction::Decide(Some(Verdict::LeaveOut))),
    },
    Shortcut {
        keys: plain(Key::I),
        help: "Pictures: include the selected, whatever the filters say",
        action: |v| deciding(v, CurationAction::Decide(Some(Verdict::Use))),
    },
    Shortcut {
        keys: plain(Key::U),
        help: "Pictures: use the selected as the filters say",
        action: |v| deciding(v, CurationAction::Decide(None)),
    },
    Shortcut { keys: plain(Key::R), help: "Explore: random picture", action: |v| exploring(v, ExploreAction::Random) },
    Shortcut { keys: plain(Key::M), help: "Explore: mutate", action: |v| exploring(v, ExploreAction::Mutate) },
    Shortcut {
        keys: plain(Key::Space),
        help: "Explore: start or stop the animation",
        action: |v| exploring(v, ExploreAction::TogglePlay),
    },
    Shortcut {
        keys: plain(Key::F),
        help: "Explore: keep as a favourite",
        action: |v| exploring(v, ExploreAction::AddFavourite),
    },
    Shortcut {
        keys: ctrl(Key::F),
        help: "Explore: all favourites",
        action: |v| {
            let open = v.user.screen == Screen::Explore && v.state.explore.model.is_some();
            open.then_some(Action::Dialog(Some(Dialog::Favourites)))
        },
    },
    Shortcut {
        keys: plain(Key::H),
        help: "Explore: sharpen the picture, or not",
        action: |v| exploring(v, ExploreAction::ToggleSharpen),
    },
    Shortcut { keys: plain(Key::S), help: "Explore: save the picture", action: |v| exploring(v, ExploreAction::Save) },
    Shortcut { keys: plain(Key::C), help: "Explore: copy the picture", action: |v| exploring(v, ExploreAction::Copy) },
    Shortcut {
        keys: ctrl(Key::O),
        help: "Open a folder of pictures",
        action: |_| Some(Action::Browse(Purpose::Pictures)),
    },
    Shortcut {
        keys: ctrl(Key::D),
        help: "Try drawn cats",
        action: |v| (!v.state.beginning()).then_some(Action::OpenDemo),
    },
    Shortcut { keys: ctrl(Key::R), help: "Resume the newest run", action: resume },
    Shortcut {
        keys: KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Enter),
        help: "Add the recipe to the queue",
        action: |v| {
            let ready = v.user.screen == Screen::Setup && v.user.unready(v.state).is_none();
            ready.then_some(Action::Queue(QueueAction::Add))
        },
    },
    Shortcut { keys: ctrl(Key::U), help: "Show the queue", action: |_| Some(Action::Dialog(Some(Dialog::Queue))) },
    Shortcut {
        keys: ctrl(Key::Enter),
        help: "Start training",
        action: |v| v.user.blocked(v.state).is_none().then_some(Action::Start),
    },
    Shortcut {
        keys: plain(Key::Space),
        help: "Pause or resume",
        action: |v| v.state.live().then_some(Action::TogglePause),
    },
    Shortcut { keys: plain(Key::G), help: "Sample now", action: |v| v.state.live().then_some(Action::SampleNow) },
    Shortcut {
        keys: ctrl(Key::S),
        help: "Save a checkpoint now",
        action: |v| v.state.live().then_some(Action::SaveNow),
    },
    Shortcut {
        keys: plain(Key::F3),
        help: "Show the folder of the run in the file manager",
        action: |v| {
            let run = v.state.run.as_ref().and_then(|run| run.info.as_ref());
            run.filter(|_| v.user.screen == Screen::Training).map(|info| Action::Reveal(info.path.clone()))
        },
    },
    Shortcut {
        keys: plain(Key::Escape),
        help: "End typing or close the dialog; otherwise stop the run (asks first)",
        action: |v| v.state.live().then_some(Action::Dialog(Some(Dialog::ConfirmStop))),
    },
    Shortcut {
        keys: ctrl(Key::Z),
        help: "Undo the last change of a live setting",
        action: |v| v.state.live().then_some(Action::UndoTune),
    },
    Shortcut {
        keys: ctrl(Key::E),
        help: "Evaluate a generator or a folder of pictures",
        action: |_| Some(Action::Dialog(Some(Dialog::Evaluate))),
    },
    Shortcut { keys: ctrl(Key::L), help: "Show or hide the log", action: |_| Some(Action::ToggleLog) },
    Shortcut {
        keys: ctrl(Key::T),
        help: "Change the theme",
        action: |v| {
            let theme = v.state.settings.as_ref().map(|settings| settings.theme);
            Some(Action::SetTheme(theme::next(theme.unwrap_or_default())))
        },
    },
    Shortcut { keys: plain(Key::F1), help: "Show this help", action: |_| Some(Action::Dialog(Some(Dialog::Help))) },
    Shortcut {
        keys: plain(Key::Questionmark),
        help: "Show this help",
        action: |_| Some(Action::Dialog(Some(Dialog::Help))),
    },
];

fn resume(view: &View) -> Option<Action> {
    let newest = view.state.runs.as_ref()?.iter().max_by_key(|run| run.saved_at)?;
    let action = Action::Resume { run: newest.path.clone(), options: view.user.resume_options() };
    (!view.state.busy()).then_some(action)
}

/// Looks for pressed shortcuts. Plain keys belong to whatever has the keyboard, dialogs keep all of them.
pub(super) fn read(ui: &Ui, view: &mut View) {
    if view.user.dialog.is_some() || view.state.closing {
        return;
    }
    // The pad and the grid of pictures have the keyboard for their arrows only.
    let focused = ui.ctx().memory(|m| m.focused().is_some_and(|id| id != pad_id() && id != pictures_id()));
    let typing = ui.ctx().text_edit_focused();
    for shortcut in SHORTCUTS {
        // Keys that also type or press: these do neither.
        let key = shortcut.keys.logical_key;
        let is_plain = shortcut.keys.modifiers == Modifiers::NONE && !matches!(key, Key::F1 | Key::F3 | Key::Escape);
        let taken = if is_plain { focused } else { typing && matches!(key, Key::Z | Key::A) };
        if taken {
            continue;
        }
        let Some(action) = (shortcut.action)(view) else { continue };
        // Escape first gives the keyboard back, or closes what is open; egui sees to both.
        if key == Key::Escape && (view.user.keyboard.focused || Popup::is_any_open(ui.ctx())) {
            continue;
        }
        let pressed = if key == Key::Questionmark {
            // Where the sign stands on the keyboard differs: shift may or may not be down.
            ui.input(|i| i.key_pressed(Key::Questionmark))
        } else {
            ui.input_mut(|i| i.consume_shortcut(&shortcut.keys))
        };
        if pressed {
            obey(ui, view, action, typing);
        }
    }
    for entry in view.screens {
        if ui.input_mut(|i| i.consume_shortcut(&ctrl(entry.key))) {
            obey(ui, view, Action::Goto(entry.screen), typing);
        }
    }
}

/// What has the keyboard at the end of a frame. The grid of pictures leaves Escape to its shortcut.
pub(super) fn keyboard(ctx: &Context) -> Keyboard {
    let focused = ctx.memory(|m| m.focused().is_some_and(|id| id != pictures_id()));
    Keyboard { focused, typing: ctx.text_edit_focused() }
}

/// Asks for what a key does; what is being typed counts first.
fn obey(ui: &Ui, view: &mut View, action: Action, typing: bool) {
    ui.memory_mut(|m| m.focused().filter(|_| typing).into_iter().for_each(|id| m.surrender_focus(id)));
    view.ask(action);
}

/// Each shortcut with what it does, for the help.
pub(crate) fn listed(view: &View) -> impl Iterator<Item = (KeyboardShortcut, &'static str)> {
    let screens = view.screens.iter().map(|entry| (ctrl(entry.key), entry.help));
    SHORTCUTS.iter().map(|shortcut| (shortcut.keys, shortcut.help)).chain(screens)
}

/// A tooltip with its key behind it.
pub(crate) fn tip(text: &str, keys: &str) -> String {
    format!("{text} ({keys}).")
}
