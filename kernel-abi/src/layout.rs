//! Macros for the common parts of all structs.

/// Gives each type a const `zeroed`.
macro_rules! zeroed {
    ($($name:ident),* $(,)?) => {$(
        impl $name {
            /// Returns a value of which all bytes are 0. The kernel expects
            /// this of reserved fields. `Default` returns the same value.
            #[must_use]
            pub const fn zeroed() -> Self {
                zerocopy::transmute!([0_u8; size_of::<Self>()])
            }
        }
    )*};
}

/// Gives each type a `Default` that is its `zeroed`, for those with arrays
/// that have no `Default` of their own.
macro_rules! default_zeroed {
    ($($name:ident),* $(,)?) => {$(
        impl Default for $name {
            fn default() -> Self {
                Self::zeroed()
            }
        }
    )*};
}

/// Asserts each type's size and the offset of every field at compile time. A
/// field that isn't listed doesn't compile either.
macro_rules! layout {
    ($($name:ident: $size:expr => { $($field:ident: $offset:expr),* $(,)? })*) => {$(
        const _: () = assert!(size_of::<$name>() == $size);
        $(const _: () = assert!(core::mem::offset_of!($name, $field) == $offset);)*
        const _: fn($name) = |value| {
            let $name { $($field: _),* } = value;
        };
    )*};
}

pub(crate) use {default_zeroed, layout, zeroed};
