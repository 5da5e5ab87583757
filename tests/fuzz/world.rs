//! Good files to begin with, all made in code: a training of two steps, its model in every form, pictures.

use super::containers::{with_recipe, zip_of};
use super::input::Input;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};
use purrtrait::config::{DataConfig, DataSource, DeviceChoice, Preset, RunConfig, Tunables};
use purrtrait::data::{DataHome, Dataset};
use purrtrait::engine::{Command, Event, ModelStamp, Point, Recipe, RunEnd, Waited, load_generator, start};
use purrtrait::interrupt::JobControl;
use purrtrait::model::{SavedDiscriminator, SavedGenerator};
use purrtrait::pixels::Frame;
use purrtrait::train::RunDir;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A folder with everything that targets need; made once, looked at by every child process.
pub struct World {
    pub root: PathBuf,
    pub model: SavedGenerator,
    /// Of the model; takes a while to compute.
    pub hash: String,
    pub discriminator: Option<SavedDiscriminator>,
}

/// The settings of the training: as small as they get.
pub fn config() -> RunConfig {
    let mut config = Preset::find("quick-32").expect("a preset").config();
    config.device = DeviceChoice::Cpu;
    config.batch = 2;
    config.max_steps = 2;
    config.sample_count = 1;
    config.model.g_width = 4;
    config.model.d_width = 4;
    config.data = DataConfig { demo_count: 4, ..DataConfig::default() };
    config.tunables = Tunables { metrics_every: 1, sample_every: 1, measure_every: 0.0, ..Tunables::default() };
    config
}

impl World {
    /// Trains, and makes a folder of three pictures.
    pub fn make(root: &Path) {
        let mut engine = start(Arc::new(|| {}));
        let command = Command::Start { config: Box::new(config()), out: Some(root.join("run")) };
        assert!(engine.send(command), "the engine takes commands");
        loop {
            match engine.wait(Duration::from_secs(120)) {
                Waited::Event(event) => match *event {
                    Event::RunEnded(RunEnd::Finished { .. }) => break,
                    Event::RunEnded(other) => panic!("{other:?}"),
                    _ => {}
                },
                _ => panic!("the training says nothing any more"),
            }
        }
        engine.shutdown();
        let photos = root.join("photos");
        std::fs::create_dir_all(&photos).unwrap();
        for cat in 0..3 {
            let picture = purrtrait::data::draw_demo_cat(1, cat, 20).to_png().unwrap();
            std::fs::write(photos.join(format!("{cat}.png")), picture).unwrap();
        }
        Self::photos(root, &root.join("cache"));
    }

    pub fn open(root: &Path) -> Self {
        let model = load_generator(&root.join("run"), false).expect("the trained model");
        let (run, _) = RunDir::inspect(&root.join("run")).expect("the trained run");
        let networks = run.newest().expect("its checkpoint").0.networks().expect("both networks");
        Self { root: root.to_path_buf(), hash: model.hash(), model, discriminator: networks.discriminator }
    }

    /// The three pictures, prepared with the help of a cache.
    pub fn photos(root: &Path, cache: &Path) -> Dataset {
        let config = DataConfig { source: DataSource::Folder(root.join("photos")), ..DataConfig::default() };
        Dataset::prepare(&config, 16, &DataHome::at(cache), JobControl::unattended()).expect("three pictures")
    }

    /// A folder or file for the input under way.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.root.join("scratch").join(name)
    }

    /// Files below a folder as they are.
    pub fn files<const N: usize>(&self, folder: &str, names: [&str; N]) -> Input {
        Input::of(names.map(|name| (name, std::fs::read(self.root.join(folder).join(name)).expect(name))))
    }

    /// A recipe of `count` pictures of the model.
    pub fn recipe(&self, count: usize) -> Recipe {
        let latent = vec![0.25; self.model.config.latent_size as usize];
        let points = (0..count).map(|i| Point::drawn(latent.clone(), 1, i as u64)).collect();
        let stamp = ModelStamp::new(&self.model, "run", None, false);
        Recipe { grid: count > 1, ..Recipe::new(stamp, points, 1) }
    }

    /// A picture with that recipe, packed as the program writes it and unpacked.
    pub fn with_recipe(&self, count: usize) -> [Vec<u8>; 2] {
        let frame = Frame::filled(32, 32, [9, 99, 199]);
        let packed = purrtrait::formats::encode_png(&frame, Some(&self.recipe(count))).unwrap();
        [packed, with_recipe(&frame.to_png().unwrap(), &self.recipe(count).to_json().unwrap())]
    }
}

