//! Names in every script: drawn with fonts of the system where ours lack the letters, and legible beside boxes where
//! there are none. The font here stands for the system's: `tests/fonts/make.py` makes it.

use crate::stage::*;
use egui::accesskit::Role;
use egui::epaint::TextShape;
use egui::{
    Color32, Context, FallbackRequest, FontData, FontFamily, FontId, FontInsert, FontPriority, InsertFontFamily,
    MissingGlyphPolicy, Shape,
};
use egui_kittest::kittest::Queryable;
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

/// The characters of each text of the last frame that has this in it, from left to right as they are drawn.
fn drawn(stage: &Stage, part: &str) -> Vec<String> {
    fn texts<'a>(shape: &'a Shape, found: &mut Vec<&'a TextShape>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, found)),
            Shape::Text(text) => found.push(text),
            _ => {}
        }
    }
    let mut found = Vec::new();
    stage.harness.output().shapes.iter().for_each(|clipped| texts(&clipped.shape, &mut found));
    found.retain(|text| text.galley.text().contains(part));
    let rows = found.iter().flat_map(|text| &text.galley.rows).map(|row| {
        let mesh = &row.visuals.mesh;
        // Where the letters are drawn, not only where their cursor stands.
        let mut glyphs: Vec<(f32, char)> = row
            .glyphs
            .iter()
            .filter(|glyph| glyph.advance_width > 0.0)
            .map(|glyph| {
                let corner = glyph.first_vertex as usize;
                let seen = !glyph.uv_rect.is_nothing();
                (if seen { mesh.vertices[corner].pos.x } else { glyph.pos.x }, glyph.chr)
            })
            .collect();
        glyphs.sort_by(|a, b| a.0.total_cmp(&b.0));
        glyphs.into_iter().map(|(_, letter)| letter).collect()
    });
    rows.collect()
}

#[test]
fn words_from_right_to_left_stand_in_their_order() {
    let mut stage = Stage::usual();
    let ctx = context(&stage);
    ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    fonts::install(&ctx, some_font);
    show_names(&mut stage);
    until(&mut stage, |_| has_glyphs(&ctx, FILE));
    // As it is stored, and as it is drawn, from left to right.
    for (stored, shown) in [
        ("קטן טקן קט", "טק ןקט ןטק"),
        ("קטן טקן cat טק קטט", "ןקט ןטק cat טטק קט"),
        ("a קטן, טקן: b", "a ןקט ,ןטק: b"),
        ("קטן (טקן) 12 cats", "12 (ןקט) ןטק cats"),
        ("قطة طقة", "ةقط ةطق"),
        ("cat.png is empty", "cat.png is empty"),
        ("我的猫 ねこ", "我的猫 ねこ"),
    ] {
        stage.tell(Event::Notice { level: Level::Warning, text: format!("<{stored}>") });
        stage.harness.run_steps(2);
        let drawn = drawn(&stage, &format!("<{stored}>"));
        assert!(!drawn.is_empty() && drawn.iter().all(|row| *row == format!("<{shown}>")), "{stored}: {drawn:?}");
        assert!(stage.shows(stored), "what reads the window aloud is told the words as they are stored");
    }
}

#[test]
fn what_is_typed_keeps_its_places() {
    let mut stage = Stage::usual();
    let ctx = context(&stage);
    ctx.set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    fonts::install(&ctx, some_font);
    let stored = "/קטן טקן";
    stage.with_app(|app| app.user.folder_text = stored.into());
    until(&mut stage, |_| has_glyphs(&ctx, "קטן"));
    let field = |stage: &mut Stage| {
        stage.harness.run_steps(2);
        drawn(stage, stored)
    };
    assert_eq!(field(&mut stage), ["/ןקט ןטק"]);
    // The cursor goes by the places of the layout.
    stage.harness.get_by_role_and_label(Role::TextInput, "Folder of pictures").focus();
    assert_eq!(field(&mut stage), ["/ןטק ןקט"]);
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
