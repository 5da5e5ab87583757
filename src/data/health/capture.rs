//! What EXIF says about the moment and the kind of a picture.

use super::screenshot::has_screen_size;
use exif::{Exif, In, Tag, Value};
use std::io::Cursor;

/// What EXIF says about how a picture came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Capture {
    /// When, in milliseconds on the camera's own clock; none where it says nothing.
    pub(super) moment: Option<i64>,
    /// Says of itself that it is a screenshot, or names no camera and has the size of a screen.
    pub screenshot: bool,
}

impl Capture {
    /// Reads the EXIF block of a JPEG, PNG, WebP, HEIC or AVIF file whose picture has this width and height. None where
    /// it says nothing of use.
    pub(crate) fn of_file(file: &[u8], size: (u32, u32)) -> Option<Self> {
        // TIFF is EXIF as a whole: all its pixels would be copied.
        if file.starts_with(b"II*\0") || file.starts_with(b"MM\0*") {
            return None;
        }
        let mut reader = exif::Reader::new();
        reader.continue_on_error(true);
        let exif = reader.read_from_container(&mut Cursor::new(file)).or_else(partial).ok();
        let mut capture = exif.as_ref().map_or(Self { moment: None, screenshot: false }, Self::of);
        capture.screenshot |= !exif.as_ref().is_some_and(names_camera) && has_screen_size(file, size);
        (capture.moment.is_some() || capture.screenshot).then_some(capture)
    }

    fn of(exif: &Exif) -> Self {
        let text = |tag: Tag| match &exif.get_field(tag, In::PRIMARY)?.value {
            Value::Ascii(lines) => lines.first().cloned(),
            Value::Undefined(bytes, _) => Some(bytes.clone()),
            _ => None,
        };
        let moment = text(Tag::DateTimeOriginal).and_then(|date| milliseconds(&date, text(Tag::SubSecTimeOriginal)));
        let says = |tag: Tag| text(tag).is_some_and(|text| holds_word(&text));
        Self { moment, screenshot: says(Tag::UserComment) || says(Tag::ImageDescription) }
    }

    /// How far apart two pictures were taken, in milliseconds.
    pub(super) fn milliseconds_to(&self, other: &Self) -> Option<i64> {
        Some(self.moment?.abs_diff(other.moment?).try_into().unwrap_or(i64::MAX))
    }
}

/// Whether a camera, or a lens, is named or described.
fn names_camera(exif: &Exif) -> bool {
    [Tag::Make, Tag::Model, Tag::ExposureTime, Tag::FNumber, Tag::FocalLength]
        .iter()
        .any(|tag| exif.get_field(*tag, In::PRIMARY).is_some())
}

fn partial(error: exif::Error) -> Result<Exif, exif::Error> {
    error.distill_partial_result(|_| ())
}

fn holds_word(text: &[u8]) -> bool {
    text.windows(10).any(|part| part.eq_ignore_ascii_case(b"screenshot"))
}

