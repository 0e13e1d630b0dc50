//! An HTTP client: one connection, sequential requests.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::wire::{answer, request};

/// The longest wait for a response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A connection on which requests are sent and responses awaited.
#[derive(Debug)]
pub(crate) struct HttpClient {
    stream: TcpStream,
    got: Vec<u8>,
}

impl HttpClient {
    /// Connects.
    pub(crate) fn to(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream, got: Vec::new() })
    }

    /// Sends a request and awaits its response: the status and the body.
    pub(crate) fn call(&mut self, request: &[u8]) -> io::Result<(u16, &[u8])> {
        self.stream.write_all(request)?;
        self.got.clear();
        let mut space = [0; 16 << 10];
        loop {
            let count = self.stream.read(&mut space)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.got.extend_from_slice(&space[..count]);
            if let Some(answer) = answer(&self.got)? {
                return Ok((answer.status, &self.got[answer.body..answer.end]));
            }
        }
    }

    /// Sends a POST that creates something; returns the JSON of the response.
    pub(crate) fn create(&mut self, path: &str, credential: Option<&str>, body: &serde_json::Value) -> io::Result<serde_json::Value> {
        let (status, answer) = self.call(&request("POST", path, credential, body.to_string().as_bytes()))?;
        if status != 201 {
            return Err(io::Error::other(format!("POST {path} was answered {status}: {}", String::from_utf8_lossy(answer))));
        }
        Ok(serde_json::from_slice(answer)?)
    }

    /// Sends a GET; returns the body of the response.
    pub(crate) fn read(&mut self, path: &str) -> io::Result<String> {
        let (status, answer) = self.call(&request("GET", path, None, b""))?;
        if status != 200 {
            return Err(io::Error::other(format!("GET {path} was answered {status}")));
        }
        Ok(String::from_utf8_lossy(answer).into_owned())
    }
}
