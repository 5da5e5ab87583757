//! HEVC, the coding of HEIC pictures.

use super::planes::{Chroma, Coder, Coding, Planes};
use heic_decoder::{DecodeOptions, HeifError};

pub(super) const CODER: Coder = Coder { config: *b"hvcC", size, planes };

fn size(config: &[u8], data: &[u8]) -> Result<(usize, usize), String> {
    let info = heic_decoder::probe(&alone(config, data)).map_err(reason)?;
    Ok((info.coded_width, info.coded_height))
}

fn planes(config: &[u8], data: &[u8]) -> Result<Planes, String> {
    let options = DecodeOptions { apply_transforms: false };
    let image = heic_decoder::decode_with(&alone(config, data), &options).map_err(reason)?;
    let depth = image.bit_depth_luma;
    // One depth for all three is what cameras write.
    let other_depth = image.chroma_format_idc != 0 && image.bit_depth_chroma != depth;
    if other_depth || !(8..=16).contains(&depth) {
        return Err("an unsupported variant of its format: an unusual number of bits".into());
    }
    let coding = image.color_info.map_or(UNTOLD, |info| Coding {
        primaries: info.color_primaries as u8,
        transfer: info.transfer_characteristics as u8,
        matrix: info.matrix_coefficients as u8,
        full_range: info.full_range,
    });
    let narrow = |plane: Vec<i32>| plane.into_iter().map(|sample| sample as u16).collect();
    let chroma = (image.chroma_format_idc != 0).then(|| Chroma {
        half_width: image.cb_width < image.width,
        half_height: image.cb_height < image.height,
        blended: false,
        blue: narrow(image.cb),
        red: narrow(image.cr),
    });
    Ok(Planes { width: image.width, height: image.height, depth, luma: narrow(image.y), chroma, coding })
}

/// What a stream means that says nothing about its colours.
const UNTOLD: Coding = Coding { primaries: 2, transfer: 2, matrix: 2, full_range: false };

/// A file with one coded picture and nothing else. So the library decodes one tile of a grid at a time: all at once it
/// takes ten times the picture's memory, and it would wait for threads that themselves may wait for memory.
fn alone(config: &[u8], data: &[u8]) -> Vec<u8> {
    let handler = [&[0; 8][..], b"pict", &[0; 13]].concat();
    let item = boxed(b"infe", &[&[2, 0, 0, 0, 0, 1, 0, 0][..], b"hvc1\0"].concat());
    let items = [&[0, 0, 0, 0, 0, 1][..], &item].concat();
    let properties = boxed(b"ipco", &boxed(b"hvcC", config));
    let owners = boxed(b"ipma", &[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1]);
    // One extent from the start of `idat`, with four bytes for its place and its length.
    let place = [&[1, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0][..], &length(data.len())].concat();
    let meta = [
        &[0; 4][..],
        &boxed(b"hdlr", &handler),
        &boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
        &boxed(b"iinf", &items),
        &boxed(b"iprp", &[properties, owners].concat()),
        &boxed(b"iloc", &place),
        &boxed(b"idat", data),
    ];
    [boxed(b"ftyp", b"heic\0\0\0\0mif1heic"), boxed(b"meta", &meta.concat())].concat()
}

fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&length(body.len() + 8)[..], name, body].concat()
}

/// Files of 4 GB are refused long before.
fn length(bytes: usize) -> [u8; 4] {
    (bytes as u32).to_be_bytes()
}

fn reason(error: HeifError) -> String {
    match error {
        HeifError::Unsupported(what) => format!("an unsupported variant of its format: {what}"),
        HeifError::LimitExceeded(what) => format!("too large to open safely: {what}"),
        other => format!("damaged: {other}"),
    }
}
