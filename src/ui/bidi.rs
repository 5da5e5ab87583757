//! The order of words in scripts that are written from right to left. The text layout of the window's library turns the
//! letters of each word around and leaves the words in the order in which they are stored: "my beautiful cat" in Hebrew
//! would read "cat beautiful my". Once a frame is laid out, each row's words take their places by the Unicode
//! Bidirectional Algorithm (UAX #9), in a paragraph that runs from left to right, as the window's own words do.
//!
//! What is being edited keeps its places, which the cursor goes by.

use egui::epaint::text::{Glyph, PlacedRow, Row};
use egui::{Context, FullOutput, Galley, Plugin, Rect, Shape};
use std::sync::Arc;
use unicode_bidi::{BidiInfo, Level};

/// From now on all of the window's text has its words in order.
pub(crate) fn install(ctx: &Context) {
    ctx.add_plugin(WordOrder);
}

struct WordOrder;

impl Plugin for WordOrder {
    fn debug_name(&self) -> &'static str {
        "word order"
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let mut edited = None;
        for clipped in &mut output.shapes {
            order(&mut clipped.shape, &mut || *edited.get_or_insert_with(|| edited_field(ctx)));
        }
    }
}

/// Where the field is that has the keyboard.
fn edited_field(ctx: &Context) -> Option<Rect> {
    let id = ctx.text_edit_focused().then(|| ctx.memory(|memory| memory.focused())).flatten()?;
    ctx.read_response(id).map(|field| field.rect)
}

fn order(shape: &mut Shape, edited: &mut impl FnMut() -> Option<Rect>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter_mut().for_each(|shape| order(shape, edited)),
        Shape::Text(text)
            if has_words(text.galley.text()) && !edited().is_some_and(|field| field.contains(text.pos)) =>
        {
            order_galley(&mut text.galley);
        }
        _ => {}
    }
}

/// Whether anything is written from right to left. Asked of every text in every frame.
fn has_words(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(from_the_right)
}

fn order_galley(galley: &mut Arc<Galley>) {
    let scale = galley.pixels_per_point;
    let galley = Arc::make_mut(galley);
    for PlacedRow { row, .. } in &mut galley.rows {
        if row.glyphs.iter().any(|glyph| from_the_right(glyph.chr)) {
            order_row(Arc::make_mut(row), scale);
        }
    }
}

/// Whether the layout hands this to the font of a script from right to left, together with what stands beside it: the
/// blocks of Hebrew, Arabic, Syriac, Thaana, N'Ko and their relatives, with their digits, points and punctuation.
fn from_the_right(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}')
}

/// Whether a word with this letter was turned around by the layout. Digits alone are not.
fn turns(c: char) -> bool {
    use unicode_bidi::BidiClass::{AL, R};
    matches!(unicode_bidi::bidi_class(c), R | AL)
}

/// Glyphs that stay together: where they begin and how wide they are.
struct Block<'a> {
    glyphs: &'a [usize],
    begin: f32,
    width: f32,
}

fn order_row(row: &mut Row, scale: f32) {
    let drawn = drawn(&row.glyphs);
    let logical = logical_order(&drawn, &row.glyphs);
    let text: String = logical.iter().map(|&glyph| row.glyphs[glyph].chr).collect();
    let info = BidiInfo::new(&text, Some(Level::ltr()));
    let Some(paragraph) = info.paragraphs.first() else { return };
    let levels = info.reordered_levels_per_char(paragraph, paragraph.range.clone());
    if levels.len() != logical.len() {
        // A separator of paragraphs within a row: nothing that we write.
        return;
    }
    let mut visual: Vec<usize> = BidiInfo::reorder_visual(&levels).into_iter().map(|at| logical[at]).collect();
    swap_brackets(&mut visual, &logical, &levels, &row.glyphs);
    let mut x = row.glyphs.first().map_or(0.0, |glyph| glyph.pos.x);
    for Block { glyphs, begin, width } in blocks(&visual, &drawn, &row.glyphs) {
        // In whole pixels, or letters would blur.
        let by = ((x - begin) * scale).round() / scale;
        x += width;
        for &at in glyphs {
            shift(row, at, by);
        }
    }
    // What is culled by its bounds.
    row.visuals.mesh_bounds = row.visuals.mesh.calc_bounds();
}

/// All but the place holders, without width and picture, that the layout adds where letters have no glyph of their own,
/// and after each word from right to left.
fn drawn(glyphs: &[Glyph]) -> Vec<usize> {
    (0..glyphs.len()).filter(|&at| glyphs[at].advance_width > 0.0 || !glyphs[at].uv_rect.is_nothing()).collect()
}

/// The glyphs in the order in which they are read: the layout has turned whole words around.
fn logical_order(drawn: &[usize], glyphs: &[Glyph]) -> Vec<usize> {
    let mut order = drawn.to_vec();
    for word in order.chunk_by_mut(|&a, &b| from_the_right(glyphs[a].chr) && from_the_right(glyphs[b].chr)) {
        if word.iter().any(|&glyph| turns(glyphs[glyph].chr)) {
            word.reverse();
        }
    }
    order
}

/// Within text from right to left an opening bracket is drawn as the closing one. Both of a pair are there: they change
/// places.
fn swap_brackets(visual: &mut [usize], logical: &[usize], levels: &[Level], glyphs: &[Glyph]) {
    let mut open = Vec::new();
    for (&glyph, level) in logical.iter().zip(levels).filter(|(_, level)| level.is_rtl()) {
        match glyphs[glyph].chr {
            '(' | '[' | '{' => open.push((glyph, *level)),
            closing @ (')' | ']' | '}') => {
                let Some((opening, _)) = open.pop_if(|(opening, of)| {
                    *of == *level && matches!((glyphs[*opening].chr, closing), ('(', ')') | ('[', ']') | ('{', '}'))
                }) else {
                    continue;
                };
                let place = |of| visual.iter().position(|&at| at == of);
                if let (Some(a), Some(b)) = (place(opening), place(glyph)) {
                    visual.swap(a, b);
                }
            }
            _ => {}
        }
    }
}

/// What stands side by side as the layout put it stays so: letters that join, and marks upon them.
fn blocks<'a>(visual: &'a [usize], drawn: &[usize], glyphs: &[Glyph]) -> Vec<Block<'a>> {
    let end = glyphs.last().map_or(0.0, Glyph::max_x);
    let following = |glyph: usize| drawn.get(drawn.partition_point(|&at| at <= glyph));
    visual
        .chunk_by(|&a, b| following(a) == Some(b))
        .map(|run| {
            let begin = glyphs[run[0]].pos.x;
            let next = following(run[run.len() - 1]).map_or(end, |&next| glyphs[next].pos.x);
            Block { glyphs: run, begin, width: next - begin }
        })
        .collect()
}

fn shift(row: &mut Row, at: usize, by: f32) {
    let end = row.glyphs.get(at + 1).map_or(row.visuals.glyph_vertex_range.end, |next| next.first_vertex as usize);
    let glyph = &mut row.glyphs[at];
    glyph.pos.x += by;
    for vertex in row.visuals.mesh.vertices.get_mut(glyph.first_vertex as usize..end).into_iter().flatten() {
        vertex.pos.x += by;
    }
}
