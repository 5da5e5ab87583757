//! Find my cat: a photo is chosen, the square of it that counts is placed, what is most like it is shown beside it, and
//! it is put into a copy of the generator.

use super::parts::{cancel, head, progress, square, width};
use super::photo::{canvas, keys};
use crate::engine::{FoundCat, LikenessWord, Placement};
use crate::pixels::Frame;
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::{CatAction, ExploreAction};
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::photo::preview;
use crate::ui::shortcuts::tip;
use crate::ui::state::{Counted, SearchState};
use crate::ui::theme::{BIG_CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, enabled_unless, pane, photo_id, primary, small, weak};
use egui::{Color32, Key, Label, Rect, RichText, Sense, Spinner, Ui, Vec2, WidgetInfo, accesskit::Role, pos2, vec2};
use std::sync::Arc;

/// Why nothing else can be begun here.
const BUSY: &str = "Something else is in progress.";

/// Width of the dialog, of what stands beside the photo, and of the pictures that are compared, in points.
const WIDTH: f32 = 720.0;
const SIDE: f32 = 208.0;
const COMPARED: f32 = 216.0;
/// What the window leaves above and below the photo, in points, and the height that it has at most.
const AROUND: f32 = 230.0;
const TALLEST: f32 = 460.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Find my cat");
    let explore = &view.state.explore;
    match (&explore.search, &explore.cat) {
        (SearchState::Opening, _) => opening(ui, view),
        (SearchState::Running(counted, best), _) => {
            let (counted, best) = (*counted, best.clone());
            searching(ui, view, counted, best);
        }
        (SearchState::Tuning(counted, picture), _) => {
            let (counted, picture) = (*counted, picture.clone());
            tuning(ui, view, counted, picture);
        }
        (SearchState::None, cat) if cat.put_in.is_some() => put_in(ui, view),
        (SearchState::None, cat) if cat.found.is_some() => found(ui, view),
        (SearchState::None, cat) if cat.photo.is_some() => crop(ui, view),
        (SearchState::None, _) => choose(ui, view),
    }
}

fn act(view: &mut View, action: CatAction) {
    view.ask(Action::Explore(ExploreAction::Cat(action)));
}

fn choose(ui: &mut Ui, view: &mut View) {
    weak(ui, "Finds the picture of this generator that is most like your cat, and puts your cat into a copy of it.");
    ui.add_space(XS);
    let busy = view.state.explore.working();
    let field =
        PathEntry { name: "Your picture", hint: "path of the picture", go: Some("Open"), browse: Purpose::Photo };
    enabled_unless(ui, busy.then_some(BUSY), |ui| {
        if let Some(path) = field.show(ui, view, |form| &mut form.explore.photo_text) {
            view.ask(Action::Explore(ExploreAction::Search(path)));
        }
        let paste = ui.button("Paste picture").on_hover_text("Take a picture that you copied elsewhere.");
        if paste.clicked() {
            view.ask(Action::Explore(ExploreAction::Paste));
        }
    });
    if busy {
        weak(ui, "Something else is in progress. Wait for it, or cancel it.");
        cancel(ui, view);
    }
}

fn opening(ui: &mut Ui, view: &mut View) {
    ui.horizontal(|ui| {
        ui.add(Spinner::new().size(22.0).color(palette(ui).accent));
        ui.label("Looking for the face in your photo…");
    });
    cancel(ui, view);
}

