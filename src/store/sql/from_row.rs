//! `rows!`, which reads structs from rows.

/// Structs whose fields are read from the columns of their names, on either database; the field after
/// `..` from those of its struct.
///
/// In place of the derive macro of sqlx: that one's crate compiles the drivers of both databases again,
/// SQLite and TLS among them, for the compiler to run.
macro_rules! rows {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis struct $row:ident {
            $($field_visibility:vis $field:ident: $type:ty,)+
            $(.. $inner_visibility:vis $inner:ident: $inner_type:ty)?
        }
    )+) => {$(
        $(#[$attribute])*
        $visibility struct $row {
            $($field_visibility $field: $type,)+
            $($inner_visibility $inner: $inner_type,)?
        }

        impl<'r, R> sqlx::FromRow<'r, R> for $row
        where
            R: sqlx::Row,
            &'static str: sqlx::ColumnIndex<R>,
            $($type: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)+
            $($inner_type: sqlx::FromRow<'r, R>,)?
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self {
                    $($field: row.try_get(stringify!($field))?,)+
                    $($inner: sqlx::FromRow::from_row(row)?,)?
                })
            }
        }
    )+};
}
