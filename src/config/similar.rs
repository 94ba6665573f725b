//! The known name that is most similar to an unknown one.

/// The nearest of the known names; `None` unless a few edits lead to it: one for three characters, and at
/// most four.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let similarity = |known: &str| strsim::jaro_winkler(known, name);
    let nearest =
        known.into_iter().max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
    let edits = (name.chars().count() / 3).clamp(1, 4);
    nearest.filter(|known| strsim::levenshtein(known, name) <= edits)
}
