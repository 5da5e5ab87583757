//! Whether a JPEG file is all there.
//!
//! The decoder is lenient: it fills what is missing with grey and reports success. A network would then learn grey
//! bars, so a file without its end is refused before decoding.

const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: u8 = 0xD9;

/// Walks the segments and scans from the start to the end-of-image marker.
///
/// Looking for the marker from the back would not do: the small preview inside EXIF has one too, and phones append
/// videos after the real one.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    let mut at = 2; // after the start-of-image marker
    loop {
        let Some(marker) = next_marker(bytes, &mut at) else { return false };
        match marker {
            END_OF_IMAGE => return true,
            // Markers without a body: restarts and two rarities.
            0x01 | 0xD0..=0xD8 => {}
            _ => {
                let Some(length) = bytes.get(at..at + 2) else { return false };
                // The two length bytes count themselves.
                at += usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                if marker == START_OF_SCAN {
                    skip_scan(bytes, &mut at);
                }
            }
        }
    }
}

/// The next marker's code; `at` then stands behind it. Stray bytes before a marker are passed over.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let offset = bytes.get(*at..)?.iter().position(|&b| b == 0xFF)?;
        *at += offset + 1;
        // Any number of fill bytes may stand before the code.
        while *bytes.get(*at)? == 0xFF {
            *at += 1;
        }
        let code = bytes[*at];
        *at += 1;
        if code != 0 {
            return Some(code);
        }
    }
}

/// Moves to the first marker after compressed data, where 0xFF is followed by 0 (a plain byte) or a restart number.
fn skip_scan(bytes: &[u8], at: &mut usize) {
    while let Some(offset) = bytes.get(*at..).and_then(|rest| rest.iter().position(|&b| b == 0xFF)) {
        *at += offset;
        match bytes.get(*at + 1) {
            Some(0 | 0xD0..=0xD7) => *at += 2,
            _ => return,
        }
    }
    *at = bytes.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_real_end_counts() {
        // A preview with its own end inside an application segment, then a scan with a stuffed 0xFF and a restart.
        let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 1, 2];
        jpeg.extend([0xFF, 0xDA, 0, 3, 9, 7, 0xFF, 0, 7, 0xFF, 0xD0, 7, 7]);
        assert!(!is_complete(&jpeg));
        jpeg.extend([0xFF, 0xD9]);
        assert!(is_complete(&jpeg));
        jpeg.extend(b"a video");
        assert!(is_complete(&jpeg));
        for cut in 0..jpeg.len() - 9 {
            is_complete(&jpeg[..cut]); // never panics
        }
    }
}
