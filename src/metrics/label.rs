//! Labels whose values are those of an enum.

/// An enum whose values are those of a label.
pub trait Label: Copy + Send + Sync + 'static {
    /// The name of the label.
    const NAME: &'static str;
    /// All values.
    const VALUES: &'static [Self];

    /// The value of the label.
    fn value(self) -> &'static str;
}

/// Defines an enum, each of whose values is one of a label.
macro_rules! label {
    (
        $(#[$outer:meta])*
        pub enum $enum:ident: $label:literal { $($(#[$doc:meta])* $value:ident = $name:literal,)+ }
    ) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $enum {
            $($(#[$doc])* $value,)+
        }

        impl $crate::metrics::Label for $enum {
            const NAME: &'static str = $label;
            const VALUES: &'static [Self] = &[$(Self::$value,)+];

            fn value(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }
    };
}
pub(super) use label;
