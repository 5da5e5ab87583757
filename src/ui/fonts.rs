//! Letters that our fonts lack: names of folders and files come in every script. The system's fonts help out. They are
//! looked for on a thread of their own, when the first such letter is to be drawn; until then, and where there is none,
//! a box stands for it.

use egui::{
    Color32, ColorImage, Context, FallbackRequest, FontData, FontInsert, FontPriority, FontProvider, GlyphBitmap,
    GlyphRasterizer, GlyphRasterizerRequest, InsertFontFamily, RasterizedGlyph, vec2,
};
use fontdb::Source;
use memmap2::Mmap;
use skrifa::{FontRef, MetadataProvider};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Finds a font for what ours lack.
pub type Fonts = Arc<dyn FontProvider>;
type Load = Box<dyn FnOnce() -> Fonts + Send>;

/// Uses the fonts that `load` finds. It may take its time: it runs on another thread, once, and only if it is needed.
pub fn install(ctx: &Context, load: impl FnOnce() -> Fonts + Send + 'static) {
    use_source(ctx, Arc::new(NotLoaded { ctx: ctx.clone(), load: Mutex::new(Some(Box::new(load))) }));
}

/// Those that are installed on this system. Reads each of them.
pub(crate) fn of_the_system() -> Fonts {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    let mut faces: Vec<_> = fonts.faces().filter_map(FontFace::of).collect();
    faces.sort_by_cached_key(|face| (!face.name.contains("Sans"), face.name.clone(), face.index));
    log::debug!("{} of {} system fonts can supply missing letters", faces.len(), fonts.len());
    Arc::new(SystemFonts { faces, found: Mutex::default() })
}

struct SystemFonts {
    /// Those without serifs first, which go better with ours.
    faces: Vec<FontFace>,
    /// What was asked for before, with the place of the face that has it.
    found: Mutex<HashMap<char, Option<usize>>>,
}

struct FontFace {
    name: String,
    path: PathBuf,
    index: u32,
    /// The pages of Unicode, of 256 letters each, of which it has any.
    pages: HashSet<u32>,
}

impl FontFace {
    /// None of one that is slanted, bold or light, or that cannot be read.
    fn of(face: &fontdb::FaceInfo) -> Option<Self> {
        let plain = face.style == fontdb::Style::Normal && (300..=500).contains(&face.weight.0);
        let (Source::File(path), true) = (&face.source, plain) else { return None };
        let (path, index) = (path.clone(), face.index);
        let pages = {
            let file = open(&path)?;
            let font = FontRef::from_index(&file, index).ok()?;
            font.charmap().mappings().map(|(letter, _)| letter / PAGE).collect()
        };
        Some(Self { name: face.families.first()?.0.clone(), path, index, pages })
    }

    /// Whether it has an outline for the letter: pictures of letters are not drawn.
    fn draws(&self, letter: char) -> bool {
        let outline = |file: Mmap| {
            let font = FontRef::from_index(&file, self.index).ok()?;
            font.outline_glyphs().get(font.charmap().map(letter)?)?;
            Some(())
        };
        self.pages.contains(&(u32::from(letter) / PAGE)) && open(&self.path).and_then(outline).is_some()
    }
}

/// Letters in a page of Unicode.
const PAGE: u32 = 256;

fn open(path: &Path) -> Option<Mmap> {
    let file = File::open(path).ok()?;
    // SAFETY: fonts of the system are replaced by new files, not written to; the window's text library maps them
    // likewise.
    unsafe { Mmap::map(&file) }.ok()
}

impl FontProvider for SystemFonts {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let letter = request.cluster.chars().next()?;
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let place = *found.entry(letter).or_insert_with(|| self.faces.iter().position(|face| face.draws(letter)));
        let face = &self.faces[place?];
        let data = FontData::from_blob(Arc::new(open(&face.path)?), face.index);
        let families = vec![InsertFontFamily { family: request.family.clone(), priority: FontPriority::Lowest }];
        Some(FontInsert::new(&format!("{} {}", face.path.display(), face.index), data, families))
    }
}

fn use_source(ctx: &Context, source: Fonts) {
    ctx.set_font_providers(vec![source.clone()]);
    ctx.set_glyph_rasterizers(vec![boxes(source)]);
}

/// Has no font, and has them looked for when it is asked for one.
struct NotLoaded {
    ctx: Context,
    load: Mutex<Option<Load>>,
}

impl FontProvider for NotLoaded {
    fn font_for(&self, _: &FallbackRequest<'_>) -> Option<FontInsert> {
        let load = self.load.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let ctx = self.ctx.clone();
        let find = move || match catch_unwind(AssertUnwindSafe(load)) {
            Ok(source) => use_source(&ctx, source),
            Err(_) => log::warn!(
                "Cannot read the system's fonts. Letters that Purrtrait's own fonts lack are shown as boxes."
            ),
        };
        if let Err(error) = std::thread::Builder::new().name("fonts".to_owned()).spawn(find) {
            log::warn!("Cannot start a thread that reads the system's fonts: {error}");
        }
        None
    }
}

/// Draws boxes for letters of right-to-left scripts that no font has. Left to the shaper of the text, they would be
/// taken for letters of our font, and the Latin ones beside them would be turned around with them.
fn boxes(source: Fonts) -> GlyphRasterizer {
    let draw = move |request: &GlyphRasterizerRequest<'_>| {
        let GlyphRasterizerRequest { cluster, family, font_size_px, .. } = *request;
        let missing =
            cluster.starts_with(is_right_to_left) && source.font_for(&FallbackRequest { cluster, family }).is_none();
        missing.then(|| empty_box(font_size_px))
    };
    GlyphRasterizer::new("purrtrait::boxes", draw).with_priority(FontPriority::Highest)
}

/// The blocks of Unicode that are written from right to left, the hidden marks of direction left out.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// As the box that stands for letters of other scripts: half as wide as the letters are high.
fn empty_box(size_px: f32) -> RasterizedGlyph {
    let [width, height] = [0.5, 0.7].map(|share| (share * size_px).round().max(3.0) as usize);
    let line = (size_px / 14.0).round().max(1.0) as usize;
    let edge = |at: usize, length: usize| at < line || at >= length - line;
    let pixels = (0..width * height).map(|i| {
        let on_edge = edge(i % width, width) || edge(i / width, height);
        if on_edge { Color32::WHITE } else { Color32::TRANSPARENT }
    });
    let gap = (0.1 * size_px).round();
    let image = ColorImage::new([width, height], pixels.collect());
    let bitmap = GlyphBitmap { image, offset_px: vec2(gap, -(height as f32)), is_color: false };
    RasterizedGlyph { bitmap, advance_px: width as f32 + 2.0 * gap }
}
