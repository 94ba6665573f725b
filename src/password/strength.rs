//! An estimate of how many guesses a password withstands.

use std::collections::HashSet;

use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

/// The most characters that are considered: five random words. The time grows with the cube of their
/// number, and from 29 on zxcvbn 3.1.1 overflows at patterns such as `0101…`.
const CHARACTERS: usize = 28;

/// The most different characters other than letters that are considered. Each may be the replacement of
/// a letter, and zxcvbn tries all combinations: with all of its 20 replacements for 50 ms, with these for
/// less than 10 ms. Any 11 characters without a pattern have the highest score.
const SYMBOLS: usize = 11;

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
    let estimate = zxcvbn(considered(password), inputs);
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

/// The beginning of a password, of which an estimate takes a bounded time.
fn considered(password: &str) -> &str {
    let mut symbols = HashSet::new();
    let end = password.char_indices().enumerate().find_map(|(number, (start, character))| {
        if !character.is_alphabetic() {
            symbols.insert(character);
        }
        (number == CHARACTERS || symbols.len() > SYMBOLS).then_some(start)
    });
    end.and_then(|end| password.get(..end)).unwrap_or(password)
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
    use proptest::prelude::*;
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

    #[rstest]
    #[case::short("correct horse", "correct horse")]
    #[case::long("correct horse battery staple and more", "correct horse battery staple")]
    #[case::other_letters("абвгдежзийклмн", "абвгдежзийклмн")]
    #[case::repeated_symbols("1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "1-1-1-1-1-1-1-1-1-1-1-1-1-1-")]
    #[case::symbols("a0123456789+b-c", "a0123456789+b")]
    #[case::all_replacements("4@8({[<36910!|7$5+%2", "4@8({[<3691")]
    fn beginning_of_a_password_is_considered(#[case] password: &str, #[case] expected: &str) {
        assert_eq!(considered(password), expected);
    }

    #[test]
    fn different_symbols_without_a_pattern_have_the_highest_score() {
        assert_eq!(weakness("4@8({[<36910!|7$5+%2", &[], 4), None);
    }

    #[rstest]
    fn long_pattern_is_weak(
        #[values("a", "ä", "01", "gh", "120", "1203", "4@")] base: &str,
        #[values(28, 29, 40, 200)] length: usize,
    ) {
        let password: String = base.chars().cycle().take(length).collect();
        assert!(weakness(&password, &[], 2).is_some(), "{password}");
    }

    proptest! {
        #[test]
        fn any_password_has_an_estimate(
            password in prop_oneof!["\\PC{1,64}", "([0-9]{1,3}|[a-z@$!(]{1,3}){1,30}"],
            base in "[a-z0-9+*/.@$-]{1,4}",
        ) {
            // Without a panic, such as that of an overflow.
            weakness(&password, &[&base], 4);
            weakness(&base.repeat(40), &[&password], 4);
        }
    }
}
