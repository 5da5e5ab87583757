//! Screenshots by their names and shapes. They are only marked: some show a cat.

use std::path::Path;

/// How systems begin the names of screenshots, in lower case without marks on letters.
const BEGINNINGS: [&str; 50] = [
    "screenshot",
    "screen shot",
    "screen_shot",
    "screen-shot",
    "screencap",
    "screen cap",
    "scrnshot",
    "bildschirmfoto",
    "bildschirmaufnahme",
    "capture d'ecran",
    "capture d_ecran",
    "capture decran",
    "capture_decran",
    "capture ecran",
    "captura de ",
    "captura_de_",
    "captura-de-",
    "capturas de pantalla",
    "capturas de tela",
    "schermata",
    "istantanea",
    "schermafbeelding",
    "schermafdruk",
    "zrzut ekranu",
    "zrzuty ekranu",
    "skarmavbild",
    "skarmbild",
    "skarmdump",
    "skærmbillede",
    "skjermbilde",
    "skjermdump",
    "nayttokuva",
    "nayttokaappaus",
    "snimek obrazovky",
    "snimka obrazovky",
    "kepernyokep",
    "kepernyofoto",
    "ekran resmi",
    "ekran goruntusu",
    "tangkapan layar",
    "снимок экрана",
    "снимки экрана",
    "скриншот",
    "знімок екрана",
    "スクリーンショット",
    "屏幕截图",
    "屏幕快照",
    "螢幕截圖",
    "스크린샷",
    "צילום מסך",
];

/// Whether a picture or the folder that it lies in is named as systems name screenshots.
pub(crate) fn is_screenshot_name(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    path.file_name().into_iter().chain(folder).any(|name| {
        let name = plain(&name.to_string_lossy());
        BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
    })
}

/// Screens of phones and tablets whose size no camera, messenger or video has, as (short, long) side in pixels: what
/// iPhones, iPads and Pixels write; from their makers' specifications.
const SCREENS: [(u32, u32); 26] = [
    (640, 1136),
    (750, 1334),
    (828, 1792),
    (1125, 2436),
    (1170, 2532),
    (1179, 2556),
    (1206, 2622),
    (1242, 2208),
    (1242, 2688),
    (1260, 2736),
    (1284, 2778),
    (1290, 2796),
    (1320, 2868),
    (1488, 2266),
    (1620, 2160),
    (1640, 2360),
    (1668, 2224),
    (1668, 2388),
    (1668, 2420),
    (2048, 2732),
    (2064, 2752),
    (1008, 2244),
    (1280, 2856),
    (1344, 2992),
    (1220, 2712),
    (1224, 2700),
];

/// Whether a file without a camera's data has the size of a screen, upright or on its side. Messengers remove the
/// camera's data from JPEGs, so there only sizes count that they do not make; a PNG comes from no camera, so the shape
/// of a phone is enough.
pub(super) fn has_screen_size(file: &[u8], (width, height): (u32, u32)) -> bool {
    const PNG: &[u8] = b"\x89PNG";
    const JPEG: &[u8] = b"\xFF\xD8\xFF";
    let (short, long) = (width.min(height), width.max(height));
    // Long phones have had 18:9 to 22:9.
    let is_phone = height > width && (1.95..=2.45).contains(&(f64::from(long) / f64::from(short.max(1))));
    let is_screen = SCREENS.contains(&(short, long));
    match () {
        () if file.starts_with(PNG) => is_screen || is_phone && (640..=1800).contains(&short),
        () if file.starts_with(JPEG) => is_screen || is_phone && matches!(short, 1080 | 1440),
        () => false,
    }
}

/// In lower case, letters without their marks, whether the file system keeps both as one character or as two.
fn plain(name: &str) -> String {
    let simple = |letter: char| match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'è' | 'é' | 'ê' | 'ě' => 'e',
        'í' | 'ì' => 'i',
        'ó' | 'ö' | 'ő' | 'õ' => 'o',
        'ú' | 'ü' => 'u',
        '’' | '‘' => '\'',
        other => other,
    };
    name.to_lowercase().chars().filter(|letter| !('\u{300}'..='\u{36F}').contains(letter)).map(simple).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screenshots_are_known_in_many_languages() {
        for name in [
            "Screenshot_20240101-101010.png",
            "Screen Shot 2020-01-01 at 10.10.10.png",
            "Screenshot (3).png",
            "screenshot.jpg",
            "Bildschirmfoto 2024-01-01 um 10.10.10.png",
            "Capture d’écran 2024-01-01.png",
            "Capture d'e\u{301}cran.png",
            "Captura de pantalla (1).png",
            "Captura de ecrã.png",
            "Schermata 2024.png",
            "Skärmavbild 2024.png",
            "Ekran Görüntüsü.png",
            "Снимок экрана 2024.png",
            "スクリーンショット 2024-01-01.png",
            "屏幕截图 2024.png",
            "Screenshots/IMG_1.jpg",
            "DCIM/Screenshots/IMG_1.jpg",
        ] {
            assert!(is_screenshot_name(Path::new(name)), "{name}");
        }
        for name in ["IMG_1.jpg", "cat screenshot.jpg", "Screen cat.jpg", "Captura.jpg", "Screenshots/cats/a.jpg", ""] {
            assert!(!is_screenshot_name(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn the_size_of_a_screen_is_known_and_those_of_photos_and_films_are_not() {
        let (png, jpeg, webp) = (b"\x89PNG\r\n", b"\xFF\xD8\xFF\xE0", b"RIFF0000WEBP");
        for size in [(1170, 2532), (2532, 1170), (750, 1334), (1080, 2400), (1440, 3088), (2048, 2732), (1344, 2992)] {
            assert!(has_screen_size(png, size) && has_screen_size(jpeg, size), "{size:?}");
            assert!(!has_screen_size(webp, size), "{size:?}");
        }
        // Phones of years to come, and small ones.
        for size in [(1350, 2940), (720, 1600), (1116, 2484)] {
            assert!(has_screen_size(png, size) && !has_screen_size(jpeg, size), "{size:?}");
        }
        // Cameras, messengers, films, squares, panoramas, banners, nothing.
        for size in [
            (4032, 3024),
            (3024, 4032),
            (3024, 4536),
            (2268, 4032),
            (1200, 1600),
            (1536, 2048),
            (1080, 1920),
            (1920, 1080),
            (720, 1280),
            (3840, 2160),
            (1080, 1080),
            (1080, 1350),
            (4000, 1800),
            (1200, 630),
            (400, 900),
            (0, 0),
            (1, 0),
        ] {
            assert!(!has_screen_size(png, size) && !has_screen_size(jpeg, size), "{size:?}");
        }
    }

    #[test]
    fn the_beginnings_are_written_as_names_are_compared() {
        for beginning in BEGINNINGS {
            assert_eq!(plain(beginning), beginning);
        }
    }
}
