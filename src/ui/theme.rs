//! The only colours, sizes and spacings of the window. Everything sits on a grid of 8 points; one accent colour,
//! ginger, marks what to do next.
#![allow(clippy::disallowed_methods, reason = "this is the file that may name colours")]

use crate::config;
use egui::epaint::text::{FontTweak, VariationCoords};
use egui::{
    Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Margin, RichText, Shadow, Stroke,
    Style, TextStyle, Theme, Ui, Vec2, Visuals, vec2,
};
use std::sync::Arc;

/// Half a step of the grid, in points.
pub(crate) const XS: f32 = 4.0;
/// One step of the grid, in points.
pub(super) const S: f32 = 8.0;
/// Two steps of the grid, in points.
pub(super) const M: f32 = 16.0;
/// Three steps of the grid, in points.
pub(super) const L: f32 = 24.0;

/// Height of buttons, fields and sliders.
pub(crate) const CONTROL: f32 = 28.0;
/// Height of the buttons that start something.
pub(crate) const BIG_CONTROL: f32 = 36.0;
/// Width of the side panel with settings.
pub(crate) const SIDE: f32 = 344.0;
/// Below this width of the window the side panel is narrower.
pub(crate) const NARROW: f32 = 1000.0;
pub(crate) const SIDE_NARROW: f32 = 296.0;

/// Words on a picture, whatever the theme and the picture are.
pub(crate) const ON_PICTURE: Color32 = Color32::WHITE;
/// What those words stand on.
pub(crate) const PICTURE_LABEL: Color32 = Color32::from_black_alpha(205);
/// Pictures that are not used are darkened by this.
pub(crate) const LEFT_OUT: Color32 = Color32::from_gray(96);

/// How much of their colour chips and notes have.
pub(crate) const CHIP: f32 = 0.14;
const NOTE: f32 = 0.12;

/// All colours of one theme.
pub(crate) struct Palette {
    pub background: Color32,
    pub card: Color32,
    /// Fields and wells, set into a card.
    pub well: Color32,
    pub control: Color32,
    pub control_hover: Color32,
    pub border: Color32,
    pub border_strong: Color32,
    pub text: Color32,
    pub weak: Color32,
    pub accent: Color32,
    pub accent_hover: Color32,
    /// Words on the accent.
    pub on_accent: Color32,
    pub good: Color32,
    pub warn: Color32,
    pub bad: Color32,
    /// Curves and numbers of the discriminator.
    pub discriminator: Color32,
    /// Curves and numbers of the generator.
    pub generator: Color32,
    /// Between and around the tiles of a picture grid.
    pub backdrop: Color32,
}

const DARK: Palette = Palette {
    background: Color32::from_rgb(20, 18, 22),
    card: Color32::from_rgb(32, 30, 35),
    well: Color32::from_rgb(24, 22, 27),
    control: Color32::from_rgb(49, 46, 54),
    control_hover: Color32::from_rgb(62, 58, 68),
    border: Color32::from_rgb(48, 45, 53),
    border_strong: Color32::from_rgb(84, 79, 92),
    text: Color32::from_rgb(236, 232, 227),
    weak: Color32::from_rgb(171, 164, 177),
    accent: Color32::from_rgb(242, 143, 78),
    accent_hover: Color32::from_rgb(250, 164, 106),
    on_accent: Color32::from_rgb(34, 20, 10),
    good: Color32::from_rgb(104, 204, 146),
    warn: Color32::from_rgb(235, 192, 98),
    bad: Color32::from_rgb(248, 133, 127),
    discriminator: Color32::from_rgb(112, 184, 255),
    generator: Color32::from_rgb(242, 143, 78),
    backdrop: Color32::from_rgb(15, 14, 17),
};

const LIGHT: Palette = Palette {
    background: Color32::from_rgb(244, 241, 236),
    card: Color32::from_rgb(255, 254, 252),
    well: Color32::from_rgb(246, 243, 238),
    control: Color32::from_rgb(238, 233, 226),
    control_hover: Color32::from_rgb(228, 221, 211),
    border: Color32::from_rgb(227, 221, 212),
    border_strong: Color32::from_rgb(176, 166, 153),
    text: Color32::from_rgb(42, 36, 46),
    weak: Color32::from_rgb(104, 95, 108),
    accent: Color32::from_rgb(166, 68, 15),
    accent_hover: Color32::from_rgb(144, 56, 10),
    on_accent: Color32::from_rgb(255, 255, 255),
    good: Color32::from_rgb(22, 110, 67),
    warn: Color32::from_rgb(134, 87, 0),
    bad: Color32::from_rgb(184, 42, 38),
    discriminator: Color32::from_rgb(20, 92, 170),
    generator: Color32::from_rgb(166, 68, 15),
    backdrop: Color32::from_rgb(15, 14, 17),
};