/// A small picture in every format that is read.
pub fn pictures() -> Vec<Vec<u8>> {
    let image = RgbImage::from_fn(24, 18, |x, y| image::Rgb([(x * 10) as u8, (y * 14) as u8, (x * y) as u8]));
    let color = DynamicImage::ImageRgb8(image);
    let mut all = Vec::new();
    let mut add = |image: &DynamicImage, format| {
        let mut bytes = Vec::new();
        image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        all.push(bytes);
    };
    for format in [ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp] {
        add(&color, format);
    }
    for format in [ImageFormat::Png, ImageFormat::Tiff] {
        for image in [color.clone(), color.to_luma8().into(), color.to_rgba16().into(), color.to_rgba8().into()] {
            add(&image, format);
        }
    }
    all.push(with_orientation(&all[0]));
    all.push(palette_png());
    all.push(film());
    let mut grey = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut grey);
    encoder.write_image(color.to_luma8().as_raw(), 24, 18, ExtendedColorType::L8).unwrap();
    all.push(grey);
    all
}

/// Small HEIC, AVIF and JPEG XL files: turned, as grids, with opacity, with profiles.
pub fn phone_pictures() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|own| ["heic", "avif", "jxl"].iter().any(|e| own == *e)));
    paths.sort();
    assert!(paths.len() > 30, "{paths:?}");
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A JPEG with an EXIF block that asks for a quarter turn.
fn with_orientation(jpeg: &[u8]) -> Vec<u8> {
    let exif = b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    [&jpeg[..2], exif, &jpeg[2..]].concat()
}

/// Two bits a pixel, interlaced.
fn palette_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
    encoder.set_trns(vec![0, 128]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0b0001_1011; 16]).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A GIF of two frames.
fn film() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, 6, 6, &[0, 0, 0, 255, 255, 255]).unwrap();
    for shade in [0, 1] {
        let pixels = vec![shade; 36];
        encoder.write_frame(&gif::Frame::from_indexed_pixels(6, 6, pixels, None)).unwrap();
    }
    drop(encoder);
    bytes
}

/// The model as PyTorch saves it today, and as it did before 1.6.
pub fn pytorch(model: &SavedGenerator) -> [Vec<u8>; 2] {
    let numbers = |i: usize| model.tensors[i].values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let all = 0..model.tensors.len();
    let mut files = vec![("archive/data.pkl".to_owned(), [b"\x80\x02", &state_dict(model, b"")[..], b"."].concat())];
    files.extend(all.clone().map(|i| (format!("archive/data/{i}"), numbers(i))));
    let mut old =
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02".to_vec();
    old.extend(state_dict(model, b"N"));
    let keys = all.clone().flat_map(|i| text(&i.to_string())).collect::<Vec<u8>>();
    old.extend([b".\x80\x02](", &keys[..], b"e."].concat());
    all.for_each(|i| old.extend([&(model.tensors[i].values.len() as u64).to_le_bytes()[..], &numbers(i)].concat()));
    [zip_of(&files), old]
}

fn text(words: &str) -> Vec<u8> {
    [b"X", &(words.len() as u32).to_le_bytes()[..], words.as_bytes()].concat()
}

/// The instructions that build an ordered dictionary of tensors; `more` ends the description of each storage.
fn state_dict(model: &SavedGenerator, more: &[u8]) -> Vec<u8> {
    let number = |n: usize| [b"J", &(n as u32).to_le_bytes()[..]].concat();
    let sizes = |all: &[usize]| [b"(", &all.iter().flat_map(|n| number(*n)).collect::<Vec<u8>>()[..], b"t"].concat();
    let mut out = b"ccollections\nOrderedDict\n)R(".to_vec();
    for (i, tensor) in model.tensors.iter().enumerate() {
        let strides: Vec<usize> = (1..=tensor.shape.len()).map(|i| tensor.shape[i..].iter().product()).collect();
        out.extend(text(&tensor.name));
        out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        out.extend([text("storage"), b"ctorch\nFloatStorage\n".to_vec(), text(&i.to_string()), text("cpu")].concat());
        out.extend([&number(tensor.values.len()), more, b"tQ", &number(0)].concat());
        out.extend([sizes(&tensor.shape), sizes(&strides)].concat());
        out.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    }
    [&out[..], b"u"].concat()
}
