//! Kinds of files and folders among people's pictures that are none to learn from, and names that only look so.

use super::folder_tests::{assert_left_out, photo};
use super::samples::{TestFolder, encode, quarters};
use super::squares::Trait;
use image::ImageFormat;

/// Puts a picture at each path, prepares them, and expects one photo to be left and the first part of each path to be
/// listed with a reason that has these words.
#[track_caller]
fn assert_none_is_used(files: &[(&str, &str, &str)]) {
    let folder = TestFolder::new();
    folder.put("photo.jpg", photo());
    let expected: Vec<(&str, &str)> = files.iter().map(|(listed, _, words)| (*listed, *words)).collect();
    for (listed, inside, _) in files {
        folder.put(format!("{listed}{inside}"), photo());
    }
    let dataset = folder.prepare().unwrap();
    assert_left_out(&folder, &dataset, &expected);
    assert_eq!(dataset.len(), 1);
}

#[test]
fn servers_of_photos_keep_thumbnails_converted_films_and_bins() {
    assert_none_is_used(&[
        ("immich/thumbs", "/ab/cd/0_preview.jpeg", "thumbnails"),
        ("immich/encoded-video", "/ab/cd/still.jpg", "converted by a photo server"),
        ("photoprism/sidecar", "/2020/IMG_1.HEIC.jpg", "made of others"),
        ("photoprism/cache/thumbnails", "/a/b/0_500x500_center.jpg", "thumbnails"),
        ("libre/square_thumbnails_small", "/a.webp", "thumbnails"),
        ("nextcloud/appdata_oc1a2b3c", "/preview/1/256-256-crop.jpg", "thumbnails"),
        ("nextcloud/ada/files_trashbin", "/files/a.jpg.d1600000000", "trash folder"),
        ("nextcloud/ada/files_versions", "/a.jpg.v1600000000", "earlier versions"),
        ("qnap/@Recycle", "/a.jpg", "trash folder"),
        ("qnap/@Recently-Snapshot", "/a.jpg", "snapshots"),
        ("qnap/@Snapshot", "/a.jpg", "snapshots"),
        ("nas/.snapshots", "/1/snapshot/a.jpg", "snapshots"),
        ("wd/.wdmc", "/a.jpg", "Western Digital"),
        ("buffalo/trashbox", "/a.jpg", "trash folder"),
        ("SYNOPHOTO_FILM_M.jpg", "", "Synology"),
    ]);
}

#[test]
fn programs_and_phones_keep_previews_bins_and_data() {
    assert_none_is_used(&[
        ("a/Catalog Smart Previews.lrdata", "/1.jpg", "previews"),
        ("Lightroom Library.lrlibrary/0a1b/Previews", "/1.jpg", "photo library"),
        ("darktable/mipmaps-0a1b.d", "/2/1.jpg", "thumbnails"),
        ("acdsee/[Originals]", "/1.jpg", "unedited originals"),
        ("Film.imovielibrary", "/Thumbnails/1.jpg", "film project"),
        ("iPod Photo Cache", "/1.jpg", "previews"),
        ("phone/Android/data", "/com.app/cache/1.jpg", "data of apps"),
        ("phone/WhatsApp Stickers", "/1.webp", "stickers"),
        ("phone/DCIM/.thumbnails", "/1.jpg", "thumbnails"),
        ("card/PRIVATE/M4ROOT/THMBNL", "/C0001T01.JPG", "thumbnails"),
        ("card/DJI_0001.SCR", "", "thumbnails"),
        ("card/DJI_0002.THM", "", "thumbnails"),
        (".trashed-1700000000-a.jpg", "", "trash folder"),
        ("AlbumArt_{0A1B}_Large.jpg", "", "cover of an album"),
        ("a/thumbcache_256.db", "", "Windows"),
        ("1A2B3C4D-0000-4000-8000-0123456789AB_1_105_c.jpeg", "", "a preview of Apple Photos"),
        ("site/node_modules", "/pkg/logo.png", "program"),
        ("Unconfirmed 12.crdownload", "", "incomplete"),
        ("cat.jpg.part", "", "incomplete"),
    ]);
}

#[test]
fn bins_are_known_in_many_languages() {
    for name in [
        "Papierkorb",
        "papierkorb",
        "Zuletzt gelöscht",
        "Corbeille",
        "Supprimés récemment",
        "Papelera",
        "Lixeira",
        "Prullenbak",
        "Корзина",
        "ごみ箱",
        "回收站",
        "휴지통",
        "Trash",
        "Deleted Items",
        "Recently Deleted",
    ] {
        assert_none_is_used(&[(name, "/a.jpg", "trash folder")]);
    }
}

