//! An estimate of how many guesses a password withstands.

use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

/// How many characters are looked at: the time grows with the cube of their number, to some 10 ms for
/// these. What they score does not fall with more of them.
const CONSIDERED: usize = 40;

/// Why a password is easy to guess. `Display` continues a sentence that begins with "password".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It is on a list of common passwords, or similar to one of them.
    #[error("is too common, or similar to a common one")]
    Common,
    /// A character or a group of characters is repeated.
    #[error("is a repetition, which is easy to guess")]
    Repetition,
    /// Characters in their order, such as `abcdefgh`.
    #[error("is a sequence, which is easy to guess")]
    Sequence,
    /// Neighboring keys of a keyboard.
    #[error("is a pattern on the keyboard, which is easy to guess")]
    Keyboard,
    /// A date or a year.
    #[error("is a date or a year, which is easy to guess")]
    Date,
    /// A word or a name, also with digits or with letters replaced.
    #[error("is a word or a name, which is easy to guess")]
    Word,
    /// Several of these, or words of the e-mail address or the service.
    #[error("is easy to guess")]
    Other,
}

/// The weakness of a password with a lower score than `min_score` (0 to 4, in powers of a hundred guesses
/// from 10^3 on). `inputs` are words that an attacker would try first.
pub(super) fn weakness(password: &str, inputs: &[&str], min_score: u8) -> Option<Weakness> {
    if min_score == 0 {
        return None;
    }
    let considered = match password.char_indices().nth(CONSIDERED) {
        Some((end, _)) => password.get(..end).unwrap_or(password),
        None => password,
    };
    let estimate = zxcvbn(considered, inputs);
    if score(estimate.score()) >= min_score {
        return None;
    }
    let warning = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    Some(match warning {
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => Weakness::Common,
        Some(
            Warning::RepeatsLikeAaaAreEasyToGuess
            | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        ) => Weakness::Repetition,
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => Weakness::Sequence,
        Some(
            Warning::StraightRowsOfKeysAreEasyToGuess
            | Warning::ShortKeyboardPatternsAreEasyToGuess,
        ) => Weakness::Keyboard,
        Some(Warning::DatesAreOftenEasyToGuess | Warning::RecentYearsAreEasyToGuess) => {
            Weakness::Date
        }
        Some(
            Warning::AWordByItselfIsEasyToGuess
            | Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
            | Warning::CommonNamesAndSurnamesAreEasyToGuess,
        ) => Weakness::Word,
        _ => Weakness::Other,
    })
}

fn score(score: Score) -> u8 {
    match score {
        Score::Zero => 0,
        Score::One => 1,
        Score::Two => 2,
        Score::Three => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::digit("00000000", Weakness::Repetition)]
    #[case::letter("aaaaaaaa", Weakness::Repetition)]
    #[case::spaces("        ", Weakness::Repetition)]
    #[case::group("12341234", Weakness::Repetition)]
    #[case::alphabet("abcdefgh", Weakness::Sequence)]
    #[case::replaced("Passw0rd!", Weakness::Common)]
    #[case::common("iloveyou", Weakness::Common)]
    #[case::upper_case("ILOVEYOU", Weakness::Common)]
    #[case::keyboard("qwertzuiop", Weakness::Common)]
    #[case::keys("6tfcvgy7", Weakness::Keyboard)]
    #[case::date("13.05.1987", Weakness::Date)]
    #[case::word("presumably", Weakness::Word)]
    #[case::input("countersign1", Weakness::Other)]
    fn password_that_is_easy_to_guess_has_a_weakness(
        #[case] password: &str,
        #[case] expected: Weakness,
    ) {
        assert_eq!(weakness(password, &["countersign"], 2), Some(expected), "{password}");
        assert_eq!(weakness(password, &["countersign"], 0), None, "{password}");
    }

    #[rstest]
    #[case("correct horse battery", 4)]
    #[case("kleine-gruene-katze", 4)]
    #[case("wxkqjvzp", 2)]
    #[case("xQ7$kd92", 2)]
    #[case("пароль-и-другие-слова", 4)]
    fn password_has_a_score(#[case] password: &str, #[case] score: u8) {
        assert_eq!(weakness(password, &[], score), None, "{password}");
        if score < 4 {
            assert!(weakness(password, &[], score + 1).is_some(), "{password}");
        }
    }

    #[test]
    fn long_password_is_considered_up_to_a_limit() {
        assert_eq!(weakness(&"a".repeat(1024), &[], 2), Some(Weakness::Repetition));
        assert_eq!(weakness(&"ä".repeat(512), &[], 2), Some(Weakness::Repetition));
        // It would take minutes.
        assert_eq!(weakness(&"4@8({361!05$7+2".repeat(68), &[], 2), None);
    }
}
