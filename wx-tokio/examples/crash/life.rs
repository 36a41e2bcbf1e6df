//! The client as a process, from outside.

use std::{
    env,
    io::{self, BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use crate::child::FLAG;

pub(crate) struct Life {
    process: Child,
    lines: Receiver<String>,
}

pub(crate) enum Line {
    Told(String),
    /// There are no more.
    Over,
}

impl Life {
    /// With a session in `file`, and an application that needs so long for each message.
    pub(crate) fn start(
        url: &str,
        file: &Path,
        work: Duration,
        wrong: Option<&str>,
    ) -> io::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args([FLAG, url])
            .arg(file)
            .arg(work.as_micros().to_string())
            .args(wrong)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (tell, lines) = channel();
        let told = process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        thread::spawn(move || {
            let mut told = BufReader::new(told);
            let mut line = String::new();
            // What a kill has cut off has no end of line, and was not said.
            while told.read_line(&mut line).is_ok() && line.ends_with('\n') {
                let _ = tell.send(line.trim_end().to_owned());
                line.clear();
            }
        });
        Ok(Self { process, lines })
    }

    /// What the child tells next. `None`: nothing within that time.
    pub(crate) fn next(&self, within: Duration) -> Option<Line> {
        match self.lines.recv_timeout(within) {
            Ok(line) => Some(Line::Told(line)),
            Err(RecvTimeoutError::Disconnected) => Some(Line::Over),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    /// SIGKILL, where there is such a thing. What it has told can still be read.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
    }

    /// Has the child end as programs do.
    pub(crate) fn ask_to_end(&mut self) {
        drop(self.process.stdin.take());
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
