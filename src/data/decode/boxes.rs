//! The boxes of a HEIF or AVIF file (ISO/IEC 14496-12 and 23008-12): its items, and what is said about each.
//!
//! Everything is bounded by what real files need, whatever a file claims: an extent may take no byte of the file, and
//! an item may be made of the same bytes again and again.

use super::picture::ENDS_EARLY;
use std::borrow::Cow;
use std::collections::HashMap;

/// Most extents of all items, properties of all items, and references of one kind from one item.
const MOST_ENTRIES: usize = 1 << 16;

/// The name of a box, of an item's kind or of a kind of reference.
pub(super) type Name = [u8; 4];

/// What a box of a property holds, version and flags included.
#[derive(Clone, Copy)]
pub(super) struct Property<'a> {
    pub name: Name,
    pub body: &'a [u8],
}

/// An item: a coded picture, a grid of such, EXIF data.
#[derive(Default)]
pub(super) struct Item<'a> {
    pub kind: Name,
    /// In the order in which they apply.
    pub properties: Vec<Property<'a>>,
    place: Place,
}

/// Where an item's bytes are.
#[derive(Default)]
struct Place {
    in_idat: bool,
    /// Start and length; no length means up to the end.
    extents: Vec<(u64, u64)>,
}

/// The still pictures of a file, with what belongs to them.
pub(super) struct Boxes<'a> {
    file: &'a [u8],
    idat: &'a [u8],
    pub primary: u32,
    pub items: HashMap<u32, Item<'a>>,
    /// By kind and the item that refers.
    references: HashMap<(Name, u32), Vec<u32>>,
}

impl<'a> Boxes<'a> {
    /// Reads the box `meta`; none if the file is a film, which has another one in its place.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(file: &'a [u8]) -> Result<Option<Self>, String> {
        let Some(meta) = children(file).find(|(name, _)| name == b"meta").map(|(_, body)| body) else {
            let film = children(file).any(|(name, _)| name == *b"moov");
            return if film { Ok(None) } else { Err(ENDS_EARLY.into()) };
        };
        let mut boxes = Self { file, idat: &[], primary: 0, items: HashMap::new(), references: HashMap::new() };
        boxes.read_meta(meta.get(4..).unwrap_or_default()).ok_or("damaged: its directory cannot be read")?;
        Ok(Some(boxes))
    }

    fn read_meta(&mut self, meta: &'a [u8]) -> Option<()> {
        let (mut shared, mut owners) = (Vec::new(), Vec::new());
        for (name, body) in children(meta) {
            let mut r = Reader(body);
            match &name {
                b"pitm" => self.primary = if r.version()?.0 == 0 { r.number(2)? } else { r.number(4)? } as u32,
                b"iinf" => self.read_kinds(body)?,
                b"iloc" => self.read_places(body)?,
                b"iref" => self.read_references(body)?,
                b"idat" => self.idat = body,
                b"iprp" => {
                    for (name, body) in children(body) {
                        match &name {
                            b"ipco" => shared.extend(children(body).take(MOST_ENTRIES)),
                            b"ipma" => read_owners(body, &mut owners)?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        for (item, index) in owners {
            // Counted from 1; 0 is none.
            if let Some((name, body)) = shared.get(usize::wrapping_sub(index, 1)) {
                self.item(item).properties.push(Property { name: *name, body });
            }
        }
        Some(())
    }

    /// Bytes of the whole file.
    pub(super) fn file_length(&self) -> usize {
        self.file.len()
    }

    fn item(&mut self, id: u32) -> &mut Item<'a> {
        self.items.entry(id).or_default()
    }

    fn read_kinds(&mut self, body: &'a [u8]) -> Option<()> {
        let mut r = Reader(body);
        let wide = r.version()?.0 > 0;
        r.number(if wide { 4 } else { 2 })?;
        for (_, entry) in children(r.0).filter(|(name, _)| name == b"infe").take(MOST_ENTRIES) {
            let mut r = Reader(entry);
            let id = match r.version()?.0 {
                2 => r.number(2)?,
                3 => r.number(4)?,
                _ => continue,
            };
            r.number(2)?;
            self.item(id as u32).kind = *r.take(4)?.first_chunk()?;
        }
        Some(())
    }

    fn read_places(&mut self, body: &'a [u8]) -> Option<()> {
        let mut r = Reader(body);
        let version = r.version()?.0;
        let sizes = r.number(2)? as usize;
        let (offset, length, base) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15);
        let index = if version > 0 { sizes & 15 } else { 0 };
        let wide = if version < 2 { 2 } else { 4 };
        let mut left = MOST_ENTRIES as u64;
        for _ in 0..r.number(wide)? {
            let id = r.number(wide)? as u32;
            let method = if version > 0 { r.number(2)? & 15 } else { 0 };
            r.number(2)?;
            let start = r.number(base)?;
            let count = r.number(2)?;
            left = left.checked_sub(count.max(1))?;
            let mut place = Place { in_idat: method == 1, extents: Vec::new() };
            for _ in 0..count {
                r.number(index)?;
                place.extents.push((start.checked_add(r.number(offset)?)?, r.number(length)?));
            }
            // Made of another item's bytes: nobody writes such pictures, and the item counts as empty.
            if method > 1 {
                place.extents.clear();
            }
            self.item(id).place = place;
        }
        Some(())
    }

    fn read_references(&mut self, body: &'a [u8]) -> Option<()> {
        let mut r = Reader(body);
        let wide = if r.version()?.0 == 0 { 2 } else { 4 };
        for (kind, body) in children(r.0).take(MOST_ENTRIES) {
            let mut r = Reader(body);
            let from = r.number(wide)? as u32;
            let count = r.number(2)?;
            let to = (0..count).map(|_| r.number(wide).map(|id| id as u32)).collect::<Option<Vec<u32>>>()?;
            self.references.insert((kind, from), to);
        }
        Some(())
    }

    /// What an item refers to, in order.
    pub(super) fn references(&self, kind: &Name, from: u32) -> &[u32] {
        self.references.get(&(*kind, from)).map_or(&[], Vec::as_slice)
    }

    /// The items that refer to this one, lowest first.
    pub(super) fn referring(&self, kind: &Name, to: u32) -> Vec<u32> {
        let refers = |((name, from), targets): (&(Name, u32), &Vec<u32>)| {
            (name == kind && targets.contains(&to)).then_some(*from)
        };
        let mut from: Vec<u32> = self.references.iter().filter_map(refers).collect();
        from.sort_unstable();
        from
    }

    /// An item's bytes; none if the file does not hold all of them.
    pub(super) fn data(&self, id: u32) -> Option<Cow<'a, [u8]>> {
        let place = &self.items.get(&id)?.place;
        let source = if place.in_idat { self.idat } else { self.file };
        let extent = |&(start, length): &(u64, u64)| {
            let rest = source.get(usize::try_from(start).ok()?..)?;
            if length == 0 { Some(rest) } else { rest.get(..usize::try_from(length).ok()?) }
        };
        if let [only] = place.extents.as_slice() {
            return extent(only).map(Cow::Borrowed);
        }
        let parts = place.extents.iter().map(extent).collect::<Option<Vec<_>>>()?;
        let total: usize = parts.iter().map(|part| part.len()).sum();
        (total > 0 && total <= self.file.len()).then(|| Cow::Owned(parts.concat()))
    }
}

impl<'a> Item<'a> {
    /// The first property of this name.
    pub(super) fn property(&self, name: &Name) -> Option<&'a [u8]> {
        self.properties.iter().find(|property| property.name == *name).map(|property| property.body)
    }
}