/// The photo with the square that counts.
fn crop(ui: &mut Ui, view: &mut View) {
    let Some(opened) = view.state.explore.cat.photo.clone() else { return };
    let line = match opened.placement {
        Placement::Finder => "Is this the face? Drag the square, its corners or its knob.",
        _ => "No face was found. Drag the square to the face; its corners resize it.",
    };
    weak(ui, line);
    let height = (ui.ctx().content_rect().height() - AROUND).clamp(160.0, TALLEST);
    let body = vec2(ui.available_width(), height);
    ui.horizontal_top(|ui| {
        pane(ui, vec2(body.x - SIDE - S, body.y), |ui| {
            let frame = Some(Ok(opened.photo.frame.clone()));
            canvas::show(ui, view, |user| user.explore.cat.editor.as_mut(), frame);
        });
        pane(ui, vec2(SIDE, body.y), |ui| {
            cut_out(ui, view, &opened.photo.frame, (body.y - 150.0).clamp(96.0, 176.0));
            if ui.button("Proposed square").on_hover_text("Back to the square that was proposed.").clicked() {
                act(view, CatAction::ProposedSquare);
            }
            if ui.button("Whole photo").on_hover_text("The largest square in the middle.").clicked() {
                act(view, CatAction::WholePhoto);
            }
            small(ui, "Arrows move the square, + and − resize it, [ and ] turn it; Shift for fine steps.");
        });
    });
    ui.horizontal(|ui| {
        let find = primary(ui, "Find", BIG_CONTROL, !view.state.explore.working());
        let find = find.on_hover_text(tip("Search for the picture that is most like this square", "Enter"));
        if find.disabled_because(BUSY).clicked() {
            act(view, CatAction::Find);
        }
        another(ui, view);
    });
    by_keys(ui, view);
}

/// Keys work while the photo has the keyboard, or nothing has it.
fn by_keys(ui: &Ui, view: &mut View) {
    let focused = ui.memory(|m| m.focused());
    if focused.is_some_and(|id| id != photo_id()) {
        return;
    }
    let now = view.now;
    for (key, modifiers) in keys::presses(ui) {
        if key == Key::Enter {
            act(view, CatAction::Find);
        } else if let Some(editor) = view.user.explore.cat.editor.as_mut().filter(|_| !modifiers.command) {
            keys::square(editor, key, modifiers.shift, now);
        }
    }
    if focused == Some(photo_id()) {
        let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(photo_id(), filter));
    }
}

/// The square of the photo as the generator would draw it.
fn cut_out(ui: &mut Ui, view: &mut View, frame: &Arc<Frame>, side: f32) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Your photo, cut to the square"));
    let Some(editor) = &view.user.explore.cat.editor else { return };
    let Some(face) = editor.face() else { return };
    let key = (face.square, editor.side, Arc::as_ptr(frame) as usize);
    let texture = view.textures.preview(ui.ctx(), key, || preview(frame, editor.size, &face.square, editor.side));
    ui.painter().image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    response.on_hover_text(format!("Your photo at {0} × {0} px, the size of this generator's pictures.", editor.side));
}

/// The photo and pictures beside it, each with a name.
fn compare(ui: &mut Ui, view: &mut View, pictures: &[(&str, Option<Arc<Frame>>)]) {
    let Some(photo) = view.state.explore.cat.photo.as_ref().map(|opened| opened.photo.frame.clone()) else { return };
    let tall = ui.ctx().content_rect().height() - 320.0;
    let side = ((ui.available_width() - 2.0 * S) / 3.0 - S).min(COMPARED).min(tall.max(120.0));
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            cut_out(ui, view, &photo, side);
            small(ui, "Your photo");
        });
        for (name, frame) in pictures {
            ui.vertical(|ui| {
                match frame {
                    Some(frame) => square(ui, view, frame, side, name),
                    None => {
                        let (rect, _) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
                        ui.painter().rect_filled(rect, 8.0, palette(ui).well);
                    }
                }
                small(ui, *name);
            });
        }
    });
    ui.add_space(XS);
}

fn searching(ui: &mut Ui, view: &mut View, counted: Option<Counted>, best: Option<FoundCat>) {
    compare(ui, view, &[("Best match so far", best.as_ref().map(|best| best.frame.clone()))]);
    if let Some(best) = best {
        ui.label(format!("Mean pixel error: {:.1} of 255", best.likeness.error));
    }
    match counted {
        Some(counted) => progress(ui, view, counted, "pictures compared"),
        None => {
            weak(ui, "Preparing the search…");
            cancel(ui, view);
        }
    }
}

