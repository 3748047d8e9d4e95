//! `Debug` of errors, and a replacement for the derived `Debug` of types with more than
//! five fields. For these, the derived code compares two lengths, and so has code that
//! can panic.

/// `{:?}` of an error prints the same as `{}`, because users see the `Debug` form of an
/// error that `main` returns or that `unwrap` panics with.
macro_rules! debug_as_display {
    ($error:ty) => {
        impl core::fmt::Debug for $error {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }
    };
}

macro_rules! debug {
    (struct $type:ident { $($field:ident),+ $(,)? }) => {
        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let Self { $($field),+ } = self;
                debug!(@ f, $type { $($field),+ })
            }
        }
    };
    (enum $type:ident {
        $($variant:ident $({ $($field:ident),+ $(,)? })? $(($value:ident))?),+ $(,)?
    }) => {
        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self {
                    $(Self::$variant $({ $($field),+ })? $(($value))? => {
                        debug!(@ f, $variant $({ $($field),+ })? $(($value))?)
                    })+
                }
            }
        }
    };
    (@ $f:ident, $name:ident { $($field:ident),+ }) => {
        $f.debug_struct(stringify!($name))$(.field(stringify!($field), $field))+.finish()
    };
    (@ $f:ident, $name:ident ($value:ident)) => {
        $f.debug_tuple(stringify!($name)).field($value).finish()
    };
    (@ $f:ident, $name:ident) => {
        $f.write_str(stringify!($name))
    };
}

#[cfg(test)]
mod tests {
    macro_rules! types {
        ($($derive:meta)?) => {
            $(#[$derive])?
            #[allow(dead_code, reason = "what is derived does not count as a use")]
            pub(super) struct Many {
                pub(super) first: u8,
                pub(super) second: &'static str,
            }

            $(#[$derive])?
            #[allow(dead_code, reason = "what is derived does not count as a use")]
            pub(super) enum Any {
                Named { first: u8, many: Many },
                Value(u8),
                Unit,
            }
        };
    }

    mod derived {
        types!(derive(Debug));
    }

    mod ours {
        types!();

        debug!(struct Many { first, second });
        debug!(enum Any { Named { first, many }, Value(value), Unit });
    }

    macro_rules! texts {
        ($types:ident) => {{
            let many = || $types::Many {
                first: 1,
                second: "two",
            };
            let named = $types::Any::Named {
                first: 3,
                many: many(),
            };
            [named, $types::Any::Value(4), $types::Any::Unit]
                .map(|any| format!("{any:?} {any:#?} {:>9?}", many()))
        }};
    }

    #[test]
    fn the_output_equals_derived_debug() {
        assert_eq!(texts!(ours), texts!(derived));
    }
}
