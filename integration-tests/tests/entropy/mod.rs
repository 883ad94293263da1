//! The operating system's randomness, replaced on the threads of a simulation.
//!
//! Handshakes, connection ids and hash maps draw random bytes. Few of them can change what a run does (a damaged header that still parses, a map whose order
//! shows), but some can, so on a thread that was given a seed all of them come from it. Every other thread gets the real thing.
//!
//! Both ways to the kernel are covered: `getrandom` of libc (std, and the crate getrandom since 0.3) and `syscall` (the crate getrandom 0.2, so ring). Symbols
//! of the executable come before those of libc. This lives in the test binaries, not in the library beside them, so that no other program gets it.

/// From now on this thread's randomness comes from `seed`. Without effect on systems for which there is no replacement.
pub(crate) fn seed(seed: u64) {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    replaced::seed(seed);
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
    let _ = seed;
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[expect(
    unsafe_code,
    reason = "the functions of libc that this replaces are C functions on raw memory"
)]
mod replaced {
    use std::arch::asm;
    use std::cell::Cell;
    use std::ffi::{c_int, c_long, c_uint, c_void};

    thread_local! {
        /// State of SplitMix64, on threads that were given a seed.
        static STREAM: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From now on this thread's randomness comes from `seed`.
    pub(super) fn seed(seed: u64) {
        STREAM.set(Some(seed));
    }

    /// Fills `len` bytes at `buffer` if this thread was given a seed.
    ///
    /// # Safety
    /// `buffer` is valid for writes of `len` bytes.
    unsafe fn fill(buffer: *mut u8, len: usize) -> bool {
        let Some(mut state) = STREAM.get() else {
            return false;
        };
        for offset in 0..len {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            // SAFETY: offset < len, and the caller vouches for `len` bytes.
            unsafe { buffer.add(offset).write((z ^ (z >> 31)) as u8) };
        }
        STREAM.set(Some(state));
        true
    }

    /// Replaces getrandom(3).
    ///
    /// # Safety
    /// As for the original: `buffer` is valid for writes of `len` bytes.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn getrandom(buffer: *mut c_void, len: usize, flags: c_uint) -> isize {
        // SAFETY: the caller keeps getrandom's contract, which is ours.
        unsafe {
            syscall(
                libc::SYS_getrandom,
                buffer as c_long,
                len as c_long,
                flags as c_long,
                0,
                0,
                0,
            ) as isize
        }
    }

    /// Replaces syscall(2), which is variadic in C; in this calling convention arguments that were not passed are registers that the kernel ignores.
    ///
    /// # Safety
    /// As for the original: whatever the system call asks of its arguments.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn syscall(
        number: c_long,
        a: c_long,
        b: c_long,
        c: c_long,
        d: c_long,
        e: c_long,
        f: c_long,
    ) -> c_long {
        // SAFETY: getrandom's contract makes `a` valid for writes of `b` bytes.
        if number == libc::SYS_getrandom && unsafe { fill(a as *mut u8, b as usize) } {
            return b;
        }
        let result: c_long;
        // SAFETY: the arguments go to the kernel as they came; the clobbers are those of the x86-64 system call convention.
        unsafe {
            asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
                lateout("rcx") _, lateout("r11") _, options(nostack));
        }
        if (-4_095..0).contains(&result) {
            // SAFETY: the location is this thread's own, and valid as long as the thread is.
            unsafe { *libc::__errno_location() = -result as c_int };
            return -1;
        }
        result
    }
}
