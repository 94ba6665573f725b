//! E-mail addresses of all scripts, at the command line and beside a service.

use std::fmt::Write as _;

use sqlx::{Connection, SqliteConnection};

use super::databases::{self, TestDatabase};
use super::{BCRYPT, IMPORTED, PASSWORD, done, login, rows, serve, user};

/// Changes the stored address of a user, as another version may have.
async fn set_address(database: &TestDatabase, id: i64, email: &str) {
    let url = database.url.replace("sqlite:", "sqlite://");
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let statement = sqlx::query("UPDATE users SET email = $1 WHERE id = $2").bind(email).bind(id);
    statement.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn addresses_of_all_scripts_are_one_account_in_any_case() {
    let database = databases::sqlite();
    let url = &database.url;
    let addresses = [
        ("संपर्क@डाटामेल.भारत", "संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c"),
        ("νικος.π@example.gr", "ΝΙΚΟΣ.Π@EXAMPLE.GR"),
        ("νικος@example.gr", "ΝΙΚΟΣ@example.gr"),
        ("straße@example.de", "STRASSE@EXAMPLE.DE"),
        ("jose\u{301}@example.com", "JOS\u{c9}@example.com"),
        ("дядя@пример.рф", "ДЯДЯ@ПРИМЕР.РФ"),
    ];
    for (address, _) in addresses {
        done(url, &["add", address], PASSWORD);
    }
    let service = serve(url);
    for (address, other) in addresses {
        let (code, _, stderr) = user(url, &["add", other], PASSWORD);
        assert_eq!(code, 1, "{other}");
        assert!(stderr.contains("the e-mail address is already registered"), "{stderr}");
        assert!(login(&service, address, PASSWORD).await.is_some(), "{address}");
        assert!(login(&service, other, PASSWORD).await.is_some(), "{other}");
        assert_eq!(done(url, &["show", address], ""), done(url, &["show", other], ""));
    }
    let mut text = "email,password_hash\n".to_owned();
    for email in addresses.iter().flat_map(|(one, other)| [one, other]) {
        writeln!(text, "{email},{BCRYPT}").unwrap();
    }
    let other = databases::sqlite();
    let (code, stdout, stderr) = user(&other.url, &["import", "-", "--format", "csv"], &text);
    assert_eq!((code, &*stdout), (1, "imported 6, rejected 6, existing 0\n"), "{stderr}");
    assert!(stderr.contains("line 5: ΝΙΚΟΣ.Π@EXAMPLE.GR: the address is the same as on line 4"));
}

#[test]
fn address_with_an_invisible_character_is_rejected() {
    let database = databases::sqlite();
    for c in "\u{3164}\u{115f}\u{ffa0}\u{200b}\u{202e}\u{ad}\u{fe0f}\u{e0041}".chars() {
        let (code, _, stderr) = user(&database.url, &["add", &format!("a{c}b@c.com")], PASSWORD);
        assert_eq!(code, 1, "{c:?}");
        assert!(stderr.contains("EMAIL is not an e-mail address"), "{stderr}");
    }
}

#[tokio::test]
async fn address_in_the_former_spelling_is_found() {
    let database = databases::sqlite();
    let url = &database.url;
    let address = "νικος.π@example.gr";
    done(url, &["add", "a@example.gr"], PASSWORD);
    set_address(&database, 1, address).await;

    let service = serve(url);
    assert!(login(&service, address, PASSWORD).await.is_some());
    assert_eq!(rows(&done(url, &["show", address, "--json"], ""))[0]["email"], address);
    let (code, _, stderr) = user(url, &["add", address], PASSWORD);
    assert_eq!((code, stderr.contains("is already registered")), (1, true), "{stderr}");
    let text = format!("email,password_hash\n{address},{BCRYPT}\nb@b.com,{BCRYPT}\n");
    let import = ["import", "-", "--format", "csv"];
    let (code, stdout, stderr) = user(url, &import, &text);
    assert_eq!((code, &*stdout), (0, "imported 1, rejected 0, existing 1\n"), "{stderr}");
    assert_eq!(stderr, format!("line 2: {address}: the address already exists\n"));
    assert!(login(&service, "b@b.com", IMPORTED).await.is_some());
    // Its upper-case form was another account, and does not stand before it.
    done(url, &["add", "ΝΙΚΟΣ.Π@EXAMPLE.GR"], "another horse battery");
    assert!(login(&service, address, PASSWORD).await.is_some());
    assert!(login(&service, "ΝΙΚΟΣ.Π@example.gr", "another horse battery").await.is_some());
}

#[tokio::test]
async fn control_characters_are_escaped_on_a_terminal() {
    let database = databases::sqlite();
    let url = &database.url;
    done(url, &["add", "a@example.com"], PASSWORD);
    set_address(&database, 1, "a\u{1b}[2J\u{9b}\u{202e}\r\n@example.com").await;
    let escaped = "a\\u{1b}[2J\\u{9b}\\u{202e}\\r\\n@example.com";
    for arguments in
        [&["list"][..], &["show", "1"], &["disable", "1"], &["set-admin", "1"], &["export"]]
    {
        let printed = done(url, arguments, "");
        let is_json = arguments == ["export"];
        assert!(is_json || printed.contains(escaped), "{arguments:?}: {printed:?}");
        let raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!printed.contains(raw), "{arguments:?}: {printed:?}");
    }
    let (code, _, stderr) = user(url, &["show", "\u{1b}[2J"], "");
    assert_eq!((code, &*stderr), (1, "error: user \\u{1b}[2J not found\n"));
}
