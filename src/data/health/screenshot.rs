//! Screenshots by their names. They are only marked: some show a cat.

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
    fn the_beginnings_are_written_as_names_are_compared() {
        for beginning in BEGINNINGS {
            assert_eq!(plain(beginning), beginning);
        }
    }
}
