//! AV1, the coding of AVIF pictures.

use super::planes::{Chroma, Coder, Coding, Planes};
use rav1d::include::dav1d::data::Dav1dData;
use rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dSettings};
use rav1d::include::dav1d::headers::{
    DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422, DAV1D_PIXEL_LAYOUT_I444,
    Dav1dSequenceHeader,
};
use rav1d::include::dav1d::picture::Dav1dPicture;
use rav1d::src::lib::{
    dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings, dav1d_get_picture, dav1d_open,
    dav1d_parse_sequence_header, dav1d_picture_unref, dav1d_send_data,
};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

pub(super) const CODER: Coder = Coder { config: *b"av1C", size, planes };

/// What a decoder's function returns where all went well.
const DONE: i32 = 0;

fn size(_: &[u8], data: &[u8]) -> Result<(usize, usize), String> {
    let mut header = MaybeUninit::<Dav1dSequenceHeader>::uninit();
    let data_start = NonNull::from(data).cast();
    // SAFETY: both pointers are valid for the whole call, and the length is that of the data.
    let found = unsafe { dav1d_parse_sequence_header(NonNull::new(header.as_mut_ptr()), Some(data_start), data.len()) };
    if found.0 != DONE {
        return Err(damaged());
    }
    // SAFETY: it is filled where the function reports success.
    let header = unsafe { header.assume_init() };
    Ok((header.max_width as usize, header.max_height as usize))
}

fn planes(config: &[u8], data: &[u8]) -> Result<Planes, String> {
    let (width, height) = size(config, data)?;
    let mut decoder = Decoder::open(width * height)?;
    decoder.send(data)?;
    let picture = decoder.picture()?;
    picture.planes()
}

fn damaged() -> String {
    "damaged: the picture inside cannot be decoded".into()
}

/// An open decoder; closed when dropped.
struct Decoder(Option<Dav1dContext>);

impl Decoder {
    /// One that refuses pictures of more pixels and is silent.
    ///
    /// It has two threads although one would do: with a single one, version 1.1 of the decoder ends the whole program
    /// at the first damaged picture (its issue 1497).
    fn open(most_pixels: usize) -> Result<Self, String> {
        let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
        // SAFETY: the pointer is valid, and the function fills what it points to.
        let mut settings = unsafe {
            dav1d_default_settings(NonNull::new_unchecked(settings.as_mut_ptr()));
            settings.assume_init()
        };
        settings.n_threads = 2;
        settings.max_frame_delay = 2;
        settings.all_layers = 0;
        settings.frame_size_limit = u32::try_from(most_pixels).map_err(|_| damaged())?;
        // SAFETY: two pointers that may be absent, of a function and of what it gets; absent ones are zero.
        settings.logger = unsafe { std::mem::zeroed() };
        let mut context = None;
        // SAFETY: both pointers are valid for the whole call.
        let opened = unsafe { dav1d_open(Some(NonNull::from(&mut context)), Some(NonNull::from(&mut settings))) };
        if opened.0 == DONE { Ok(Self(context)) } else { Err(damaged()) }
    }

    fn send(&mut self, data: &[u8]) -> Result<(), String> {
        let mut packet = Dav1dData::default();
        let packet = NonNull::from(&mut packet);
        // SAFETY: the packet is valid; the decoder's buffer is as long as the data, which is copied there at once. What
        // the decoder did not take is given back.
        let sent = unsafe {
            let buffer = dav1d_data_create(Some(packet), data.len());
            if buffer.is_null() {
                return Err(damaged());
            }
            buffer.copy_from_nonoverlapping(data.as_ptr(), data.len());
            let sent = dav1d_send_data(self.0, Some(packet));
            dav1d_data_unref(Some(packet));
            sent
        };
        if sent.0 == DONE { Ok(()) } else { Err(damaged()) }
    }

    fn picture(&mut self) -> Result<Picture, String> {
        let mut picture = Picture(Dav1dPicture::default());
        // The first request begins to wait for the threads, the next ones get what they made.
        for _ in 0..4 {
            // SAFETY: the decoder is open, and the pointer is valid for the call.
            let got = unsafe { dav1d_get_picture(self.0, Some(NonNull::from(&mut picture.0))) };
            if got.0 == DONE {
                return Ok(picture);
            }
        }
        Err(damaged())
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the pointer is valid, and the decoder was opened and not closed before.
        unsafe { dav1d_close(Some(NonNull::from(&mut self.0))) };
    }
}

/// A decoded picture; its memory goes back to the decoder when it is dropped.
struct Picture(Dav1dPicture);

impl Picture {
    fn planes(&self) -> Result<Planes, String> {
        let header = self.0.seq_hdr.ok_or_else(damaged)?;
        // SAFETY: the header lives as long as the picture.
        let header = unsafe { header.as_ref() };
        let coding = Coding {
            primaries: header.pri as u8,
            transfer: header.trc as u8,
            matrix: header.mtrx as u8,
            full_range: header.color_range != 0,
        };
        let (width, height) = (self.0.p.w as usize, self.0.p.h as usize);
        let (grey, half_width, half_height) = match self.0.p.layout {
            DAV1D_PIXEL_LAYOUT_I400 => (true, false, false),
            DAV1D_PIXEL_LAYOUT_I420 => (false, true, true),
            DAV1D_PIXEL_LAYOUT_I422 => (false, true, false),
            DAV1D_PIXEL_LAYOUT_I444 => (false, false, false),
            _ => return Err(damaged()),
        };
        let luma = self.samples(0, width, height)?;
        let chroma = if grey {
            None
        } else {
            let mut chroma = Chroma { blue: Vec::new(), red: Vec::new(), half_width, half_height, blended: true };
            let (width, height) = (chroma.width(width), chroma.height(height));
            chroma.blue = self.samples(1, width, height)?;
            chroma.red = self.samples(2, width, height)?;
            Some(chroma)
        };
        Ok(Planes { width, height, depth: self.0.p.bpc as u32, luma, chroma, coding })
    }

    /// A plane without the gaps between its rows.
    fn samples(&self, plane: usize, width: usize, height: usize) -> Result<Vec<u16>, String> {
        let start = self.0.data[plane].ok_or_else(damaged)?;
        let stride = self.0.stride[plane.min(1)];
        let mut samples = Vec::with_capacity(width * height);
        for y in 0..height {
            // SAFETY: the decoder gives `height` rows of at least `width` samples, `stride` bytes from each other and
            // aligned, of one byte for 8 bits and of two for more.
            unsafe {
                let row = start.as_ptr().byte_offset(y as isize * stride);
                if self.0.p.bpc == 8 {
                    samples.extend(std::slice::from_raw_parts(row.cast::<u8>(), width).iter().map(|s| u16::from(*s)));
                } else {
                    samples.extend_from_slice(std::slice::from_raw_parts(row.cast::<u16>(), width));
                }
            }
        }
        Ok(samples)
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the pointer is valid, and the picture is empty or from the decoder.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.0))) };
    }
}