fn tuning(ui: &mut Ui, view: &mut View, counted: Counted, picture: Option<(Arc<Frame>, f64)>) {
    let found = view.state.explore.cat.found.as_ref().map(|found| found.frame.clone());
    compare(ui, view, &[("Found", found), ("Put in so far", picture.as_ref().map(|(frame, _)| frame.clone()))]);
    if let Some((_, error)) = picture {
        ui.label(format!("Mean pixel error: {error:.1} of 255"));
    }
    progress(ui, view, counted, "steps of tuning");
}

fn found(ui: &mut Ui, view: &mut View) {
    let Some(found) = view.state.explore.cat.found.clone() else { return };
    compare(ui, view, &[("Found", Some(found.frame.clone()))]);
    verdict(ui, &found);
    weak(ui, "It is now the current picture, and part of your history.");
    ui.add_space(S);
    ui.label(RichText::new("Put my cat in").strong());
    weak(
        ui,
        "Tunes a copy of the generator until its picture is your photo; its other pictures stay nearly as they are. \
         The copy is a model of its own: this one is not changed.",
    );
    let field = PathEntry {
        name: "File of the new model",
        hint: "my-cat.safetensors",
        go: Some("Put my cat in"),
        browse: Purpose::CatFile,
    };
    let busy = view.state.explore.working();
    let entered =
        enabled_unless(ui, busy.then_some(BUSY), |ui| field.show(ui, view, |form| &mut form.explore.cat.out)).inner;
    if entered.is_some() {
        act(view, CatAction::PutIn);
    }
    if busy {
        weak(ui, "Something else is in progress. Wait for it, or cancel it.");
    }
    ui.horizontal(|ui| {
        if ui.add(big("Adjust the square")).on_hover_text("Place the square anew, and search again.").clicked() {
            act(view, CatAction::Adjust);
        }
        another(ui, view);
    });
}

/// How near that came, in words and with the numbers behind them.
fn verdict(ui: &mut Ui, found: &FoundCat) {
    let p = palette(ui);
    let colour = match found.likeness.word() {
        LikenessWord::Found | LikenessWord::Alike => p.good,
        LikenessWord::Distant | LikenessWord::NotFound => p.warn,
    };
    ui.add(Label::new(RichText::new(found.likeness.verdict()).color(colour)).wrap());
    let numbers = ui.add(Label::new(RichText::new(found.likeness.numbers()).size(12.0)).wrap());
    numbers.on_hover_text("0 % would be your photo itself, 100 % no nearer than the generator's random pictures.");
}

fn put_in(ui: &mut Ui, view: &mut View) {
    let Some((frame, report)) = view.state.explore.cat.put_in.clone() else { return };
    compare(ui, view, &[("Put in", Some(frame))]);
    let line = format!("Your cat is in {}, which is now open.", printable::path(&report.file));
    ui.add(Label::new(RichText::new(line).color(palette(ui).good)).wrap());
    let numbers = format!(
        "Mean pixel error {:.1} of 255. The pictures of 100 other points moved by {:.1} of 255, at most {:.1}.",
        report.error, report.moved, report.moved_most
    );
    weak(ui, numbers);
    weak(ui, "It is among the model's favourites. The plane, the directions and everything else work from here on.");
    ui.horizontal(|ui| {
        if primary(ui, "Play with it", BIG_CONTROL, true).on_hover_text("Close this dialog.").clicked() {
            view.ask(Action::Dialog(None));
        }
        another(ui, view);
    });
}

fn another(ui: &mut Ui, view: &mut View) {
    if ui.add(big("Another photo")).on_hover_text("Choose another photo.").clicked() {
        act(view, CatAction::OtherPhoto);
    }
}
