//! The file formats that the program knows. No other file lists extensions: dialogs, dropped files, help
//! texts, the scanner of pictures and the choice of an output format read this table.

use image::ImageFormat;
use serde::Serialize;
use std::path::Path;

/// A file format: how it is recognised, and what the program does with it.
#[derive(Debug)]
pub struct FileFormat {
    /// Name for messages, such as `JPEG`.
    pub name: &'static str,
    /// Extensions in lower case without a dot; the usual one first.
    pub extensions: &'static [&'static str],
    /// How such files begin, where no library recognises them: one of these byte patterns, in which `?` is any byte.
    pub signatures: &'static [&'static [u8]],
    /// As a picture to learn from; none for what does not turn up among pictures.
    pub picture: Option<PictureSupport>,
    /// The film that is written under such an extension.
    pub film: Option<FilmFormat>,
    /// Whether a generator or other weights can be read from it.
    pub model_input: bool,
    /// The model file that is written under such an extension.
    pub model_output: Option<ModelFormat>,
}

/// What becomes of a file among the pictures to learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureSupport {
    /// It is decoded.
    Decoded(Decoder),
    /// It is skipped: this build lacks the Cargo feature of this name.
    NotBuilt(&'static str),
    /// It is skipped; another program can convert it.
    Convertible,
    /// It is skipped: what a camera's sensor saw, and no finished picture.
    CameraRaw,
    /// It is skipped: a film, and no picture.
    Video,
}

/// What decodes a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoder {
    /// The library for the common formats.
    Library(ImageFormat),
    /// HEIC and AVIF, which differ only in how the picture inside is coded.
    Heif,
    /// JPEG XL.
    JpegXl,
}

/// The formats of films.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilmFormat {
    /// H.264, which phones play, or AV1 in an MP4 file.
    Mp4,
    /// AV1 in a WebM file.
    Webm,
    /// 256 colours a frame, shown everywhere.
    Gif,
    /// An animated PNG, without loss.
    Apng,
}

/// The formats in which a generator leaves the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelFormat {
    /// PyTorch's names and layout, and a PyTorch program beside it that loads it.
    Safetensors,
    /// For any ONNX runtime.
    Onnx,
    /// One page that runs the generator in a browser.
    Html,
}

/// What a file is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileUse {
    /// Pictures to learn from or to search for.
    Picture,
    /// Pictures that may carry a recipe.
    Recipe,
    /// Films to write.
    Film,
    /// Generators and other weights to read.
    ModelInput,
    /// Generators to write.
    ModelOutput,
    /// Pages for browsers to write.
    Page,
}

const NOTHING: FileFormat = FileFormat {
    name: "",
    extensions: &[],
    signatures: &[],
    picture: None,
    film: None,
    model_input: false,
    model_output: None,
};

/// A picture that is decoded.
const fn decoded(name: &'static str, extensions: &'static [&'static str], format: ImageFormat) -> FileFormat {
    FileFormat { name, extensions, picture: Some(PictureSupport::Decoded(Decoder::Library(format))), ..NOTHING }
}

/// A picture that is decoded where the program was built with a Cargo feature.
const fn optional(
    name: &'static str,
    extensions: &'static [&'static str],
    signatures: &'static [&'static [u8]],
    decoder: Decoder,
    (feature, built): (&'static str, bool),
) -> FileFormat {
    let support = if built { PictureSupport::Decoded(decoder) } else { PictureSupport::NotBuilt(feature) };
    refused(name, extensions, signatures, support)
}

/// A picture that is recognised by its signature, and in most cases cannot be decoded.
const fn refused(
    name: &'static str,
    extensions: &'static [&'static str],
    signatures: &'static [&'static [u8]],
    support: PictureSupport,
) -> FileFormat {
    FileFormat { name, extensions, signatures, picture: Some(support), ..NOTHING }
}

