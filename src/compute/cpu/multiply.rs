//! Matrix products.

/// `c (m x n) = a (m x k) x b (k x n)`, or `c += ..` if `add`. Each matrix is a pointer, then the distance between its
/// rows and between its columns. One thread: the callers cut the work.
///
/// # Safety
/// The pointers must stay inside their matrices for these sizes and distances, and `c` must not overlap the others.
pub(super) unsafe fn multiply(
    [m, k, n]: [usize; 3],
    a: (*const f32, [usize; 2]),
    b: (*const f32, [usize; 2]),
    c: (*mut f32, [usize; 2]),
    add: bool,
) {
    let ((a, [a_row, a_col]), (b, [b_row, b_col]), (c, [c_row, c_col])) = (a, b, c);
    let d = |distance: usize| distance as isize;
    // SAFETY: the caller's promise. `gemm` computes alpha * c + beta * a b, and leaves c unread without `add`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c,
            d(c_col),
            d(c_row),
            add,
            a,
            d(a_col),
            d(a_row),
            b,
            d(b_col),
            d(b_row),
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
