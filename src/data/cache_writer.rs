//! Builds a cache while pictures are being decoded.

use super::cache::{self, Cache, CacheEntry, HEADER_BYTES, Header, Index, Pixels, picture_bytes};
use crate::files;
use crate::interrupt::JobControl;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Takes pictures from many threads. They go straight to disk, so that memory stays small however many there are;
/// once the disk refuses, the rest is kept in memory.
pub(super) struct Writer {
    side: u32,
    target: PathBuf,
    /// The temporary file; taken away when complete or given up.
    part: Option<PathBuf>,
    state: Mutex<Written>,
}

struct Written {
    file: Option<File>,
    /// Pictures handed over so far.
    slots: u32,
    /// Of these, how many went to the file: the first ones.
    on_disk: u32,
    /// The others, one after another.
    memory: Vec<u8>,
    /// Why the disk was given up.
    failure: Option<io::Error>,
}

impl Writer {
    /// A cache that will stand at `target`. When the folder cannot be written, everything is kept in memory.
    pub(super) fn new(target: &Path, side: u32) -> Self {
        let folder = target.parent().unwrap_or(Path::new("."));
        let opened = files::make_folder(folder).and_then(|()| files::temporary_file(folder));
        let (mut file, part, mut failure) = match opened {
            Ok((file, part)) => (Some(file), Some(part), None),
            Err(error) => (None, None, Some(error)),
        };
        // Room for the header, which can only be written at the end.
        if let Some(Err(error)) = file.as_mut().map(|file| file.write_all(&[0; HEADER_BYTES])) {
            failure = Some(error);
        }
        let state = Written { file, slots: 0, on_disk: 0, memory: Vec::new(), failure };
        Self { side, target: target.to_owned(), part, state: Mutex::new(state) }
    }

    /// Keeps one picture and returns its slot.
    pub(super) fn put(&self, pixels: &[u8]) -> u32 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = state.slots;
        state.slots += 1;
        if state.failure.is_none() {
            match state.file.as_mut().map(|file| file.write_all(pixels)) {
                Some(Err(error)) => state.failure = Some(error),
                None => {}
                Some(Ok(())) => {
                    state.on_disk += 1;
                    return slot;
                }
            }
        }
        state.memory.extend_from_slice(pixels);
        slot
    }

    /// Completes the cache. The second value says why it could not be kept on disk, if so.
    ///
    /// # Errors
    /// When pictures that had gone to the disk cannot be read back.
    pub(super) fn finish(mut self, index: Index) -> io::Result<(Cache, Option<io::Error>)> {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (slots, failure) = (state.slots, state.failure.take());
        let mut reason = match failure {
            Some(error) => Some(error),
            None => self.publish(&index, slots).err(),
        };
        if reason.is_none() {
            match Cache::open(&self.target, self.side, JobControl::unattended()) {
                Some(cache) => return Ok((cache, None)),
                None => reason = Some(io::Error::other("it could not be opened again")),
            }
        }
        let pixels = Pixels::Memory(self.gather()?);
        Ok((Cache { pixels, index }, reason))
    }

    /// Index and header into the temporary file, then the final name.
    fn publish(&mut self, index: &Index, slots: u32) -> io::Result<()> {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = state.file.as_mut() else { return Err(io::Error::other("it was never opened")) };
        let index = serde_json::to_vec(index)?;
        file.write_all(&index)?;
        file.seek(SeekFrom::Start(0))?;
        cache::write_synced(file, &Header::new(self.side, slots, &index).bytes())?;
        let Some(part) = &self.part else { return Err(io::Error::other("it was given up")) };
        std::fs::rename(part, &self.target)?;
        self.part = None;
        Ok(())
    }

    /// All pictures in one piece of memory: those on disk first, as they were handed over first.
    fn gather(&mut self) -> io::Result<Vec<u8>> {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.on_disk == 0 {
            return Ok(std::mem::take(&mut state.memory));
        }
        let disk_bytes = state.on_disk as usize * picture_bytes(self.side);
        let mut all = vec![0; disk_bytes];
        if let Some(file) = state.file.as_mut() {
            file.seek(SeekFrom::Start(HEADER_BYTES as u64))?;
            file.read_exact(&mut all)?;
        }
        all.append(&mut state.memory);
        Ok(all)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Closed first: Windows does not delete open files.
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).file = None;
        if let Some(part) = self.part.take() {
            let _ = std::fs::remove_file(part);
        }
    }
}