/// A model that is read.
const fn model(name: &'static str, extensions: &'static [&'static str]) -> FileFormat {
    FileFormat { name, extensions, model_input: true, ..NOTHING }
}

use PictureSupport::{CameraRaw, Convertible, Video};

/// Every format. Lists of extensions have this order, and of two signatures that fit the first counts.
pub static FILE_FORMATS: &[FileFormat] = &[
    decoded("JPEG", &["jpg", "jpeg", "jfif", "jpe"], ImageFormat::Jpeg),
    decoded("PNG", &["png"], ImageFormat::Png),
    decoded("WebP", &["webp"], ImageFormat::WebP),
    FileFormat { film: Some(FilmFormat::Webm), ..refused("WebM", &["webm"], &[b"\x1A\x45\xDF\xA3"], Video) },
    FileFormat { film: Some(FilmFormat::Gif), ..decoded("GIF", &["gif"], ImageFormat::Gif) },
    FileFormat { film: Some(FilmFormat::Apng), ..decoded("animated PNG", &["apng"], ImageFormat::Png) },
    decoded("BMP", &["bmp"], ImageFormat::Bmp),
    decoded("TIFF", &["tif", "tiff"], ImageFormat::Tiff),
    optional(
        "HEIC",
        &["heic", "heif", "hif"],
        &[
            b"????ftypheic",
            b"????ftypheix",
            b"????ftypheim",
            b"????ftypheis",
            b"????ftyphevc",
            b"????ftyphevx",
            b"????ftypmif1",
            b"????ftypmsf1",
            b"????ftypmiaf",
        ],
        Decoder::Heif,
        ("heic", cfg!(feature = "heic")),
    ),
    optional("AVIF", &["avif"], &[b"????ftypavif", b"????ftypavis"], Decoder::Heif, ("avif", cfg!(feature = "avif"))),
    optional("JPEG XL", &["jxl"], &[b"\xFF\x0A", b"\0\0\0\x0CJXL "], Decoder::JpegXl, ("jxl", cfg!(feature = "jxl"))),
    refused("JPEG 2000", &["jp2"], &[b"\0\0\0\x0CjP  "], Convertible),
    refused("a Photoshop file", &["psd"], &[b"8BPS"], Convertible),
    refused("a GIMP file", &["xcf"], &[b"gimp xcf"], Convertible),
    refused("PDF", &["pdf"], &[b"%PDF"], Convertible),
    refused("SVG", &["svg"], &[b"<svg"], Convertible),
    refused("an icon file", &["ico"], &[b"\0\0\x01\0"], Convertible),
    refused("QOI", &["qoi"], &[b"qoif"], Convertible),
    // Most are TIFF inside, with a thumbnail in front that must not stand for the photo. The signatures: Panasonic,
    // three of Olympus, Fujifilm, Sigma, Minolta, three of Canon, two of Phase One.
    refused(
        "camera raw",
        &[
            "3fr", "arw", "ari", "cap", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "k25", "kdc",
            "mef", "mos", "mrw", "nef", "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
            "bay",
        ],
        &[
            b"IIU\0",
            b"IIRO",
            b"IIRS",
            b"MMOR",
            b"FUJIFILMCCD-RAW",
            b"FOVb",
            b"\0MRM",
            b"II*\0????CR",
            b"II\x1A\0\0\0HEAPCCDR",
            b"????ftypcrx ",
            b"II*\0????IIII",
            b"MM\0*????MMMM",
        ],
        CameraRaw,
    ),
    // Begins like WebM, which is a part of it.
    refused("Matroska", &["mkv"], &[], Video),
    refused("QuickTime", &["mov"], &[b"????ftypqt  "], Video),
    FileFormat { film: Some(FilmFormat::Mp4), ..refused("MP4", &["mp4", "m4v"], &[b"????ftyp????"], Video) },
    refused("AVI", &["avi"], &[b"RIFF????AVI "], Video),
    refused("MPEG", &["mpg", "mpeg"], &[b"\0\0\x01\xBA", b"\0\0\x01\xB3"], Video),
    FileFormat { model_output: Some(ModelFormat::Safetensors), ..model("safetensors", &["safetensors"]) },
    model("PyTorch", &["pth", "pt", "ckpt"]),
    FileFormat { name: "ONNX", extensions: &["onnx"], model_output: Some(ModelFormat::Onnx), ..NOTHING },
    FileFormat { name: "HTML", extensions: &["html"], model_output: Some(ModelFormat::Html), ..NOTHING },
];

impl FileFormat {
    /// The format that a file's extension names, whatever its case.
    pub fn of(path: &Path) -> Option<&'static Self> {
        Self::with_extension(path.extension()?.to_str()?)
    }

    /// The format with this extension (without a dot), whatever its case.
    pub fn with_extension(extension: &str) -> Option<&'static Self> {
        FILE_FORMATS.iter().find(|format| format.extensions.iter().any(|own| extension.eq_ignore_ascii_case(own)))
    }

    /// The format whose signature the bytes begin with; formats that a library recognises have none.
    pub fn signed(bytes: &[u8]) -> Option<&'static Self> {
        let begins = |pattern: &&[u8]| {
            bytes.len() >= pattern.len()
                && pattern.iter().zip(bytes).all(|(wanted, byte)| *wanted == b'?' || wanted == byte)
        };
        FILE_FORMATS.iter().find(|format| format.signatures.iter().any(begins))
    }

    /// The decoder, if it is a picture that is decoded.
    pub fn decoder(&self) -> Option<Decoder> {
        match self.picture {
            Some(PictureSupport::Decoded(decoder)) => Some(decoder),
            _ => None,
        }
    }
}

