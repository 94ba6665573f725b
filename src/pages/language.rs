//! The language of a page.

/// A language that there are texts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The tag (RFC 5646).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language that `Accept-Language` (RFC 9110 section 12.5.4) prefers; English where there is
    /// none of its languages.
    #[must_use]
    pub fn negotiate(accepted: &str) -> Self {
        let weighted = accepted.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next()?;
            let weight = parts
                .find_map(|it| it.strip_prefix("q="))
                .map_or(Some(1.0), |it| it.parse::<f32>().ok())?;
            let primary = tag.split('-').next().unwrap_or_default();
            let is_tag = |language: &Self| primary.eq_ignore_ascii_case(language.tag());
            let language = Self::ALL.into_iter().find(is_tag)?;
            (weight > 0.0).then_some((language, weight))
        });
        // The first of those with the highest weight.
        let best = weighted.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Self::default(), |(language, _)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_is_the_one_with_the_highest_weight() {
        for (accepted, language) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("DE-de", Language::German),
            ("en;q=0.5, de;q=0.7", Language::German),
            ("fr, de;q=0.3", Language::German),
            ("en-US,en;q=0.9,de;q=0.8", Language::English),
            ("de;q=0, en;q=0.1", Language::English),
            ("fr", Language::English),
            ("*", Language::English),
            ("de;q=x, ;;, -", Language::English),
            ("den", Language::English),
        ] {
            assert_eq!(Language::negotiate(accepted), language, "{accepted}");
        }
    }
}
