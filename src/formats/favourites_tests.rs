use super::*;
use std::fs;

fn keepsake(i: u32) -> Arc<Keepsake> {
    let latent = vec![f32::from_bits(i + 1), -0.0, 1.0 / 3.0].into();
    let name = format!("Mieze 猫 {i}");
    // Two of the same are the same, also a second later.
    let kept_at = 1_790_000_000;
    Arc::new(Keepsake { name, notes: "two\nlines".into(), kept_at, ..Keepsake::new(latent, 0.7, 12) })
}

fn keep(file: &FavouritesFile, kept: &[Arc<Keepsake>]) {
    file.apply(&FavouriteEdit::Keep(kept.to_vec())).unwrap();
}

#[test]
fn favourites_come_back_to_the_bit_in_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let file = FavouritesFile::new(dir.path().join("own/favourites.jsonl"));
    assert!(file.load().unwrap().list.is_empty());
    let all: Vec<_> = (0..5).map(keepsake).collect();
    keep(&file, &all[..4]);
    keep(&file, &all[4..]);
    // A new name takes the place of the old one; another window has the same file open.
    let renamed = Arc::new(Keepsake { name: "Tom".into(), ..(*all[1]).clone() });
    let other = FavouritesFile::new(file.path().to_path_buf());
    keep(&other, &[renamed.clone()]);
    other.apply(&FavouriteEdit::Remove(vec![all[2].latent.clone()])).unwrap();
    let loaded = file.load().unwrap();
    assert_eq!(loaded.list, [all[0].clone(), renamed, all[3].clone(), all[4].clone()]);
    assert_eq!(loaded.list[0].latent[1].to_bits(), (-0.0_f32).to_bits());
    assert_eq!(loaded.notice, None);
}

#[test]
fn a_damaged_line_costs_no_other_and_is_not_thrown_away() {
    let dir = tempfile::tempdir().unwrap();
    let file = FavouritesFile::new(dir.path().join("favourites.jsonl"));
    keep(&file, &[keepsake(0), keepsake(1), keepsake(2)]);
    let text = fs::read_to_string(file.path()).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    let half = &lines[2][..40];
    lines[2] = half;
    // The last line has no end, as after a power cut.
    fs::write(file.path(), lines.join("\n")).unwrap();
    keep(&file, &[keepsake(3)]);
    let damaged = fs::read(file.path()).unwrap();
    let loaded = file.load().unwrap();
    assert_eq!(loaded.list, [keepsake(0), keepsake(2), keepsake(3)]);
    let notice = loaded.notice.unwrap();
    assert!(notice.starts_with("1 of 5 lines") && notice.contains("favourites.bad.jsonl"), "{notice}");
    assert_eq!(fs::read(dir.path().join("favourites.bad.jsonl")).unwrap(), damaged, "as it was");
    let again = file.load().unwrap();
    assert_eq!((again.list.len(), again.notice), (3, None));
    // Nothing of it is a favourite.
    fs::write(file.path(), b"\x00\xff{}\n{\"keep\":{\"latent\":\"\",\"psi\":1}}\n").unwrap();
    let loaded = file.load().unwrap();
    assert!(loaded.list.is_empty() && loaded.notice.unwrap().contains("favourites.bad-2.jsonl"));
}

#[test]
fn a_newer_file_is_left_alone_and_a_link_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let file = FavouritesFile::new(dir.path().join("favourites.jsonl"));
    fs::write(file.path(), "{\"format\":2}\n{\"tomorrow\":1}\n").unwrap();
    let error = file.apply(&FavouriteEdit::Keep(vec![keepsake(0)])).unwrap_err();
    assert!(matches!(error, SharedFileError::Newer { version: 2, .. }), "{error}");
    assert!(file.load().is_err());
    assert_eq!(fs::read_to_string(file.path()).unwrap(), "{\"format\":2}\n{\"tomorrow\":1}\n");
    #[cfg(unix)]
    {
        let link = FavouritesFile::new(dir.path().join("link.jsonl"));
        std::os::unix::fs::symlink(file.path(), link.path()).unwrap();
        assert!(link.load().is_err() && link.apply(&FavouriteEdit::Remove(Vec::new())).is_err());
    }
}

#[test]
fn a_file_of_many_changes_is_written_anew_and_texts_are_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let file = FavouritesFile::new(dir.path().join("favourites.jsonl"));
    let long = Keepsake { name: "ä".repeat(500), notes: "n".repeat(9000), ..(*keepsake(0)).clone() };
    let many: Vec<_> = std::iter::repeat_n(Arc::new(long), MOST_DEAD + 10).collect();
    keep(&file, &many);
    let loaded = file.load().unwrap();
    assert_eq!((loaded.list.len(), loaded.notice), (1, None));
    assert_eq!(loaded.list[0].name.chars().count(), LONGEST_NAME);
    assert_eq!(loaded.list[0].notes.chars().count(), LONGEST_NOTES);
    assert_eq!(fs::read_to_string(file.path()).unwrap().lines().count(), 2, "the format and the favourite");
}