/// Adds to each item the numbers of its properties, which count from 1.
fn read_owners(body: &[u8], owners: &mut Vec<(u32, usize)>) -> Option<()> {
    let mut r = Reader(body);
    let (version, flags) = r.version()?;
    let (item, index) = (if version == 0 { 2 } else { 4 }, if flags & 1 == 0 { 1 } else { 2 });
    for _ in 0..r.number(4)? {
        let id = r.number(item)? as u32;
        for _ in 0..r.number(1)? {
            // The highest bit says that readers must know the property.
            let number = r.number(index)? as usize & if index == 1 { 0x7F } else { 0x7FFF };
            owners.push((id, number));
        }
        if owners.len() > MOST_ENTRIES {
            return None;
        }
    }
    Some(())
}

/// The boxes that lie one behind the other, with their bodies; one that ends too late ends them.
pub(super) fn children(bytes: &[u8]) -> impl Iterator<Item = (Name, &[u8])> {
    let mut rest = Reader(bytes);
    std::iter::from_fn(move || {
        let size = rest.number(4)?;
        let name = *rest.take(4)?.first_chunk()?;
        let body = match size {
            0 => rest.0.len() as u64,
            1 => rest.number(8)?.checked_sub(16)?,
            _ => size.checked_sub(8)?,
        };
        Some((name, rest.take(usize::try_from(body).ok()?)?))
    })
}

/// Numbers with the highest byte first, one after the other.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of this many bytes, at most 8.
    pub(super) fn number(&mut self, bytes: usize) -> Option<u64> {
        if bytes > 8 {
            return None;
        }
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Version and flags, with which many boxes begin.
    pub(super) fn version(&mut self) -> Option<(u8, u32)> {
        let both = self.number(4)? as u32;
        Some(((both >> 24) as u8, both & 0x00FF_FFFF))
    }
}
