//! What is sent: files that look like what they are called, the same in each run.

use std::{
    env,
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process,
};

use bytes::Bytes;
use md5::{Digest, Md5};

/// A folder for the time of this run.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> io::Result<Self> {
        let path = env::temp_dir().join(format!("wx-media-{}", process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed is for the system to clean up.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What was made.
pub(crate) struct Made {
    /// All of it, unless it is on disk.
    pub(crate) bytes: Bytes,
    pub(crate) len: u64,
    pub(crate) md5: String,
}

pub(crate) fn picture() -> Made {
    made(b"\x89PNG\r\n\x1a\n", 300_000)
}

pub(crate) fn sticker() -> Made {
    made(b"GIF89a", 120_000)
}

pub(crate) fn video() -> Made {
    made(b"\0\0\0\x18ftypmp42", 3_000_000)
}

fn made(head: &[u8], len: usize) -> Made {
    let mut noise = Noise(head.len() as u64);
    let mut bytes = head.to_vec();
    bytes.resize(len, 0);
    if let Some(rest) = bytes.get_mut(head.len()..) {
        noise.fill(rest);
    }
    Made {
        md5: digest_of(&bytes),
        len: len as u64,
        bytes: bytes.into(),
    }
}

/// 30 MB, written block by block.
pub(crate) fn large(path: &Path) -> io::Result<Made> {
    const LEN: u64 = 30_000_000;
    let mut noise = Noise(30);
    let mut file = File::create(path)?;
    let mut digest = Md5::new();
    let mut block = vec![0; 100_000];
    for _ in 0..LEN / block.len() as u64 {
        noise.fill(&mut block);
        digest.update(&block);
        file.write_all(&block)?;
    }
    Ok(Made {
        bytes: Bytes::new(),
        len: LEN,
        md5: hex(&digest.finalize()),
    })
}

/// The digest of a file, read block by block.
pub(crate) fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Md5::new();
    let mut block = vec![0; 100_000];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hex(&digest.finalize())),
            len => digest.update(block.get(..len).unwrap_or_default()),
        }
    }
}

pub(crate) fn digest_of(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Bytes that do not compress, from a linear congruential generator.
struct Noise(u64);

impl Noise {
    fn fill(&mut self, block: &mut [u8]) {
        for byte in block {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 56) as u8;
        }
    }
}
