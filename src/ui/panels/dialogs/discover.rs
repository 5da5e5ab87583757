//! The pictures that the discriminator rates highest, and the training pictures that are nearest to the current one.

use super::parts::{head, progress, square, width};
use crate::engine::LatentSpec;
use crate::ui::action::Action;
use crate::ui::explorer::{ExploreAction, Gesture};
use crate::ui::theme::{BIG_CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{primary, weak};
use egui::{RichText, ScrollArea, Sense, Ui, Vec2, WidgetInfo, accesskit::Role};

pub(crate) fn curator(ui: &mut Ui, view: &mut View) {
    let screen = ui.ctx().content_rect().size();
    width(ui, 600.0);
    head(ui, view, "Best of 1,000");
    if let Some(ranking) = view.state.explore.ranking {
        progress(ui, view, ranking, "pictures");
        return;
    }
    let pictures = view.state.explore.curated.clone();
    if pictures.is_empty() {
        weak(
            ui,
            "The generator generates 1,000 pictures, and the discriminator selects those that it rates most realistic. \
             This takes a moment, and it needs the discriminator, which only runs and checkpoints contain.",
        );
    } else {
        weak(ui, "Click one to go there.");
        ScrollArea::vertical().max_height(screen.y - 260.0).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = Vec2::splat(XS);
                for (i, (latent, frame)) in pictures.iter().enumerate() {
                    let texture = view.textures.small(ui.ctx(), frame);
                    let (rect, response) = ui.allocate_exact_size(Vec2::splat(64.0), Sense::click());
                    let name = format!("Choice {}", i + 1);
                    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
                    egui::Image::from_texture(&texture).corner_radius(6).paint_at(ui, rect);
                    if response.hovered() || response.has_focus() {
                        let line = egui::Stroke::new(2.0, palette(ui).accent);
                        ui.painter().rect_stroke(rect, 6.0, line, egui::StrokeKind::Inside);
                    }
                    if response.on_hover_text(format!("{name}: go there")).clicked() {
                        let go = ExploreAction::Go(LatentSpec::Latent(latent.clone()), Gesture::Single);
                        view.ask(Action::Explore(go));
                        view.ask(Action::Dialog(None));
                    }
                }
            });
        });
    }
    ui.add_space(S);
    let busy = view.state.explore.working();
    let label = if pictures.is_empty() { "Find the best" } else { "Find the best again" };
    let button = primary(ui, label, BIG_CONTROL, !busy).on_hover_text("Generate and rank 1,000 pictures.");
    if button.on_disabled_hover_text("Something else is in progress.").clicked() {
        view.ask(Action::Explore(ExploreAction::Curate));
    }
}

pub(crate) fn neighbours(ui: &mut Ui, view: &mut View) {
    const SIDE: f32 = 128.0;
    width(ui, 3.0 * SIDE + 2.0 * S);
    head(ui, view, "Is it new?");
    weak(ui, "The training pictures that are most like it. If one is nearly the same, the generator has memorised it.");
    if let Some(drawn) = &view.state.explore.drawn {
        let frame = drawn.frame.clone();
        ui.vertical_centered(|ui| square(ui, view, &frame, SIDE, "The current picture"));
    }
    let state = &view.state.explore;
    if let Some(comparing) = state.comparing {
        weak(ui, "Comparing. The first time, all training pictures are prepared.");
        progress(ui, view, comparing, "pictures");
        return;
    }
    let busy = state.working();
    let current = view.user.explore.current.as_ref().map(|p| p.latent.clone());
    let known = state.neighbours.as_ref().filter(|(latent, _)| Some(latent) == current.as_ref());
    if let Some((_, found)) = known {
        let found: Vec<_> = found.iter().map(|n| (n.frame.clone(), n.mirrored, n.distance)).collect();
        if found.is_empty() {
            weak(ui, "There are no training pictures to compare with.");
        }
        let found: Vec<_> = found.into_iter().enumerate().collect();
        for row in found.chunks(3) {
            ui.horizontal_top(|ui| {
                for (i, (frame, mirrored, distance)) in row {
                    ui.vertical(|ui| {
                        ui.set_width(SIDE);
                        square(ui, view, frame, SIDE, &format!("Neighbour {}", i + 1));
                        let mirror = if *mirrored { ", mirrored" } else { "" };
                        let line = RichText::new(format!("{distance:.0} of 255 off{mirror}")).size(12.0);
                        ui.label(line.color(palette(ui).weak));
                    });
                }
            });
        }
        return;
    }
    let button = primary(ui, "Compare", BIG_CONTROL, current.is_some() && !busy);
    let button =
        button.on_hover_text("Search all training pictures.").on_disabled_hover_text("Something else is in progress.");
    if button.clicked() {
        view.ask(Action::Explore(ExploreAction::Neighbours));
    }
}
