//! `countersign user import`: each row that is not imported is reported with its line and address.

use std::fmt::Write as _;
use std::fs;

use rstest::rstest;

use super::databases;
use super::{BCRYPT, done, rows, user};

/// Imports `text` in this format, and the same as a dry run, which has to report the same.
fn import(url: &str, arguments: &[&str], text: &str) -> (i32, String, String) {
    let dry = [&["import", "-", "--dry-run"], arguments].concat();
    let (dry_code, dry_stdout, dry_stderr) = user(url, &dry, text);
    let (code, stdout, stderr) = user(url, &[&["import", "-"], arguments].concat(), text);
    assert_eq!(dry_stderr, stderr);
    assert_eq!((dry_code, dry_stdout.replace("would import", "imported")), (code, stdout.clone()));
    (code, stdout, stderr)
}

const CSV: [&str; 2] = ["--format", "csv"];
const JSON_LINES: [&str; 2] = ["--format", "jsonl"];
const SUPABASE: [&str; 4] = ["--format", "csv", "--preset", "supabase"];

fn addresses(url: &str) -> Vec<String> {
    let listed = rows(&done(url, &["list", "--json"], ""));
    listed.iter().map(|row| row["email"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn reported_lines_are_those_of_the_file() {
    let lines = [
        "email,password_hash,is_admin",
        "",
        "a@b.com,HASH,f",
        "b@b.com,md5$x$y,f",
        "",
        "",
        "\"c@b.com\",HASH,yes",
        "\"d\n\n@b.com\",HASH,f",
        "e@b.com,HASH,maybe",
        "f@b.com,HASH",
        "g@b.com,HASH,f,",
        "h@b.com,\"\",f",
        ",HASH,f",
        "i@b.com,HASH,f",
    ];
    for (bom, end, last) in
        [("", "\n", "\n"), ("", "\r\n", "\r\n"), ("\u{feff}", "\r\n", ""), ("", "\r", "\r")]
    {
        let database = databases::sqlite();
        let text = format!("{bom}{}{last}", lines.join(end)).replace("HASH", BCRYPT);
        let (code, stdout, stderr) = import(&database.url, &CSV, &text);
        assert_eq!((code, &*stdout), (1, "imported 2, rejected 8, existing 0\n"), "{stderr}");
        let reported: Vec<_> = stderr.lines().collect();
        let expected = [
            "line 4: b@b.com: password_hash has an unknown format",
            "line 7: c@b.com: is_admin is neither true nor false",
            "line 8: d\\n\\n@b.com: email is not an e-mail address",
            "line 11: e@b.com: is_admin is neither",
            "line 12: f@b.com: the row has 2 fields, and the header 3 columns",
            "line 13: g@b.com: the row has 4 fields, and the header 3 columns",
            "line 14: h@b.com: password_hash is empty",
            "line 15: email is empty",
        ];
        assert_eq!(reported.len(), expected.len(), "{end:?}: {stderr}");
        for (reported, expected) in reported.iter().zip(expected) {
            assert!(reported.starts_with(expected), "{end:?}: {reported} is not {expected}");
        }
        assert_eq!(addresses(&database.url), ["a@b.com", "i@b.com"]);
    }
}

#[test]
fn reports_of_both_kinds_come_in_the_order_of_the_file() {
    let database = databases::sqlite();
    done(&database.url, &["import", "-", "--format", "csv"], &csv_of(["there@b.com"]));
    let text = csv_of(["a@b.com", "there@b.com", "no", "A@B.com", "nor", "THERE@b.com"]);
    let (code, stdout, stderr) = import(&database.url, &CSV, &text);
    assert_eq!(code, 1);
    assert_eq!(stdout, "imported 1, rejected 4, existing 1\n");
    assert_eq!(
        stderr,
        "line 3: there@b.com: the address already exists\n\
         line 4: no: email is not an e-mail address\n\
         line 5: A@B.com: the address is the same as on line 2\n\
         line 6: nor: email is not an e-mail address\n\
         line 7: THERE@b.com: the address is the same as on line 3\n"
    );
}

fn csv_of<'a>(addresses: impl IntoIterator<Item = &'a str>) -> String {
    let lines = addresses.into_iter().map(|email| format!("{email},{BCRYPT}\n"));
    format!("email,password_hash\n{}", lines.collect::<String>())
}

#[test]
fn second_row_of_an_account_is_rejected_across_batches_and_files() {
    let database = databases::sqlite();
    let url = &database.url;
    let many: Vec<_> = (0..2500).map(|number| format!("u{number}@b.com")).collect();
    let mut addresses: Vec<_> = many.iter().map(String::as_str).collect();
    addresses.extend(["U0@b.com", "u2499@B.COM", "new@b.com"]);
    let text = csv_of(addresses);
    let reports = "line 2502: U0@b.com: the address is the same as on line 2\n\
                   line 2503: u2499@B.COM: the address is the same as on line 2501\n";
    let (code, stdout, stderr) = import(url, &CSV, &text);
    assert_eq!((code, &*stderr), (1, reports));
    assert_eq!(stdout, "imported 2501, rejected 2, existing 0\n");
    // A repeated import is told apart: what was imported before is no failure.
    let (code, stdout, stderr) = import(url, &CSV, &text);
    assert_eq!((code, &*stdout), (1, "imported 0, rejected 2, existing 2501\n"));
    assert!(stderr.contains("line 2: u0@b.com: the address already exists\n"), "{stderr}");
    assert!(stderr.ends_with(&format!("line 2504: new@b.com: {}\n", "the address already exists")));
    assert!(stderr.contains(reports));
    let (code, stdout, _) = import(url, &CSV, &csv_of(["u0@b.com"]));
    assert_eq!((code, &*stdout), (0, "imported 0, rejected 0, existing 1\n"));
}

#[test]
fn rejected_record_does_not_reserve_its_address() {
    let database = databases::sqlite();
    let text = format!("email,password_hash\na@b.com,md5$x$y\nA@b.com,{BCRYPT}\n");
    let (code, stdout, stderr) = import(&database.url, &CSV, &text);
    assert_eq!((code, &*stdout), (1, "imported 1, rejected 1, existing 0\n"), "{stderr}");
}

#[test]
fn unclosed_quotation_mark_is_reported_with_its_line() {
    let database = databases::sqlite();
    let mut text = format!(
        "email,encrypted_password,note\na@b.com,{BCRYPT},\"two\nlines\"\n\
         b@b.com,{BCRYPT},\"open\n"
    );
    for number in 0..3000 {
        writeln!(text, "u{number}@b.com,{BCRYPT},x").unwrap();
    }
    let (code, stdout, stderr) = import(&database.url, &SUPABASE, &text);
    assert_eq!((code, &*stdout), (1, "imported 1, rejected 1, existing 0\n"), "{stderr}");
    assert_eq!(
        stderr,
        "line 4: b@b.com: the quotation mark on line 4 is never closed; nothing after it was read, \
         up to the last line, 3004\n"
    );
    // Also if the rest exceeds the limit of a record.
    let text = text.replace("\"open\n", &format!("\"open\n{}\n", "x".repeat(20 << 20)));
    let (code, stdout, stderr) = import(&database.url, &SUPABASE, &text);
    assert_eq!((code, &*stdout), (1, "imported 0, rejected 1, existing 1\n"), "{stderr}");
    let end = "; nothing after it was read, up to the last line, 3005\n";
    assert!(stderr.ends_with(end), "{stderr}");
}

#[test]
fn misplaced_quotation_mark_is_reported() {
    let database = databases::sqlite();
    // The quoted field of line 2 ends before `fine`, so that it contains line 3.
    let text = format!(
        "email,encrypted_password,note\n\
         a@b.com,{BCRYPT},\"open\n\
         b@b.com,{BCRYPT},\"fine\"\n\
         c@b.com,{BCRYPT},5\" disk\n\
         d@b.com,{BCRYPT},\"he said \"\"yes\"\"\"\n"
    );
    let (code, stdout, stderr) = import(&database.url, &SUPABASE, &text);
    assert_eq!((code, &*stdout), (1, "imported 1, rejected 2, existing 0\n"), "{stderr}");
    assert_eq!(
        stderr,
        "line 2: a@b.com: text follows the end of a quoted field; the row ends on line 3\n\
         line 4: c@b.com: a field that is not quoted contains a quotation mark\n"
    );
    assert_eq!(addresses(&database.url), ["d@b.com"]);
}

#[test]
fn large_cells_are_passed_over_and_too_large_rows_are_reported_alone() {
    let database = databases::sqlite();
    let (large, too_large) = ("x".repeat(90 << 10), "x\n".repeat(9 << 20));
    let text = format!(
        "email,encrypted_password,raw_user_meta_data\n\
         a@b.com,{BCRYPT},\"{large}\"\n\
         b@b.com,{BCRYPT},\"{too_large}\"\n\
         c@b.com,{BCRYPT},{{}}\n\
         d@b.com,md5$,{{}}\n"
    );
    let (code, stdout, stderr) = import(&database.url, &SUPABASE, &text);
    assert_eq!((code, &*stdout), (1, "imported 2, rejected 2, existing 0\n"), "{stderr}");
    let last = 3 + (9 << 20);
    let mut reported = stderr.lines();
    let report = reported.next().unwrap();
    let expected = "line 3: b@b.com: the row is longer than 16 MiB and ends on line";
    assert_eq!(report, format!("{expected} {last}"));
    let report = reported.next().unwrap();
    assert!(report.starts_with(&format!("line {}: d@b.com: enc", last + 2)), "{report}");
    assert_eq!(addresses(&database.url), ["a@b.com", "c@b.com"]);

    let database = databases::sqlite();
    let too_large = "x".repeat(17 << 20);
    let text = format!(
        "{{\"email\":\"a@b.com\",\"encrypted_password\":\"{BCRYPT}\",\"meta\":\"{large}\"}}\n\
         {{\"email\":\"b@b.com\",\"encrypted_password\":\"{BCRYPT}\",\"meta\":\"{too_large}\"}}\n\
         {{\"email\":\"c@b.com\",\"encrypted_password\":\"{BCRYPT}\"}}\n"
    );
    let arguments = [&JSON_LINES[..], &SUPABASE[2..]].concat();
    let (code, stdout, stderr) = import(&database.url, &arguments, &text);
    assert_eq!((code, &*stdout), (1, "imported 2, rejected 1, existing 0\n"), "{stderr}");
    assert_eq!(stderr, "line 2: b@b.com: the row is longer than 16 MiB and ends on line 2\n");
}

#[rstest]
#[case::missing("email,hash\n", "the header in line 1 has no column password_hash")]
#[case::unknown(
    "email,password_hash,name\n",
    "unknown column \"name\"; the known ones are email, password_hash, is_admin, \
     created_at, disabled"
)]
#[case::repeated(
    "email,password_hash,is_admin,is_admin\n",
    "two columns have the name \"is_admin\""
)]
#[case::repeated_after_trimming(
    "email,password_hash, email\n",
    "two columns have the name \"email\""
)]
#[case::case_of_letters(
    "Email,password_hash\n",
    "has no column email; names are case-sensitive, and there is \"Email\""
)]
#[case::semicolons("email;password_hash\n", "its columns are separated by semicolons")]
#[case::quoted_semicolons("\"email\";\"password_hash\"\n", "columns are separated by semicolons")]
#[case::tabs("email\tpassword_hash\n", "its columns are separated by tabs")]
#[case::bars("email|password_hash\n", "its columns are separated by vertical bars")]
#[case::no_header("a@b.com,$2b$06$x\n", "has no column email; it looks like a user")]
#[case::unnamed("email,password_hash,\n", "column 3 has no name")]
#[case::empty("", "the file is empty")]
#[case::blank("\n\r\n\n", "the file is empty")]
#[case::utf16_bom("\u{feff}UTF16", "the file is in UTF-16")]
#[case::utf16("UTF16", "the file is in UTF-16")]
#[case::quote("\"email,password_hash\na@b.com,x\n", "the quotation mark on line 1 is never")]
fn invalid_header_of_csv_is_explained(#[case] text: &str, #[case] sentence: &str) {
    let database = databases::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    let bytes: Vec<u8> = match text.strip_suffix("UTF16") {
        Some(bom) => format!("{bom}email,password_hash\r\n")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect(),
        None => text.as_bytes().to_vec(),
    };
    fs::write(&path, bytes).unwrap();
    let (code, stdout, stderr) = user(&database.url, &["import", path.to_str().unwrap()], "");
    assert_eq!((code, &*stdout), (1, ""), "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert!(stderr.contains(sentence), "{sentence} is not in {stderr}");
    assert!(!stderr.contains("$2b$"), "{stderr}");
}

#[test]
fn json_lines_that_are_no_users_are_reported() {
    let database = databases::sqlite();
    let row = |members: &str| format!("{{\"password_hash\":\"{BCRYPT}\",{members}}}");
    let text = [
        row("\"email\":\"a@b.com\""),
        String::new(),
        row("\"email\":\"b@b.com\",\"is_admin\":false,\"is_admin\":true"),
        row("\"email\":\"c@b.com\",\"is_admin\":\"1\""),
        row("\"email\":\"d@b.com\",\"name\":\"D\""),
        row("\"email\":\"e@b.com\",\"created_at\":\"soon\""),
        row("\"email\":7"),
        row("\"email\":\"\""),
        "{\"email\":\"f@b.com\",\"password_hash\":[]}".to_owned(),
        "{\"email\":\"g@b.com\"".to_owned(),
        "7".to_owned(),
        row("\"email\":\"a@B.com\""),
        "   ".to_owned(),
        row("\"email\":\"h@b.com\",\"is_admin\":2"),
        "{\"email\":\"i@b.com\"} {}".to_owned(),
        row("\"email\":\"j@b.com\",\"disabled\":true"),
    ]
    .join("\r\n");
    let (code, stdout, stderr) = import(&database.url, &JSON_LINES, &text);
    assert_eq!((code, &*stdout), (1, "imported 3, rejected 11, existing 0\n"), "{stderr}");
    let expected = [
        "line 3: b@b.com: two members have the name is_admin",
        "line 5: d@b.com: unknown member \"name\"; the known ones are email, pass",
        "line 6: e@b.com: created_at is neither an RFC 3339 timestamp nor Unix seconds",
        "line 7: email is not a string",
        "line 8: email is empty",
        "line 9: f@b.com: password_hash is not a string",
        "line 10: g@b.com: the line is not a JSON object",
        "line 11: the line is not a JSON object",
        "line 12: a@B.com: the address is the same as on line 1",
        "line 14: h@b.com: is_admin is neither",
        "line 15: i@b.com: the line is not a JSON object",
    ];
    let reported: Vec<_> = stderr.lines().collect();
    assert_eq!(reported.len(), expected.len(), "{stderr}");
    for (reported, expected) in reported.iter().zip(expected) {
        assert!(reported.starts_with(expected), "{reported} is not {expected}");
    }
    let admins = rows(&done(&database.url, &["list", "--json"], ""));
    assert_eq!(admins.iter().filter(|row| row["is_admin"] == true).count(), 1);
}

#[rstest]
#[case::array("[{\"email\":\"a@b.com\"},\n {\"email\":\"b@b.com\"}]\n", "is a JSON array")]
#[case::array_over_lines("\n[\n  {\n", "is a JSON array")]
#[case::pretty_object("{\n  \"users\": [\n", "one JSON object over several lines")]
#[case::csv("email,password_hash\n", "set --format csv")]
fn file_that_is_no_json_lines_is_explained(#[case] text: &str, #[case] sentence: &str) {
    let database = databases::sqlite();
    let (code, stdout, stderr) = import(&database.url, &JSON_LINES, text);
    assert_eq!((code, &*stdout), (1, ""), "{stderr}");
    assert!(stderr.contains(sentence), "{stderr}");
}

#[test]
fn bytes_that_are_no_text_are_reported_where_they_are_read() {
    let database = databases::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    let mut bytes = format!(
        "email,encrypted_password,note\na@b.com,{BCRYPT},Z\u{1}rich\nb\u{1}@b.com,{BCRYPT},\n\
         c@b.com,{BCRYPT},a\0b\nd\0@b.com,{BCRYPT},\n\u{1b}[2Je@b.com,md5$,\n"
    )
    .into_bytes();
    // ü in Latin-1.
    bytes.iter_mut().filter(|byte| **byte == 1).for_each(|byte| *byte = 0xfc);
    fs::write(&path, bytes).unwrap();
    let import = ["import", path.to_str().unwrap(), "--preset", "supabase"];
    let (code, stdout, stderr) = user(&database.url, &import, "");
    assert_eq!((code, &*stdout), (1, "imported 2, rejected 3, existing 0\n"), "{stderr}");
    let reported: Vec<_> = stderr.lines().collect();
    assert_eq!(reported[0], "line 3: b\u{fffd}@b.com: email is not UTF-8");
    assert_eq!(reported[1], "line 5: d\\u{0}@b.com: email is not an e-mail address");
    assert!(reported[2].starts_with("line 6: \\u{1b}[2Je@b.com: email is not"), "{stderr}");
}
