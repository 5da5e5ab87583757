//! `dataset faces` and `dataset score`.

use super::*;

/// A few colours side by side: a photo without a cat.
fn write_photo(path: &Path) {
    let picture = image::RgbImage::from_fn(90, 60, |x, y| image::Rgb([(x * 2) as u8, (y * 3) as u8, 90]));
    picture.save(path).unwrap();
}

fn folder_of_photos(home: &TempDir) -> PathBuf {
    let folder = home.path().join("photos");
    fs::create_dir_all(folder.join("more")).unwrap();
    write_photo(&folder.join("a.png"));
    write_photo(&folder.join("more/b.png"));
    fs::write(folder.join("broken.png"), "no picture").unwrap();
    folder
}

#[test]
fn faces_are_one_object_with_every_photo() {
    let home = home();
    let folder = folder_of_photos(&home);
    let before = contents(&folder.join("more"));
    let found = run(purrtrait(&home, "dataset faces photos --json --sheet sheet.png")).expect(0);
    let json = found.json();
    let files = json["files"].as_array().unwrap();
    let paths: Vec<_> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths, [Path::new("photos/a.png"), Path::new("photos/more/b.png")].map(|p| p.to_str().unwrap()));
    for file in files {
        assert_eq!((&file["width"], &file["height"]), (&90.into(), &60.into()));
        assert!(file["faces"].is_array(), "{file}");
    }
    assert_eq!(json["skipped"][0]["path"], Path::new("photos/broken.png").to_str().unwrap());
    assert!(json["skipped"][0]["reason"].as_str().unwrap().contains("not a picture"), "{json}");
    assert_eq!(json["sheets"][0], "sheet.png");
    let (width, height) = image::image_dimensions(home.path().join("sheet.png")).unwrap();
    assert!(width > 240 && height > 240, "{width} x {height}");
    assert_eq!(contents(&folder.join("more")), before);
    // A sheet is never overwritten.
    let again = run(purrtrait(&home, "dataset faces photos --sheet sheet.png"));
    assert!(again.code != Some(0) && again.stderr.contains("sheet.png"), "{again:?}");
}

#[test]
fn one_photo_and_no_photo() {
    let home = home();
    folder_of_photos(&home);
    let one = run(purrtrait(&home, "dataset faces photos/a.png")).expect(0);
    assert!(one.stdout.contains("(90 x 60)") && one.stdout.contains("of 1 photo"), "{one:?}");
    run(purrtrait(&home, "dataset faces photos/broken.png")).expect(3);
    let none = run(purrtrait(&home, "dataset faces nowhere --json")).expect(3);
    assert!(none.stderr.contains("nowhere"), "{none:?}");
}

#[test]
fn scoring_counts_what_is_marked() {
    let home = home();
    folder_of_photos(&home);
    let heads = "file,width,height,x0,y0,x1,y1,split\na.png,90,60,30,10,70,50,val\nmore/b.png,90,60,,,,,val\n";
    fs::write(home.path().join("photos/heads.csv"), heads).unwrap();
    let score = run(purrtrait(&home, "dataset score photos --json")).expect(0).json();
    assert_eq!((&score["split"], &score["without_cat"]), (&"val".into(), &1.into()));
    let rows = score["rows"].as_array().unwrap();
    let heads: Vec<_> = rows.iter().map(|row| row["heads"].as_u64().unwrap()).collect();
    // All; 40 of 90 pixels; a tenth of 320 and of 640 pixels.
    assert_eq!(heads, [1, 0, 0, 1, 0, 1, 1]);
    assert!(rows.iter().all(|row| row["recall"].as_f64().unwrap() <= 1.0));
    let text = run(purrtrait(&home, "dataset score photos")).expect(0).stdout;
    assert!(text.contains("precision") && text.contains("12 megapixels"), "{text}");
    let other = run(purrtrait(&home, "dataset score photos --split test")).expect(3);
    assert!(other.stderr.contains("split test"), "{other:?}");
}