impl FileUse {
    fn fits(self, format: &FileFormat) -> bool {
        match self {
            Self::Picture => format.decoder().is_some(),
            Self::Recipe => format.decoder() == Some(Decoder::Library(ImageFormat::Png)) && format.film.is_none(),
            Self::Film => format.film.is_some(),
            Self::ModelInput => format.model_input,
            Self::ModelOutput => format.model_output.is_some(),
            Self::Page => format.model_output == Some(ModelFormat::Html),
        }
    }

    fn formats(self) -> impl Iterator<Item = &'static FileFormat> {
        FILE_FORMATS.iter().filter(move |format| self.fits(format))
    }

    /// Whether a file with this extension is taken for it. The content may say otherwise later.
    pub fn accepts(self, path: &Path) -> bool {
        FileFormat::of(path).is_some_and(|format| self.fits(format))
    }

    /// The extensions without dots. What is written gets the usual one of each format.
    pub fn extensions(self) -> Vec<&'static str> {
        let written = matches!(self, Self::Film | Self::ModelOutput | Self::Page);
        let most = if written { 1 } else { usize::MAX };
        self.formats().flat_map(|format| format.extensions.iter().take(most).copied()).collect()
    }

    /// The extensions for a sentence: `.webm, .gif, .apng or .mp4`.
    pub fn listed(self) -> String {
        let dotted: Vec<String> = self.extensions().iter().map(|extension| format!(".{extension}")).collect();
        joined(&dotted, "or")
    }

    /// The names of the formats for a sentence: `JPEG, PNG and TIFF`.
    pub fn named(self) -> String {
        let names: Vec<String> = self.formats().map(|format| format.name.to_owned()).collect();
        joined(&names, "and")
    }
}

/// Whether a file of this name may lie among pictures, decoded or not, as photos, camera raw files and videos do.
pub(crate) fn is_picture_file(path: &Path) -> bool {
    FileFormat::of(path).is_some_and(|format| format.picture.is_some())
}

fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_extension_names_one_format() {
        let mut known = HashSet::new();
        for format in FILE_FORMATS {
            assert!(!format.extensions.is_empty(), "{format:?}");
            for extension in format.extensions {
                assert!(known.insert(extension), "{extension} stands twice");
                assert_eq!(*extension, extension.to_lowercase());
                let upper = format!("cat.{}", extension.to_uppercase());
                assert!(std::ptr::eq(FileFormat::of(Path::new(&upper)).unwrap(), format), "{upper}");
            }
        }
        for none in ["cat", "cat.", "cat.txt", "jpg"] {
            assert!(FileFormat::of(Path::new(none)).is_none(), "{none}");
        }
    }

    /// Each signature leads to its own format, not to one before it.
    #[test]
    fn every_signature_names_its_format() {
        for format in FILE_FORMATS {
            for signature in format.signatures {
                let found = FileFormat::signed(signature).unwrap();
                assert!(std::ptr::eq(found, format), "{signature:?} is taken for {}", found.name);
            }
        }
        assert!(FileFormat::signed(b"").is_none() && FileFormat::signed(b"\0\0\0\x18ftyp").is_none());
    }

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(FileUse::Film.listed(), ".webm, .gif, .apng or .mp4");
        assert_eq!(FileUse::ModelInput.listed(), ".safetensors, .pth, .pt or .ckpt");
        assert_eq!(FileUse::ModelOutput.listed(), ".safetensors, .onnx or .html");
        assert_eq!(FileUse::Page.listed(), ".html");
        #[cfg(all(feature = "heic", feature = "avif", feature = "jxl"))]
        assert_eq!(FileUse::Picture.named(), "JPEG, PNG, WebP, GIF, animated PNG, BMP, TIFF, HEIC, AVIF and JPEG XL");
    }
}
