use sqlx::postgres::PgSslMode;

use super::*;

fn shown(rest: &str) -> String {
    PostgresUrl::parse(rest).unwrap_or_else(|error| panic!("{rest}: {error}")).to_string()
}

fn rejected(rest: &str) -> PostgresUrlError {
    PostgresUrl::parse(rest).err().unwrap_or_else(|| panic!("{rest} is accepted"))
}

#[test]
fn url_has_several_hosts_with_ports() {
    for (rest, expected) in [
        ("u@h/n", "postgres://h:5432/n"),
        ("u:p@h:1/n", "postgres://h:1/n"),
        ("u@h1:1,h2:2/n", "postgres://h1:1,h2:2/n"),
        ("u@h1,h2:2,[::1]:3/n", "postgres://h1:5432,h2:2,[::1]:3/n"),
        ("u@[::1]/n", "postgres://[::1]:5432/n"),
        ("u@[fe80::1%25eth0]:7/n", "postgres://[fe80::1%eth0]:7/n"),
        ("u@h1,h2/n?port=7", "postgres://h1:7,h2:7/n"),
        ("u@h1,h2/n?port=7,8", "postgres://h1:7,h2:8/n"),
        ("u@/n?host=h1,h2&port=7,", "postgres://h1:7,h2:5432/n"),
        ("?host=h1,::1&dbname=n", "postgres://h1:5432,[::1]:5432/n"),
        ("/n?host=/run/postgresql&port=7", "postgres:///run/postgresql:7/n"),
        ("u@%2Frun%2Fpostgresql/n", "postgres:///run/postgresql:5432/n"),
        ("u@h/d%C3%A4ta%20base", "postgres://h:5432/d\u{e4}ta base"),
        ("u@h", "postgres://h:5432/u"),
    ] {
        assert_eq!(shown(rest), expected, "{rest}");
    }
}

#[test]
fn password_is_parsed_as_libpq_does_and_never_shown() {
    for rest in ["u:hunter2#?x@h/n", "u:hunter2:x+y@h/n", "u:hunter2%40%2F@h/n", ":hunter2@h/n"] {
        let url = PostgresUrl::parse(rest).unwrap();
        assert!(!format!("{url} {url:?}").contains("hunter2"), "{rest}");
    }
    let passwords = |rest: &str| {
        let options = PostgresUrl::parse(rest).unwrap().servers.remove(0).options;
        // Only `Debug` of sqlx shows it.
        format!("{options:?}")
    };
    assert!(passwords("u:a#b+c%40@h/n").contains("password: Some(\"a#b+c@\")"));
    assert!(passwords("u@h/n?password=a+b%26").contains("password: Some(\"a+b&\")"));
}

#[test]
fn default_target_of_several_servers_is_read_write() {
    let target = |rest: &str| PostgresUrl::parse(rest).unwrap().target;
    assert_eq!(target("h/n"), Target::Any);
    assert_eq!(target("h1,h2/n"), Target::ReadWrite);
    assert_eq!(target("h1,h2/n?target_session_attrs=any"), Target::Any);
    assert_eq!(target("h/n?target_session_attrs=read-write"), Target::ReadWrite);
    assert_eq!(target("h1,h2/n?target_session_attrs=primary"), Target::Primary);
}

#[test]
fn malformed_url_is_rejected_without_showing_it() {
    use PostgresUrlError::{
        Encoding, Host, Name, NoRootCertificate, NoValue, Port, Ports, UnknownParameter,
        Unsupported, Value,
    };
    for (rest, error) in [
        ("u:hunter2/x@h/n", Port),
        ("u:12/hunter2@h/n", Name),
        ("u:p@hunter2@h/n", Host),
        ("u:hunter2%@h/n", Encoding),
        ("u:hunter2%ff@h/n", Encoding),
        ("u:hunter2%00@h/n", Encoding),
        ("u@[::1/n", Host),
        ("u@h:0/n", Port),
        ("u@h:65536/n", Port),
        ("u@h1,h2/n?port=1,2,3", Ports),
        ("u@h/n?hunter2", NoValue),
        ("u@h/n?hunter2=x", UnknownParameter),
        ("u@h/n?sslmode=hunter2", Value("sslmode", "")),
        ("u@h/n?target_session_attrs=standby", Value("target_session_attrs", "")),
        ("u@h/n?target_session_attrs=read-only", Value("target_session_attrs", "")),
        ("u@h/n?connect_timeout=hunter2", Value("connect_timeout", "")),
        ("u@h/n?pgbouncer=hunter2", Value("pgbouncer", "")),
        ("u@h/n?channel_binding=require", Unsupported("channel_binding")),
        ("u@h/n?service=hunter2", Unsupported("service")),
        ("u@h/n?sslmode=verify-full", NoRootCertificate),
    ] {
        let found = rejected(rest);
        assert!(!found.to_string().contains("hunter2"), "{rest}: {found}");
        match (found, error) {
            (Value(found, _), Value(expected, _)) => assert_eq!(found, expected, "{rest}"),
            (found, expected) => assert_eq!(found, expected, "{rest}"),
        }
    }
}

#[test]
fn parameters_of_libpq_without_effect_are_accepted() {
    let rest = "u@h/n?keepalives=1&keepalives_idle=30&channel_binding=prefer&gssencmode=disable\
                &connect_timeout=10&application_name=auth&client_encoding=utf8&sslmode=prefer";
    let url = PostgresUrl::parse(rest).unwrap();
    assert_eq!(url.connect_timeout, Some(Duration::from_secs(10)));
    assert_eq!(url.servers[0].options.get_application_name(), Some("auth"));
    assert!(!url.pooler);
    for rest in ["h/n?pgbouncer=true", "h/n?statement_cache_capacity=0"] {
        assert!(PostgresUrl::parse(rest).unwrap().pooler, "{rest}");
    }
}

#[test]
fn required_tls_verifies_a_root_certificate() {
    use PgSslMode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
    let mode = |rest: &str| PostgresUrl::parse(rest).unwrap().servers[0].options.get_ssl_mode();
    assert!(matches!(mode("h/n"), Prefer));
    assert!(matches!(mode("h/n?sslmode=prefer&sslrootcert=ca.pem"), Prefer));
    assert!(matches!(mode("h/n?sslmode=require"), Require));
    assert!(matches!(mode("h/n?sslmode=require&sslrootcert=ca.pem"), VerifyCa));
    assert!(matches!(mode("h/n?sslmode=verify-full&sslrootcert=ca.pem"), VerifyFull));
    assert!(matches!(mode("h/n?host=/run&sslmode=require"), Disable));
}
