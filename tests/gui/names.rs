//! Names in every script: drawn with fonts of the system where ours lack the letters, and legible beside boxes where
//! there are none. The font here stands for the system's: `tests/fonts/make.py` makes it.

use crate::stage::*;
use egui::{
    Color32, Context, FallbackRequest, FontData, FontFamily, FontId, FontInsert, FontPriority, InsertFontFamily,
    MissingGlyphPolicy,
};
use purrtrait::config::{AppSettings, DataConfig, DataSource};
use purrtrait::engine::{DatasetReport, Event, Level, SkippedFile};
use purrtrait::ui::fonts::{self, Fonts};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static BOXES: &[u8] = include_bytes!("../fonts/boxes.ttf");
const FOLDER: &str = "我的猫 ねこ 고양이";
const FILE: &str = "קטן قطة แมว.png";

fn some_font() -> Fonts {
    Arc::new(|request: &FallbackRequest<'_>| {
        let families = vec![InsertFontFamily { family: request.family.clone(), priority: FontPriority::Lowest }];
        Some(FontInsert::new("boxes", FontData::from_static(BOXES), families))
    })
}

fn no_font() -> Fonts {
    Arc::new(|_: &FallbackRequest<'_>| None)
}

fn context(stage: &Stage) -> Context {
    stage.harness.ctx.clone()
}

fn has_glyphs(ctx: &Context, text: &str) -> bool {
    [FontFamily::Proportional, FontFamily::Name("bold".into()), FontFamily::Monospace].into_iter().all(|family| {
        let font = FontId::new(14.0, family);
        ctx.fonts_mut(|fonts| text.chars().filter(|c| *c != ' ').all(|c| fonts.has_glyph(&font, c)))
    })
}

/// Waits until this is so, drawing meanwhile.
fn until(stage: &mut Stage, so: impl Fn(&Stage) -> bool) {
    let began = Instant::now();
    while !so(stage) {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing happens");
        std::thread::sleep(Duration::from_millis(5));
        stage.harness.run_steps(1);
    }
}

/// The pictures of a folder whose name no font of ours can write, beside names of every direction, with a font that
/// can.
pub fn named(stage: &mut Stage) {
    let ctx = context(stage);
    ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    fonts::install(&ctx, some_font);
    show_names(stage);
    until(stage, |_| has_glyphs(&ctx, FOLDER));
    // Toasts have gone by then.
    stage.harness.run_steps(60);
    stage.tell(Event::Notice { level: Level::Warning, text: format!("{FILE}: is empty") });
}

/// The folder among the recent ones, the pictures and the file that was skipped, and a toast.
fn show_names(stage: &mut Stage) {
    let folder = format!("/pictures/{FOLDER}");
    let settings = AppSettings { recent_folders: vec![folder.clone().into()], ..AppSettings::default() };
    stage.tell(Event::Settings(settings));
    let run = purrtrait::engine::RunSummary { path: format!("/runs/{FOLDER}").into(), ..runs().swap_remove(0) };
    stage.tell(Event::Runs(vec![run]));
    assert!(stage.shows(FOLDER), "the start screen names the folder");
    let skipped = SkippedFile { path: format!("{folder}/{FILE}").into(), reason: "The file is empty.".into() };
    let report = DatasetReport { name: FOLDER.into(), skipped: vec![skipped], ..report() };
    stage.with_app(|app| {
        app.user.config.data = DataConfig { source: DataSource::Folder(folder.into()), ..DataConfig::default() };
        app.user.screen = purrtrait::ui::Screen::Setup;
        app.user.curation.side = purrtrait::ui::Side::Preparation;
    });
    stage.tell(Event::DataReady(Arc::new(report)));
    assert!(stage.shows("1 left out"), "the skipped file is told");
    stage.tell(Event::Notice { level: Level::Warning, text: format!("{FILE}: is empty, बिल्ली too") });
    assert!(stage.shows(FILE) && stage.shows("is empty"));
}

#[test]
fn names_in_other_scripts_are_drawn_with_the_systems_fonts() {
    static LOADED: AtomicUsize = AtomicUsize::new(0);
    let mut stage = Stage::usual();
    let ctx = context(&stage);
    // Until the font is there it is missed, which is no fault here.
    ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    fonts::install(&ctx, || {
        LOADED.fetch_add(1, Ordering::SeqCst);
        some_font()
    });
    stage.tell(Event::Runs(runs()));
    assert_eq!(LOADED.load(Ordering::SeqCst), 0, "nobody has needed them yet");
    assert!(!has_glyphs(&ctx, FOLDER), "the window's own fonts lack them");
    until(&mut stage, |_| LOADED.load(Ordering::SeqCst) > 0);
    until(&mut stage, |_| has_glyphs(&ctx, FOLDER));
    assert!(has_glyphs(&ctx, FILE) && has_glyphs(&ctx, "बिल्ली"));
    // From here on a letter that is missed fails the test.
    ctx.set_missing_glyph_policy(MissingGlyphPolicy::Panic);
    show_names(&mut stage);
    assert_eq!(LOADED.load(Ordering::SeqCst), 1, "once is enough");
}

#[test]
fn the_latin_letters_beside_them_keep_their_order() {
    for source in [no_font as fn() -> Fonts, some_font] {
        let mut stage = Stage::usual();
        let ctx = context(&stage);
        ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
        fonts::install(&ctx, source);
        show_names(&mut stage);
        stage.harness.run_steps(3);
        for text in ["קטן cat.png is empty", "قطة: cat.png is empty", "cat.png קטן is empty"] {
            let galley = ctx.fonts_mut(|f| f.layout_no_wrap(text.into(), FontId::proportional(14.0), Color32::WHITE));
            let latin: Vec<(char, f32)> = galley.rows[0]
                .row
                .glyphs
                .iter()
                .filter(|glyph| glyph.chr.is_ascii_graphic())
                .map(|glyph| (glyph.chr, glyph.pos.x))
                .collect();
            let shown: String = latin.iter().map(|(letter, _)| letter).collect();
            assert_eq!(shown, text.chars().filter(char::is_ascii_graphic).collect::<String>());
            assert!(latin.windows(2).all(|pair| pair[0].1 < pair[1].1), "{text}: {latin:?}");
        }
    }
}

#[test]
fn fonts_that_cannot_be_read_leave_boxes() {
    let mut stage = Stage::usual();
    let ctx = context(&stage);
    ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    fonts::install(&ctx, || {
        TRIED.fetch_add(1, Ordering::SeqCst);
        panic!("the system's fonts are broken")
    });
    show_names(&mut stage);
    until(&mut stage, |_| TRIED.load(Ordering::SeqCst) > 0);
    show_names(&mut stage);
    assert!(!has_glyphs(&ctx, FOLDER));
    assert_eq!(TRIED.load(Ordering::SeqCst), 1, "not again for each letter");
}