/// Moves the pictures of a photo in an older cache over.
pub(super) fn carry_over(old: &Cache, entry: &CacheEntry, side: u32, writer: &Writer) -> CacheEntry {
    let mut entry = entry.clone();
    if let CacheEntry::Photo { squares, .. } = &mut entry {
        for square in squares {
            square.slot = writer.put(old.pixels.get(square.slot, picture_bytes(side)));
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::cache::CachedSquare;
    use crate::data::photo::{Photo, PhotoSquare, drawn};
    use std::sync::atomic::AtomicBool;

    const SIDE: u32 = 2;

    fn entry(slot: u32, pixels: &[u8]) -> CacheEntry {
        let (digest, crc) = (format!("{slot:032x}"), crc32fast::hash(pixels));
        let Photo { about, squares } = drawn(1, slot.into(), 16);
        let cached = |square: PhotoSquare| CachedSquare { slot, digest: digest.clone(), crc, about: square.about };
        CacheEntry::Photo { about, squares: squares.into_iter().map(cached).collect() }
    }

    fn written(path: &Path) -> (Cache, Option<io::Error>) {
        let writer = Writer::new(path, SIDE);
        let mut index = Index::new();
        for value in [10u8, 20, 30] {
            index.insert(format!("id{value}"), entry(writer.put(&[value; 12]), &[value; 12]));
        }
        index.insert("bad".into(), CacheEntry::Skipped { reason: "damaged".into() });
        writer.finish(index).unwrap()
    }

    fn check(cache: &Cache) {
        for value in [10u8, 20, 30] {
            let [square] = cache.index[&format!("id{value}")].squares() else { panic!("a picture") };
            assert_eq!(cache.pixels.get(square.slot, picture_bytes(SIDE)), [value; 12]);
        }
        assert_eq!(cache.index["bad"], CacheEntry::Skipped { reason: "damaged".into() });
    }

    #[test]
    fn what_was_put_comes_back_from_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/folder/x.pictures");
        let (cache, reason) = written(&path);
        assert!(reason.is_none() && matches!(cache.pixels, Pixels::Mapped(..)));
        check(&cache);
        check(&Cache::open(&path, SIDE, JobControl::unattended()).unwrap());
        assert!(Cache::open(&path, SIDE, JobControl::silent(&AtomicBool::new(true))).is_none(), "cancelled");
        assert!(Cache::open(&path, SIDE + 1, JobControl::unattended()).is_none(), "another size is another cache");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    fn damage_anywhere_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pictures");
        drop(written(&path));
        let good = std::fs::read(&path).unwrap();
        for length in (0..good.len()).step_by(7) {
            std::fs::write(&path, &good[..length]).unwrap();
            assert!(Cache::open(&path, SIDE, JobControl::unattended()).is_none(), "cut to {length}");
        }
        for at in (0..HEADER_BYTES).chain(HEADER_BYTES + 36..good.len()) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            assert!(Cache::open(&path, SIDE, JobControl::unattended()).is_none(), "bit flipped at {at}");
        }
        // In a picture it costs that one alone.
        for at in HEADER_BYTES..HEADER_BYTES + 36 {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, bad).unwrap();
            let cache = Cache::open(&path, SIDE, JobControl::unattended()).unwrap();
            let gone = format!("id{}", [10, 20, 30][(at - HEADER_BYTES) / 12]);
            assert!(cache.index.len() == 3 && !cache.index.contains_key(&gone), "bit flipped at {at}");
        }
        std::fs::write(&path, [&good[..], b"more"].concat()).unwrap();
        assert!(Cache::open(&path, SIDE, JobControl::unattended()).is_none(), "too long");
        std::fs::write(&path, &good).unwrap();
        check(&Cache::open(&path, SIDE, JobControl::unattended()).unwrap());
    }

    #[test]
    fn without_room_on_disk_memory_does() {
        let folder = tempfile::tempdir().unwrap();
        let blocker = folder.path().join("file");
        std::fs::write(&blocker, "not a folder").unwrap();
        let (cache, reason) = written(&blocker.join("x.pictures"));
        assert!(reason.is_some() && matches!(cache.pixels, Pixels::Memory(_)));
        check(&cache);
    }

    #[test]
    fn a_disk_that_fills_up_half_way_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pictures");
        let writer = Writer::new(&path, SIDE);
        let mut index = Index::new();
        index.insert("id10".into(), entry(writer.put(&[10; 12]), &[10; 12]));
        // From here on the disk refuses.
        writer.state.lock().unwrap().failure = Some(io::ErrorKind::StorageFull.into());
        index.insert("id20".into(), entry(writer.put(&[20; 12]), &[20; 12]));
        index.insert("id30".into(), entry(writer.put(&[30; 12]), &[30; 12]));
        index.insert("bad".into(), CacheEntry::Skipped { reason: "damaged".into() });
        let (cache, reason) = writer.finish(index).unwrap();
        assert_eq!(reason.unwrap().kind(), io::ErrorKind::StorageFull);
        check(&cache);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no half a cache is left");
    }
}
