//! What tells builds apart whose convolutions may be as fast as others.

/// A number that depends on the kernels' sources and on the versions of all libraries, of which one writes the shaders.
pub(super) const BUILD: u64 = {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    hash = fnv(hash, include_bytes!("../../../Cargo.lock"));
    hash = fnv(hash, include_bytes!("choice.rs"));
    hash = fnv(hash, include_bytes!("conv.rs"));
    hash = fnv(hash, include_bytes!("layer.rs"));
    hash = fnv(hash, include_bytes!("layout.rs"));
    hash = fnv(hash, include_bytes!("rows.rs"));
    hash = fnv(hash, include_bytes!("tiles.rs"));
    hash = fnv(hash, include_bytes!("tiles/gradients.rs"));
    hash = fnv(hash, include_bytes!("tiles/kernels.rs"));
    hash = fnv(hash, include_bytes!("tiles/matrices.rs"));
    fnv(hash, include_bytes!("tiles/sums.rs"))
};

/// The hash of Fowler, Noll and Vo (FNV-1a), continued from `hash`.
const fn fnv(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published values.
    #[test]
    fn it_is_the_hash_of_fowler_noll_and_vo() {
        assert_eq!(fnv(0xcbf2_9ce4_8422_2325, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(0xcbf2_9ce4_8422_2325, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(0xcbf2_9ce4_8422_2325, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
