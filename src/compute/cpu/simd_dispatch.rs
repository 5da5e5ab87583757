//! One function, compiled for several sets of SIMD instructions.
//!
//! The program runs on any x86-64 processor, so the compiler may use only what all of them know: four numbers at a
//! time. A function inside [`simd_dispatch`] is compiled for AVX2 and AVX-512 too, and the best version that the
//! processor knows is chosen at each call. The results are the same to the bit: the compiler neither reorders sums nor
//! fuses a product with a sum.

/// `simd_dispatch! { fn name(argument: Type, ..) -> Result { .. } }`. Worth it for some hundred numbers a call. What
/// the function calls is compiled for these instructions only where it is inlined.
macro_rules! simd_dispatch {
    (
        $(#[$attribute:meta])*
        $visible:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block
    ) => {
        $(#[$attribute])*
        $visible fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn plain($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                fn with_avx512($($argument: $type),*) $(-> $result)? {
                    plain($($argument),*)
                }
                #[target_feature(enable = "avx2")]
                fn with_avx2($($argument: $type),*) $(-> $result)? {
                    plain($($argument),*)
                }
                if $crate::compute::cpu::simd_dispatch::has_avx512() {
                    // SAFETY: the processor has just said that it knows these instructions.
                    return unsafe { with_avx512($($argument),*) };
                }
                if is_x86_feature_detected!("avx2") {
                    // SAFETY: as above.
                    return unsafe { with_avx2($($argument),*) };
                }
            }
            plain($($argument),*)
        }
    };
}

pub(super) use simd_dispatch;

/// Whether the processor knows the AVX-512 instructions above (the standard library remembers the answers).
#[cfg(target_arch = "x86_64")]
pub(super) fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
}
