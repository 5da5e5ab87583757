//! The elements that a WebM file is made of (EBML, RFC 8794).

/// Names of the elements, RFC 9559 and RFC 8794.
pub(super) mod id {
    pub(crate) const EBML: u32 = 0x1A45_DFA3;
    pub(crate) const EBML_VERSION: u32 = 0x4286;
    pub(crate) const EBML_READ_VERSION: u32 = 0x42F7;
    pub(crate) const EBML_MAX_ID: u32 = 0x42F2;
    pub(crate) const EBML_MAX_SIZE: u32 = 0x42F3;
    pub(crate) const DOC_TYPE: u32 = 0x4282;
    pub(crate) const DOC_TYPE_VERSION: u32 = 0x4287;
    pub(crate) const DOC_TYPE_READ_VERSION: u32 = 0x4285;
    pub(crate) const SEGMENT: u32 = 0x1853_8067;
    pub(crate) const SEEK_HEAD: u32 = 0x114D_9B74;
    pub(crate) const SEEK: u32 = 0x4DBB;
    pub(crate) const SEEK_ID: u32 = 0x53AB;
    pub(crate) const SEEK_POSITION: u32 = 0x53AC;
    pub(crate) const INFO: u32 = 0x1549_A966;
    pub(crate) const TIMESTAMP_SCALE: u32 = 0x2A_D7B1;
    pub(crate) const DURATION: u32 = 0x4489;
    pub(crate) const MUXING_APP: u32 = 0x4D80;
    pub(crate) const WRITING_APP: u32 = 0x5741;
    pub(crate) const TRACKS: u32 = 0x1654_AE6B;
    pub(crate) const TRACK_ENTRY: u32 = 0xAE;
    pub(crate) const TRACK_NUMBER: u32 = 0xD7;
    pub(crate) const TRACK_UID: u32 = 0x73C5;
    pub(crate) const TRACK_TYPE: u32 = 0x83;
    pub(crate) const FLAG_LACING: u32 = 0x9C;
    pub(crate) const DEFAULT_DURATION: u32 = 0x23_E383;
    pub(crate) const CODEC_ID: u32 = 0x86;
    pub(crate) const CODEC_PRIVATE: u32 = 0x63A2;
    pub(crate) const VIDEO: u32 = 0xE0;
    pub(crate) const PIXEL_WIDTH: u32 = 0xB0;
    pub(crate) const PIXEL_HEIGHT: u32 = 0xBA;
    pub(crate) const COLOUR: u32 = 0x55B0;
    pub(crate) const MATRIX: u32 = 0x55B1;
    pub(crate) const RANGE: u32 = 0x55B9;
    pub(crate) const TRANSFER: u32 = 0x55BA;
    pub(crate) const PRIMARIES: u32 = 0x55BB;
    pub(crate) const CLUSTER: u32 = 0x1F43_B675;
    pub(crate) const TIMESTAMP: u32 = 0xE7;
    pub(crate) const SIMPLE_BLOCK: u32 = 0xA3;
    pub(crate) const CUES: u32 = 0x1C53_BB6B;
    pub(crate) const CUE_POINT: u32 = 0xBB;
    pub(crate) const CUE_TIME: u32 = 0xB3;
    pub(crate) const CUE_TRACK_POSITIONS: u32 = 0xB7;
    pub(crate) const CUE_TRACK: u32 = 0xF7;
    pub(crate) const CUE_CLUSTER_POSITION: u32 = 0xF1;
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
