//! What can be done with pictures: the same on buttons and in the menu of the right button.

use crate::engine::Verdict;
use crate::ui::action::Action;
use crate::ui::curation::CurationAction;
use crate::ui::shortcuts::tip;
use crate::ui::view::View;
use egui::{Popup, Response, Ui};

/// One thing to do with the selected pictures.
pub(super) struct Entry {
    pub label: &'static str,
    pub tip: &'static str,
    pub key: &'static str,
    pub action: fn(&View) -> Action,
}

/// In the order of the buttons.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        label: "Open",
        tip: "Open the photo: see and correct the face and the square",
        key: "Enter",
        action: |_| Action::Curate(CurationAction::Open(None)),
    },
    Entry {
        label: "Exclude",
        tip: "Do not train on the selected pictures. The files stay where they are",
        key: "X",
        action: |_| Action::Curate(CurationAction::Decide(Some(Verdict::LeaveOut))),
    },
    Entry {
        label: "Include",
        tip: "Train on the selected pictures, whatever the filters say",
        key: "I",
        action: |_| Action::Curate(CurationAction::Decide(Some(Verdict::Use))),
    },
    Entry {
        label: "As filters say",
        tip: "Forget what you decided about the selected pictures: the filters count again",
        key: "U",
        action: |_| Action::Curate(CurationAction::Decide(None)),
    },
];

/// The menu of the right button.
pub(super) fn show(response: &Response, view: &mut View) {
    Popup::context_menu(response).show(|ui| entries(ui, view));
}

pub(super) fn entries(ui: &mut Ui, view: &mut View) {
    for entry in ENTRIES {
        let button = egui::Button::new(entry.label).shortcut_text(entry.key);
        if ui.add(button).on_hover_text(tip(entry.tip, entry.key)).clicked() {
            view.ask((entry.action)(view));
            ui.close();
        }
    }
    ui.separator();
    let curation = &view.user.curation;
    let photo = curation.pictures().zip(curation.selection.cursor());
    let folder = photo.and_then(|(pictures, index)| Some(pictures.photo_of(index as usize).path.parent()?.to_owned()));
    if let Some(folder) = folder.filter(|folder| folder.is_absolute())
        && ui.button("Show its folder").on_hover_text("Open the photo's folder in the file manager.").clicked()
    {
        view.ask(Action::Reveal(folder));
        ui.close();
    }
    let copy = ui.button("Copy list of left-out pictures");
    if copy.on_hover_text("Copy the path of each picture that is left out, with the reason.").clicked() {
        view.ask(Action::Curate(CurationAction::CopyLeftOut));
        ui.close();
    }
}
