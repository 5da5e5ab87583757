//! Opens the window, and ends with it.

use super::app::App;
use super::software::Software;
use super::{enlarge, fonts, logo, system};
use crate::config::RunPlace;
use crate::interrupt::{self, Plan};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How a window ended that could be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// Somebody closed it.
    ByPerson,
    /// A signal or the end of the session asked for it.
    Asked,
    /// The display is gone, or the window broke; says why.
    Broken(String),
}

/// Opens the window and starts the engine behind it. Returns when the window is closed, however that came about, and
/// the training saved. `watch`: a run that another program trains is shown.
///
/// # Errors
/// When there is no display, or no way to draw on it; says what to do.
pub fn run(watch: Option<RunPlace>) -> Result<Closed, String> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Purrtrait")
        .with_app_id("purrtrait")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([720.0, 480.0])
        .with_drag_and_drop(true)
        .with_icon(logo::icon(128));
    let options = eframe::NativeOptions {
        viewport,
        persist_window: true,
        persistence_path: Some(crate::engine::window_file()),
        // Ours do not keep the window waiting while they are looked for.
        system_font_fallback: false,
        ..Default::default()
    };
    let opened = Arc::new(AtomicBool::new(false));
    let seen = opened.clone();
    let create: eframe::AppCreator = Box::new(move |cc| {
        seen.store(true, Ordering::SeqCst);
        let ctx = cc.egui_ctx.clone();
        interrupt::watch(Plan {
            first: Box::new(move || ctx.request_repaint()),
            second: Box::new(|| {}),
            patience: None,
            given_up: Box::new(|| {}),
        });
        let ctx = cc.egui_ctx.clone();
        let wake = Arc::new(move || ctx.request_repaint());
        fonts::install(&cc.egui_ctx, fonts::of_the_system);
        let engine = crate::engine::start_process(crate::engine::this_program(), wake);
        interrupt::before_exit(engine.saver());
        let mut app = App::new(&cc.egui_ctx, engine);
        if let Some(run) = watch {
            app.watch(&cc.egui_ctx, run);
        }
        app.motion_watch = Some(system::watch_motion(app.stillness(), cc.egui_ctx.clone()));
        app.textures.enlarger = cc.wgpu_render_state.as_ref().is_some_and(enlarge::install);
        app.software = cc.wgpu_render_state.as_ref().and_then(Software::new);
        Ok(Box::new(app))
    });
    // The window library panics where its display is gone. The log has told; what matters is that the program ends
    // well.
    let ended = catch_unwind(AssertUnwindSafe(|| eframe::run_native("purrtrait", options, create)));
    let opened = opened.load(Ordering::SeqCst);
    if opened {
        // A cancelled film may still be writing. If no window opened, the program continues with a training.
        interrupt::clear_up();
    }
    match ended {
        Ok(_) if interrupt::asked() => Ok(Closed::Asked),
        Ok(Ok(())) => Ok(Closed::ByPerson),
        Ok(Err(error)) if opened => Ok(Closed::Broken(error.to_string())),
        Err(_) if opened => Ok(Closed::Broken("an internal error".to_owned())),
        Err(_) => Err("Cannot open the window: an internal error of the window library.".to_owned()),
        Ok(Err(error)) => Err(format!(
            "Cannot open the window: {error}. Without a display, use the command line: purrtrait train --help"
        )),
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        App::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.draw(ui);
        self.open_wanted_dialog(frame);
    }

    fn on_exit(&mut self) {
        self.wait_for_worker();
    }

    /// Nobody expects a list to be scrolled to where it was days ago.
    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
