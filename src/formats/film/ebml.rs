//! The elements that a WebM file is made of (EBML, RFC 8794).

/// Names of the elements, RFC 9559 and RFC 8794.
pub(super) mod id {
    pub const EBML: u32 = 0x1A45_DFA3;
    pub const EBML_VERSION: u32 = 0x4286;
    pub const EBML_READ_VERSION: u32 = 0x42F7;
    pub const EBML_MAX_ID: u32 = 0x42F2;
    pub const EBML_MAX_SIZE: u32 = 0x42F3;
    pub const DOC_TYPE: u32 = 0x4282;
    pub const DOC_TYPE_VERSION: u32 = 0x4287;
    pub const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const SEEK_HEAD: u32 = 0x114D_9B74;
    pub const SEEK: u32 = 0x4DBB;
    pub const SEEK_ID: u32 = 0x53AB;
    pub const SEEK_POSITION: u32 = 0x53AC;
    pub const INFO: u32 = 0x1549_A966;
    pub const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
    pub const DURATION: u32 = 0x4489;
    pub const MUXING_APP: u32 = 0x4D80;
    pub const WRITING_APP: u32 = 0x5741;
    pub const TRACKS: u32 = 0x1654_AE6B;
    pub const TRACK_ENTRY: u32 = 0xAE;
    pub const TRACK_NUMBER: u32 = 0xD7;
    pub const TRACK_UID: u32 = 0x73C5;
    pub const TRACK_TYPE: u32 = 0x83;
    pub const FLAG_LACING: u32 = 0x9C;
    pub const DEFAULT_DURATION: u32 = 0x23_E383;
    pub const CODEC_ID: u32 = 0x86;
    pub const CODEC_PRIVATE: u32 = 0x63A2;
    pub const VIDEO: u32 = 0xE0;
    pub const PIXEL_WIDTH: u32 = 0xB0;
    pub const PIXEL_HEIGHT: u32 = 0xBA;
    pub const COLOUR: u32 = 0x55B0;
    pub const MATRIX: u32 = 0x55B1;
    pub const RANGE: u32 = 0x55B9;
    pub const TRANSFER: u32 = 0x55BA;
    pub const PRIMARIES: u32 = 0x55BB;
    pub const CLUSTER: u32 = 0x1F43_B675;
    pub const TIMESTAMP: u32 = 0xE7;
    pub const SIMPLE_BLOCK: u32 = 0xA3;
    pub const CUES: u32 = 0x1C53_BB6B;
    pub const CUE_POINT: u32 = 0xBB;
    pub const CUE_TIME: u32 = 0xB3;
    pub const CUE_TRACK_POSITIONS: u32 = 0xB7;
    pub const CUE_TRACK: u32 = 0xF7;
    pub const CUE_CLUSTER_POSITION: u32 = 0xF1;
}

/// An element's name carries its own length.
pub(super) fn identifier(out: &mut Vec<u8>, id: u32) {
    out.extend(id.to_be_bytes().into_iter().skip_while(|b| *b == 0));
}

/// An element: its name, the size of its content, the content.
pub(super) fn element(out: &mut Vec<u8>, id: u32, content: &[u8]) {
    identifier(out, id);
    let size = content.len() as u64;
    if size < 127 {
        out.push(0x80 | size as u8);
    } else {
        out.extend_from_slice(&size_of_eight_bytes(size));
    }
    out.extend_from_slice(content);
}

/// An element that holds a whole number.
pub(super) fn number(out: &mut Vec<u8>, id: u32, value: u64) {
    let bytes = value.to_be_bytes();
    let first = bytes.iter().position(|b| *b != 0).unwrap_or(7);
    element(out, id, &bytes[first..]);
}

/// A size at its greatest length, in which any size fits.
pub(super) fn size_of_eight_bytes(size: u64) -> [u8; 8] {
    (1 << 56 | size).to_be_bytes()
}
