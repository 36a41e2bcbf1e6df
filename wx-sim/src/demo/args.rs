//! The options of the echo bots.

use std::{path::PathBuf, time::Duration};

use wx_proto::Hosts;

pub(super) const HELP: &str = "\
An echo bot: logs in, says every text back to its chat, logs out.

Options:

  --server URL    talk to a server at this base URL, such as http://127.0.0.1:8088
  --live          talk to the real service, with a real account; read the note it prints.
                  Answers only what you write to filehelper, unless --chat names others
  --chat NAME     echo only in the chat with this name; may be given several times
  --json          stdout holds one JSON object per line and nothing else
  --messages N    stop after N texts were echoed
  --for SECONDS   stop after so long
  --session FILE  go on with the session in this file, if it is there, and keep it
                  there, readable for you alone: it opens the account. For one program
                  at a time. The simulated service of this process knows no earlier ones
  --record FILE   write the session down for a bug report, in other words than its own:
                  wx-sim's example `replay` does it again from there. There must be no
                  such file yet
  --logout        log out at the end, and remove the file; without --session the
                  logout happens anyway
  --help          this text

Without --server and --live a simulated service is started, whose friends say a
few texts; the bot stops when all were echoed, or after a minute.

Ctrl-C stops at once, without a logout. With --session nothing is lost by that, nor
by a crash: what was not dealt with comes the next time.

Exit code: 0 the goal was reached, 1 usage or server unreachable, 2 the session
or the time ended before the goal, 3 the login was refused.
";

/// A time limit is there to end; a century is out of reach of the clocks.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// What the bot is told to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Args {
    pub(super) target: Target,
    pub(super) chats: Vec<String>,
    pub(super) json: bool,
    pub(super) messages: Option<u64>,
    pub(super) limit: Option<Duration>,
    pub(super) session: Option<PathBuf>,
    pub(super) record: Option<PathBuf>,
    pub(super) logout: bool,
}

impl Args {
    /// Whether the session is to end for good.
    pub(super) fn logs_out(&self) -> bool {
        self.logout || self.session.is_none()
    }
}

/// Whom the bot talks to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Target {
    /// A simulated service of its own.
    #[default]
    Simulated,
    /// A server somewhere.
    Server {
        /// As it was given.
        url: String,
        hosts: Hosts,
    },
    /// The real service.
    Live,
}

/// Reads the options. `None`: they ask for help. An error is one sentence.
pub(super) fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Args>, String> {
    let mut read = Args::default();
    while let Some(arg) = args.next() {
        let (name, attached) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (arg.as_str(), None),
        };
        let has_value = attached.is_some();
        let mut value = || {
            let value = attached.clone().or_else(|| args.next());
            value.ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "--server" => {
                let url = value()?;
                let hosts =
                    Hosts::mapped(&url).map_err(|why| format!("--server {url:?}: {why}"))?;
                target(&mut read, Target::Server { url, hosts })?;
            }
            "--chat" => read.chats.push(value()?),
            "--messages" => {
                let digits = value()?;
                let count = digits.parse().ok().filter(|count| *count > 0);
                let wrong = || format!("--messages {digits:?} is not a number above 0");
                read.messages = Some(count.ok_or_else(wrong)?);
            }
            "--for" => read.limit = Some(limit(&value()?)?),
            "--session" => read.session = Some(path(name, value()?)?),
            "--record" => read.record = Some(path(name, value()?)?),
            _ if has_value => return Err(format!("unknown option {arg:?}")),
            "--live" => target(&mut read, Target::Live)?,
            "--json" => read.json = true,
            "--logout" => read.logout = true,
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("unknown option {arg:?}")),
        }
    }
    Ok(Some(read))
}

fn target(args: &mut Args, target: Target) -> Result<(), String> {
    if args.target != Target::Simulated {
        return Err("only one of --server and --live can be given, once".to_owned());
    }
    args.target = target;
    Ok(())
}

fn path(option: &str, path: String) -> Result<PathBuf, String> {
    match path.is_empty() {
        true => Err(format!("{option} \"\" is no file")),
        false => Ok(path.into()),
    }
}

fn limit(seconds: &str) -> Result<Duration, String> {
    let limit = seconds
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    limit
        .filter(|limit| !limit.is_zero() && *limit <= LONGEST)
        .ok_or_else(|| format!("--for {seconds:?} is not a number of seconds above 0"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn parsed(args: &[&str]) -> Result<Option<Args>, String> {
        parse(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn options_are_read() {
        assert_eq!(parsed(&[]).unwrap().unwrap(), Args::default());
        let args = parsed(&[
            "--server=http://127.0.0.1:8088",
            "--chat",
            "文件传输助手",
            "--chat=a=b",
            "--json",
            "--messages",
            "6",
            "--for",
            "2.5",
            "--session",
            "my session",
            "--record=notes",
            "--logout",
        ]);
        let args = args.unwrap().unwrap();
        assert!(
            matches!(&args.target, Target::Server { url, .. } if url == "http://127.0.0.1:8088")
        );
        assert_eq!(args.chats, ["文件传输助手", "a=b"]);
        assert_eq!((args.json, args.messages), (true, Some(6)));
        assert_eq!(args.limit, Some(Duration::from_millis(2500)));
        assert_eq!(args.session.as_deref(), Some(Path::new("my session")));
        assert_eq!(args.record.as_deref(), Some(Path::new("notes")));
        assert!(args.logout && args.logs_out());
        let kept = parsed(&["--session=file"]).unwrap().unwrap();
        assert!(!kept.logs_out());
        assert!(Args::default().logs_out());
        assert_eq!(parsed(&["--live"]).unwrap().unwrap().target, Target::Live);
        assert_eq!(parsed(&["--json", "-h"]).unwrap(), None);
    }

    #[test]
    fn wrong_options_are_named() {
        for (args, complaint) in [
            (&["--sever", "x"][..], "unknown option \"--sever\""),
            (&["--session"], "--session needs a value"),
            (&["--session="], "--session \"\" is no file"),
            (&["--record", ""], "--record \"\" is no file"),
            (&["--logout=yes"], "unknown option \"--logout=yes\""),
            (&["--json=yes"], "unknown option \"--json=yes\""),
            (&["echo"], "unknown option \"echo\""),
            (&["--server"], "--server needs a value"),
            (
                &["--server", "8088"],
                "--server \"8088\": not an absolute URL such as http://127.0.0.1:8088",
            ),
            (
                &["--server", "http://192.0.2.1"],
                "--server \"http://192.0.2.1\": plain http to another machine",
            ),
            (
                &["--messages", "0"],
                "--messages \"0\" is not a number above 0",
            ),
            (
                &["--messages", "-1"],
                "--messages \"-1\" is not a number above 0",
            ),
            (
                &["--for", "0"],
                "--for \"0\" is not a number of seconds above 0",
            ),
            (
                &["--for", "NaN"],
                "--for \"NaN\" is not a number of seconds above 0",
            ),
            (
                &["--for", "1e300"],
                "--for \"1e300\" is not a number of seconds above 0",
            ),
            (
                &["--live", "--server", "https://example.org"],
                "only one of --server and --live can be given, once",
            ),
        ] {
            assert_eq!(parsed(args).unwrap_err(), complaint);
        }
    }
}
