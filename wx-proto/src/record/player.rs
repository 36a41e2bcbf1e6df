//! Does again what a file says.

use std::{fmt, fmt::Write as _};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{head::Head, input::Input};
use crate::{
    client::Client,
    output::Output,
    time::{Now, Stamp},
};

/// A line of a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Head(Box<Head>),
    Input {
        /// Nanoseconds: since the origin of the driver, and since the Unix epoch.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        at: Option<(u64, u64)>,
        does: Box<Input>,
    },
    Output(String),
    /// The real client stood elsewhere before the next input.
    Unlike,
}

/// The same of an input that is still needed.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum InputLine<'a> {
    Input {
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<(u64, u64)>,
        does: &'a Input,
    },
}

impl Line {
    pub(super) fn of_input(now: Option<Now>, does: &Input) -> String {
        let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let at = now.map(|now| (nanos(now.mono.since_origin()), nanos(now.unix)));
        text(&InputLine::Input { at, does })
    }

    pub(super) fn text(&self) -> String {
        text(self)
    }
}

fn text(line: &impl Serialize) -> String {
    let mut text = serde_json::to_string(line).unwrap_or_default();
    text.push('\n');
    text
}

/// What came of a [`replay`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// Inputs in the file.
    pub inputs: usize,
    /// Outputs and events that they led to.
    pub outputs: usize,
    /// Where outputs are not those of the file, the first ones.
    pub differences: Vec<Difference>,
    /// From which line on the replaced words made the recorded client go another way than the real one.
    pub unlike: Option<usize>,
}

impl Replay {
    /// Whether each output was the one of the file, byte for byte.
    pub fn is_exact(&self) -> bool {
        self.differences.is_empty()
    }
}

/// An output that is not the one of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The line of the input before it, from 1.
    pub line: usize,
    /// What the file says. `None`: nothing more.
    pub expected: Option<String>,
    /// What came. `None`: nothing more.
    pub found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        let (expected, found) = (text(&self.expected), text(&self.found));
        write!(f, "after line {}: {found}, not {expected}", self.line)
    }
}

/// Why a file cannot be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It does not begin as a recording does.
    #[error("not a recording: {0}")]
    NoHead(&'static str),
    /// This line is none of a recording. One that is cut at its end is left out instead.
    #[error("line {0} is not understood")]
    Line(usize),
}

/// So many differences are told.
const TOLD: usize = 20;

/// Tells a fresh client all that a file says, and compares what it does.
///
/// A file may end anywhere: a last line that is cut is left out, and what the last input led to may
/// be missing. Such a file may end within a character; read it with [`String::from_utf8_lossy`].
///
/// # Errors
///
/// The file is none of ours.
pub fn replay(file: &str) -> Result<Replay, ReplayError> {
    let mut lines = file.lines().enumerate().map(|(at, text)| (at + 1, text));
    let head = lines.next().map(|(_, text)| serde_json::from_str(text));
    let Some(Ok(Line::Head(head))) = head else {
        return Err(ReplayError::NoHead("no head"));
    };
    let mut client = head.client().map_err(ReplayError::NoHead)?;
    let mut replay = Replay::default();
    let mut due = Vec::new().into_iter();
    let mut at = 1;
    let is_cut = !file.ends_with('\n');
    let last = file.lines().count();
    for (number, text) in lines {
        match serde_json::from_str(text) {
            Ok(Line::Input { at: time, does }) => {
                for found in due {
                    replay.differ(at, None, Some(found));
                }
                let time = time.map(|(mono, unix)| {
                    let time = std::time::Duration::from_nanos;
                    Now::new(Stamp::new(time(mono)), time(unix))
                });
                due = perform(&mut client, time, &does).into_iter();
                replay.inputs += 1;
                replay.outputs += due.len();
                at = number;
            }
            Ok(Line::Output(expected)) => match due.next() {
                Some(found) if found == expected => {}
                found => replay.differ(at, Some(expected), found),
            },
            Ok(Line::Unlike) => {
                replay.unlike.get_or_insert(number);
            }
            _ if is_cut && number == last => {}
            _ => return Err(ReplayError::Line(number)),
        }
    }
    // What the last input led to may be missing: the program that wrote it was ended, or crashed.
    Ok(replay)
}

impl Replay {
    fn differ(&mut self, line: usize, expected: Option<String>, found: Option<String>) {
        if self.differences.len() < TOLD {
            self.differences.push(Difference {
                line,
                expected,
                found,
            });
        }
    }
}

/// Tells one input, and what comes of it.
pub(super) fn perform(client: &mut Client, now: Option<Now>, input: &Input) -> Vec<String> {
    if let Input::Event = input {
        let event = client.poll_event();
        return event
            .map(|event| format!("event {} {}", event.id, digest(&format!("{event:?}"))))
            .into_iter()
            .collect();
    }
    input.tell(client, now.unwrap_or_default());
    let mut outputs = Vec::new();
    while let Some(output) = client.poll_output() {
        outputs.push(told(&output));
    }
    outputs
}

/// An output, with a digest of every byte of it.
fn told(output: &Output) -> String {
    match output {
        Output::Request(request) => {
            let http = &request.http;
            let mut wire = format!("{} {}\n", http.method(), http.uri());
            for (name, value) in http.headers() {
                let value = String::from_utf8_lossy(value.as_bytes());
                let _ = writeln!(wire, "{name}: {value}");
            }
            let mut hash = Md5::new();
            hash.update(&wire);
            hash.update(http.body());
            let path = http.uri().path();
            let id = request.id;
            format!(
                "request {id} {} {path} {}",
                http.method(),
                hex(&hash.finalize())
            )
        }
        Output::Abort(id) => format!("abort {id}"),
        Output::Read(block) => format!("{block:?}"),
        Output::Progress(progress) => format!("{progress:?}"),
        Output::Done(done) => {
            let text = format!("{done:?}");
            format!("done {} {}", done.id(), digest(&text))
        }
    }
}

fn digest(text: &str) -> String {
    hex(&Md5::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