impl Palette {
    pub(super) const fn of(dark: bool) -> &'static Palette {
        if dark { &DARK } else { &LIGHT }
    }

    /// A card with so much of this colour.
    pub(super) fn tinted(&self, colour: Color32, share: f32) -> Color32 {
        self.card.lerp_to_gamma(colour, share)
    }

    /// A colour for a message of this importance.
    pub(super) fn level(&self, level: crate::engine::Level) -> Color32 {
        use crate::engine::Level;
        match level {
            Level::Info => self.weak,
            Level::Good => self.good,
            Level::Warning => self.warn,
            Level::Error => self.bad,
        }
    }
}

/// The colours in use.
pub(crate) fn palette(ui: &Ui) -> &'static Palette {
    Palette::of(ui.visuals().dark_mode)
}

/// The text style of the program's name, beyond egui's own styles.
pub(super) fn title() -> TextStyle {
    TextStyle::Name("title".into())
}

/// Words in the bold cut of the font.
pub(super) fn bold(text: impl Into<String>) -> RichText {
    RichText::new(text).family(FontFamily::Name("bold".into()))
}

/// The title of a card.
pub(crate) fn section(text: impl Into<String>) -> RichText {
    bold(text).size(15.0)
}

/// The title of a dialog or a screen.
pub(crate) fn heading(text: impl Into<String>) -> RichText {
    bold(text).size(20.0)
}

/// The white (or near-black) sheet on which a group of controls lies.
pub(super) fn card(ui: &Ui) -> Frame {
    let p = palette(ui);
    Frame::new().fill(p.card).stroke(Stroke::new(1.0, p.border)).corner_radius(12).inner_margin(Margin::same(12))
}

/// An area set into a card, for pictures and notes.
pub(super) fn well(ui: &Ui) -> Frame {
    let p = palette(ui);
    Frame::new().fill(p.well).corner_radius(8).inner_margin(Margin::same(8))
}

/// A note that must be seen: a tinted sheet with a stripe's worth of colour.
pub(super) fn note(ui: &Ui, colour: Color32) -> Frame {
    Frame::new()
        .fill(palette(ui).tinted(colour, NOTE))
        .stroke(Stroke::new(1.0, palette(ui).tinted(colour, 0.45)))
        .corner_radius(8)
        .inner_margin(Margin::symmetric(12, 8))
}

/// Lifts toasts off what they cover.
pub(crate) fn toast_shadow() -> Shadow {
    Shadow { offset: [0, 4], blur: 16, spread: 0, color: Color32::from_black_alpha(90) }
}

/// Sets up fonts and both themes once.
pub(super) fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.set_style_of(Theme::Dark, style(true));
    ctx.set_style_of(Theme::Light, style(false));
}

/// Chooses light, dark or the system's theme.
pub(super) fn apply(ctx: &egui::Context, theme: config::Theme) {
    ctx.set_theme(match theme {
        config::Theme::System => egui::ThemePreference::System,
        config::Theme::Light => egui::ThemePreference::Light,
        config::Theme::Dark => egui::ThemePreference::Dark,
    });
}

/// System, light, dark, and around.
pub(crate) fn next(theme: config::Theme) -> config::Theme {
    match theme {
        config::Theme::System => config::Theme::Light,
        config::Theme::Light => config::Theme::Dark,
        config::Theme::Dark => config::Theme::System,
    }
}

fn fonts() -> FontDefinitions {
    static NUNITO: &[u8] = include_bytes!("../../assets/fonts/Nunito.ttf");
    let mut fonts = FontDefinitions::default();
    // One variable font file, two weights. A little heavier than regular: thin strokes blur at 14 points.
    let weight = |wght: f32| {
        let coords = VariationCoords::new([(b"wght", wght)]);
        Arc::new(FontData::from_static(NUNITO).tweak(FontTweak { coords, ..FontTweak::default() }))
    };
    fonts.font_data.insert("nunito".to_owned(), weight(480.0));
    fonts.font_data.insert("nunito-bold".to_owned(), weight(750.0));
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    // Hack is egui's monospace font; it has the arrows and signs that the others lack.
    let with = |first: &str| {
        let last = std::iter::once("Hack".to_owned()).filter(|hack| !fallback.contains(hack));
        std::iter::once(first.to_owned()).chain(fallback.iter().cloned()).chain(last).collect::<Vec<_>>()
    };
    fonts.families.insert(FontFamily::Name("bold".into()), with("nunito-bold"));
    fonts.families.insert(FontFamily::Proportional, with("nunito"));
    fonts
}

