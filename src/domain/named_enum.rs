//! Enums whose values have names, such as those that are stored.

/// Defines an enum, each of whose values has a name: `ALL`, `name`, `parse`, and `Display` as the name.
macro_rules! named_enum {
    ($(#[$outer:meta])* pub enum $enum:ident { $($(#[$doc:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($(#[$doc])* $value,)+
        }

        impl $enum {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// The name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }

            /// The value with this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        #[cfg(test)]
        impl ::utoipa::PartialSchema for $enum {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                let names = Self::ALL.iter().map(|value| value.name());
                let string = ::utoipa::openapi::schema::Type::String;
                let schema = ::utoipa::openapi::schema::ObjectBuilder::new().schema_type(string);
                schema.enum_values(Some(names)).into()
            }
        }

        #[cfg(test)]
        impl ::utoipa::ToSchema for $enum {}

        impl ::std::fmt::Display for $enum {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use named_enum;
