//! What several dialogs are made of.

use crate::engine::{Keepsake, SharpenInfo};
use crate::pixels::Frame;
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::explorer::SharpenChoice;
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::state::Counted;
use crate::ui::text;
use crate::ui::theme::{self, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, ends, icon_button, setting, toggle};
use egui::{ComboBox, Label, ProgressBar, ScrollArea, Sense, Ui, Vec2, WidgetInfo, accesskit::Role};
use std::sync::Arc;

/// Width of the dialogs that ask for a few settings, in points.
pub(super) const WIDTH: f32 = 460.0;

/// Sets the width in points, or what a small window has room for.
pub(super) fn width(ui: &mut Ui, width: f32) {
    ui.set_width(width.min(ui.ctx().content_rect().width() - 80.0));
}

/// A dialog remembers how large it was, also when it showed something smaller: the least height lets it grow at once.
pub(super) fn scroll(room: f32) -> ScrollArea {
    ScrollArea::vertical().max_height(room).min_scrolled_height(room)
}

/// The title, and the button that closes the dialog.
pub(super) fn head(ui: &mut Ui, view: &mut View, title: &str) {
    let left = |ui: &mut Ui, _: &mut View| {
        ui.add(Label::new(theme::heading(title)).truncate());
    };
    ends(ui, 28.0, view, left, |ui, view| {
        if icon_button(ui, "×", "Close", "Close (Esc).", None).clicked() {
            view.ask(Action::Dialog(None));
        }
    });
}

/// How many times larger pictures of `side` pixels are written.
pub(super) fn upscaling(ui: &mut Ui, value: &mut u32, side: u32) {
    setting(ui, "Upscaling", |ui| {
        let pixels = |n: u32| format!("{n}×: {0} × {0} px", n * side);
        let combo = ComboBox::from_id_salt("upscaling").width(150.0).selected_text(pixels(*value)).show_ui(ui, |ui| {
            for n in 1..=crate::engine::MAX_UPSCALE {
                let tip = if n == 1 { "As they are generated.".to_owned() } else { format!("{n} times larger.") };
                ui.selectable_value(value, n, pixels(n)).on_hover_text(tip);
            }
        });
        combo.response.accessible_name("Upscaling").on_hover_text("How many times larger pictures are written.");
    });
}

/// Whether the enlarged pictures are sharpened; only where there is a network for it.
pub(super) fn sharpening(ui: &mut Ui, network: Option<SharpenInfo>, choice: &mut SharpenChoice, times: u32) {
    if network.is_none() {
        return;
    }
    let mut on = choice.is_on(network);
    let possible = [2, 4, 8].contains(&times);
    setting(ui, "Sharpen", |ui| {
        ui.add_enabled_ui(possible, |ui| {
            let tip = "Enlarge with the network that was trained on your photos.";
            let toggled = toggle(ui, &mut on, "Sharpen").on_hover_text(tip);
            if toggled.clicked() {
                *choice = SharpenChoice(Some(on));
            }
            toggled.disabled_because("Possible 2, 4 and 8 times larger.");
        });
    });
}

/// Side of the open generator's pictures, in pixels.
pub(super) fn side(view: &View) -> u32 {
    view.state.explore.side()
}

/// Opens the folder of the file that was saved last, once there is one.
pub(super) fn open_saved(ui: &mut Ui, view: &mut View) {
    let folder = view.state.explore.saved.as_ref().and_then(|path| path.parent()).map(|path| path.to_path_buf());
    if let Some(folder) = folder
        && ui.add(big("Open folder")).on_hover_text(printable::path(&folder)).clicked()
    {
        view.ask(Action::Reveal(folder));
    }
}

/// How far the explorer's work is, and the button that cancels it.
pub(super) fn progress(ui: &mut Ui, view: &mut View, Counted { done, total }: Counted, things: &str) {
    let share = done as f32 / total.max(1) as f32;
    ui.label(format!("{} of {} {things}", text::count(done as u64), text::count(total as u64)));
    ui.add(ProgressBar::new(share).desired_width(ui.available_width()).desired_height(6.0).fill(palette(ui).accent));
    ui.add_space(S);
    cancel(ui, view);
}

/// Cancels what the explorer is working on.
pub(super) fn cancel(ui: &mut Ui, view: &mut View) {
    if ui.add(big("Cancel")).on_hover_text("Cancel what is in progress.").clicked() {
        view.ask(Action::Explore(ExploreAction::Cancel));
    }
}

/// A square picture with its name for screen readers.
pub(super) fn square(ui: &mut Ui, view: &mut View, frame: &Arc<Frame>, side: f32, name: &str) {
    let texture = view.textures.small(ui.ctx(), frame);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    egui::Image::from_texture(&texture).corner_radius(8).paint_at(ui, rect);
}

/// Where so many points are exported, and the button that does it; `kept` gives them then.
pub(super) fn export(ui: &mut Ui, view: &mut View, count: usize, kept: impl FnOnce(&View) -> Vec<Arc<Keepsake>>) {
    ui.label("Export to");
    let field = PathEntry { name: "Folder for the export", hint: "a folder", go: None, browse: Purpose::ExportFolder };
    field.show(ui, view, |form| &mut form.explore.export_folder);
    let busy = view.state.explore.working();
    let typed = !view.user.explore.export_folder.trim().is_empty();
    let why = match (busy, typed) {
        (true, _) => "Something else is in progress.",
        (_, false) => "Enter a folder first.",
        _ => "There is nothing to export.",
    };
    let label = format!("Export {}", text::of(count, "picture"));
    let tip = "Writes each as a PNG with its recipe, as large as \"Save options\" says, and their latents, names and \
               notes. Nothing is overwritten.";
    let button = ui.add_enabled(!busy && typed && count > 0, big(&label));
    if button.on_hover_text(tip).disabled_because(why).clicked() {
        view.ask(Action::Explore(ExploreAction::ExportPictures(kept(view))));
    }
}