fn style(dark: bool) -> Style {
    let p = Palette::of(dark);
    let text_styles = [
        (title(), FontId::new(32.0, FontFamily::Name("bold".into()))),
        (TextStyle::Heading, FontId::new(20.0, FontFamily::Name("bold".into()))),
        (TextStyle::Body, FontId::proportional(14.0)),
        (TextStyle::Button, FontId::proportional(14.0)),
        (TextStyle::Small, FontId::proportional(12.0)),
        (TextStyle::Monospace, FontId::monospace(12.5)),
    ]
    .into();
    let mut style = Style { text_styles, drag_value_text_style: TextStyle::Body, ..Style::default() };
    let s = &mut style.spacing;
    s.item_spacing = Vec2::splat(S);
    s.button_padding = vec2(12.0, 4.0);
    s.interact_size = vec2(40.0, CONTROL);
    s.slider_rail_height = 4.0;
    s.icon_width = 18.0;
    s.icon_width_inner = 10.0;
    s.combo_width = 80.0;
    s.window_margin = Margin::same(16);
    s.menu_margin = Margin::same(8);
    s.tooltip_width = 320.0;
    s.indent = M;
    s.scroll = egui::style::ScrollStyle { bar_width: 8.0, ..egui::style::ScrollStyle::thin() };
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.animation_time = ANIMATION;
    style.visuals = visuals(p, dark);
    style
}

/// Seconds in which a control changes.
const ANIMATION: f32 = 0.12;

/// Lets controls move when they change, or not.
pub(super) fn animate(ctx: &egui::Context, moving: bool) {
    ctx.all_styles_mut(|style| style.animation_time = if moving { ANIMATION } else { 0.0 });
}

fn visuals(p: &Palette, dark: bool) -> Visuals {
    let mut v = if dark { Visuals::dark() } else { Visuals::light() };
    let shadow = |blur, alpha| Shadow { offset: [0, 4], blur, spread: 0, color: Color32::from_black_alpha(alpha) };
    v.panel_fill = p.background;
    v.window_fill = p.card;
    v.window_stroke = Stroke::new(1.0, p.border_strong.gamma_multiply(0.6));
    v.window_corner_radius = CornerRadius::same(14);
    v.menu_corner_radius = CornerRadius::same(10);
    v.window_shadow = shadow(32, if dark { 130 } else { 50 });
    v.popup_shadow = shadow(16, if dark { 110 } else { 40 });
    v.extreme_bg_color = p.well;
    v.faint_bg_color = p.well;
    v.code_bg_color = p.well;
    v.text_edit_bg_color = Some(p.well);
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.warn;
    v.error_fg_color = p.bad;
    v.weak_text_color = Some(p.weak);
    v.selection.bg_fill = p.accent;
    v.selection.stroke = Stroke::new(1.0, p.on_accent);
    v.slider_trailing_fill = true;
    v.striped = false;
    v.disabled_alpha = 0.45;
    v.text_cursor.stroke = Stroke::new(2.0, p.accent);
    let w = &mut v.widgets;
    for widget in [&mut w.noninteractive, &mut w.inactive, &mut w.hovered, &mut w.active, &mut w.open] {
        widget.corner_radius = CornerRadius::same(8);
        widget.expansion = 0.0;
        widget.fg_stroke = Stroke::new(1.0, p.text);
        widget.bg_fill = p.control;
        widget.weak_bg_fill = p.control;
        widget.bg_stroke = Stroke::new(1.0, p.border);
    }
    w.noninteractive.weak_bg_fill = p.card;
    w.inactive.bg_stroke = Stroke::NONE;
    w.hovered.bg_fill = p.control_hover;
    w.hovered.weak_bg_fill = p.control_hover;
    w.hovered.bg_stroke = Stroke::new(1.0, p.border_strong);
    w.active.bg_fill = p.control_hover;
    w.active.weak_bg_fill = p.control_hover;
    // Also the ring around whatever has the keyboard.
    w.active.bg_stroke = Stroke::new(1.5, p.accent);
    w.open.bg_stroke = Stroke::new(1.0, p.border_strong);
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.2.
    fn luminance(colour: Color32) -> f64 {
        let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio, WCAG 2.2.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn all_words_can_be_read_on_whatever_they_stand() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
        for dark in [true, false] {
            let p = Palette::of(dark);
            let grounds = [p.background, p.card, p.well, p.control, p.control_hover];
            let colours = [p.good, p.warn, p.bad, p.accent, p.generator, p.discriminator];
            let mut pairs: Vec<(Color32, Color32)> = [p.text, p.weak]
                .iter()
                .chain(&colours)
                .flat_map(|words| grounds.map(|ground| (*words, ground)))
                .collect();
            for colour in colours.into_iter().chain([p.weak]) {
                pairs.push((colour, p.tinted(colour, CHIP)));
                pairs.extend([p.text, p.weak, colour].map(|words| (words, p.tinted(colour, NOTE))));
            }
            pairs.extend([p.accent, p.accent_hover].map(|ground| (p.on_accent, ground)));
            for (words, ground) in pairs {
                let found = contrast(words, ground);
                assert!(found >= 4.5, "{words:?} on {ground:?}, dark {dark}: {found:.2}");
            }
        }
    }
}