/// `2026:11:26 21:40:05` and the digits behind the decimal point of the second.
fn milliseconds(date: &[u8], fraction: Option<Vec<u8>>) -> Option<i64> {
    let mut date = exif::DateTime::from_ascii(date).ok()?;
    if let Some(fraction) = fraction {
        _ = date.parse_subsec(&fraction);
    }
    let day =
        jiff::civil::Date::new(i16::try_from(date.year).ok()?, date.month.try_into().ok()?, date.day.try_into().ok()?)
            .ok()?;
    let days = i64::from((day - jiff::civil::date(1970, 1, 1)).get_days());
    let seconds = (days * 24 + i64::from(date.hour)) * 3600 + i64::from(date.minute) * 60 + i64::from(date.second);
    Some(seconds * 1000 + i64::from(date.nanosecond.unwrap_or(0) / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use exif::experimental::Writer;
    use exif::{Field, Tag};

    /// An EXIF block in a JPEG file that holds nothing else.
    fn jpeg(block: &[u8]) -> Vec<u8> {
        let length = (block.len() as u16 + 8).to_be_bytes();
        [b"\xFF\xD8\xFF\xE1", &length[..], b"Exif\0\0", block, b"\xFF\xD9"].concat()
    }

    const PHOTO: (u32, u32) = (4032, 3024);

    fn capture(fields: &[(Tag, Value)]) -> Option<Capture> {
        Capture::of_file(&jpeg(&block(fields)), PHOTO)
    }

    fn block(fields: &[(Tag, Value)]) -> Vec<u8> {
        let fields: Vec<Field> =
            fields.iter().map(|(tag, value)| Field { tag: *tag, ifd_num: In::PRIMARY, value: value.clone() }).collect();
        let (mut writer, mut out) = (Writer::new(), std::io::Cursor::new(Vec::new()));
        fields.iter().for_each(|field| writer.push_field(field));
        writer.write(&mut out, false).unwrap();
        out.into_inner()
    }

    fn text(text: &str) -> Value {
        Value::Ascii(vec![text.as_bytes().to_vec()])
    }

    fn moment(date: &str, fraction: Option<&str>) -> Option<i64> {
        let mut fields = vec![(Tag::DateTimeOriginal, text(date))];
        fields.extend(fraction.map(|fraction| (Tag::SubSecTimeOriginal, text(fraction))));
        capture(&fields).and_then(|capture| capture.moment)
    }

    #[test]
    fn the_moment_is_read_to_the_millisecond() {
        assert_eq!(moment("1970:01:02 00:00:01", None), Some(86_401_000));
        assert_eq!(moment("2024:02:29 12:30:00", Some("25")), Some(1_709_209_800_250));
        for none in ["    :  :     :  :  ", "2024:02:30 12:30:00", "0000:00:00 00:00:00", "yesterday", ""] {
            assert_eq!(moment(none, Some("5")), None, "{none}");
        }
        let at = |date: &str| capture(&[(Tag::DateTimeOriginal, text(date))]).unwrap();
        let (first, second) = (at("2024:12:31 23:59:59"), at("2025:01:01 00:00:01"));
        assert_eq!((first.milliseconds_to(&second), second.milliseconds_to(&first)), (Some(2000), Some(2000)));
    }

    #[test]
    fn a_screenshot_says_so() {
        let comment = |words: &[u8]| Value::Undefined([b"ASCII\0\0\0", words].concat(), 0);
        for (value, is) in [(comment(b"Screenshot"), true), (comment(b"My cat"), false), (comment(b""), false)] {
            let date = (Tag::DateTimeOriginal, text("2024:01:01 00:00:00"));
            let capture = capture(&[date, (Tag::UserComment, value)]).unwrap();
            assert_eq!(capture.screenshot, is);
        }
    }

    #[test]
    fn what_has_the_size_of_a_screen_is_a_screenshot_unless_a_camera_took_it() {
        let screenshot = |fields: &[(Tag, Value)], size| {
            Capture::of_file(&jpeg(&block(fields)), size).is_some_and(|capture| capture.screenshot)
        };
        let date = (Tag::DateTimeOriginal, text("2024:01:01 00:00:00"));
        let (screen, make) = ((1170, 2532), (Tag::Make, text("Apple")));
        assert!(screenshot(&[date.clone()], screen) && !screenshot(&[date.clone()], PHOTO));
        assert!(!screenshot(&[date, make], screen), "a photo that was cut to the shape of a phone");
        // Without any EXIF.
        assert_eq!(Capture::of_file(b"\xFF\xD8\xFF\xD9", PHOTO), None);
        let bare = Capture::of_file(b"\xFF\xD8\xFF\xD9", screen);
        assert_eq!(bare, Some(Capture { moment: None, screenshot: true }));
    }

    #[test]
    fn damaged_blocks_say_nothing() {
        let whole = block(&[(Tag::DateTimeOriginal, text("2024:01:01 00:00:00"))]);
        for length in 0..whole.len() {
            // Must not panic; what it says is right or nothing.
            let said = Capture::of_file(&jpeg(&whole[..length]), PHOTO).and_then(|capture| capture.moment);
            assert!(said.is_none() || said == Some(1_704_067_200_000), "{length}: {said:?}");
        }
        assert_eq!(Capture::of_file(&jpeg(b"II*\0\xff\xff\xff\xff"), PHOTO), None);
        assert_eq!(Capture::of_file(b"II*\0\x08\0\0\0", PHOTO), None);
    }
}
