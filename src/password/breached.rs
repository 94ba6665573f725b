//! The operator's list of breached passwords.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::files;

/// The length of a hash in hexadecimal digits.
const HASH: usize = 40;

/// The maximum length of a line: hash, colon, count and line break.
const LINE: usize = 64;

/// The size of a part of the file that is searched line by line.
const BLOCK: u64 = 4096;

/// How many lines of the file are checked at the start.
const SAMPLES: u64 = 1000;

/// A list of breached passwords in a file, as Have I Been Pwned publishes it: a SHA-1 of the UTF-8 text per
/// line, in hexadecimal digits, optionally followed by a colon and a count, sorted by the hash. It is
/// searched in place. A cheap handle.
///
/// SHA-1 protects nothing here: it is the format of the list.
#[derive(Clone, Debug)]
pub struct BreachedPasswords {
    file: Arc<File>,
    size: u64,
}

/// The error of a list of breached passwords.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BreachedPasswordsError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is empty.
    #[error("it is empty")]
    Empty,
    /// A line has another format.
    #[error("the line at byte {0} is no SHA-1 in 40 hexadecimal digits, optionally with :COUNT")]
    Malformed(u64),
    /// The lines are not sorted.
    #[error("the line at byte {0} is not sorted by its hash")]
    Unsorted(u64),
}

/// A line of the file.
struct Line {
    start: u64,
    /// The start of the next line.
    end: u64,
    /// In upper case.
    hash: [u8; HASH],
}

impl BreachedPasswords {
    /// Opens a list, and checks a thousand of its lines.
    ///
    /// # Errors
    ///
    /// [`BreachedPasswordsError`].
    pub fn open(path: &Path) -> Result<Self, BreachedPasswordsError> {
        let file = files::open_regular(path)?;
        let size = file.metadata()?.len();
        let list = Self { file: Arc::new(file), size };
        if list.size == 0 {
            return Err(BreachedPasswordsError::Empty);
        }
        let mut previous: Option<Line> = None;
        for sample in 0..=SAMPLES {
            let position = u128::from(list.size - 1) * u128::from(sample) / u128::from(SAMPLES);
            let line = list.line_at(u64::try_from(position).unwrap_or(0))?;
            if previous.is_some_and(|it| it.start < line.start && it.hash >= line.hash) {
                return Err(BreachedPasswordsError::Unsorted(line.start));
            }
            previous = Some(line);
        }
        Ok(list)
    }

    /// Whether a password is on the list.
    ///
    /// # Errors
    ///
    /// [`BreachedPasswordsError`], where the file has changed since it was opened.
    pub fn contains(&self, password: &str) -> Result<bool, BreachedPasswordsError> {
        self.contains_hash(&hash(password))
    }

