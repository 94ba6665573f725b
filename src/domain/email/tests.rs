use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> String {
    Email::parse(text).unwrap().to_string()
}

#[test]
fn spellings_of_an_address_are_equal() {
    assert_eq!(parsed("  User@Email.COM\n"), "user@email.com");
    assert_eq!(parsed("a@B\u{dc}CHER.de"), "a@xn--bcher-kva.de");
    assert_eq!(parsed("root@localhost"), "root@localhost");
    for spellings in [
        &["JOSE\u{301}@example.com", "jos\u{e9}@example.com", "JOS\u{c9}@example.com"][..],
        // A final sigma, its upper case, and the lower case of that.
        &["νικος@example.gr", "ΝΙΚΟΣ@example.gr", "νικοσ@example.gr"],
        &["νικος.π@example.gr", "ΝΙΚΟΣ.Π@EXAMPLE.GR"],
        &["straße@example.de", "STRA\u{1e9e}E@example.de", "STRASSE@example.de"],
        &["ᾳδης@example.gr", "ΑΙΔΗΣ@example.gr", "ᾼδησ@example.gr"],
        &["o\u{fb03}ce@example.com", "OFFICE@example.com"],
        &["İ@example.com", "i\u{307}@example.com"],
        &["ö̲@example.com", "o\u{332}\u{308}@example.com", "Ö̲@example.com"],
    ] {
        for spelling in spellings {
            assert_eq!(Email::parse(spelling), Email::parse(spellings[0]), "{spelling}");
            assert!(Email::parse(spelling).is_ok(), "{spelling}");
        }
    }
    // A letter of its own, in Turkish and elsewhere.
    assert_ne!(parsed("ı@example.com"), parsed("i@example.com"));
}

#[test]
fn former_spelling_is_in_lower_case_and_not_case_folded() {
    let former = |text: &str| Email::parse(text).unwrap().former().map(str::to_owned);
    assert_eq!(former("Ada@Example.com"), None);
    assert_eq!(former("Νικος.π@Example.gr"), Some("νικος.π@example.gr".to_owned()));
    assert_eq!(former("straße@example.de"), Some("straße@example.de".to_owned()));
}

#[test]
fn combining_marks_after_letters_are_accepted() {
    let address = "संपर्क@डाटामेल.भारत";
    let canonical = "संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c";
    assert_eq!(parsed(address), canonical);
    for text in [
        "ชื่อ@example.com",
        "מַלְכָּה@example.com",
        "a.q\u{323}\u{307}@example.com",
        "மின்னஞ்சல்@example.com",
    ] {
        assert!(Email::parse(text).is_ok(), "{text}");
    }
    for text in ["\u{301}a@b.com", "a.\u{301}@b.com", "a-\u{301}@b.com", "\u{93e}a@b.com"] {
        assert_eq!(Email::parse(text), Err(EmailError::Syntax), "{text}");
    }
}

#[test]
fn invisible_characters_are_rejected() {
    for c in "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{200b}\u{200c}\u{200d}\
              \u{200e}\u{200f}\u{2028}\u{202a}\u{202e}\u{2060}\u{2061}\u{2066}\u{2069}\u{206a}\u{2800}\
              \u{3000}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{1d173}\u{e0001}\u{e0041}\
              \u{e0100}\u{a0}\u{85}\u{7f}\0\t"
        .chars()
    {
        for text in [format!("{c}a@b.com"), format!("a{c}b@b.com"), format!("a{c}@b.com")] {
            let parsed = Email::parse(&text);
            let is_outside = c.is_whitespace() && text.starts_with(c);
            assert_eq!(parsed.is_ok(), is_outside, "{text:?}");
        }
        let text = format!("a@b{c}c.com");
        assert!(Email::parse(&text).is_err(), "{text:?}");
    }
}

#[test]
fn malformed_address_is_rejected() {
    for text in [
        "",
        "@",
        "user",
        "user@",
        "@email.com",
        "a b@email.com",
        "a@b@email.com",
        "a@-b.com",
        "\"a, is_admin=True> <\"@b.com",
        "\"a\"@b.com",
        "A <a@b.com>",
        "a@[127.0.0.1]",
        "a@b..com",
        "a@b.com.",
        "a@b_c.com",
        "a\0@b.com",
        "a\r\n@b.com",
        ".a@b.com",
        "a.@b.com",
        "a..b@b.com",
        "a(b)@b.com",
        "a:b@b.com",
        "a\\b@b.com",
        "a@b.com,c@d.com",
        "a💩@b.com",
        "a\u{20dd}@b.com",
    ] {
        assert_eq!(Email::parse(text), Err(EmailError::Syntax), "{text:?}");
    }
    assert!(Email::parse("!#$%&'*+-/=?^_`{|}~@b.com").is_ok());
    assert!(Email::parse(&format!("{}@b.com", "a".repeat(64))).is_ok());
    assert_eq!(Email::parse(&format!("{}@b.com", "a".repeat(65))), Err(EmailError::Syntax));
    let long = format!("{}@{}.com", "a".repeat(64), ["b".repeat(60).as_str(); 4].join("."));
    assert_eq!(Email::parse(&long), Err(EmailError::TooLong));
    assert_eq!(Email::parse(&"a".repeat(1 << 20)), Err(EmailError::TooLong));
}

proptest! {
    #[test]
    fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,40}(@\\PC{0,40})?") {
        if let Ok(email) = Email::parse(&text) {
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
        }
    }

    #[test]
    fn address_of_letters_and_marks_equals_its_upper_case_form(
        name in "[\\p{L}\\p{M}]{1,8}"
    ) {
        let text = format!("{name}@example.com");
        if let Ok(email) = Email::parse(&text) {
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
            // The upper case of `ı` is that of another letter, too; an iota below a letter becomes a
            // letter of its own, before other marks.
            if !name.nfd().any(|c| matches!(c, 'ı' | '\u{345}')) {
                prop_assert_eq!(Email::parse(&text.to_uppercase()), Ok(email.clone()), "{}", text);
            }
            prop_assert_eq!(Email::parse(&text.to_lowercase()), Ok(email));
        }
    }

    #[test]
    fn case_and_surrounding_white_space_are_ignored(text in "[a-z0-9.+_-]{1,20}@[a-z0-9]{1,20}\\.(com|de)") {
        let upper = format!(" {}\t", text.to_uppercase());
        prop_assert_eq!(Email::parse(&upper), Email::parse(&text));
    }
}