#[test]
fn copies_that_programs_make_of_a_picture_are_left_out_where_it_is() {
    let folder = TestFolder::new();
    for name in ["IMG_1.jpg", "IMG_1-edited.jpg", "Bild-bearbeitet.jpg", "IMG_0002.JPG", "IMG_E0002.JPG", "web.jpg"] {
        folder.put(name, photo());
    }
    for name in ["web-300x200.jpg", "web-scaled-12x.jpg", "web.jpg_original", "web (1).jpg"] {
        folder.put(name, photo());
    }
    (0..9).for_each(|i| _ = folder.put(format!("takeout/{i}.jpg.supplemental-metadata.json"), "{}"));
    folder.put("IMG_1.jpg.json", "{}");
    let dataset = folder.prepare().unwrap();
    assert_left_out(
        &folder,
        &dataset,
        &[
            ("IMG_1-edited.jpg", "an edited copy"),
            ("IMG_E0002.JPG", "an edited copy"),
            ("web-300x200.jpg", "a smaller version"),
            ("web.jpg_original", "a backup"),
            ("IMG_1.jpg.json", "metadata"),
            ("takeout", "metadata of a photo program, not a picture (9 files in this folder)"),
        ],
    );
    assert_eq!(dataset.len(), 6, "an edited copy without its picture is one, and so is what a browser numbered");
}

#[test]
fn names_that_only_look_like_those_are_used() {
    let folder = TestFolder::new();
    let names = [
        "thumbs up cat/a.jpg",
        "thumbnails128x128/a.jpg",
        "Papierkorb-Katze/a.jpg",
        "Trash the cat/a.jpg",
        "sidecar/a.jpg",
        "data/a.jpg",
        "Android/a.jpg",
        "originals/a.jpg",
        "snapshots/a.jpg",
        "recycled toys/a.jpg",
        "preview/a.jpg",
        "cache/a.jpg",
        "L.lrlibrary/0a1b/originals/2020/a.jpg",
        "Mobile Downloads.lrdata/0a1b/a.jpg",
        "my.application/a.jpg",
        "Screenshots/a.jpg",
        "deleted scenes.jpg",
        "a_1_105_c.jpeg",
        "partial.jpg",
    ];
    names.iter().for_each(|name| _ = folder.put(name, photo()));
    let dataset = folder.prepare().unwrap();
    // Beside a folder `cache`, `sidecar` is that of a photo server.
    assert_left_out(&folder, &dataset, &[("sidecar", "photo server")]);
    assert_eq!(dataset.len(), names.len() - 1);
    std::fs::rename(folder.files.join("cache"), folder.files.join("other")).unwrap();
    assert_eq!(folder.prepare().unwrap().len(), names.len());
}

#[test]
fn a_chosen_folder_is_read_whatever_it_is_called() {
    let mut folder = TestFolder::new();
    for name in ["thumbs", "Papierkorb", "Previews.lrdata"] {
        folder.put(format!("{name}/a.jpg"), photo());
        let all = std::mem::replace(&mut folder.files, std::path::PathBuf::new());
        folder.files = all.join(name);
        assert_eq!(folder.prepare().unwrap().len(), 1, "{name}");
        folder.files = all;
    }
}

#[test]
fn pointers_of_git_lfs_say_how_the_pictures_are_fetched() {
    let folder = TestFolder::new();
    folder.put("photo.jpg", photo());
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 48213\n";
    folder.put("cat.jpg", pointer);
    folder.put("noname", pointer);
    let dataset = folder.prepare().unwrap();
    assert_left_out(&folder, &dataset, &[("cat.jpg", "`git lfs pull`"), ("noname", "`git lfs pull`")]);
}

#[test]
fn a_later_frame_of_an_animation_that_begins_transparent_counts_as_it_is() {
    let picture = quarters(24, 24);
    let mut gif = Vec::new();
    let mut encoder = gif::Encoder::new(&mut gif, 24, 24, &[]).unwrap();
    encoder.write_frame(&gif::Frame::from_rgba(24, 24, &mut [0; 24 * 24 * 4])).unwrap();
    encoder.write_frame(&gif::Frame::from_rgb(24, 24, picture.as_raw())).unwrap();
    drop(encoder);
    let folder = TestFolder::new();
    folder.put("a.gif", gif);
    folder.put("b.png", encode(quarters(24, 24), ImageFormat::Png));
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 2);
    let colour = |i: usize| &dataset.picture(i)[..3];
    assert!(colour(0).iter().zip(colour(1)).all(|(a, b)| a.abs_diff(*b) < 16), "{:?} {:?}", colour(0), colour(1));
}

#[test]
fn screenshots_are_marked_and_used_and_photos_are_not_marked() {
    let folder = TestFolder::new();
    folder.put("IMG_0001.PNG", encode(quarters(640, 1400), ImageFormat::Png));
    folder.put("IMG_0002.PNG", encode(quarters(600, 800), ImageFormat::Png));
    folder.put("IMG_0003.JPG", encode(quarters(640, 1136), ImageFormat::Jpeg));
    folder.put("IMG_0004.JPG", encode(quarters(640, 1400), ImageFormat::Jpeg));
    folder.put("Screenshot_20260101-101010.jpg", encode(quarters(300, 400), ImageFormat::Jpeg));
    let dataset = folder.prepare().unwrap();
    let pictures = dataset.report().pictures.clone().unwrap();
    let marked: Vec<bool> = pictures.pictures.iter().map(|p| p.traits.contains(&Trait::Screenshot)).collect();
    assert_eq!(marked, [true, false, true, false, true]);
    assert_eq!(dataset.len(), 5, "none is ruled out");
}
