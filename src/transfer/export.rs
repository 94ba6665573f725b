//! Export of all users into a file.

use std::io::{self, Write};

use serde::Serialize;

use super::error::TransferError;
use super::format::Format;
use crate::domain::{Metadata, UserId, write_json_line};
use crate::store::{Account, Store};

/// The number of users per query.
const PAGE: u32 = 1000;

/// A record, as the import reads it.
#[derive(Serialize)]
struct ExportRecord<'a> {
    email: &'a str,
    password_hash: String,
    is_admin: bool,
    created_at: String,
    disabled: bool,
    email_verified: bool,
    metadata: Exported<'a>,
}

/// The metadata: an object in JSON Lines, its text in CSV.
#[derive(Serialize)]
#[serde(untagged)]
enum Exported<'a> {
    Object(&'a Metadata),
    Text(String),
}

impl<'a> ExportRecord<'a> {
    fn new(account: &'a Account, format: Format) -> Self {
        Self {
            email: account.user.email.as_str(),
            password_hash: account.password_hash.to_string(),
            is_admin: account.user.is_admin,
            created_at: account.created_at.to_string(),
            disabled: account.disabled,
            email_verified: account.user.email_verified,
            metadata: match format {
                Format::JsonLines => Exported::Object(&account.metadata),
                Format::Csv => Exported::Text(account.metadata.to_string()),
            },
        }
    }
}

/// Writes all users, ordered by ID, in the format of an import, and returns their number. One page of
/// users is in memory at a time.
///
/// # Errors
///
/// [`TransferError::File`] and [`TransferError::Store`].
pub async fn export(
    store: &dyn Store,
    format: Format,
    mut output: impl Write,
) -> Result<u64, TransferError> {
    let mut last = UserId(0);
    let mut count = 0;
    if format == Format::Csv {
        writeln!(
            output,
            "email,password_hash,is_admin,created_at,disabled,email_verified,metadata"
        )?;
    }
    loop {
        let page = store.page(last, PAGE).await?;
        let Some(account) = page.last() else { break };
        last = account.user.id;
        count += page.len() as u64;
        write_page(&page, format, &mut output)?;
    }
    output.flush()?;
    Ok(count)
}

fn write_page(page: &[Account], format: Format, output: &mut impl Write) -> io::Result<()> {
    match format {
        Format::JsonLines => {
            for account in page {
                write_json_line(&mut *output, &ExportRecord::new(account, format))?;
            }
        }
        Format::Csv => {
            let mut csv = ::csv::WriterBuilder::new().has_headers(false).from_writer(output);
            for account in page {
                csv.serialize(ExportRecord::new(account, format)).map_err(io::Error::other)?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}
