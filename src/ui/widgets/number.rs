//! Numbers that are typed: what cannot be used is told, never silently dropped.

use egui::{Context, DragValue, Id};
use std::ops::RangeInclusive;

/// A number that is taken once it is entered. Text that is no number leaves the value as it is, and one outside the
/// range becomes the nearest inside; both are told in a message with the `name` of the number.
pub(crate) fn told<'a>(
    drag: DragValue<'a>,
    ctx: &Context,
    name: &'a str,
    range: RangeInclusive<f64>,
    parse: impl Fn(&str) -> Option<f64> + 'a,
) -> DragValue<'a> {
    let ctx = ctx.clone();
    let takes = format!("{} to {}", shown(*range.start()), shown(*range.end()));
    let bounds = range.clone();
    let parser = move |typed: &str| match parse(typed) {
        Some(number) if bounds.contains(&number) => Some(number),
        Some(number) => {
            let nearest = number.clamp(*bounds.start(), *bounds.end());
            tell(&ctx, format!("{name}: {} is outside {takes}. It is {} now.", typed.trim(), shown(nearest)));
            Some(nearest)
        }
        None => {
            tell(&ctx, format!("{name}: \"{}\" is not a number, so nothing was changed. Enter {takes}.", typed.trim()));
            None
        }
    };
    // Half a number is another number: 3e-4 begins with 3.
    drag.range(range).custom_parser(parser).update_while_editing(false)
}

/// A whole number or one with a decimal point, with or without separators between thousands and with its `unit` or
/// without.
pub(crate) fn plain(typed: &str, unit: &str) -> Option<f64> {
    let number = typed.trim().trim_end_matches(unit).replace(['\u{a0}', ' '], "").replace('\u{2212}', "-");
    number.parse().ok().or_else(|| number.replace(',', "").parse().ok()).filter(|x: &f64| x.is_finite())
}

fn shown(x: f64) -> String {
    crate::ui::text::value(x)
}

/// What was typed in vain, in words; the frame tells two attempts from one that is reported twice.
#[derive(Clone, Default)]
struct Complaints {
    new: Vec<String>,
    last: Option<(String, u64)>,
}

fn key() -> Id {
    Id::unique("complaints about numbers")
}

fn tell(ctx: &Context, text: String) {
    let frame = ctx.cumulative_frame_nr();
    ctx.data_mut(|data| {
        let complaints = data.get_temp_mut_or_default::<Complaints>(key());
        let again = complaints.last.as_ref().is_some_and(|(last, at)| *last == text && frame - at <= 2);
        if !again {
            complaints.new.push(text.clone());
        }
        complaints.last = Some((text, frame));
    });
    ctx.request_repaint();
}

/// What numbers could not be used since the last look, in words.
pub(crate) fn complaints(ctx: &Context) -> Vec<String> {
    ctx.data_mut(|data| std::mem::take(&mut data.get_temp_mut_or_default::<Complaints>(key()).new))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (typed, number) in
            [("240", 240.0), (" 1,000 ", 1000.0), ("1 000×", 1000.0), ("−2.5", -2.5), ("0.5", 0.5), ("3e-4", 3e-4)]
        {
            assert_eq!(plain(typed, "×"), Some(number), "{typed}");
        }
        for typed in ["abc", "", "inf", "NaN", "1x"] {
            assert_eq!(plain(typed, "×"), None, "{typed}");
        }
    }
}
