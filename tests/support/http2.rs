//! A client of HTTP/2 that writes what no library would: frames, one by one.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use super::TIMEOUT;

/// A connection over HTTP/2.
pub(crate) struct Http2 {
    pub(crate) stream: TcpStream,
    received: Vec<u8>,
}

/// A received frame.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
}

impl Http2 {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const RST_STREAM: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GOAWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;
    pub(crate) const END_STREAM: u8 = 1;
    pub(crate) const END_HEADERS: u8 = 4;
    /// The setting of the window of a stream.
    pub(crate) const WINDOW: u16 = 4;

    /// Sends the preface.
    pub(crate) fn connect(address: &str) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut client = Self { stream, received: Vec::new() };
        client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        client
    }

    pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        [&head, payload].concat()
    }

    pub(crate) fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
        let pairs = settings
            .iter()
            .flat_map(|(id, value)| id.to_be_bytes().into_iter().chain(value.to_be_bytes()));
        Self::frame(Self::SETTINGS, 0, 0, &pairs.collect::<Vec<_>>())
    }

    /// A header that is not indexed.
    pub(crate) fn header(name: &[u8], value: &[u8]) -> Vec<u8> {
        [b"\x00", &*Self::string(name), &*Self::string(value)].concat()
    }

    /// A header that is added to the dynamic table.
    pub(crate) fn indexed_header(name: &[u8], value: &[u8]) -> Vec<u8> {
        [b"\x40", &*Self::string(name), &*Self::string(value)].concat()
    }

    fn string(text: &[u8]) -> Vec<u8> {
        let mut string = Vec::new();
        if let Ok(length @ 0..127) = u8::try_from(text.len()) {
            string.push(length);
        } else {
            string.push(127);
            let mut rest = text.len() - 127;
            while rest >= 128 {
                string.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            string.push(u8::try_from(rest).unwrap());
        }
        [&*string, text].concat()
    }

    /// The pseudo-headers of a request; `method` is an index of the static table.
    pub(crate) fn head(method: u8, path: &[u8]) -> Vec<u8> {
        let path = [b"\x04", &*Self::string(path)].concat();
        [&[method, 0x86], &*path, b"\x01\x01x"].concat()
    }

    /// A whole `GET`.
    pub(crate) fn get(stream: u32, path: &[u8]) -> Vec<u8> {
        let flags = Self::END_STREAM | Self::END_HEADERS;
        Self::frame(Self::HEADERS, flags, stream, &Self::head(0x82, path))
    }

    /// The head of a `POST` of a form.
    pub(crate) fn post(stream: u32, path: &[u8], more: &[u8]) -> Vec<u8> {
        let form = Self::header(b"content-type", b"application/x-www-form-urlencoded");
        let block = [&*Self::head(0x83, path), &*form, more].concat();
        Self::frame(Self::HEADERS, Self::END_HEADERS, stream, &block)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next frame; `None` at the end of the connection.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        loop {
            if let [a, b, c, kind, _, _, _, _, _, rest @ ..] = &*self.received {
                let length = usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap();
                if let Some(payload) = rest.get(..length) {
                    let frame = Frame { kind: *kind, payload: payload.to_vec() };
                    self.received.drain(..9 + length);
                    return Some(frame);
                }
            }
            let mut bytes = [0; 16 * 1024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(read) => self.received.extend(&bytes[..read]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing was received: {error}"),
            }
        }
    }

    /// Waits for so many frames of these kinds.
    pub(crate) fn wait_for(&mut self, count: usize, is_wanted: impl Fn(u8) -> bool) -> Vec<Frame> {
        let mut wanted = Vec::new();
        while wanted.len() < count {
            let frame = self.next().expect("the connection has ended");
            if is_wanted(frame.kind) {
                wanted.push(frame);
            }
        }
        wanted
    }

    /// Waits until the service closes the connection; returns the error code of its last GOAWAY.
    pub(crate) fn wait_for_end(&mut self) -> Option<u32> {
        let mut code = None;
        while let Some(frame) = self.next() {
            if frame.kind == Self::GOAWAY {
                code = Some(u32::from_be_bytes(frame.payload[4..8].try_into().unwrap()));
            }
        }
        code
    }
}
