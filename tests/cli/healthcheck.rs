//! `countersign healthcheck`

use std::net::TcpListener;

use super::support::{Service, countersign, run};

#[test]
fn running_service_is_healthy() {
    let service = Service::start(&mut countersign(&["serve"]));
    for flags in [&["healthcheck"][..], &["healthcheck", "--ready"]] {
        let mut command = countersign(flags);
        assert_eq!(run(command.env("COUNTERSIGN_LISTEN", &service.address)).0, 0);
    }
    let any = service.address.replace("127.0.0.1", "0.0.0.0");
    assert_eq!(run(&mut countersign(&["healthcheck", "--listen", &any])).0, 0);
}

#[test]
fn service_that_has_ended_is_not_healthy() {
    let service = Service::start(&mut countersign(&["serve"]));
    let address = service.address.clone();
    service.stop();
    let (code, _, stderr) = run(&mut countersign(&["healthcheck", "--listen", &address]));
    assert_eq!(code, 1);
    assert!(stderr.starts_with(&format!("error: no service on {address}")), "{stderr}");
}

#[test]
fn service_that_does_not_respond_is_not_healthy() {
    // The system accepts the connection, and no program reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let flags = ["healthcheck", "--timeout", "100ms", "--listen", &address];
    let (code, _, stderr) = run(&mut countersign(&flags));
    assert_eq!(code, 1);
    assert_eq!(stderr, format!("error: no response from {address} within 100ms\n"));
}

/// Another program that listens there.
#[test]
fn response_of_another_program_is_not_healthy() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let respond = |response: &'static str| {
        let listener = listener.try_clone().unwrap();
        std::thread::spawn(move || {
            use std::io::{Read, Write};
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(response.as_bytes()).unwrap();
        })
    };
    for response in ["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "220 mail\r\n", ""] {
        let responding = respond(response);
        assert_eq!(run(&mut countersign(&["healthcheck", "--listen", &address])).0, 1);
        responding.join().unwrap();
    }
}
