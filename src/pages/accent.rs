//! The color of buttons.

use std::fmt;

/// The color of buttons, in sRGB, with a text color that can be read on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    red: u8,
    green: u8,
    blue: u8,
}

/// The text is no color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a color of six hexadecimal digits, such as #2f5fd0")]
pub struct AccentError;

impl Accent {
    /// Parses `#rrggbb`.
    ///
    /// # Errors
    ///
    /// [`AccentError`].
    pub fn parse(text: &str) -> Result<Self, AccentError> {
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(AccentError)?;
        let mut color = [0; 3];
        hex::decode_to_slice(digits, &mut color).map_err(|_| AccentError)?;
        let [red, green, blue] = color;
        Ok(Self { red, green, blue })
    }

    /// The text color with the higher contrast, at least 4.5:1 (WCAG 2.2, 1.4.3), on any color.
    #[must_use]
    pub fn text(self) -> &'static str {
        let luminance = self.luminance();
        let (on_white, on_black) = (1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05);
        if on_white >= on_black { "#ffffff" } else { "#000000" }
    }

    /// The relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.040_45 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl Default for Accent {
    fn default() -> Self {
        Self { red: 0x2b, green: 0x5a, blue: 0xc4 }
    }
}

impl fmt::Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accent_is_six_digits() {
        assert_eq!(Accent::parse("#2B5AC4"), Ok(Accent::default()));
        assert_eq!(Accent::default().to_string(), "#2b5ac4");
        for text in ["", "2b5ac4", "#fff", "#2b5ac4ff", "#2b5ac;", "red", "#\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(Accent::parse(text), Err(AccentError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_on_any_accent_has_the_contrast_of_wcag(red: u8, green: u8, blue: u8) {
            let accent = Accent { red, green, blue };
            let text = if accent.text() == "#ffffff" { 1.0 } else { 0.0 };
            let (one, other) = (accent.luminance() + 0.05, text + 0.05);
            prop_assert!(one.max(other) / one.min(other) >= 4.5);
        }
    }
}
