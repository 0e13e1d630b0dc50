//! Embeds the web client: all files below `src/web`, compressed, under a path that changes whenever one of them does.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

const CLIENT: &str = "src/web";
/// The service worker, which is served outside of the versions.
const WORKER: &str = "service_worker.js";
/// The placeholder for the version in HTML pages and in the service worker.
const UNVERSIONED: &str = "/web/-/";
/// The number of hexadecimal digits in a version.
const DIGITS: usize = 12;

/// Content types by file extension. Other files are not allowed.
const KINDS: [(&str, &str); 6] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("webmanifest", "application/manifest+json"),
];

/// The files by their paths below the client's folder.
type Files = BTreeMap<String, Vec<u8>>;

#[expect(clippy::disallowed_methods, reason = "only so does Cargo say where what is made here belongs")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CLIENT}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("Cargo runs this")?);
    let mut files = Files::new();
    read(Path::new(CLIENT), &mut files)?;
    let version = version(&files);
    let mut list = format!("const VERSION: &str = {version:?};\nstatic FILES: &[File] = &[\n");
    for (number, (path, bytes)) in files.into_iter().enumerate() {
        let kind = kind(&path)?;
        let plain = if kind.starts_with("text/html") || path == WORKER { versioned(bytes, &version)? } else { bytes };
        write!(list, "File {{ path: {path:?}, kind: {kind:?}")?;
        for (packing, packed) in [("brotli", brotli(&plain)?), ("gzip", gzip(&plain)?), ("plain", plain)] {
            let name = format!("{number}.{packing}");
            fs::write(out.join(&name), packed)?;
            write!(list, ", {packing}: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))")?;
        }
        list.push_str(" },\n");
    }
    list.push_str("];\n");
    Ok(fs::write(out.join("client.rs"), list)?)
}

/// Reads all files in a folder except hidden ones, such as editor backups.
fn read(folder: &Path, files: &mut Files) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() && !hidden {
            read(&path, files)?;
        } else if !hidden {
            let name = path.strip_prefix(CLIENT)?.to_str().ok_or("a name is not Unicode")?;
            files.insert(name.to_owned(), fs::read(&path)?);
        }
    }
    Ok(())
}

fn kind(path: &str) -> Result<&'static str, String> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let kind = KINDS.iter().find(|(known, _)| *known == ending);
    kind.map(|(_, kind)| *kind).ok_or_else(|| format!("{CLIENT}/{path} is of no kind that is served"))
}

/// Returns a digest of all names and contents. Each is preceded by its length, so that moving bytes between them changes the digest.
fn version(files: &Files) -> String {
    let mut digest = Sha256::new();
    for part in files.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes]) {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let mut hex = digest.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    hex.truncate(DIGITS);
    hex
}

/// Replaces the version placeholder in a file.
fn versioned(page: Vec<u8>, version: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(String::from_utf8(page)?.replace(UNVERSIONED, &format!("/web/{version}/")).into_bytes())
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packing = CompressorWriter::new(Vec::new(), 4096, 11, 22);
    packing.write_all(bytes)?;
    Ok(packing.into_inner())
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::best());
    packing.write_all(bytes)?;
    packing.finish()
}
