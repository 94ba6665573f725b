//! The blocklist of common passwords.

use std::cmp::Ordering;

/// One password per line, in lower case, sorted by bytes; its origin is in `common_passwords.LICENSE`.
const LIST: &str = include_str!("common_passwords.txt");

/// Whether a normalized password is on the blocklist, in any case. The list has passwords of at least
/// eight characters.
pub(super) fn is_common(password: &str) -> bool {
    let mut rest = LIST;
    // A binary search in the text needs no table.
    while !rest.is_empty() {
        let (before, after) = rest.split_at(rest.floor_char_boundary(rest.len() / 2));
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = after.find('\n').map_or(rest.len(), |newline| before.len() + newline);
        let line = rest.get(start..end).unwrap_or_default();
        // The list is ASCII, and no other normalized letter has an ASCII letter as its lower case.
        match line.bytes().cmp(password.bytes().map(|byte| byte.to_ascii_lowercase())) {
            Ordering::Less => rest = rest.get(end + 1..).unwrap_or_default(),
            Ordering::Greater => rest = rest.get(..start).unwrap_or_default(),
            Ordering::Equal => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_is_sorted_and_in_lower_case() {
        assert!(LIST.lines().count() > 10_000);
        assert!(LIST.lines().is_sorted_by(|one, next| one < next));
        for line in LIST.lines() {
            assert!(line.len() >= 8 && line.bytes().all(|byte| byte.is_ascii_graphic()), "{line}");
            assert_eq!(line, line.to_lowercase());
        }
    }

    #[test]
    fn every_entry_is_found_in_any_case() {
        for line in LIST.lines() {
            assert!(is_common(line), "{line}");
            assert!(is_common(&line.to_uppercase()), "{line}");
        }
    }

    #[test]
    fn similar_text_is_not_found() {
        let listed: std::collections::HashSet<_> = LIST.lines().collect();
        for line in LIST.lines() {
            for beside in [format!("{line}\u{1}"), format!("{line}\n"), line[..7].to_owned()] {
                assert!(!is_common(&beside), "{beside}");
            }
            let shorter = &line[..line.len() - 1];
            assert_eq!(is_common(shorter), listed.contains(shorter), "{shorter}");
        }
        for other in ["", "\n", "\u{0}", "correct horse battery", "~~~~~~~~~", "пароль123"] {
            assert!(!is_common(other), "{other}");
        }
    }
}
