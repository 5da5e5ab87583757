//! Many square pictures on one sheet.

use super::Frame;

/// Pixels between two tiles and around the sheet.
pub(crate) const GRID_GAP: u32 = 2;

/// Background of the sheets that are saved as files: dark grey.
pub(crate) const SHEET_BACKGROUND: [u8; 3] = [24; 3];

/// Where each tile of a sheet stands; also turns a click back into a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GridLayout {
    /// Tiles in a row.
    pub columns: u32,
    /// Rows of tiles; the last may not be full.
    pub rows: u32,
    /// Side of a tile in pixels.
    pub side: u32,
    /// Tiles on the sheet.
    pub count: u32,
}

impl GridLayout {
    /// As square as possible, wider than high where it cannot be.
    pub fn new(count: u32, side: u32) -> Self {
        let columns = (f64::from(count.max(1))).sqrt().ceil() as u32;
        Self { columns, rows: count.max(1).div_ceil(columns), side, count }
    }

    /// Width and height of the sheet in pixels.
    pub fn size(&self) -> (u32, u32) {
        let pitch = self.side + GRID_GAP;
        (self.columns * pitch + GRID_GAP, self.rows * pitch + GRID_GAP)
    }

    /// Top left pixel of tile `index`.
    pub fn origin(&self, index: u32) -> (u32, u32) {
        let pitch = self.side + GRID_GAP;
        (index % self.columns * pitch + GRID_GAP, index / self.columns * pitch + GRID_GAP)
    }

    /// The tile that covers this pixel of the sheet; none in a gap or past the last tile.
    pub(crate) fn tile_at(&self, x: u32, y: u32) -> Option<u32> {
        let pitch = self.side + GRID_GAP;
        let (column, row) = (x.checked_sub(GRID_GAP)? / pitch, y.checked_sub(GRID_GAP)? / pitch);
        let inside = x - GRID_GAP - column * pitch < self.side && y - GRID_GAP - row * pitch < self.side;
        let index = row * self.columns + column;
        (inside && column < self.columns && index < self.count).then_some(index)
    }
}

/// Puts equally large square tiles on one sheet, row by row, as square as possible.
pub fn tile(tiles: &[Frame], background: [u8; 3]) -> Frame {
    tile_in(tiles, GridLayout::new(tiles.len() as u32, 1).columns, background)
}

/// The same with a given number of columns.
pub(crate) fn tile_in(tiles: &[Frame], columns: u32, background: [u8; 3]) -> Frame {
    let side = tiles.first().map_or(1, |t| t.width);
    let count = tiles.len() as u32;
    let columns = columns.max(1);
    let layout = GridLayout { columns, rows: count.max(1).div_ceil(columns), side, count };
    let (width, height) = layout.size();
    let mut sheet = Frame::filled(width, height, background);
    for (i, tile) in tiles.iter().enumerate() {
        let (x, y) = layout.origin(i as u32);
        let row_bytes = side as usize * 3;
        for (row, source) in tile.data.chunks_exact(row_bytes).enumerate() {
            let start = ((y as usize + row) * width as usize + x as usize) * 3;
            sheet.data[start..start + row_bytes].copy_from_slice(source);
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_is_found_again_where_it_was_put() {
        for count in [1, 2, 5, 36, 64] {
            let layout = GridLayout::new(count, 7);
            for i in 0..count {
                let (x, y) = layout.origin(i);
                assert_eq!(layout.tile_at(x, y), Some(i));
                assert_eq!(layout.tile_at(x + 6, y + 6), Some(i));
                assert_eq!(layout.tile_at(x + 7, y), None, "a gap is no tile");
            }
        }
        assert_eq!(GridLayout::new(5, 7).tile_at(21, 12), None, "past the last tile");
    }

    #[test]
    fn tiles_keep_their_pixels() {
        let tiles: Vec<_> = (0..3).map(|i| Frame::filled(4, 4, [i, i, i])).collect();
        let sheet = tile(&tiles, [200; 3]);
        let layout = GridLayout::new(3, 4);
        assert_eq!((sheet.width, sheet.height), layout.size());
        for i in 0..3u32 {
            let (x, y) = layout.origin(i);
            assert_eq!(sheet.data[((y * sheet.width + x) * 3) as usize], i as u8);
        }
        assert_eq!(sheet.data[0], 200);
    }
}
