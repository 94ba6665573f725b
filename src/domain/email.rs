//! E-mail addresses.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use icu_casemap::CaseMapper;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization;

use super::printable::is_invisible;

/// A normalized e-mail address: two spellings of one address are equal. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Email {
    canonical: Arc<str>,
    /// See [`Email::former`].
    former: Option<Arc<str>>,
}

/// Errors of an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// The text does not have the form `name@domain`.
    #[error("is not an e-mail address")]
    Syntax,
    /// The address is longer than [`Email::MAX_LENGTH`].
    #[error("is longer than 254 bytes")]
    TooLong,
}

impl Email {
    /// The longest address that SMTP can carry, in bytes (RFC 5321 section 4.5.3.1.3, erratum 1690).
    pub const MAX_LENGTH: usize = 254;
    /// The longest part before the `@`, in bytes (RFC 5321 section 4.5.3.1.1).
    const MAX_LOCAL_LENGTH: usize = 64;

    /// Parses and normalizes an address.
    ///
    /// Surrounding white space is removed. The part before the `@` is case-folded (Unicode full case
    /// folding: `ς` and `Σ` are `σ`, `ß` and `ẞ` are `ss`) and composed (Unicode NFC); the domain
    /// becomes its ASCII form (UTS #46, `bücher.de` → `xn--bcher-kva.de`). Quoted names
    /// (`"a b"@example.com`), display names, address literals and invisible characters are not
    /// accepted.
    ///
    /// # Errors
    ///
    /// [`EmailError`].
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        // Case folding shortens an address, but not to a tenth.
        if text.len() > 10 * Self::MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        let (name, domain) = text.trim().rsplit_once('@').ok_or(EmailError::Syntax)?;
        // UTS #46 removes invisible characters, except for joiners, which it accepts where they are
        // visible.
        if domain.contains(|c| is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}')) {
            return Err(EmailError::Syntax);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Syntax)?;
        let folded = folded(name);
        let address = format!("{folded}@{domain}");
        if address.len() > Self::MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        if folded.len() > Self::MAX_LOCAL_LENGTH || !is_dot_atom(&folded) {
            return Err(EmailError::Syntax);
        }
        let lower: String = name.nfc().collect::<String>().to_lowercase().nfc().collect();
        let former = (lower != folded).then(|| format!("{lower}@{domain}").into());
        Ok(Self { canonical: address.into(), former })
    }

    /// The address with this canonical spelling, as stored.
    pub(crate) fn from_canonical(text: &str) -> Self {
        Self { canonical: text.into(), former: None }
    }

    /// A part of an address in canonical spelling, to search for.
    #[must_use]
    pub fn canonical_part(text: &str) -> String {
        folded(text.trim())
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.canonical
    }

    /// The spelling of earlier versions, which converted to lower case instead of case-folding, if it
    /// differs. A database may still contain it.
    #[must_use]
    pub fn former(&self) -> Option<&str> {
        self.former.as_deref()
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Email {}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}

/// Case-folded and composed. Case folding is defined on decomposed text (Unicode 3.13, D145).
fn folded(name: &str) -> String {
    CaseMapper::new().fold_string(&name.nfd().collect::<String>()).nfc().collect()
}

/// Whether a local part is a dot-atom (RFC 5322 section 3.2.3), also of non-ASCII letters and digits
/// (RFC 6531 section 3.3) with their combining marks.
fn is_dot_atom(name: &str) -> bool {
    name.split('.').all(|atom| {
        let mut is_letter = false;
        let mut is_allowed = |c: char| {
            if is_mark(c) {
                return is_letter && !is_invisible(c);
            }
            is_letter = c.is_alphanumeric();
            is_letter && !is_invisible(c) || "!#$%&'*+-/=?^_`{|}~".contains(c)
        };
        !atom.is_empty() && atom.chars().all(&mut is_allowed)
    })
}

fn is_mark(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark)
}

#[cfg(test)]
mod tests;
