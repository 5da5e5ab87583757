//! What is said of folders with typical faults, each made here.

use super::advice::Remedy;
use super::samples::{TestFolder, encode, quarters};
use crate::config::{DataConfig, Duplicates, FaceMode};
use image::{ImageFormat, Rgb, RgbImage};

/// What is said of the folder and is no praise, with the first remedy.
fn faults(folder: &TestFolder, change: impl FnOnce(&mut DataConfig)) -> Vec<(String, Option<Remedy>)> {
    let mut config = folder.config();
    change(&mut config);
    let dataset = folder.prepare_as(&config).unwrap();
    let bad = dataset.report().advice.iter().filter(|advice| !advice.good);
    bad.map(|advice| (advice.text.clone(), advice.remedies.first().copied())).collect()
}

fn says(faults: &[(String, Option<Remedy>)], words: &str, remedy: Remedy) {
    let found = faults.iter().any(|(text, first)| text.contains(words) && *first == Some(remedy));
    assert!(found, "{words}: {faults:?}");
}

#[test]
fn few_pictures_and_pictures_without_faces_are_told_with_what_helps() {
    let folder = TestFolder::new();
    for i in 0..3 {
        folder.put(format!("{i}.png"), encode(quarters(40 + i, 40), ImageFormat::Png));
    }
    let told = faults(&folder, |config| config.faces = FaceMode::Auto);
    says(&told, "Only 3 pictures: the networks learn to copy them", Remedy::OtherPictures);
    says(&told, "A cat's face was found in 0 of 3 photos that were looked at", Remedy::OtherPictures);
    let told = faults(&folder, |config| config.faces = FaceMode::Off);
    says(&told, "Faces are not looked for", Remedy::CutToFaces);
}

#[test]
fn blank_pictures_and_copies_are_told() {
    let folder = TestFolder::new();
    for i in 0..4 {
        folder.put(format!("same-{i}.png"), encode(quarters(40, 40), ImageFormat::Png));
        let plain = RgbImage::from_pixel(40, 40 + i, Rgb([90, 90, 90]));
        folder.put(format!("plain-{i}.png"), encode(plain, ImageFormat::Png));
    }
    folder.put("other.png", encode(quarters(44, 30), ImageFormat::Png));
    let told = faults(&folder, |config| config.duplicates = Duplicates::Best);
    says(&told, "4 of 9 pictures are blank", Remedy::OtherPictures);
    let folder = TestFolder::new();
    for i in 0..4 {
        folder.put(format!("same-{i}.png"), encode(quarters(40, 40), ImageFormat::Png));
    }
    let told = faults(&folder, |config| config.duplicates = Duplicates::Keep);
    says(&told, "3 of 4 pictures show what others show", Remedy::UseSharpest);
    let told = faults(&folder, |config| config.duplicates = Duplicates::Best);
    says(&told, "3 of 4 pictures show the same moments as others", Remedy::OtherPictures);
}

#[test]
fn a_remedy_is_a_setting() {
    let mut config = DataConfig { faces: FaceMode::Off, duplicates: Duplicates::Keep, ..DataConfig::default() };
    Remedy::CutToFaces.apply(&mut config);
    Remedy::UseSharpest.apply(&mut config);
    Remedy::OtherPictures.apply(&mut config);
    assert_eq!((config.faces, config.duplicates), (FaceMode::On, Duplicates::Best));
}
