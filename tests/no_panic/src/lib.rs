//! Every public function of the codec, with arguments that the compiler cannot predict.
//!
//! The functions are used as pointers that the compiler cannot follow. So it compiles each function
//! for all arguments, as if no caller had checked them before.
#![cfg_attr(not(feature = "alloc"), no_std)]

use core::hint::black_box;

/// Reaches the methods of traits. Traits such as `Copy` and `Eq` have no methods.
macro_rules! implements {
    ($type:ty: $($trait:ident $(<$of:ty>)?),+) => {
        $(implements!(@ $type, $trait $($of)?);)+
    };
    (@ $type:ty, Clone) => {
        reach(<$type as Clone>::clone as fn(_) -> _);
    };
    (@ $type:ty, Default) => {
        reach(<$type as Default>::default as fn() -> _);
    };
    (@ $type:ty, Debug) => {
        reach(<$type as core::fmt::Debug>::fmt as fn(_, _) -> _);
    };
    (@ $type:ty, Display) => {
        reach(<$type as core::fmt::Display>::fmt as fn(_, _) -> _);
    };
    (@ $type:ty, Error) => {
        reach(<$type as core::error::Error>::source as fn(_) -> _);
    };
    (@ $type:ty, Hash) => {
        reach(<$type as core::hash::Hash>::hash::<&mut dyn core::hash::Hasher> as fn(_, _));
    };
    (@ $type:ty, PartialEq) => {
        reach(<$type as PartialEq>::eq as fn(_, _) -> _);
    };
    (@ $type:ty, PartialOrd) => {
        reach(<$type as PartialOrd>::partial_cmp as fn(_, _) -> _);
    };
    (@ $type:ty, Ord) => {
        reach(<$type as Ord>::cmp as fn(_, _) -> _);
    };
    (@ $type:ty, Deref) => {
        reach(<$type as core::ops::Deref>::deref as fn(_) -> _);
    };
    (@ $type:ty, AsRef $of:ty) => {
        reach(<$type as AsRef<$of>>::as_ref as fn(_) -> _);
    };
    (@ $type:ty, From $of:ty) => {
        reach(<$type as From<$of>>::from as fn(_) -> _);
    };
    (@ $type:ty, TryFrom $of:ty) => {
        reach(<$type as TryFrom<$of>>::try_from as fn(_) -> _);
    };
    (@ $type:ty, FromStr) => {
        reach(<$type as core::str::FromStr>::from_str as fn(_) -> _);
    };
    (@ $type:ty, Iterator) => {
        reach(<$type as Iterator>::next as fn(_) -> _);
        reach(<$type as Iterator>::size_hint as fn(_) -> _);
    };
    (@ $type:ty, ExactSizeIterator) => {
        reach(<$type as ExactSizeIterator>::len as fn(_) -> _);
    };
}

mod codec;
#[cfg(feature = "alloc")]
mod owned;

/// The linker keeps this value, and all functions that it reaches.
#[used]
static ROOTS: fn() = roots;

fn roots() {
    codec::reach_all();
    #[cfg(feature = "alloc")]
    owned::reach_all();
    #[cfg(feature = "planted")]
    reach(planted as fn(_, _) -> _);
}

/// Keeps a function whose caller is unknown.
fn reach<F: Copy>(function: F) {
    black_box(function);
}

#[cfg(feature = "planted")]
fn planted(dividend: u32, divisor: u32) -> u32 {
    dividend / divisor
}

#[cfg(not(feature = "alloc"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