    fn contains_hash(&self, hash: &[u8; HASH]) -> Result<bool, BreachedPasswordsError> {
        // The line, if there is one, begins in this range.
        let (mut start, mut end) = (0, self.size);
        while start < end {
            if end - start <= BLOCK {
                return self.is_in_block(start, end, hash);
            }
            let line = self.line_at(start + (end - start) / 2)?;
            match line.hash.cmp(hash) {
                std::cmp::Ordering::Less => start = line.end,
                std::cmp::Ordering::Greater => end = line.start,
                std::cmp::Ordering::Equal => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Whether one of the whole lines between two positions has the hash.
    fn is_in_block(
        &self,
        start: u64,
        end: u64,
        hash: &[u8; HASH],
    ) -> Result<bool, BreachedPasswordsError> {
        let mut block = vec![0; usize::try_from(end - start).unwrap_or_default()];
        self.file.read_exact_at(&mut block, start)?;
        Ok(block
            .split(|byte| *byte == b'\n')
            .any(|line| line.get(..HASH).is_some_and(|found| found.eq_ignore_ascii_case(hash))))
    }

    /// The line that has the byte at this position.
    fn line_at(&self, position: u64) -> Result<Line, BreachedPasswordsError> {
        let from = position.saturating_sub(LINE as u64);
        let mut buffer = [0; 2 * LINE];
        let length = self.read_at(&mut buffer, from)?;
        let text = buffer.get(..length).unwrap_or_default();
        let offset = usize::try_from(position - from).unwrap_or_default();
        let before = text.get(..offset).unwrap_or_default();
        let newline = before.iter().rposition(|byte| *byte == b'\n');
        let first = match newline {
            Some(newline) => newline + 1,
            None if from == 0 => 0,
            None => return Err(BreachedPasswordsError::Malformed(from)),
        };
        let start = from + first as u64;
        let rest = text.get(first..).unwrap_or_default();
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let has_end = line.len() < rest.len() || start + line.len() as u64 >= self.size;
        let hash = line.get(..HASH).and_then(|hash| <[u8; HASH]>::try_from(hash).ok());
        let malformed = BreachedPasswordsError::Malformed(start);
        let Some(mut hash) = hash.filter(|hash| has_end && hash.iter().all(u8::is_ascii_hexdigit))
        else {
            return Err(malformed);
        };
        let count = line.get(HASH..).unwrap_or_default().trim_ascii_end();
        let is_count = count.is_empty()
            || matches!(count, [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit));
        if !is_count {
            return Err(malformed);
        }
        hash.make_ascii_uppercase();
        Ok(Line { start, end: (start + line.len() as u64 + 1).min(self.size), hash })
    }

    /// Reads until the buffer is full, or the file ends.
    fn read_at(&self, buffer: &mut [u8], from: u64) -> io::Result<usize> {
        let wanted = usize::try_from(self.size.saturating_sub(from)).unwrap_or(usize::MAX);
        let length = wanted.min(buffer.len());
        if let Some(buffer) = buffer.get_mut(..length) {
            self.file.read_exact_at(buffer, from)?;
        }
        Ok(length)
    }
}

/// The SHA-1 of a password, in hexadecimal digits of upper case.
fn hash(password: &str) -> [u8; HASH] {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let mut text = [0; HASH];
    for (digits, byte) in text.chunks_exact_mut(2).zip(digest.as_ref()) {
        for (digit, value) in digits.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = if value < 10 { b'0' + value } else { b'A' + value - 10 };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::{BufWriter, Write};

    use tempfile::NamedTempFile;

    use super::*;

    fn file(text: &[u8]) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        file
    }

    fn error(text: &[u8]) -> String {
        BreachedPasswords::open(file(text).path()).unwrap_err().to_string()
    }

    /// A list of these passwords, with counts of different lengths.
    fn list(passwords: &[String], line_break: &str) -> NamedTempFile {
        let mut hashes: Vec<_> =
            passwords.iter().map(|it| String::from_utf8(hash(it).to_vec()).unwrap()).collect();
        hashes.sort();
        let mut text = String::new();
        for (number, hash) in hashes.iter().enumerate() {
            let count =
                if number % 3 == 0 { String::new() } else { format!(":{}", number * number) };
            text.extend([hash, &*count, line_break]);
        }
        file(text.as_bytes())
    }

    #[test]
    fn hash_is_the_sha_1_in_upper_case() {
        assert_eq!(&hash("password"), b"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
    }

    #[test]
    fn each_listed_password_is_found_and_no_other() {
        for (count, line_break) in [(1, "\n"), (2, "\r\n"), (1000, "\n"), (1001, "\r\n")] {
            let passwords: Vec<_> = (0..count).map(|number| format!("password-{number}")).collect();
            let file = list(&passwords, line_break);
            let list = BreachedPasswords::open(file.path()).unwrap();
            for password in &passwords {
                assert!(list.contains(password).unwrap(), "{password} of {count}");
                assert!(!list.contains(&password.to_uppercase()).unwrap());
            }
        }
    }

    #[test]
    fn lower_case_and_a_last_line_without_a_break_are_read() {
        let text = b"5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8";
        let list = BreachedPasswords::open(file(text).path()).unwrap();
        assert!(list.contains("password").unwrap());
        assert!(!list.contains("other").unwrap());
    }

    #[test]
    fn other_files_are_rejected_with_their_first_fault() {
        assert_eq!(error(b""), "it is empty");
        let malformed = "the line at byte 0 is no SHA-1 in 40 hexadecimal digits, optionally with \
                         :COUNT";
        for text in
            ["password\n", &"5".repeat(39), &"5".repeat(41), &format!("{}:x", "5".repeat(40))]
        {
            assert_eq!(error(text.as_bytes()), malformed, "{text}");
        }
        let unsorted = format!("{}\n{}\n", "9".repeat(40), "5".repeat(40));
        assert_eq!(error(unsorted.as_bytes()), "the line at byte 41 is not sorted by its hash");
        assert!(error(&[b'a'; 10_000]).ends_with("optionally with :COUNT"));
        for (path, fault) in
            [("/", "it is a folder, not a file"), ("/dev/zero", "it is not a regular file")]
        {
            assert_eq!(BreachedPasswords::open(Path::new(path)).unwrap_err().to_string(), fault);
        }
    }

    /// Evenly distributed hashes, as a real list has them.
    #[test]
    fn list_of_ten_million_rows_is_searched_in_place() {
        const ROWS: u64 = 10_000_000;
        const STEP: u64 = u64::MAX / ROWS;
        let row = |number: u64| {
            let mut row = *b"0000000000000000000000000000000000000000:12345\n";
            let mut rest = number * STEP;
            for digit in row[..16].iter_mut().rev() {
                *digit = b"0123456789ABCDEF"[usize::try_from(rest % 16).unwrap()];
                rest /= 16;
            }
            row
        };
        let file = NamedTempFile::new().unwrap();
        let mut writer = BufWriter::with_capacity(1 << 20, &file);
        for number in 0..ROWS {
            writer.write_all(&row(number)).unwrap();
        }
        writer.flush().unwrap();
        drop(writer);
        let list = BreachedPasswords::open(file.path()).unwrap();
        for number in (0..1000).map(|it| it * 9973 % ROWS).chain([0, ROWS - 1]) {
            let mut hash: [u8; HASH] = row(number)[..HASH].try_into().unwrap();
            assert!(list.contains_hash(&hash).unwrap(), "{number}");
            hash[HASH - 1] = b'1';
            assert!(!list.contains_hash(&hash).unwrap(), "{number}");
        }
    }
}
