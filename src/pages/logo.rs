//! The image beside the name of the service.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use crate::files;

/// The largest file, in bytes.
const MAX_SIZE: u64 = 256 * 1024;

/// An image file.
#[derive(Clone, Debug)]
pub struct Logo {
    /// The content.
    pub bytes: Arc<[u8]>,
    /// The media type.
    pub media_type: &'static str,
}

impl Logo {
    /// Reads a file of at most 256 KiB, whose name tells its type: `svg`, `png`, `webp` or `jpg`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for another name; those of the system.
    pub fn read(path: &Path) -> io::Result<Self> {
        let extension = path.extension().and_then(|it| it.to_str()).map(str::to_ascii_lowercase);
        let media_type = match extension.as_deref() {
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("webp") => "image/webp",
            Some("jpg" | "jpeg") => "image/jpeg",
            _ => {
                let sentence = "its name has to end with .svg, .png, .webp or .jpg";
                return Err(io::Error::new(ErrorKind::InvalidInput, sentence));
            }
        };
        let bytes = files::read_regular(path, MAX_SIZE)?;
        Ok(Self { bytes: bytes.as_slice().into(), media_type })
    }
}
